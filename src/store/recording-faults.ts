import { type EventStore, StoreUnavailable } from './event-store.ts';

/** Why the store did not do what a command asked of it, and when (RFC 3339). */
export type StoreFault = { readonly at: string; readonly message: string };

/**
 * A store that remembers why it last failed a command, until its next successful append. An operator needs to know that
 * when the read model goes on and commands fail. `now` is the clock in epoch milliseconds.
 */
export const recordingFaults = (
  store: EventStore,
  now: () => number,
): { readonly store: EventStore; readonly lastFault: () => StoreFault | undefined } => {
  let lastFault: StoreFault | undefined;
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
        const answer = await recordFault(store.append(stream, expected, events));
        lastFault = undefined;
        return answer;
      },
      readStream: (stream) => recordFault(store.readStream(stream)),
    },
    lastFault: () => lastFault,
  };
};
