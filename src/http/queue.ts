import type { Text } from '../../domain/field.ts';
import { overloaded } from './problem.ts';

/**
 * Runs so many pieces of work at once, the others in the order in which they came. One that is stopped never begins, and
 * leaves its place at once.
 */
export type Queue = {
  readonly waiting: () => number;
  readonly run: <T>(signal: AbortSignal, work: () => Promise<T>) => Promise<T>;
};

export const queueOf = (atOnce: number): Queue => {
  const waiting = new Set<() => void>();
  let underWay = 0;
  const turn = (signal: AbortSignal): Promise<void> => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const begin = () => {
      signal.removeEventListener('abort', leave);
      underWay += 1;
      resolve();
    };
    const leave = () => {
      waiting.delete(begin);
      reject(signal.reason);
    };
    if (signal.aborted) leave();
    else if (underWay < atOnce) begin();
    else {
      waiting.add(begin);
      signal.addEventListener('abort', leave, { once: true });
    }
    return promise;
  };
  return {
    waiting: () => waiting.size,
    run: async (signal, work) => {
      await turn(signal);
      try {
        return await work();
      } finally {
        underWay -= 1;
        const [next] = waiting;
        if (next !== undefined) {
          waiting.delete(next);
          next();
        }
      }
    },
  };
};

/** Lets each reader wait for so many things at once. Throws `overloaded` beyond; a place is free again once its reader has left. */
export const placesOf = (each: number, beyond: Text): ((by: string, left: AbortSignal) => void) => {
  const taken = new Map<string, number>();
  return (by, left) => {
    const own = taken.get(by) ?? 0;
    if (own >= each) throw overloaded(beyond);
    taken.set(by, own + 1);
    const leave = () => {
      const now = (taken.get(by) ?? 1) - 1;
      if (now === 0) taken.delete(by);
      else taken.set(by, now);
    };
    left.addEventListener('abort', leave, { once: true });
  };
};
