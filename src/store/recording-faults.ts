import { type EventStore, StoreUnavailable } from './event-store.ts';

/** Why the store did not do what a command asked of it, and when. */
export type StoreFault = { readonly at: string; readonly message: string };

/**
 * A store that keeps in mind why it failed a command last, until it takes an append again: what an operator has to know
 * where the read model goes on and commands do not.
 */
export const recordingFaults = (store: EventStore, now: () => number) => {
  let fault: StoreFault | undefined;
  const noting = async <T>(asked: Promise<T>): Promise<T> => {
    try {
      return await asked;
    } catch (error) {
      if (error instanceof StoreUnavailable) fault = { at: new Date(now()).toISOString(), message: error.message };
      throw error;
    }
  };
  const noted: EventStore = {
    ...store,
    append: async (stream, expected, events) => {
      const answer = await noting(store.append(stream, expected, events));
      fault = undefined;
      return answer;
    },
    readStream: (stream) => noting(store.readStream(stream)),
  };
  return { store: noted, lastFault: () => fault };
};
