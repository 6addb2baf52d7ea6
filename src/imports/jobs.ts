import { setTimeout as wait } from 'node:timers/promises';
import type { ImportRecord, Refusal, RowOutcome } from '../../domain/import-events.ts';
import { StoreDamaged, StoreUnavailable } from '../store/event-store.ts';
import { turns } from './turns.ts';

/** How far this node has come with an import. */
export type Running = {
  rows: number;
  readonly counts: Record<RowOutcome, number>;
  /** How many rows that are already there wait for a second person under which other import. */
  readonly waitsUnder: Map<string, number>;
  /** The first refused rows. */
  readonly refusals: Refusal[];
  /** Submissions decided; for undo, facts annulled. */
  decided: number;
  /** For undo: facts whose annulment waits for a second person. */
  submitted?: number;
  /** The import as this node, which records its rows, knows it without reading its stream again. */
  record?: ImportRecord;
};

/** If the store is away, work is retried after a pause that doubles: without end by a server, N times by a command. */
const firstPauseMs = 1_000;
const longestPauseMs = 10_000;
const retriesOfCommand = 10;

/** So many imports and dry runs go through their rows at once; the others wait. */
const rowsAtOnce = 2;

export type Log = { readonly error: (fields: object, message: string) => void };
export type Jobs = ReturnType<typeof jobsOn>;

/** What this node does for imports in the background, at most one job for each import at a time. */
export const jobsOn = (log: Log) => {
  const running = new Map<string, Running>();
  const settling = new Map<string, Promise<Error | undefined>>();
  const listeners = new Set<() => void>();
  const rowTurns = turns(rowsAtOnce);
  const stop = new AbortController();
  let retries = retriesOfCommand;

  const notify = () => {
    for (const listener of listeners) listener();
  };

  const retrying = async <T>(work: () => Promise<T>): Promise<T> => {
    for (let turn = 0; ; turn += 1) {
      try {
        return await work();
      } catch (error) {
        const isTemporary = error instanceof StoreUnavailable && !(error instanceof StoreDamaged);
        if (!isTemporary || stop.signal.aborted || turn === retries) throw error;
        await wait(Math.min(longestPauseMs, firstPauseMs * 2 ** turn), undefined, { signal: stop.signal });
      }
    }
  };

  return {
    /** Aborted when this node closes. */
    signal: stop.signal,
    /** From now on, work is retried until the store is back. */
    retryWithoutEnd: () => {
      retries = Number.POSITIVE_INFINITY;
    },
    /** Repeats the work if the store is away. */
    retrying,
    /** Begins work for an import; a retry begins with new progress. Work on rows may have to wait for its turn. */
    begin: (id: string, work: (progress: Running) => Promise<void>, onRows = false): void => {
      const attempt = () => {
        const progress = { rows: 0, counts: noCounts(), waitsUnder: new Map(), refusals: [], decided: 0 };
        running.set(id, progress);
        return work(progress);
      };
      const settled = (onRows ? rowTurns.take(() => retrying(attempt), stop.signal) : retrying(attempt))
        .then(() => undefined)
        .catch((error: unknown) => {
          if (!stop.signal.aborted)
            log.error({ err: error, import: id }, 'an import has stopped; it continues after a restart');
          return error instanceof Error ? error : new Error(String(error));
        })
        .finally(() => {
          running.delete(id);
          settling.delete(id);
          notify();
        });
      settling.set(id, settled);
    },
    progressOf: (id: string): Running | undefined => running.get(id),
    /** How many imports and dry runs wait for their turn. */
    waiting: rowTurns.waiting,
    /** The imports and dry runs that wait for their turn. */
    waitingIds: (): readonly string[] => [...settling.keys()].filter((id) => !running.has(id)),
    isUnderWay: (id: string): boolean => settling.has(id),
    /** Resolves when no job of an import runs any more, with the error that stopped it if it did not reach its end. */
    settled: async (id: string): Promise<Error | undefined> => settling.get(id),
    /** Tells the listeners that an import has made progress. */
    notify,
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
