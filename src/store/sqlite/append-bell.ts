/** Wakes followers that wait for appends. `dataVersion` changes when another connection has committed. */
export const appendBell = (dataVersion: () => string, pollMs: number) => {
  const waiting = new Set<() => void>();
  let followers = 0;
  let timer: NodeJS.Timeout | undefined;
  let seen = '';

  const ring = (): void => {
    for (const wake of waiting) wake();
  };
  const poll = (): void => {
    try {
      const version = dataVersion();
      if (version !== seen) ring();
      seen = version;
    } catch {
      ring(); // the store is unavailable, as the followers will find out
    }
  };

  return {
    ring,
    /** Registers a follower; the function that it returns removes it again. */
    enter: () => {
      followers += 1;
      timer ??= setInterval(poll, pollMs).unref();
      return () => {
        followers -= 1;
        if (followers > 0) return;
        clearInterval(timer);
        timer = undefined;
      };
    },
    next: (signal: AbortSignal) =>
      new Promise<void>((resolve) => {
        const wake = () => {
          waiting.delete(wake);
          signal.removeEventListener('abort', wake);
          resolve();
        };
        waiting.add(wake);
        signal.addEventListener('abort', wake);
      }),
  };
};
