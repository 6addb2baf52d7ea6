import type { DeclaredField, DeclaredRegister, ShownSubmission } from '../../answers.ts';

/** What a submission would change, as rows to compare. */
export type Difference = {
  readonly field: DeclaredField;
  /** What the field holds now, null if nothing; undefined if the field does not go on holding anything. */
  readonly now: unknown;
  readonly proposed: unknown;
  readonly isSame: boolean;
};

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const day = (title: DeclaredField['title']): DeclaredField => ({
  name: 'effectiveOn',
  title,
  kind: 'day',
  optional: false,
});

/** The facts that a correction or an annulment is about, by their ids. */
export const factIds = ({ body }: Pick<ShownSubmission, 'body'>): readonly string[] =>
  [body.event, body.events].flat().filter((id) => typeof id === 'string');

/** Every field that a register declares, each once: those of a command first, if one is named. */
export const fieldsOf = (register: DeclaredRegister, command?: string): readonly DeclaredField[] => {
  const own = register.commands.filter(({ name }) => command === undefined || name === command);
  const all = [...own.flatMap(({ fields }) => fields), ...register.fields, ...register.lasting];
  return [...new Map(all.map((field) => [field.name, field])).values()];
};

/** Field by field: what it holds now, and what it would hold. `effectiveOn` is what a day is called. */
export const differencesOf = (
  register: DeclaredRegister,
  { command, body, present }: Pick<ShownSubmission, 'command' | 'body' | 'present'>,
  effectiveOn: DeclaredField['title'],
): readonly Difference[] => {
  const isCorrection = register.corrections.some(({ name }) => name === command);
  const given = isCorrection ? { effectiveOn: body.effectiveOn, ...(isRecord(body.data) ? body.data : {}) } : body;
  const fields = isCorrection ? [day(effectiveOn), ...fieldsOf(register)] : fieldsOf(register, command);
  return fields.flatMap((field) => {
    const proposed = given[field.name];
    const now = present?.[field.name];
    return proposed === undefined
      ? []
      : [{ field, now, proposed, isSame: now !== undefined && sameValue(now, proposed) }];
  });
};

const sameValue = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);

/** Whether approving would do the same as when it was looked at; counts of other entries may have moved meanwhile. */
export const sameEffect = (seen: ShownSubmission, latest: ShownSubmission): boolean =>
  sameValue(effectOf(seen), effectOf(latest));

const effectOf = ({ present, contribution, impact }: ShownSubmission) => [
  present,
  contribution,
  impact?.map(({ target, plan, on, before, after }) => [target, plan, on, after - before]),
];
