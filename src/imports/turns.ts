/** Work of which only so much is done at once; the rest waits in the order in which it came. */
export type Turns = {
  /** Does the work once it is its turn. Rejects, without doing it, if the signal aborts before. */
  readonly take: <T>(work: () => Promise<T>, signal?: AbortSignal) => Promise<T>;
  readonly waiting: () => number;
};

export const turns = (atOnce: number): Turns => {
  const queue = new Set<() => void>();
  let busy = 0;
  const next = () => {
    const [first] = queue;
    if (first === undefined || busy >= atOnce) return;
    queue.delete(first);
    busy += 1;
    first();
  };
  const turn = (signal?: AbortSignal) =>
    new Promise<void>((resolve, reject) => {
      const leave = () => {
        if (queue.delete(begin)) reject(signal?.reason);
      };
      const begin = () => {
        signal?.removeEventListener('abort', leave);
        resolve();
      };
      queue.add(begin);
      signal?.addEventListener('abort', leave);
      next();
    });
  return {
    waiting: () => queue.size,
    take: async (work, signal) => {
      signal?.throwIfAborted();
      await turn(signal);
      try {
        return await work();
      } finally {
        busy -= 1;
        next();
      }
    },
  };
};
