import { setTimeout as wait } from 'node:timers/promises';
import type { ImportRecord } from '../../domain/import-events.ts';
import { StoreDamaged, StoreUnavailable } from '../store/event-store.ts';
import type { Deciding } from './deciding.ts';
import type { RowOutcome } from './taking.ts';

/** How far this node has come with an import. */
export type Running = Deciding & {
  rows: number;
  readonly counts: Record<RowOutcome, number>;
  /** The import as this node, which takes its rows, knows it without reading its stream again. */
  record?: ImportRecord;
};

/** A store that is away is asked again after a pause that doubles; by a server without end, by a command so many times. */
const firstPauseMs = 1_000;
const longestPauseMs = 10_000;
const retriesOfCommand = 10;

export type Log = { readonly error: (fields: object, message: string) => void };

/** What this node does for imports in the background, at most one thing for each at a time. */
export const jobsOn = (log: Log) => {
  const running = new Map<string, Running>();
  const settling = new Map<string, Promise<Error | undefined>>();
  const listeners = new Set<() => void>();
  const stop = new AbortController();
  let retries = retriesOfCommand;

  const tell = () => {
    for (const listener of listeners) listener();
  };

  const patiently = async <T>(work: () => Promise<T>): Promise<T> => {
    for (let turn = 0; ; turn += 1) {
      try {
        return await work();
      } catch (error) {
        const mayPass = error instanceof StoreUnavailable && !(error instanceof StoreDamaged);
        if (!mayPass || stop.signal.aborted || turn === retries) throw error;
        await wait(Math.min(longestPauseMs, firstPauseMs * 2 ** turn), undefined, { signal: stop.signal });
      }
    }
  };

  return {
    /** Aborted once this node closes. */
    signal: stop.signal,
    /** From now on a store that is away is waited for without end. */
    waitWithoutEnd: () => {
      retries = Number.POSITIVE_INFINITY;
    },
    /** Does the work again where the store was away. */
    patiently,
    /** Begins work for an import. */
    begin: (id: string, work: (progress: Running) => Promise<void>): void => {
      const settled = patiently(() => {
        const progress = { rows: 0, counts: noCounts(), decided: 0 };
        running.set(id, progress);
        return work(progress);
      })
        .then(() => undefined)
        .catch((error: unknown) => {
          if (!stop.signal.aborted)
            log.error({ err: error, import: id }, 'an import has stopped; a restart goes on with it');
          return error instanceof Error ? error : new Error(String(error));
        })
        .finally(() => {
          running.delete(id);
          settling.delete(id);
          tell();
        });
      settling.set(id, settled);
    },
    of: (id: string): Running | undefined => running.get(id),
    isUnderWay: (id: string): boolean => settling.has(id),
    /** Resolves when nothing is done for an import any more, with what has stopped it before its end. */
    settled: async (id: string): Promise<Error | undefined> => settling.get(id),
    /** Says that an import has got on. */
    tell,
    onProgress: (listener: () => void) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close: async (): Promise<void> => {
      stop.abort(new Error('closing'));
      await Promise.all(settling.values());
    },
  };
};

const noCounts = (): Record<RowOutcome, number> => ({ recorded: 0, submitted: 0, alreadyThere: 0, refused: 0 });
