import { randomUUID } from 'node:crypto';
import { sameChange } from '../../domain/contribution.ts';
import { type Decision, decide, isRejected, type Rejected, tooLarge } from '../../domain/decide.ts';
import {
  type Body,
  currentSchema,
  type Metadata,
  type NewEvent,
  parseSubmissionId,
  returned,
  submissionId,
  withdrawn,
} from '../../domain/event.ts';
import { evolve, foldEntry } from '../../domain/history.ts';
import { isSamePerson } from '../../domain/person.ts';
import { registerNamed } from '../../domain/registers/index.ts';
import { type Submission, submissionIn } from '../../domain/submission.ts';
import type { StreamEvent } from '../store/event-store.ts';
import { type AppendEvent, staleRevision, untilAppended } from './appending.ts';
import { bodySha256, newEventId } from './command-ids.ts';
import { commandOf } from './impact.ts';
import { entryAfter, type Recorded, type Refused, refused, type Submitted } from './outcomes.ts';
import { type ReadEntry, resolverFor, type SeenEntry } from './reading.ts';
import type { DecisionRequest } from './requests.ts';

/** A submission with its entry and the event that submitted it. */
export type FoundSubmission = SeenEntry & { readonly submission: Submission; readonly submittedAs: StreamEvent };

type Streams = { readonly readEntry: ReadEntry; readonly append: AppendEvent };

/** Reads a submission from its entry's stream; undefined if there is none of that id. */
export const findSubmission = async (readEntry: ReadEntry, id: string): Promise<FoundSubmission | undefined> => {
  const place = parseSubmissionId(id);
  const register = place && registerNamed(place.register);
  const key = place && register?.key.parse(place.key);
  if (place === undefined || register === undefined || key === undefined) return undefined;
  const { events, entry } = await readEntry(register, key);
  const submission = submissionIn(entry.submissions, submissionId(register.name, entry.key, place.revision));
  const submittedAs = events[place.revision];
  return submission && submittedAs && { events, entry, submission, submittedAs };
};

/**
 * Approves a submission: records the fact itself, with both names. The current revision is needed if the fact would
 * change the counts otherwise than when it was submitted.
 */
export const approve = ({ readEntry, append }: Streams, request: DecisionRequest): Promise<Recorded | Refused> =>
  untilAppended(async () => {
    // 1. Find the submission; a repeat gets its first answer again.
    const found = await findUndecided(readEntry, request);
    if (found.kind === 'refused') return found;
    const { entry, submission } = found;
    if (found.kind === 'repeated') {
      return { kind: 'recorded', entry: found.entryThen, event: found.event, replayed: true };
    }
    // 2. Decide the command anew, against the history of this moment.
    const decision = await decideAnew(readEntry, found, request.ifMatch !== undefined);
    if (isRejected(decision)) return refused(decision.rejection, entry.register);
    // 3. Append the fact.
    const event = decisionEvent(decision.type, decision.body, {
      by: submission.by,
      approvedBy: request.by,
      submission: submission.id,
      ...(submission.import === undefined ? {} : { import: submission.import }),
      ...(submission.row === undefined ? {} : { row: submission.row }),
    });
    const large = tooLarge(entry, event);
    if (large !== undefined) return refused(large, entry.register);
    const appended = await append(entry, event);
    if (appended === undefined) return undefined;
    const { recorded, repeated } = appended;
    return { kind: 'recorded', entry: evolve(entry, recorded), event: recorded, replayed: repeated };
  });

/** Returns or withdraws a submission: records that it was closed, and no fact. */
export const close = ({ readEntry, append }: Streams, request: DecisionRequest): Promise<Submitted | Refused> =>
  untilAppended(async () => {
    // 1. Find the submission; a repeat gets its first answer again.
    const found = await findUndecided(readEntry, request);
    if (found.kind === 'refused') return found;
    const { entry, submission, submittedAs } = found;
    if (found.kind === 'repeated') {
      const { entryThen, event } = found;
      return { kind: 'submitted', entry: entryThen, submission, submittedAs, event, replayed: true };
    }
    // 2. Append the return or withdrawal.
    const { reason } = request;
    const body: Body = {
      register: entry.register.name,
      key: entry.key,
      data: { submission: submission.id, ...(reason === undefined ? {} : { reason }) },
    };
    const type = request.decision === 'return' ? returned : withdrawn;
    const event = decisionEvent(type, body, { by: request.by });
    const large = tooLarge(entry, event);
    if (large !== undefined) return refused(large, entry.register);
    const appended = await append(entry, event);
    if (appended === undefined) return undefined;
    const { recorded, repeated } = appended;
    const after = evolve(entry, recorded);
    const closed = submissionIn(after.submissions, submission.id) ?? submission;
    return { kind: 'submitted', entry: after, submission: closed, submittedAs, event: recorded, replayed: repeated };
  });

/** A submission that waits. */
type Undecided = FoundSubmission & { readonly kind: 'undecided' };
/** The same person decided the same before, by `event`; `entryThen` is the entry right after it. */
type Repeated = FoundSubmission & {
  readonly kind: 'repeated';
  readonly event: StreamEvent;
  readonly entryThen: SeenEntry['entry'];
};

/** The submission that a decision is about, if this person may decide it and nobody else has. */
const findUndecided = async (
  readEntry: ReadEntry,
  request: DecisionRequest,
): Promise<Undecided | Repeated | Refused> => {
  const found = await findSubmission(readEntry, request.id);
  if (found === undefined) return refused({ code: 'not-found' });
  const { events, entry, submission } = found;
  const isOwn = isSamePerson(submission.by, request.by);
  if (request.decision === 'withdraw' && !isOwn) return refused({ code: 'not-own-submission' });
  if (request.decision !== 'withdraw' && isOwn) return refused({ code: 'second-person-needed' });
  const { status, decided } = submission;
  if (decided !== undefined) {
    const event = events[decided.revision];
    const isRepeat =
      status === statusBy[request.decision] &&
      isSamePerson(decided.by, request.by) &&
      (request.decision !== 'return' || event?.data.data.reason === request.reason);
    return event === undefined || !isRepeat
      ? refused({ code: 'already-decided', submissionStatus: status })
      : { kind: 'repeated', ...found, event, entryThen: entryAfter(events, entry, event) };
  }
  const stale = staleRevision(entry, request.ifMatch ?? 'unchecked');
  return stale === undefined ? { kind: 'undecided', ...found } : refused(stale, entry.register);
};

/** What each decision makes of a submission. */
const statusBy = { approve: 'approved', return: 'returned', withdraw: 'withdrawn' } as const;

/** Decides a submitted command against the history of now. */
const decideAnew = async (
  readEntry: ReadEntry,
  { events, entry, submission }: FoundSubmission,
  hasSeenRevision: boolean,
): Promise<Decision | Rejected> => {
  const command = commandOf(submission);
  const decision = decide(entry, command, await resolverFor(readEntry, entry, command));
  if (isRejected(decision) || hasSeenRevision) return decision;
  const entryThen = foldEntry(entry.register, entry.key, events.slice(0, submission.revision));
  const then = decide(entryThen, command, () => true);
  return !isRejected(then) && sameChange(then.change, decision.change)
    ? decision
    : { rejection: { code: 'revision-mismatch', revision: entry.revision } };
};

const decisionEvent = (
  type: string,
  body: Body,
  people: Omit<Metadata, 'schema' | 'command' | 'bodySha256'>,
): NewEvent => ({
  id: newEventId(),
  type,
  data: body,
  metadata: {
    schema: currentSchema,
    ...people,
    command: randomUUID(),
    bodySha256: bodySha256(body.register, body.data),
  },
});
