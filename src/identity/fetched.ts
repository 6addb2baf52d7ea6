import { setTimeout } from 'node:timers/promises';

/** What another server says of itself, such as its keys: fetched when it is needed, and kept. */
export type Fetched<T> = {
  /** What is known, fetched again after ten minutes; the old if that fails. Rejects if it was never had. */
  readonly current: () => Promise<T>;
  /** Fetched anew, at most once a second, for all who wait for it. */
  readonly newer: () => Promise<T>;
};

const freshMs = 600_000;
/** After a failure, what is known serves for this long before the next attempt. */
const retryMs = 30_000;
/** Between two attempts, however many ask for what is newer. */
const coolDownMs = 1_000;

export const fetched = <T>(fetch: () => Promise<T>): Fetched<T> => {
  let known: { readonly value: T; readonly atMs: number } | undefined;
  let triedMs = Number.NEGATIVE_INFINITY;
  let pending: Promise<T> | undefined;
  const attempt = async (): Promise<T> => {
    const waitMs = triedMs + coolDownMs - performance.now();
    if (waitMs > 0) await setTimeout(waitMs);
    triedMs = performance.now();
    known = { value: await fetch(), atMs: triedMs };
    return known.value;
  };
  const newer = (): Promise<T> => {
    pending ??= attempt().finally(() => {
      pending = undefined;
    });
    return pending;
  };
  return {
    newer,
    current: async () => {
      if (known === undefined) return newer();
      const { value, atMs } = known;
      const isFresh = performance.now() - atMs < freshMs || performance.now() - triedMs < retryMs;
      return isFresh ? value : newer().catch(() => value);
    },
  };
};
