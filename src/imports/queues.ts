/** Runs work at once, except that work that shares a name with earlier work waits for it. */
export const queues = (): (<T>(names: readonly string[], work: () => Promise<T>) => Promise<T>) => {
  const last = new Map<string, Promise<unknown>>();
  return (names, work) => {
    const turn = Promise.allSettled(names.map((name) => last.get(name))).then(work);
    for (const name of names) last.set(name, turn);
    return turn;
  };
};

/** Waits until all have ended, then throws the error of the first that failed. */
export const allEnded = async (turns: readonly Promise<unknown>[]): Promise<void> => {
  for (const end of await Promise.allSettled(turns)) if (end.status === 'rejected') throw end.reason;
};
