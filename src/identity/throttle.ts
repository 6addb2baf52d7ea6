import { LRUCache } from 'lru-cache';

/**
 * Slows down guessing: after some failures in a row, each further one makes the next attempt wait twice as long, up to a
 * minute. Nothing is locked out for good, and an attempt during the wait counts for nothing.
 */
export type Throttle = {
  /**
   * Begins an attempt, which counts as a failure until `succeeded` says otherwise, so that attempts at the same time are
   * counted too. The seconds to wait if it may not begin, else 0.
   */
  readonly begin: (key: string) => number;
  /** An attempt has succeeded: what counted as its failure, or all failures of the key, are taken back. */
  readonly succeeded: (key: string, what: 'this' | 'all') => void;
};

const longestMs = 60_000;
/** Failures are forgotten this long after the last one. */
const forgottenMs = 24 * 3_600_000;
/** Keys that are remembered. */
const remembered = 100_000;

type Failures = {
  readonly count: number;
  readonly untilMs: number;
  readonly lastMs: number;
  /** When the last but one was, which is the last again if the last attempt succeeds. */
  readonly beforeMs: number;
};

/** `free` failures in a row delay nothing; the next delays by a second. */
export const throttleOf = (free: number, now: () => number): Throttle => {
  const failures = new LRUCache<string, Failures>({ max: remembered });
  const delayMsAfter = (count: number) => (count < free ? 0 : Math.min(longestMs, 1_000 * 2 ** (count - free)));
  return {
    begin: (key) => {
      const known = failures.get(key);
      const { count, untilMs, lastMs } =
        known === undefined || now() - known.lastMs > forgottenMs ? { count: 0, untilMs: 0, lastMs: now() } : known;
      if (now() < untilMs) return Math.ceil((untilMs - now()) / 1_000);
      const delayMs = delayMsAfter(count + 1);
      failures.set(key, { count: count + 1, untilMs: now() + delayMs, lastMs: now(), beforeMs: lastMs });
      return 0;
    },
    succeeded: (key, what) => {
      const known = failures.get(key);
      if (known === undefined) return;
      if (what === 'all' || known.count <= 1) failures.delete(key);
      // It began, so no wait was left of the failures before it, and it leaves none for others.
      else failures.set(key, { ...known, count: known.count - 1, untilMs: 0, lastMs: known.beforeMs });
    },
  };
};
