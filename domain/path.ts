import type { Day } from './calendar.ts';
import type { Json, JsonObject } from './json.ts';
import type { Evidence, FactKind, FieldFault, Register, State } from './register.ts';

/** A fact as corrected so far. */
export type Fact = {
  readonly id: string;
  readonly type: string;
  readonly kind: FactKind;
  readonly effectiveOn: Day;
  readonly data: JsonObject;
  readonly evidence: readonly Evidence[];
  readonly note?: string;
  /** The revision at which it was recorded, and what it said then; a correction does not change them. */
  readonly revision: number;
  readonly asRecorded: { readonly effectiveOn: Day; readonly data: JsonObject };
  readonly correctedBy: readonly string[];
  readonly annulledBy?: string;
  /** The fields of which the text was erased, its own or that of a correction. */
  readonly erased: readonly string[];
};

/** The facts that hold, in the order of the history. */
export const history = ({ facts }: { readonly facts: readonly Fact[] }): readonly Fact[] =>
  facts.filter((fact) => fact.annulledBy === undefined).sort(inHistory);

/** By effective date, then by the register's table (amend last), then by recording. */
const inHistory = (a: Fact, b: Fact): number =>
  a.effectiveOn === b.effectiveOn
    ? a.kind.order - b.kind.order || a.revision - b.revision
    : a.effectiveOn < b.effectiveOn
      ? -1
      : 1;

/** A fact with the state that it leaves. */
export type Step = {
  readonly fact: Fact;
  readonly state: State;
  /** The day since which the entry has had its status. */
  readonly since: Day;
  /** For each field that refers to other entries, the fact that said so last. */
  readonly referring: ReadonlyMap<string, Fact>;
};

/** Why a fact does not fit into its place in the history. */
export type Misfit =
  | { readonly why: 'transition' }
  | { readonly why: 'missing'; readonly fields: readonly string[] }
  | { readonly why: 'field'; readonly fault: FieldFault }
  | { readonly why: 'unknown-target' }
  | { readonly why: 'check-character' };

export type Path = {
  readonly steps: readonly Step[];
  /** The first fact that does not fit, and every reason; the steps end before it. */
  readonly misfit?: { readonly fact: Fact; readonly reasons: Misfits };
};

type Misfits = readonly [Misfit, ...Misfit[]];

export const none: State = { status: 'none', fields: {} };

type Walked = { readonly register: Register; readonly key: string; readonly facts: readonly Fact[] };

/** Walks a history through the register's transitions, from where it differs from steps that are known. */
export const walk = (entry: Walked, known: readonly Step[]): Path => {
  const facts = history(entry);
  const parting = facts.findIndex((fact, index) => fact !== known[index]?.fact);
  const steps = known.slice(0, parting === -1 ? facts.length : parting);
  for (const fact of facts.slice(steps.length)) {
    const next = stepAfter(entry, steps.at(-1), fact);
    if ('reasons' in next) return { steps, misfit: { fact, reasons: next.reasons } };
    steps.push(next);
  }
  return { steps };
};

/** The path with one more fact; undefined if that is not its last one, or if the path has a misfit. */
export const extended = (entry: Walked, { steps, misfit }: Path, fact: Fact): Path | undefined => {
  const last = steps.at(-1);
  if (misfit !== undefined || (last !== undefined && inHistory(last.fact, fact) > 0)) return undefined;
  const next = stepAfter(entry, last, fact);
  return 'reasons' in next ? { steps, misfit: { fact, reasons: next.reasons } } : { steps: steps.concat(next) };
};

/** One more step, or every reason for which the fact does not fit there. */
const stepAfter = (
  { register, key }: Walked,
  last: Step | undefined,
  fact: Fact,
): Step | { readonly reasons: Misfits } => {
  const { kind } = fact;
  const state = last?.state ?? none;
  const status = kind.moves[state.status];
  const fields = fieldsAfter(register, state.fields, fact);
  const reasons = misfitsOf({ register, key }, state, fact, fields);
  const [first, ...others] = reasons;
  if (first !== undefined) return { reasons: [first, ...others] };
  if (status === undefined || fields === undefined) throw new Error('a fact without a status or fields fits nowhere');
  const since = last !== undefined && last.state.status === status ? last.since : fact.effectiveOn;
  return {
    fact,
    state: { status, fields },
    since,
    referring: referringAfter(register, last?.referring ?? nothing, fact),
  };
};

const misfitsOf = (
  { register, key }: Pick<Walked, 'register' | 'key'>,
  state: State,
  fact: Fact,
  fields: JsonObject | undefined,
): readonly Misfit[] => {
  const { kind, data } = fact;
  const { differs } = kind;
  const status = kind.moves[state.status];
  const starts = state.status === none.status;
  const reasons: Misfit[] = [];
  const isSame = differs !== undefined && status === state.status && state.fields[differs] === data[differs];
  if (status === undefined || isSame) reasons.push({ why: 'transition' });
  if (starts || kind.isFirst) {
    const missing = kind.requiredToStart.filter((name) => data[name] === undefined);
    if (missing.length > 0) reasons.push({ why: 'missing', fields: missing });
  }
  if (starts && register.start?.(key, fact) === false) reasons.push({ why: 'check-character' });
  if (fields === undefined) reasons.push({ why: 'unknown-target' });
  const fault = fields && register.check?.(fields);
  if (fault !== undefined) reasons.push({ why: 'field', fault });
  return reasons;
};

const nothing: Step['referring'] = new Map();

const referringAfter = ({ references }: Register, before: Step['referring'], fact: Fact): Step['referring'] => {
  if (references.length === 0) return before;
  const names = Object.keys(fact.data).filter((name) => references.includes(name));
  return names.length === 0 ? before : new Map([...before, ...names.map((name) => [name, fact] as const)]);
};

/**
 * A field that the fact gives holds from then on, null clears it, and the others stay as they were. If it gives none, they
 * are the same object.
 */
const fieldsAfter = (register: Register, before: JsonObject, { kind, data }: Fact): JsonObject | undefined => {
  const given = Object.entries(data).filter(
    ([name]) => register.descriptive[name] !== undefined || register.lasting?.includes(name),
  );
  const fields = given.length === 0 ? before : withFields(before, given);
  return kind.apply === undefined ? fields : kind.apply(fields, data);
};

const withFields = (before: JsonObject, given: readonly (readonly [string, Json])[]): JsonObject => {
  const fields: Record<string, Json> = { ...before };
  for (const [name, value] of given) {
    if (value === null) delete fields[name];
    else fields[name] = value;
  }
  return fields;
};

/** The number of steps for which something holds that holds for no step after one for which it does not. */
const countWhile = (steps: readonly Step[], holds: (step: Step, index: number) => boolean): number => {
  let [low, high] = [0, steps.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    const step = steps[middle];
    if (step !== undefined && holds(step, middle)) low = middle + 1;
    else high = middle;
  }
  return low;
};

/** The last step by a day, after all facts of that day; undefined before the first. */
export const stepOn = (steps: readonly Step[], day: Day): Step | undefined =>
  steps[countWhile(steps, ({ fact }) => fact.effectiveOn <= day) - 1];

/** The state on a day, after all facts of that day. */
export const stateOn = (steps: readonly Step[], day: Day): State => stepOn(steps, day)?.state ?? none;

/** The last step of each day, in order. */
export const lastOfDays = (steps: readonly Step[]): readonly Step[] =>
  steps.filter((step, index) => steps[index + 1]?.fact.effectiveOn !== step.fact.effectiveOn);

/** The state of each day on which it may have changed, in order. */
export const statesByDay = (steps: readonly Step[]): readonly { readonly from: Day; readonly state: State }[] =>
  lastOfDays(steps).map(({ fact, state }) => ({ from: fact.effectiveOn, state }));

/** Two paths of an entry, from the first day on which they may differ. */
export type Parting = {
  /** The last step before that day. */
  readonly last: Step | undefined;
  /** The last step of each day from then on, by either path. */
  readonly was: readonly Step[];
  readonly is: readonly Step[];
};

/** Costs what an event has changed and not what the entry has: a step that two paths share follows the same steps in both. */
export const partingOf = ({ steps: was }: Path, { steps: is }: Path): Parting => {
  const shared = was === is ? was.length : countWhile(was, (step, index) => step === is[index]);
  const days = [was[shared], is[shared]].flatMap((step) => step?.fact.effectiveOn ?? []);
  const day = days.sort()[0];
  if (day === undefined) return { last: undefined, was: [], is: [] };
  // A step that both share may be the last of that day by one of them.
  const from = was[shared - 1]?.fact.effectiveOn === day ? shared - 1 : shared;
  return {
    last: was[countWhile(was, ({ fact }, index) => index < shared && fact.effectiveOn < day) - 1],
    was: lastOfDays(was.slice(from)),
    is: lastOfDays(is.slice(from)),
  };
};
