import { type NewEvent, streamOf } from '../../domain/event.ts';
import type { Entry } from '../../domain/history.ts';
import type { Rejection } from '../../domain/rejection.ts';
import { type EventStore, StoreUnavailable, type StreamEvent } from '../store/event-store.ts';
import type { CommandRequest } from './requests.ts';

/** The event as recorded; undefined if somebody else recorded in the entry since it was read. */
export type AppendEvent = (
  entry: Entry,
  event: NewEvent,
) => Promise<{ readonly recorded: StreamEvent; readonly repeated: boolean } | undefined>;

/** Appends to an entry's stream under the revision that was read, and remembers the position of the last append. */
export const appenderOn = (store: Pick<EventStore, 'append'>) => {
  let last: string | undefined;
  const append: AppendEvent = async (entry, event) => {
    const expected = entry.revision === -1 ? 'none' : entry.revision;
    const answer = await store.append(streamOf(entry.register.name, entry.key), expected, [event]);
    const [recorded] = answer.appended ? answer.events : [];
    if (!answer.appended || recorded === undefined) return undefined;
    last = recorded.position;
    return { recorded, repeated: answer.repeated };
  };
  return { append, recordedLast: () => last };
};

/** How often a command is decided anew because somebody else recorded first. */
const attempts = 100;

/** Attempts (0, 1, …) until one has an answer; `attempt` gives none if somebody else recorded first. */
export const untilAppended = async <T>(attempt: (turn: number) => Promise<T | undefined>): Promise<T> => {
  for (let turn = 0; turn < attempts; turn++) {
    const answer = await attempt(turn);
    if (answer !== undefined) return answer;
  }
  throw new StoreUnavailable('others keep recording in this entry');
};

/** Refuses a request that has not seen the entry's current revision. */
export const staleRevision = (entry: Entry, ifMatch: CommandRequest['ifMatch']): Rejection | undefined => {
  if (ifMatch === 'unchecked' || ifMatch === entry.revision) return undefined;
  const revision = entry.revision === -1 ? null : entry.revision;
  if (ifMatch !== undefined) return { code: 'revision-mismatch', revision };
  return revision === null ? undefined : { code: 'revision-required', revision };
};
