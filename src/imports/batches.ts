import type { Jobs } from './jobs.ts';
import { allEnded, queues } from './queues.ts';

/** How many rows, submissions or entries are under way at the same time. */
export const batchSize = 64;

/** Does some work for each of many, a batch at a time, and for those of one name one after the other. */
export const inBatches = async <T>(
  jobs: Pick<Jobs, 'signal' | 'notify'>,
  all: readonly T[],
  nameOf: (each: T) => string,
  work: (each: T) => Promise<void>,
): Promise<void> => {
  for (let index = 0; index < all.length; index += batchSize) {
    jobs.signal.throwIfAborted();
    const inTurn = queues();
    await allEnded(all.slice(index, index + batchSize).map((each) => inTurn([nameOf(each)], () => work(each))));
    jobs.notify();
  }
};
