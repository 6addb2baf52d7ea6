/** Calls back after each change until the returned function is called. */
type Subscribe = (listener: () => void) => () => void;

/** Waits until a condition holds, which is checked now and after each change; false after `timeoutMs` or an abort. */
export const waitUntil = (
  holds: () => boolean,
  onChange: Subscribe,
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<boolean> => {
  if (holds()) return Promise.resolve(true);
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const unsubscribe = onChange(() => {
    if (holds()) resolve(true);
  });
  const giveUp = () => resolve(false);
  const timer = setTimeout(giveUp, timeoutMs);
  signal?.addEventListener('abort', giveUp);
  if (signal?.aborted) giveUp();
  return promise.finally(() => {
    clearTimeout(timer);
    unsubscribe();
    signal?.removeEventListener('abort', giveUp);
  });
};
