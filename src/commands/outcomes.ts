import type { Effect } from '../../domain/decide.ts';
import { type NewEvent, submissionId, submitted } from '../../domain/event.ts';
import { type Entry, foldEntry } from '../../domain/history.ts';
import type { Register } from '../../domain/register.ts';
import type { Rejection } from '../../domain/rejection.ts';
import { type Submission, submissionIn } from '../../domain/submission.ts';
import type { StreamEvent } from '../store/event-store.ts';
import type { Shown } from './impact.ts';

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
  /** The event that submitted it. */
  readonly submittedAs: StreamEvent;
  /** The event of the command that this answers: the submission's own, or the one that decided it. */
  readonly event: StreamEvent;
  readonly replayed: boolean;
  /** What an approval would change, if it was decided just now. */
  readonly effect?: Effect;
};

export type Tried = {
  readonly kind: 'tried';
  readonly would: 'record' | 'submit';
  readonly entry: Entry;
  readonly shown: Shown;
  /** The event that would be recorded; none if the command was given before. */
  readonly event?: NewEvent;
};

/** A refusal, with the register whose titles word it; none if no entry was found. */
export type Refused = {
  readonly kind: 'refused';
  readonly rejection: Rejection;
  readonly register?: Register | undefined;
};

export const refused = (rejection: Rejection, register?: Register): Refused => ({
  kind: 'refused',
  rejection,
  register,
});

/** The entry right after one of its events. */
export const entryAfter = (events: readonly StreamEvent[], entry: Entry, event: StreamEvent): Entry =>
  event.revision === entry.revision ? entry : foldEntry(entry.register, entry.key, events.slice(0, event.revision + 1));

/** What the command of an event was answered, rebuilt from the stream; a submission shows as it stands now. */
export const outcomeOf = (
  events: readonly StreamEvent[],
  entry: Entry,
  event: StreamEvent,
): Omit<Recorded, 'replayed'> | Omit<Submitted, 'replayed'> => {
  const then = entryAfter(events, entry, event);
  const submission = submissionIn(entry.submissions, submissionId(entry.register.name, entry.key, event.revision));
  return event.type === submitted && submission !== undefined
    ? { kind: 'submitted', entry: then, submission, submittedAs: event, event }
    : { kind: 'recorded', entry: then, event };
};
