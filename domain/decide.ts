import type { z } from 'zod';
import type { Day } from './calendar.ts';
import { type ContributionChange, changeBetween, contributionsBetween, type Delta } from './contribution.ts';
import { type Body, currentSchema, type NewEvent, streamOf, submitted } from './event.ts';
import { faultsOf } from './faults.ts';
import { type Entry, evolve, factOf } from './history.ts';
import { isObject, type JsonObject, mergePatch, roughLength } from './json.ts';
import { eventLimitBytes, longestBytes } from './leaf.ts';
import {
  allowedFrom,
  type Command,
  correctedFact,
  newId,
  type Objection,
  objectionsTo,
  type Resolve,
} from './objections.ts';
import { type Fact, none } from './path.ts';
import { annul, correct, type Evidence } from './register.ts';
import type { Fault, Rejection } from './rejection.ts';

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
  // 3. The history that would result must be a valid path, and the entries referred to registered on the fact's day.
  const record = recordOf(entry, command);
  const after = withRecord(entry, record.type, record.body);
  const [objection] = objectionsTo(entry, command, after.path, resolve);
  if (objection !== undefined) return reject(objection.rejection);
  // 4. If a number moves, a second person is needed.
  const change = changeBetween(entry, after);
  const outcome = change.length === 0 && !entry.register.alwaysSubmitted ? 'record' : 'submit';
  const contribution = change.length === 0 ? [] : contributionsBetween(entry, after);
  return { outcome, ...record, after, change, contribution };
};

/** Everything for which a command that records a fact is refused, in the order in which `decide` looks for it. */
export const objections = (entry: Entry, command: Command, resolve: Resolve): readonly Objection[] => {
  const { type, body } = recordOf(entry, command);
  return objectionsTo(entry, command, withRecord(entry, type, body).path, resolve);
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
  // An erased text must not be missing: nobody can give it again.
  const standIns = Object.fromEntries(fact.erased.map((name) => [name, '–']));
  const parsed = fact.kind.data.safeParse({ ...standIns, ...corrected });
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

/** Refuses an event if its leaf would exceed the limit, or if it would together with its free texts. */
export const tooLarge = (entry: Entry, event: NewEvent): Rejection | undefined =>
  !isSurelyShort(event) && longestBytes(event, streamOf(entry.register.name, entry.key)) > eventLimitBytes
    ? { code: 'event-too-large', limitBytes: eventLimitBytes }
    : undefined;

/** The rest of the line, digests included, takes fewer bytes than allowed here. */
const isSurelyShort = (event: NewEvent): boolean => 6 * roughLength(event) + 16_384 < eventLimitBytes;

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
