import { v5 as uuid } from 'uuid';
import type { Day } from '../../domain/calendar.ts';
import { type Counted, contribution, countsFor } from '../../domain/contribution.ts';
import { type Decision, decide, isRejected } from '../../domain/decide.ts';
import {
  type Body,
  currentSchema,
  type Metadata,
  returned,
  type SealedEvent,
  streamOf,
  submissionId,
  submitted,
  withdrawn,
} from '../../domain/event.ts';
import { type Entry, foldEntry } from '../../domain/history.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { Resolve } from '../../domain/objections.ts';
import { stateOn } from '../../domain/path.ts';
import { annul, bodyOf, correct, type Register, type State } from '../../domain/register.ts';
import type { Rejection } from '../../domain/rejection.ts';

/** The stream of one entry, as known at some size. */
export type Known = {
  readonly register: Register;
  readonly key: string;
  readonly events: readonly SealedEvent[];
  /** The number of its events: what was known at `size` is the first `size` of them. */
  readonly size: number;
  readonly entry: Entry;
};

/** What a test records or asks to record: a command with its body. */
export type Action = {
  /** The entry that it is about; defaults to the entry of the stream that it is added to. */
  readonly about?: { readonly register: Register; readonly key: string };
  readonly name: string;
  /** The command's body, which may name earlier events of the stream. */
  readonly body: (known: Known) => JsonObject;
  readonly type?: string;
  readonly metadata?: (known: Known) => Partial<Metadata>;
};

export type Refused = { readonly rejection: Rejection };
export type Accepted = Known & Pick<Decision, 'outcome' | 'change' | 'type'>;

/** The stream after these actions, in that order; together the facts must make a valid history. */
export const given = (...actions: readonly Action[]): Known => {
  const about = actions[0]?.about;
  if (about === undefined) throw new Error('The first action must name the entry that it is about');
  const known = actions.reduce(andThen, nothingOf(about.register, about.key));
  const { misfit } = known.entry.path;
  if (misfit !== undefined) throw new Error(`${misfit.fact.type} doesn't fit on ${misfit.fact.effectiveOn}`);
  return known;
};

/** A stream without events. */
export const nothingOf = (register: Register, key: string): Known => knownFrom(register, key, []);

/** The first `size` events of the stream. */
export const knownAt = ({ register, key, events }: Known, size: number): Known =>
  knownFrom(register, key, events.slice(0, size));

/** Decides each command in turn and records it if it is accepted; stops at the first refusal. */
export const when = (known: Known, ...actions: readonly [Action, ...Action[]]): Accepted | Refused => {
  const [first, ...rest] = actions;
  const result = whenReferring(known, () => true, first);
  const [second, ...others] = rest;
  return 'rejection' in result || second === undefined ? result : when(result, second, ...others);
};

/** As `when`, for one command; `resolve` says which references hold. */
export const whenReferring = (known: Known, resolve: Resolve, action: Action): Accepted | Refused => {
  const parsed = bodyOf(known.register, action.name)?.safeParse(action.body(known));
  if (parsed === undefined) throw new Error(`${known.register.name} have no command ${action.name}`);
  if (!parsed.success) return { rejection: { code: 'invalid-request', errors: parsed.error.issues.map(faultOf) } };
  const decision = decide(known.entry, { name: action.name, body: parsed.data as JsonObject }, resolve);
  if (isRejected(decision)) return decision;
  const { type, body, outcome, change } = decision;
  return { ...joined(known, type, body, action.metadata?.(known)), outcome, change, type };
};

/** As `when`, but throws at a refusal. */
export const recorded = (known: Known, ...actions: readonly [Action, ...Action[]]): Accepted => {
  const result = when(known, ...actions);
  if ('rejection' in result) throw new Error(`Refused: ${JSON.stringify(result.rejection)}`);
  return result;
};

/** The entry's count for a measure (of one sector or district) on a day, as known at a size. */
export const count = (
  known: Known,
  measure: string,
  { on, at = known.size, ...part }: { readonly on: Day; readonly at?: number } & Omit<Counted, 'measure'>,
): number =>
  contribution(known.register, stateAt(known, on, at)).filter((cell) => countsFor({ measure, ...part }, cell)).length;

/** The entry's status and fields on a day, as known at a size. */
export const stateAt = (known: Known, on: Day, at: number = known.size): State =>
  stateOn(knownAt(known, at).entry.path.steps, on);

/** The id of the event at a revision. */
export const idAt = (known: Known, revision: number): string => {
  const event = known.events[revision];
  if (event === undefined) throw new Error(`No event at revision ${revision}`);
  return event.id;
};

/** A correction: what the fact at a revision should have said. */
export const corrected = (revision: number, should: { effectiveOn?: Day; data?: JsonObject }): Action => ({
  name: correct.command,
  body: (known) => ({ event: idAt(known, revision), reason: '文件所载不同', ...should }),
});

/** An annulment of the facts at some revisions. */
export const annulled = (...revisions: readonly number[]): Action => ({
  name: annul.command,
  body: (known) => ({ events: revisions.map((revision) => idAt(known, revision)), reason: '重复登记' }),
});

/** A command that waits for a second person. */
export const submittedBy = (by: string, action: Action, metadata: Partial<Metadata> = {}): Action => ({
  ...action,
  type: submitted,
  body: (known) => ({ command: action.name, body: action.body(known) }),
  metadata: () => ({ by, ...metadata }),
});

/** The fact that approves the submission at a revision. */
export const approvedBy = (approvedBy: string, revision: number, by: string, action: Action): Action => ({
  ...action,
  metadata: (known) => ({ by, approvedBy, submission: submissionAt(known, revision) }),
});

export const returnedBy = (by: string, revision: number, reason: string): Action => ({
  name: 'return',
  type: returned,
  body: (known) => ({ submission: submissionAt(known, revision), reason }),
  metadata: () => ({ by }),
});

export const withdrawnBy = (by: string, revision: number): Action => ({
  name: 'withdraw',
  type: withdrawn,
  body: (known) => ({ submission: submissionAt(known, revision) }),
  metadata: () => ({ by }),
});

/** The id of the submission at a revision. */
export const submissionAt = ({ register, key }: Known, revision: number): string =>
  submissionId(register.name, key, revision);

/** The stream after one more action, recorded without a check. */
export const andThen = (known: Known, action: Action): Known => {
  const { effectiveOn, evidence, note, ...data } = action.body(known);
  const ownDay = action.name === correct.command && typeof effectiveOn === 'string' ? { effectiveOn } : {};
  const body = { register: known.register.name, key: action.about?.key ?? known.key, data: { ...data, ...ownDay } };
  const rest = Object.fromEntries(Object.entries({ effectiveOn, evidence, note }).filter(([, value]) => value));
  return joined(
    known,
    action.type ?? typeOf(known.register, action.name),
    { ...body, ...rest },
    action.metadata?.(known),
  );
};

const typeOf = (register: Register, name: string): string => {
  const ofEveryRegister: Readonly<Record<string, string>> = { correct: correct.event, annul: annul.event };
  const type = ofEveryRegister[name] ?? register.factOf.get(name)?.event;
  if (type === undefined) throw new Error(`${register.name} have no command ${name}`);
  return type;
};

/** What the store adds to an event without free texts. */
export const unsealed = { source: 'registry.example.org/ledger', seals: {} } as const;

const namespace = '5b1f0c52-8d2e-4a0e-9a52-6f8d5f3f7c11';
const firstRecordedMs = Date.UTC(2022, 2, 1);
const minuteMs = 60_000;

const joined = (known: Known, type: string, data: Body, metadata: Partial<Metadata> = {}): Known => {
  const stream = streamOf(known.register.name, known.key);
  const revision = known.size;
  const event: SealedEvent = {
    id: uuid(`${stream}@${revision}`, namespace),
    type,
    data,
    metadata: {
      schema: currentSchema,
      by: 'li.wei',
      command: uuid(`command of ${stream}@${revision}`, namespace),
      bodySha256: '0'.repeat(64),
      ...metadata,
    },
    stream,
    revision,
    recordedAt: new Date(firstRecordedMs + revision * minuteMs).toISOString(),
    ...unsealed,
  };
  return knownFrom(known.register, known.key, [...known.events, event]);
};

const knownFrom = (register: Register, key: string, events: readonly SealedEvent[]): Known => ({
  register,
  key,
  events,
  size: events.length,
  entry: foldEntry(register, key, events),
});

const faultOf = (issue: { readonly path: readonly PropertyKey[]; readonly message: string }) => ({
  in: 'body' as const,
  pointer: issue.path.map((part) => `/${String(part)}`).join(''),
  zh: issue.message,
  en: issue.message,
});
