import { type EventStore, StoreUnavailable } from './event-store.ts';

/** Why the store did not do what a command asked of it, and when (RFC 3339). */
export type StoreFault = { readonly at: string; readonly message: string };

/** How far the store's clock may be from this node's before an operator is told. */
const clockToleranceMs = 30_000;

/**
 * A store that remembers why it last failed a command, until its next successful append. An operator needs to know that
 * when the read model goes on and commands fail. `now` is the clock in epoch milliseconds; if the store's clock is far
 * from it, that is logged once, and again after the two have agreed.
 */
export const recordingFaults = (
  store: EventStore,
  now: () => number,
  log: { readonly warn: (fields: object, message: string) => void },
): { readonly store: EventStore; readonly lastFault: () => StoreFault | undefined } => {
  let lastFault: StoreFault | undefined;
  let differs = false;
  /** Compares the time of an event that was appended between two times of this node. */
  const compareClocks = (recordedAt: string, sentMs: number, answeredMs: number): void => {
    const recordedMs = Date.parse(recordedAt);
    const aheadMs = Math.max(0, recordedMs - answeredMs) - Math.max(0, sentMs - recordedMs);
    const isFar = Math.abs(aheadMs) > clockToleranceMs;
    if (isFar && !differs) {
      const seconds = Math.round(Math.abs(aheadMs) / 1_000);
      const where = aheadMs > 0 ? 'ahead of' : 'behind';
      log.warn({ aheadMs }, `the store's clock is ${seconds} s ${where} this node's; synchronise both with NTP`);
    }
    differs = isFar;
  };
  const recordFault = async <T>(call: Promise<T>): Promise<T> => {
    try {
      return await call;
    } catch (error) {
      if (error instanceof StoreUnavailable) lastFault = { at: new Date(now()).toISOString(), message: error.message };
      throw error;
    }
  };
  return {
    store: {
      ...store,
      append: async (stream, expected, events) => {
        const sentMs = now();
        const answer = await recordFault(store.append(stream, expected, events));
        lastFault = undefined;
        const [first] = answer.appended && !answer.repeated ? answer.events : [];
        if (first !== undefined) compareClocks(first.recordedAt, sentMs, now());
        return answer;
      },
      readStream: (stream, from) => recordFault(store.readStream(stream, from)),
    },
    lastFault: () => lastFault,
  };
};
