import { setTimeout as wait } from 'node:timers/promises';
import type { EventStore, Place, PlacedEvent } from './event-store.ts';

/** How long to wait before a store that went away is asked again. */
const retryMs = 500;

export type Following = {
  /**
   * Where to begin, asked before each attempt: at the start, after the store was away, and after `restart`. If it
   * rejects, the store counts as away, and it is asked again.
   */
  readonly from: () => Promise<Place>;
  /** Takes a batch; the next one is read when it resolves. If it rejects, the attempt ends and another one begins. */
  readonly apply: (batch: readonly PlacedEvent[]) => Promise<void>;
  /** Called when the store goes away, and when the reason changes. */
  readonly onAway: (error: unknown) => void;
  /** Called when the store is back. */
  readonly onBack: () => void;
};

export type Follower = {
  /** Why the store is not followed at the moment; undefined while it is. */
  readonly away: () => string | undefined;
  /** Ends the current attempt between two batches and begins another one, from where `from` then says. */
  readonly restart: () => void;
  /** Resolves when following has ended after its signal aborted; never rejects. */
  readonly ended: Promise<void>;
};

/**
 * Follows a store until the signal aborts: reads on from a place, then live, and tries again after a pause whenever
 * that fails. With `awayAlready`, why the store could not be reached just now, it begins with the pause.
 */
export const followStore = (
  store: Pick<EventStore, 'follow'>,
  { from, apply, onAway, onBack }: Following,
  signal: AbortSignal,
  awayAlready?: unknown,
): Follower => {
  let away: string | undefined;
  let attempt = new AbortController();
  /** The entry number at which a batch was not taken: until it is, it does not help that the store answers. */
  let stuckAt: number | undefined;

  const isBack = () => {
    if (away === undefined) return;
    away = undefined;
    onBack();
  };
  const isReached = () => {
    if (stuckAt === undefined) isBack();
  };

  const isAway = async (error: unknown) => {
    const why = error instanceof Error ? error.message : String(error);
    const isNew = why !== away;
    away = why;
    if (isNew) onAway(error);
    await wait(retryMs, undefined, { signal }).catch(() => {}); // the signal ends the wait
  };

  const follow = async () => {
    if (awayAlready !== undefined) await isAway(awayAlready);
    while (!signal.aborted) {
      attempt = new AbortController();
      const ends = AbortSignal.any([signal, attempt.signal]);
      try {
        const place = await from();
        if (place.size !== stuckAt) stuckAt = undefined; // another process has taken it
        for await (const batch of store.follow(place, ends, isReached)) {
          isReached();
          stuckAt = batch[0]?.entryNumber;
          await apply(batch);
          stuckAt = undefined;
          isBack();
        }
      } catch (error) {
        if (!ends.aborted) await isAway(error);
      }
    }
  };

  return { away: () => away, restart: () => attempt.abort(), ended: follow() };
};
