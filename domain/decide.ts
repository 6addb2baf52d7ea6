import type { z } from 'zod';
import type { Day } from './calendar.ts';
import { type ContributionChange, changeBetween, contributionsBetween, type Delta } from './contribution.ts';
import {
  type Body,
  currentSchema,
  eventLimitBytes,
  lineLengthBytes,
  type NewEvent,
  streamOf,
  submitted,
} from './event.ts';
import { faultsOf } from './faults.ts';
import { type Entry, evolve, factOf } from './history.ts';
import { isObject, type Json, type JsonObject, mergePatch } from './json.ts';
import { type Fact, history, type Misfit, none, type Path, type Step, stateOn } from './path.ts';
import { annul, commandsOf, correct, type Evidence, fieldOf, type Register } from './register.ts';
import { type Fault, type InTheWay, invalidBody, type Rejection } from './rejection.ts';

/** A command, its body as its schema parsed it. */
export type Command = { readonly name: string; readonly body: JsonObject };

/** Another entry that a fact refers to; if `exactOnly`, a text that is no entry's key is not a reference. */
export type Referred = {
  readonly register: string;
  readonly key: string;
  readonly on: Day;
  readonly exactOnly: boolean;
  readonly pointer: string;
};

/** Whether a reference is valid: on its day the entry's status is neither `none` nor `left`. */
export type Resolve = (referred: Referred) => boolean;

export type Decision = {
  readonly outcome: 'record' | 'submit';
  /** The event's type and body: the fact, correction or annulment itself. */
  readonly type: string;
  readonly body: Body;
  /** The entry as it would be with the fact recorded. */
  readonly after: Entry;
  /** What the fact would change in the counts. */
  readonly change: readonly Delta[];
  /** What the entry would contribute otherwise than before. */
  readonly contribution: readonly ContributionChange[];
};

/** What a decision would change for others than the entry. */
export type Effect = Pick<Decision, 'change' | 'contribution'>;

export type Rejected = { readonly rejection: Rejection };

export const isRejected = (value: object): value is Rejected => 'rejection' in value;

const reject = (rejection: Rejection): Rejected => ({ rejection });

/** The fact, correction or annulment that a command would record. */
const recordOf = (entry: Entry, { name, body }: Command): { readonly type: string; readonly body: Body } => {
  const { effectiveOn, evidence, note, ...data } = body;
  const kind = entry.register.factOf.get(name);
  const type = kind?.event ?? (name === correct.command ? correct.event : annul.event);
  return {
    type,
    body: {
      register: entry.register.name,
      key: entry.key,
      ...(typeof effectiveOn === 'string' ? { effectiveOn } : {}),
      data: kind === undefined && typeof effectiveOn === 'string' ? { ...data, effectiveOn } : data,
      ...(evidence === undefined ? {} : { evidence: evidence as unknown as readonly Evidence[] }),
      ...(typeof note === 'string' ? { note } : {}),
    },
  };
};

/** The id of an event that is decided on; no recorded event has it. */
const newId = 'new';

/** The entry as it would be with one more event, by nobody and at no time. */
const withRecord = (entry: Entry, type: string, body: Body): Entry =>
  evolve(entry, {
    id: newId,
    type,
    data: body,
    metadata: { schema: currentSchema, by: '', command: '', bodySha256: '' },
    stream: '',
    revision: entry.revision + 1,
    recordedAt: '',
  });

/** The entries that a command's fact refers to, as it would stand after the command. */
export const referencesOf = (entry: Entry, command: Command): readonly Referred[] => {
  const { name, body } = command;
  if (name !== correct.command) {
    return typeof body.effectiveOn === 'string' ? referredBy(entry.register, body, body.effectiveOn, '') : [];
  }
  const fact = factOf(entry, String(body.event));
  const corrected = fact && correctedFact(fact, body);
  return corrected ? referredBy(entry.register, corrected.data, corrected.effectiveOn, '/data') : [];
};

const referredBy = (register: Register, data: JsonObject, on: Day, base: string): readonly Referred[] =>
  Object.entries(data).flatMap(([name, value]) => {
    const reference = fieldOf(register, name)?.reference;
    if (reference === undefined || value === null) return [];
    const one = (key: Json, pointer: string): Referred[] =>
      typeof key === 'string'
        ? [{ register: reference.register, key, on, exactOnly: reference.exactOnly === true, pointer }]
        : [];
    return Array.isArray(value)
      ? value.flatMap((key, index) => one(key, `${base}/${name}/${index}`))
      : one(value, `${base}/${name}`);
  });

const correctedFact = (fact: Fact, body: JsonObject): { data: JsonObject; effectiveOn: Day } => ({
  data: body.data === undefined ? fact.data : (mergePatch(fact.data, body.data) as JsonObject),
  effectiveOn: typeof body.effectiveOn === 'string' ? body.effectiveOn : fact.effectiveOn,
});

/**
 * Decides a command by the history that would result. If that history is not a valid path, the command is refused and
 * the rejection names what does not fit. If the entry would contribute anything else than before, on any day, the
 * command is submitted to a second person.
 */
export const decide = (entry: Entry, asked: Command, resolve: Resolve): Decision | Rejected => {
  // 1. A correction or annulment must be of facts that hold.
  const notCorrectable = refersToNoFact(entry, asked);
  if (notCorrectable !== undefined) return reject(notCorrectable);
  // 2. A corrected fact must satisfy its own schema.
  const command = withCheckedPatch(entry, asked);
  if (isRejected(command)) return command;
  // 3. The history that would result must be a valid path.
  const record = recordOf(entry, command);
  const after = withRecord(entry, record.type, record.body);
  const { path } = after;
  if (path.misfit !== undefined) return reject(misfitRejection(entry, command, { ...path, misfit: path.misfit }));
  // 4. The entries that the fact refers to must be registered on its day.
  const dangling = referencesOf(entry, command).find((referred) => !resolve(referred));
  if (dangling !== undefined) {
    return reject({ code: 'unknown-reference', pointer: dangling.pointer, reference: dangling.key });
  }
  // 5. If a number moves, a second person is needed.
  const change = changeBetween(entry, after);
  const outcome = change.length === 0 && !entry.register.alwaysSubmitted ? 'record' : 'submit';
  const contribution = change.length === 0 ? [] : contributionsBetween(entry, after);
  return { outcome, ...record, after, change, contribution };
};

/** The event of a submission, for a command that needs a second person. */
export const submissionOf = (entry: Entry, command: Command): { readonly type: string; readonly body: Body } => ({
  type: submitted,
  body: { register: entry.register.name, key: entry.key, data: { command: command.name, body: command.body } },
});

const refersToNoFact = (entry: Entry, { name, body }: Command): Rejection | undefined => {
  const ids = name === correct.command ? [body.event] : name === annul.command ? body.events : undefined;
  if (!Array.isArray(ids)) return undefined;
  if (name === annul.command && entry.facts.length === 0) {
    return {
      code: 'transition-not-allowed',
      entryStatus: none.status,
      allowed: allowedFrom(entry.register, none.status),
    };
  }
  const lost = ids.map(String).find((id) => {
    const fact = factOf(entry, id);
    return fact === undefined || fact.annulledBy !== undefined;
  });
  return lost === undefined ? undefined : { code: 'not-correctable', event: lost };
};

/** The command with its patch in the normal form of the fact's schema, which the corrected fact must satisfy. */
const withCheckedPatch = (entry: Entry, command: Command): Command | Rejected => {
  const fact = command.name === correct.command ? factOf(entry, String(command.body.event)) : undefined;
  const patch = command.body.data;
  if (fact === undefined || !isObject(patch)) return command;
  const corrected = correctedFact(fact, command.body).data;
  const parsed = fact.kind.data.safeParse(corrected);
  const issues = [
    ...(parsed.error?.issues ?? []).filter((issue) => !isUnknownName(issue)),
    ...unknownNames(fact, patch),
  ];
  if (!parsed.success || issues.length > 0) {
    return reject({ code: 'invalid-request', errors: faultsOf({ issues }, 'body', corrected, '/data') });
  }
  const data = inNormalForm(patch as JsonObject, parsed.data);
  return { ...command, body: { ...command.body, data } };
};

const isUnknownName = ({ code }: z.core.$ZodIssue): boolean => code === 'unrecognized_keys';

/** The names of a patch that the fact's schema does not know, whatever their values: null removes nothing then. */
const unknownNames = (fact: Fact, patch: object): readonly z.core.$ZodIssue[] => {
  const named = fact.kind.data.safeParse(mergePatch(fact.data, patch as JsonObject, true));
  return (named.error?.issues ?? []).filter(isUnknownName);
};

/** The patch with each value as the parsed whole has it. */
const inNormalForm = (patch: JsonObject, parsed: JsonObject): JsonObject =>
  Object.fromEntries(
    Object.entries(patch).map(([name, value]) => {
      const whole = parsed[name];
      if (isObject(value) && isObject(whole)) return [name, inNormalForm(value as JsonObject, whole as JsonObject)];
      return [name, value === null ? null : (whole ?? value)];
    }),
  );

const misfitRejection = (
  entry: Entry,
  command: Command,
  { steps, misfit }: Path & Required<Pick<Path, 'misfit'>>,
): Rejection => {
  const { fact, reason } = misfit;
  const isNew = fact.id === newId;
  const isCorrected = command.name === correct.command && fact.id === command.body.event;
  if (isNew) return newFactRejection(entry, fact, reason, steps);
  if (isCorrected && reason.why === 'field') {
    return invalidBody(`/data/${reason.fault.field}`, reason.fault.zh, reason.fault.en);
  }
  return { code: 'breaks-history', breaks: { event: fact.id, type: fact.type, effectiveOn: fact.effectiveOn } };
};

const newFactRejection = (entry: Entry, fact: Fact, reason: Misfit, steps: readonly Step[]): Rejection => {
  switch (reason.why) {
    case 'field':
      return invalidBody(`/${reason.fault.field}`, reason.fault.zh, reason.fault.en);
    case 'missing':
      return {
        code: 'invalid-request',
        errors: reason.fields.map((name) => ({
          in: 'body',
          pointer: `/${name}`,
          zh: '必填：登记从这条记录开始',
          en: 'Required, because the entry starts with this record',
        })),
      };
    case 'check-character':
      return { code: 'check-character', key: entry.key };
    case 'unknown-target':
      return { code: 'unknown-reference', pointer: '/target', reference: String(fact.data.target) };
    case 'transition': {
      const { status } = stateOn(entry.path.steps, fact.effectiveOn);
      const allowed = allowedFrom(entry.register, status);
      const inTheWay = allowed.includes(fact.kind.command) ? inTheWayOf(entry, fact, steps) : undefined;
      return { code: 'transition-not-allowed', entryStatus: status, allowed, ...(inTheWay && { inTheWay }) };
    }
  }
};

/** What is in the way of a fact that the status at the end of its day would allow; `steps` are those before it. */
const inTheWayOf = (entry: Entry, { kind, effectiveOn }: Fact, steps: readonly Step[]): InTheWay => {
  const { status } = steps.at(-1)?.state ?? none;
  if (kind.differs !== undefined && kind.moves[status] !== undefined) return { is: 'same-value', field: kind.differs };
  const earlier = new Set(steps.map(({ fact }) => fact.id));
  const ofDay = history(entry).filter((fact) => fact.effectiveOn === effectiveOn);
  const before = ofDay.filter(({ id }) => earlier.has(id)).map(({ type }) => type);
  const after = ofDay.filter(({ id }) => !earlier.has(id)).map(({ type }) => type);
  return { is: 'order', status, before, after };
};

/** The commands that are possible from a status, in the order of the register's table. */
export const allowedFrom = (register: Register, status: string): readonly string[] =>
  commandsOf(register)
    .map(({ command }) => command)
    .filter((command) => {
      const kind = register.factOf.get(command);
      return kind === undefined ? status !== none.status : kind.moves[status] !== undefined;
    });

/** Refuses an event whose line in the ledger would exceed the limit. */
export const tooLarge = (entry: Entry, event: NewEvent): Rejection | undefined =>
  !isSurelyShort(event) && lineLengthBytes(event, streamOf(entry.register.name, entry.key)) > eventLimitBytes
    ? { code: 'event-too-large', limitBytes: eventLimitBytes }
    : undefined;

/** A UTF-16 unit takes at most three bytes; the rest of the line, its stream included, takes fewer than allowed here. */
const isSurelyShort = (event: NewEvent): boolean => 3 * JSON.stringify(event).length + 16_384 < eventLimitBytes;

/** The fault of a body whose effective date is in the future. */
export const futureFault = (body: JsonObject, today: Day): Fault | undefined =>
  typeof body.effectiveOn === 'string' && body.effectiveOn > today
    ? {
        in: 'body',
        pointer: '/effectiveOn',
        zh: `不得晚于今天（上海时间 ${today}）`,
        en: `Must not be later than today (${today}, Shanghai time)`,
      }
    : undefined;
