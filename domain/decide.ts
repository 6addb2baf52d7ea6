import type { Day } from './calendar.ts';
import { changeBetween, type Delta } from './contribution.ts';
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
import { type Entry, evolve, type Fact, type Misfit, none, type Path, stateOn, walk } from './history.ts';
import { isObject, type Json, type JsonObject, mergePatch } from './json.ts';
import { annul, commandsOf, correct, type Evidence, fieldOf, type Register } from './register.ts';
import { type Fault, invalidBody, type Rejection } from './rejection.ts';

/** A command whose body its schema has parsed. */
export type Command = { readonly name: string; readonly body: JsonObject };

/** Another entry that a fact refers to, and whether only an existing key is meant as a reference. */
export type Referred = {
  readonly register: string;
  readonly key: string;
  readonly on: Day;
  readonly exactOnly: boolean;
  readonly pointer: string;
};

/** Whether a reference holds: on the day the entry's status is neither `none` nor `left`. */
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
};

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

/** An id that no recorded event has, for events that are only tried. */
const tried = 'tried';

/** The entry as it would be with one more event, by nobody and at no time. */
const withRecord = (entry: Entry, type: string, body: Body): Entry =>
  evolve(entry, {
    id: tried,
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
  const fact = entry.facts.get(String(body.event));
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
 * Decides a command: the history that would result is built and folded. Where it is not a valid path the command is
 * refused and the answer names what doesn't fit; where the entry would contribute anything else than before, on any
 * day, the command is submitted to a second person.
 */
export const decide = (entry: Entry, asked: Command, resolve: Resolve): Decision | Rejected => {
  const notThere = refersToNoFact(entry, asked);
  if (notThere !== undefined) return reject(notThere);
  const command = withCheckedPatch(entry, asked);
  if (isRejected(command)) return command;
  const record = recordOf(entry, command);
  const after = withRecord(entry, record.type, record.body);
  const path = walk(after);
  if (path.misfit !== undefined) return reject(misfitRejection(entry, command, path.misfit));
  const dangling = referencesOf(entry, command).find((referred) => !resolve(referred));
  if (dangling !== undefined) {
    return reject({ code: 'unknown-reference', pointer: dangling.pointer, reference: dangling.key });
  }
  const change = changeBetween(entry, after);
  const outcome = change.length === 0 && !entry.register.alwaysSubmitted ? 'record' : 'submit';
  return { outcome, ...record, after, change };
};

/** The event of a submission, for a command that takes a second person. */
export const submissionOf = (entry: Entry, command: Command): { readonly type: string; readonly body: Body } => ({
  type: submitted,
  body: { register: entry.register.name, key: entry.key, data: { command: command.name, body: command.body } },
});

const refersToNoFact = (entry: Entry, { name, body }: Command): Rejection | undefined => {
  const ids = name === correct.command ? [body.event] : name === annul.command ? body.events : undefined;
  if (!Array.isArray(ids)) return undefined;
  if (name === annul.command && entry.facts.size === 0) {
    return {
      code: 'transition-not-allowed',
      entryStatus: none.status,
      allowed: allowedFrom(entry.register, none.status),
    };
  }
  const lost = ids.map(String).find((id) => {
    const fact = entry.facts.get(id);
    return fact === undefined || fact.annulledBy !== undefined;
  });
  return lost === undefined ? undefined : { code: 'not-correctable', event: lost };
};

/** A corrected fact must satisfy its own schema; what the patch sets is recorded in the schema's normal form. */
const withCheckedPatch = (entry: Entry, command: Command): Command | Rejected => {
  const fact = command.name === correct.command ? entry.facts.get(String(command.body.event)) : undefined;
  const patch = command.body.data;
  if (fact === undefined || !isObject(patch)) return command;
  const corrected = correctedFact(fact, command.body).data;
  const parsed = fact.kind.data.safeParse(corrected);
  if (!parsed.success) {
    return reject({ code: 'invalid-request', errors: faultsOf(parsed.error, 'body', corrected, '/data') });
  }
  const data = inNormalForm(patch as JsonObject, parsed.data);
  return { ...command, body: { ...command.body, data } };
};

/** What a patch sets, as the schema that parsed the patched whole writes it. */
const inNormalForm = (patch: JsonObject, parsed: JsonObject): JsonObject =>
  Object.fromEntries(
    Object.entries(patch).map(([name, value]) => {
      const whole = parsed[name];
      if (isObject(value) && isObject(whole)) return [name, inNormalForm(value as JsonObject, whole as JsonObject)];
      return [name, value === null ? null : (whole ?? value)];
    }),
  );

const misfitRejection = (entry: Entry, command: Command, misfit: NonNullable<Path['misfit']>): Rejection => {
  const { fact, reason } = misfit;
  const isNew = fact.id === tried;
  const isCorrected = command.name === correct.command && fact.id === command.body.event;
  if (isNew) return newFactRejection(entry, fact, reason);
  if (isCorrected && reason.why === 'field') {
    return invalidBody(`/data/${reason.fault.field}`, reason.fault.zh, reason.fault.en);
  }
  return { code: 'breaks-history', breaks: { event: fact.id, type: fact.type, effectiveOn: fact.effectiveOn } };
};

const newFactRejection = (entry: Entry, fact: Fact, reason: Misfit): Rejection => {
  switch (reason.why) {
    case 'field':
      return invalidBody(`/${reason.fault.field}`, reason.fault.zh, reason.fault.en);
    case 'missing':
      return {
        code: 'invalid-request',
        errors: reason.fields.map((name) => ({
          in: 'body',
          pointer: `/${name}`,
          zh: '登记从这条记录开始，此项必填',
          en: 'Required where the entry starts with this fact',
        })),
      };
    case 'check-character':
      return { code: 'check-character', key: entry.key };
    case 'unknown-target':
      return { code: 'unknown-reference', pointer: '/target', reference: String(fact.data.target) };
    case 'transition': {
      const { status } = stateOn(walk(entry).steps, fact.effectiveOn);
      return { code: 'transition-not-allowed', entryStatus: status, allowed: allowedFrom(entry.register, status) };
    }
  }
};

/** The commands that are possible from a status, in the order of the register's table. */
export const allowedFrom = (register: Register, status: string): readonly string[] =>
  commandsOf(register)
    .map(({ command }) => command)
    .filter((command) => {
      const kind = register.factOf.get(command);
      return kind === undefined ? status !== none.status : kind.moves[status] !== undefined;
    });

/** Whether the event's line in the ledger would be longer than one may be. */
export const tooLarge = (entry: Entry, event: NewEvent): Rejection | undefined =>
  !isSurelyShort(event) && lineLengthBytes(event, streamOf(entry.register.name, entry.key)) > eventLimitBytes
    ? { code: 'event-too-large', limitBytes: eventLimitBytes }
    : undefined;

/** A UTF-16 unit takes three bytes at most; what a line has beside the event, its stream among it, takes fewer than here. */
const isSurelyShort = (event: NewEvent): boolean => 3 * JSON.stringify(event).length + 16_384 < eventLimitBytes;

/** Days that must not lie in the future: when a fact became true. */
export const futureFault = (body: JsonObject, today: Day): Fault | undefined =>
  typeof body.effectiveOn === 'string' && body.effectiveOn > today
    ? {
        in: 'body',
        pointer: '/effectiveOn',
        zh: `晚于今天（上海时间 ${today}）`,
        en: `Lies after today, ${today} in Shanghai`,
      }
    : undefined;
