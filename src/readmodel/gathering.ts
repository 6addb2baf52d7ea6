import { waitUntil } from './waiting.ts';

/** How long lies between the beginnings of two batches, so that events are folded together: one by one they cost far more. */
const gatherMs = 40;

/** Lets events gather between two batches while nobody waits for one of them. */
export type Gathering = {
  /** Resolves a moment after the last batch began (`performance.now()`), or as soon as somebody waits or the signal aborts. */
  readonly gather: (began: number, signal: AbortSignal) => Promise<void>;
  /** `waitUntil` for what a fold brings: until then, events gather no longer. */
  readonly until: typeof waitUntil;
};

export const newGathering = (): Gathering => {
  let waiters = 0;
  let goOn = () => {};
  return {
    gather: async (began, signal) => {
      const left = began + gatherMs - performance.now();
      if (waiters > 0 || left <= 0 || signal.aborted) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      goOn = resolve;
      const timer = setTimeout(goOn, left);
      signal.addEventListener('abort', goOn);
      await promise;
      clearTimeout(timer);
      signal.removeEventListener('abort', goOn);
    },
    until: async (holds, ...how) => {
      if (holds()) return true;
      waiters += 1;
      goOn();
      try {
        return await waitUntil(holds, ...how);
      } finally {
        waiters -= 1;
      }
    },
  };
};
