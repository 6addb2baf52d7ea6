import { hash, randomUUID } from 'node:crypto';
import { parse, v5 } from 'uuid';
import { shanghaiDay } from '../../domain/calendar.ts';
import { type Delta, movement, sameChange } from '../../domain/contribution.ts';
import {
  type Command,
  type Decision,
  decide,
  isRejected,
  type Referred,
  type Resolve,
  referencesOf,
  submissionOf,
  tooLarge,
} from '../../domain/decide.ts';
import {
  type Body,
  currentSchema,
  type Metadata,
  type NewEvent,
  parseSubmissionId,
  returned,
  streamOf,
  submissionId,
  submitted,
  withdrawn,
} from '../../domain/event.ts';
import { type Entry, evolve, foldEntry, none, type Submission, stateOn, walk } from '../../domain/history.ts';
import { canonicalJson, type Json, type JsonObject } from '../../domain/json.ts';
import type { Register } from '../../domain/register.ts';
import { registerNamed } from '../../domain/registers/index.ts';
import type { Rejection } from '../../domain/rejection.ts';
import { seededPlan } from '../../domain/seeded-plan.ts';
import { type Impact, impactOf } from '../../domain/targets.ts';
import type { Questions } from '../readmodel/questions.ts';
import type { ReadModel } from '../readmodel/read-model.ts';
import { type EventStore, StoreUnavailable, type StreamEvent } from '../store/event-store.ts';

/** A command with who gives it and what makes it safe to repeat. */
export type CommandRequest = Command & {
  readonly register: Register;
  readonly key: string;
  readonly by: string;
  /** The body as it was sent, before normalising; its hash tells a repeat from another command. */
  readonly sent: Json;
  readonly idempotencyKey?: string | undefined;
  /** The revision the sender has seen; `unchecked` where the sender need not have seen any, as in a dry run. */
  readonly ifMatch?: number | 'unchecked' | undefined;
  readonly import?: { readonly id: string; readonly row?: number } | undefined;
};

export type Recorded = {
  readonly kind: 'recorded';
  /** The entry right after the event. */
  readonly entry: Entry;
  readonly event: StreamEvent;
  readonly replayed: boolean;
};

export type Submitted = {
  readonly kind: 'submitted';
  readonly entry: Entry;
  readonly submission: Submission;
  /** The submission's own event; `event` where this is its answer, an earlier one where it is a decision's. */
  readonly submittedAs: StreamEvent;
  readonly event: StreamEvent;
  readonly replayed: boolean;
};

export type Tried = {
  readonly kind: 'tried';
  readonly would: 'record' | 'submit';
  readonly entry: Entry;
  readonly impact: readonly Impact[];
  /** The event that would be recorded; none where the command was given before. */
  readonly event?: NewEvent;
};

type Outcome = Omit<Recorded, 'replayed'> | Omit<Submitted, 'replayed'>;
type CommandIdentity = Pick<Metadata, 'command' | 'bodySha256'>;
/** A command that passed every check, with the event that it would append. */
type Checked = {
  readonly kind: 'checked';
  readonly events: readonly StreamEvent[];
  readonly entry: Entry;
  readonly decision: Decision;
  readonly event: NewEvent;
};

export type Refused = { readonly kind: 'refused'; readonly rejection: Rejection };

export type DecisionRequest = {
  readonly id: string;
  readonly decision: 'approve' | 'return' | 'withdraw';
  readonly by: string;
  readonly reason?: string | undefined;
  readonly ifMatch?: number | undefined;
};

export type Commands = ReturnType<typeof commandsOn>;

/** Namespace of the ids that are made from names (UUIDv5, RFC 9562 §5.5). */
const namespace = parse('5d0f7cf4-52a4-5e43-9d8f-8d4a7c0f6b1e');
const idFrom = (...parts: readonly string[]): string => v5(Buffer.from(JSON.stringify(parts)), namespace);

export const sha256 = (text: string | Uint8Array): string => hash('sha256', text);

/** A subject has at most 500 characters, of at most 4 bytes each; a submission's id is shorter than this. */
const longestSubject = '\u{10000}'.repeat(500);
const longestSubmissionId = '~'.repeat(100);

/** How often a command is decided anew because somebody else recorded first. */
const attempts = 100;
/** How long an impact waits for the read model to know the entry. */
const impactWaitMs = 5_000;

const refused = (rejection: Rejection): Refused => ({ kind: 'refused', rejection });

/** Takes commands and decisions to the store: read the stream, decide, append under the revision that was read. */
export const commandsOn = (
  store: EventStore,
  model: Pick<ReadModel, 'reached' | 'place'>,
  questions: Pick<Questions, 'plans' | 'count'>,
  now: () => number,
) => {
  /** An entry as its stream has it now, with the stream's events. */
  const readEntry = async (register: Register, key: string) => {
    const events = await store.readStream(streamOf(register.name, key));
    return { events, entry: foldEntry(register, key, events) };
  };

  /** Reads what a command refers to, so that the decision itself reads nothing. */
  const resolveFor = async (entry: Entry, command: Command): Promise<Resolve> => {
    const referred = referencesOf(entry, command);
    const found = new Map<string, Entry>();
    for (const { register: name, key } of referred) {
      const register = registerNamed(name);
      if (register !== undefined) found.set(streamOf(name, key), (await readEntry(register, key)).entry);
    }
    return (reference) => referenceHolds(reference, found.get(streamOf(reference.register, reference.key)));
  };

  let recordedLast: string | undefined;

  const append = async (entry: Entry, event: NewEvent) => {
    const stream = streamOf(entry.register.name, entry.key);
    const answer = await store.append(stream, entry.revision === -1 ? 'none' : entry.revision, [event]);
    if (answer.appended) recordedLast = answer.events.at(-1)?.position;
    return answer;
  };

  const eventOf = (type: string, data: Body, id: string, metadata: Omit<Metadata, 'schema'>): NewEvent => ({
    id,
    type,
    data,
    metadata: { schema: currentSchema, ...metadata },
  });

  /** What a change would do to the targets, by what this node's read model knows now. */
  const impact = async (change: readonly Delta[], seen: string | undefined): Promise<readonly Impact[]> => {
    if (change.length === 0) return [];
    if (seen !== undefined && !(await model.reached(seen, impactWaitMs))) {
      throw new StoreUnavailable('the read model has not caught up');
    }
    const today = shanghaiDay(now());
    const { size } = model.place();
    return impactOf(
      questions.plans({ on: today, size }),
      today,
      (counted, on) => questions.count(counted, on, size),
      (counted, on) => movement(change, counted, on),
    );
  };

  const retrying = async <T>(attempt: () => Promise<T | undefined>): Promise<T> => {
    for (let turn = 0; turn < attempts; turn++) {
      const done = await attempt();
      if (done !== undefined) return done;
    }
    throw new StoreUnavailable('others keep recording in this entry');
  };

  /** What the command of an event gets, or got, rebuilt from the stream. */
  const outcomeOf = (events: readonly StreamEvent[], entry: Entry, event: StreamEvent): Outcome => {
    const isLast = event.revision === entry.revision;
    const then = isLast ? entry : foldEntry(entry.register, entry.key, events.slice(0, event.revision + 1));
    const submission = entry.submissions.get(submissionId(entry.register.name, entry.key, event.revision));
    return event.type === submitted && submission !== undefined
      ? { kind: 'submitted', entry: then, submission, submittedAs: event, event }
      : { kind: 'recorded', entry: then, event };
  };

  /** What makes a command the same command when it comes again. */
  const identityOf = ({ register, key, by, idempotencyKey, name, sent }: CommandRequest): CommandIdentity => ({
    command:
      idempotencyKey === undefined
        ? randomUUID()
        : idFrom('command', idempotencyKey, by, streamOf(register.name, key), name),
    bodySha256: sha256(canonicalJson(sent)),
  });

  /** The longest event that an approval could append: what is submitted must not be too large to approve. */
  const asApproved = ({ type, body }: Decision, event: NewEvent): NewEvent => ({
    ...event,
    type,
    data: body,
    metadata: { ...event.metadata, approvedBy: longestSubject, submission: longestSubmissionId },
  });

  /** Makes every check of a command against its stream as it is now: what it got before, or what it would record. */
  const check = async (
    request: CommandRequest,
    { command, bodySha256 }: CommandIdentity,
    read: typeof readEntry = readEntry,
  ): Promise<Recorded | Submitted | Refused | Checked> => {
    const { register, key, by } = request;
    const { events, entry } = await read(register, key);
    const seen = events.find((event) => event.metadata.command === command);
    if (seen !== undefined) {
      return seen.metadata.bodySha256 === bodySha256
        ? { ...outcomeOf(events, entry, seen), replayed: true }
        : refused({ code: 'idempotency-key-reused' });
    }
    const stale = revisionFault(entry, request.ifMatch);
    if (stale !== undefined) return refused(stale);
    const decision = decide(entry, request, await resolveFor(entry, request));
    if (isRejected(decision)) return refused(decision.rejection);
    const { type, body } = decision.outcome === 'record' ? decision : submissionOf(entry, request);
    const event = eventOf(type, body, idFrom('event', command, bodySha256), {
      by,
      command,
      bodySha256,
      ...(request.import === undefined ? {} : { import: request.import.id }),
      ...(request.import?.row === undefined ? {} : { row: request.import.row }),
    });
    const large =
      tooLarge(entry, event) ??
      (decision.outcome === 'submit' ? tooLarge(entry, asApproved(decision, event)) : undefined);
    return large === undefined ? { kind: 'checked', events, entry, decision, event } : refused(large);
  };

  const execute = (request: CommandRequest): Promise<Recorded | Submitted | Refused> => {
    const identity = identityOf(request);
    return retrying(async () => {
      const checked = await check(request, identity);
      if (checked.kind !== 'checked') return checked;
      const answer = await append(checked.entry, checked.event);
      const [recorded] = answer.appended ? answer.events : [];
      if (!answer.appended || recorded === undefined) return undefined;
      const events = [...checked.events, recorded];
      const after = evolve(checked.entry, recorded);
      return { ...outcomeOf(events, after, recorded), replayed: answer.repeated };
    });
  };

  /**
   * Makes the checks of a command and records nothing; one that was given before would change nothing any more. `read`
   * gives the entry as it would be with what was tried before.
   */
  const dryRun = async (request: CommandRequest, read?: typeof readEntry): Promise<Tried | Refused> => {
    const checked = await check({ ...request, ifMatch: request.ifMatch ?? 'unchecked' }, identityOf(request), read);
    switch (checked.kind) {
      case 'refused':
        return checked;
      case 'recorded':
        return { kind: 'tried', would: 'record', entry: checked.entry, impact: [] };
      case 'submitted':
        return { kind: 'tried', would: 'submit', entry: checked.entry, impact: [] };
      case 'checked': {
        const { decision, entry, events } = checked;
        return {
          kind: 'tried',
          would: decision.outcome,
          entry: { ...decision.after, revision: entry.revision },
          impact: await impact(decision.change, events.at(-1)?.position),
          event: checked.event,
        };
      }
    }
  };

  const submissionAt = async (id: string) => {
    const place = parseSubmissionId(id);
    const register = place && registerNamed(place.register);
    const key = place && register?.key.parse(place.key);
    if (place === undefined || register === undefined || key === undefined) return undefined;
    const { events, entry } = await readEntry(register, key);
    const submission = entry.submissions.get(submissionId(register.name, entry.key, place.revision));
    const submittedAs = events[place.revision];
    return submission && submittedAs && { events, entry, submission, submittedAs };
  };

  /** A submission as it stands, with its entry and, while it is pending, its impact as of now. */
  const submission = async (id: string) => {
    const found = await submissionAt(id);
    if (found === undefined) return undefined;
    return { ...found, impact: await pendingImpact(found.entry, found.submission, found.events.at(-1)?.position) };
  };

  /** What approving a pending submission would do now; undefined once it is decided. */
  const pendingImpact = async (entry: Entry, pending: Submission, seen: string | undefined) => {
    if (pending.status !== 'pending') return undefined;
    const decision = decide(entry, commandOf(pending), () => true);
    return isRejected(decision) ? [] : impact(decision.change, seen);
  };

  /**
   * Approves, returns or withdraws a submission. An approval appends the fact itself with both names; one whose change
   * to the counts is no longer what it was when submitted needs the current revision.
   */
  const decideSubmission = (request: DecisionRequest): Promise<Recorded | Submitted | Refused> => {
    const { by, ifMatch } = request;
    return retrying(async () => {
      const found = await submissionAt(request.id);
      if (found === undefined) return refused({ code: 'not-found' });
      const { events, entry, submission: pending, submittedAs } = found;
      const isOwn = pending.by === by;
      if (request.decision === 'withdraw' ? !isOwn : isOwn) {
        return refused({ code: isOwn ? 'second-person-needed' : 'not-own-submission' });
      }
      const id = idFrom('decision', pending.id, request.decision, by);
      if (pending.decided !== undefined) {
        const earlier = events.find((event) => event.id === id);
        if (earlier === undefined) return refused({ code: 'already-decided', submissionStatus: pending.status });
        const answer = { ...outcomeOf(events, entry, earlier), replayed: true };
        return request.decision === 'approve'
          ? answer
          : { ...answer, kind: 'submitted', submission: pending, submittedAs };
      }
      const stale = revisionFault(entry, ifMatch ?? 'unchecked');
      if (stale !== undefined) return refused(stale);
      const decided =
        request.decision === 'approve'
          ? await approved(entry, events, pending, ifMatch !== undefined)
          : {
              type: request.decision === 'return' ? returned : withdrawn,
              body: {
                register: entry.register.name,
                key: entry.key,
                data: { submission: pending.id, ...(request.reason === undefined ? {} : { reason: request.reason }) },
              },
            };
      if ('rejection' in decided) return refused(decided.rejection);
      const people: Pick<Metadata, 'by' | 'approvedBy' | 'submission' | 'import' | 'row'> =
        request.decision === 'approve'
          ? {
              by: pending.by,
              approvedBy: by,
              submission: pending.id,
              ...(pending.import === undefined ? {} : { import: pending.import }),
              ...(pending.row === undefined ? {} : { row: pending.row }),
            }
          : { by };
      const event = eventOf(decided.type, decided.body, id, {
        ...people,
        command: id,
        bodySha256: sha256(canonicalJson(decided.body.data)),
      });
      const large = tooLarge(entry, event);
      if (large !== undefined) return refused(large);
      const answer = await append(entry, event);
      const [recorded] = answer.appended ? answer.events : [];
      if (!answer.appended || recorded === undefined) return undefined;
      const replayed = answer.repeated;
      const after = evolve(entry, recorded);
      const now = after.submissions.get(pending.id) ?? pending;
      return request.decision === 'approve'
        ? { kind: 'recorded', entry: after, event: recorded, replayed }
        : { kind: 'submitted', entry: after, submission: now, submittedAs, event: recorded, replayed };
    });
  };

  const approved = async (
    entry: Entry,
    events: readonly StreamEvent[],
    pending: Submission,
    seesCurrent: boolean,
  ): Promise<{ readonly rejection: Rejection } | { readonly type: string; readonly body: Body }> => {
    const command = commandOf(pending);
    const decision = decide(entry, command, await resolveFor(entry, command));
    if (isRejected(decision)) return decision;
    const then = foldEntry(entry.register, entry.key, events.slice(0, pending.revision));
    const seen = decide(then, command, () => true);
    if (!seesCurrent && (isRejected(seen) || !sameChange(seen.change, decision.change))) {
      return { rejection: { code: 'revision-mismatch', revision: entry.revision } };
    }
    return decision;
  };

  return {
    readEntry,
    execute,
    dryRun,
    submission,
    pendingImpact,
    decideSubmission,
    /** The position of what was recorded last through this node since it began. */
    recordedLast: () => recordedLast,
  };
};

/** The adoption of the plan that an empty registry starts with; its id is the same on every node. */
export const seedEvent = (): { readonly stream: string; readonly event: NewEvent } => {
  const { key, effectiveOn, by, data } = seededPlan;
  const id = idFrom('seed', key);
  return {
    stream: streamOf('plans', key),
    event: {
      id,
      type: 'PlanAdopted',
      data: { register: 'plans', key, effectiveOn, data },
      metadata: { schema: currentSchema, by, command: id, bodySha256: sha256(canonicalJson({ effectiveOn, ...data })) },
    },
  };
};

const commandOf = (pending: Submission): Command => ({ name: pending.command, body: pending.body as JsonObject });

/** On the reference's day the entry's status must be neither `none` nor `left`. */
const referenceHolds = (reference: Referred, entry: Entry | undefined): boolean => {
  const named = entry !== undefined && entry.revision >= 0 && entry.key === reference.key;
  if (reference.exactOnly && !named) return true;
  if (entry === undefined) return false;
  const { status } = stateOn(walk(entry).steps, reference.on);
  return status !== none.status && status !== 'left';
};

const revisionFault = (entry: Entry, ifMatch: CommandRequest['ifMatch']): Rejection | undefined => {
  if (ifMatch === 'unchecked') return undefined;
  if (ifMatch === undefined) {
    return entry.revision === -1 ? undefined : { code: 'revision-required', revision: entry.revision };
  }
  if (ifMatch === entry.revision) return undefined;
  return { code: 'revision-mismatch', revision: entry.revision === -1 ? null : entry.revision };
};
