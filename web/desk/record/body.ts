import type { DeclaredField, DeclaredRegister, History } from '../../answers.ts';
import type { Fault } from '../../api.ts';
import { type FieldKind, isBlank, isSame, listIn, sentAs, type Typed, typedAs } from './typed.ts';

/** A form's fields and the request that it makes; pure, for any register and command. */

export type Values = Readonly<Record<string, unknown>>;
/** What was typed, by the name of the field; a field that nobody touched is missing. */
export type TypedValues = Readonly<Record<string, Typed>>;

/** A fact; what changed in the world; what an earlier fact should have said; facts that should not be there. */
export type FormKind = 'fact' | 'amend' | 'correct' | 'annul';

export type FormField = Omit<DeclaredField, 'kind' | 'optional'> & {
  readonly kind: FieldKind;
  readonly isRequired: boolean;
  /** Where the field is in the request's body (RFC 6901). */
  readonly pointer: string;
  /** The fact's own, what describes the entry, or what every command takes. */
  readonly part: 'when' | 'own' | 'describes' | 'reason' | 'about';
};

export const formKindOf = (command: string): FormKind =>
  command === 'amend' || command === 'correct' || command === 'annul' ? command : 'fact';

type Title = DeclaredField['title'];
export type CommonTitles = Readonly<Record<'effectiveOn' | 'reason' | 'events' | 'evidence' | 'note', Title>>;

type Asked = {
  readonly register: DeclaredRegister;
  readonly command: string;
  /** Whether the fact would be the entry's first on its day, which then needs all that describes it. */
  readonly isStart: boolean;
  /** The type of the fact that is corrected. */
  readonly factType?: string | undefined;
  readonly titles: CommonTitles;
};

/** The fields of a command's form, in the order in which they are asked for; undefined if there is no such command. */
export const fieldsOf = ({ register, command, isStart, factType, titles }: Asked): readonly FormField[] | undefined => {
  const kind = formKindOf(command);
  const common = (name: keyof CommonTitles, rest: Pick<FormField, 'kind' | 'part' | 'isRequired'>): FormField => ({
    name,
    title: titles[name],
    pointer: `/${name}`,
    ...rest,
  });
  const about = [
    common('evidence', { kind: 'evidence', part: 'about', isRequired: false }),
    { ...common('note', { kind: 'note', part: 'about', isRequired: false }), maxLength: 2_000 },
  ];
  const day = common('effectiveOn', { kind: 'day', part: 'when', isRequired: kind !== 'correct' });
  const reason = { ...common('reason', { kind: 'text', part: 'reason', isRequired: true }), maxLength: 500 };
  if (kind === 'annul') return [common('events', { kind: 'events', part: 'own', isRequired: true }), reason, ...about];
  const declared = register.commands.find(({ name, event }) =>
    kind === 'correct' ? event === factType : name === command,
  );
  if (declared === undefined) return undefined;
  const describing = new Set(register.fields.map(({ name }) => name));
  const isFact = kind === 'fact';
  const own = declared.fields.map((field): FormField => {
    const isNeeded = !field.optional || (isStart && declared.requiredToStart.includes(field.name));
    return {
      ...field,
      isRequired: isFact && isNeeded,
      pointer: kind === 'correct' ? `/data/${field.name}` : `/${field.name}`,
      part: describing.has(field.name) && isFact && !isStart && !isNeeded ? 'describes' : 'own',
    };
  });
  const ordered = isStart
    ? own
    : [...own.filter(({ part }) => part === 'own'), ...own.filter(({ part }) => part !== 'own')];
  return [day, ...ordered, ...(kind === 'correct' ? [reason] : []), ...about];
};

/** Whether a form shows what is there now, and sends only what is to be otherwise. */
export const isPatch = (kind: FormKind): boolean => kind === 'amend' || kind === 'correct';

/** Whether a field shows what the entry or the fact holds until somebody changes it. */
const isPatched = (kind: FormKind, { part, name }: FormField): boolean =>
  isPatch(kind) && (part === 'own' || (kind === 'correct' && name === 'effectiveOn'));

/** What stands in a field: what was typed, else what is there now. */
export const shownIn = (kind: FormKind, field: FormField, typed: TypedValues, before: Values): Typed | undefined =>
  typed[field.name] ?? (isPatched(kind, field) ? typedAs(field.kind, before[field.name]) : undefined);

/** Whether the form would change what a field holds. */
export const isChanged = (kind: FormKind, field: FormField, typed: TypedValues, before: Values): boolean =>
  isPatched(kind, field) &&
  typed[field.name] !== undefined &&
  !isSame(sentAs(field.kind, typed[field.name]), before[field.name]);

type Given = {
  readonly kind: FormKind;
  readonly fields: readonly FormField[];
  readonly typed: TypedValues;
  /** What the entry, or the corrected fact, held when the form began. */
  readonly before: Values;
  /** The fact that is corrected. */
  readonly event?: string | undefined;
};

/** The body of the request that a form makes. */
export const bodyOf = ({ kind, fields, typed, before, event }: Given): Record<string, unknown> => {
  const sent = fields.flatMap((field): readonly [FormField, unknown][] => {
    const value = sentAs(field.kind, typed[field.name]);
    if (isPatched(kind, field)) return isChanged(kind, field, typed, before) ? [[field, value ?? null]] : [];
    return value === undefined ? [] : [[field, value]];
  });
  const at = (isData: boolean) =>
    Object.fromEntries(
      sent.filter(([{ pointer }]) => pointer.startsWith('/data/') === isData).map(([{ name }, value]) => [name, value]),
    );
  const data = at(true);
  return {
    ...(kind === 'correct' ? { event } : {}),
    ...at(false),
    ...(Object.keys(data).length === 0 ? {} : { data }),
  };
};

/** The pointers of a field's own controls. */
const pointersOf = ({ kind, pointer }: FormField, typed: Typed | undefined): readonly string[] => {
  const under = (...parts: readonly string[]) => [pointer, ...parts.map((part) => `${pointer}/${part}`)];
  const rows = (...parts: readonly string[]) =>
    under(...listIn(typed).flatMap((_, index) => parts.map((part) => `${index}/${part}`)));
  switch (kind) {
    case 'titles':
      return under('zh', 'en');
    case 'range':
      return under('min', 'max');
    case 'evidence':
      return rows('title', 'uri');
    case 'targets':
      return rows('id', 'title/zh', 'title/en', 'measure', 'goal', 'goal/min', 'goal/max', 'sector', 'district');
    default:
      return [pointer];
  }
};

export type PlacedFaults = {
  /** What is wrong, by the pointer of the control that it is said at. */
  readonly at: ReadonlyMap<string, readonly string[]>;
  /** What is wrong with no control of the form. */
  readonly rest: readonly Fault[];
};

/** Each fault with the control that is nearest to what it points at. */
export const placeFaults = (
  faults: readonly Fault[],
  fields: readonly FormField[],
  typed: TypedValues,
): PlacedFaults => {
  const pointers = fields.flatMap((field) => pointersOf(field, typed[field.name]));
  const at = new Map<string, readonly string[]>();
  const rest: Fault[] = [];
  for (const fault of faults) {
    const { pointer = '' } = fault;
    const nearest = pointers
      .filter((each) => pointer === each || pointer.startsWith(`${each}/`))
      .toSorted((a, b) => b.length - a.length)[0];
    if (nearest === undefined) rest.push(fault);
    else at.set(nearest, [...(at.get(nearest) ?? []), fault.message]);
  }
  return { at, rest };
};

/** The fields that still lack something, by the faults of a dry run. */
export const missingOf = (
  fields: readonly FormField[],
  typed: TypedValues,
  { at }: PlacedFaults,
): readonly FormField[] => fields.filter(({ pointer, name }) => at.has(pointer) && isBlank(typed[name]));

/** A fact as all its corrections so far have it: what it says (RFC 7396), with its day. */
export const factAsCorrected = ({ events }: Pick<History, 'events'>, id: string) => {
  const fact = events.find((event) => event.id === id);
  if (fact === undefined) return undefined;
  const corrections = (fact.correctedBy ?? []).flatMap((each) => events.filter(({ id: own }) => own === each));
  const said = corrections.reduce<Values>(
    (known, { data }) => {
      const { effectiveOn, data: patch } = data as { readonly effectiveOn?: string; readonly data?: Values };
      return { ...mergePatch(known, patch ?? {}), effectiveOn: effectiveOn ?? known.effectiveOn };
    },
    { ...fact.data, effectiveOn: fact.effectiveOn },
  );
  return { type: fact.type, isAnnulled: fact.annulledBy !== undefined, said };
};

const isObject = (value: unknown): value is Values =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** RFC 7396. */
export const mergePatch = (target: Values, patch: Values): Values => {
  const merged: Record<string, unknown> = { ...target };
  for (const [name, value] of Object.entries(patch)) {
    const known = merged[name];
    if (value === null) delete merged[name];
    else merged[name] = isObject(value) ? mergePatch(isObject(known) ? known : {}, value) : value;
  }
  return merged;
};
