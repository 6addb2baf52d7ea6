import { LRUCache } from 'lru-cache';
import { type ExportTask, exportThread } from './export-thread.ts';
import { overloaded } from './load-shedding.ts';

/** Exports that are made at once, and those that may wait for it. */
const madeAtOnce = 2;
const waitingLimit = 32;
/** Exports that one address, or one subject, may wait for or receive at once. */
const eachLimit = 8;
/** Finished exports are kept for the next request. */
const keptBytes = 64 * 1_048_576;

export type ExportsMade = {
  /**
   * The bytes of an export, made now unless they are kept. `left` aborts once its reader has all of it or has gone.
   * Throws the problem `overloaded` if too many wait.
   */
  readonly get: (task: ExportTask, by: string, left: AbortSignal) => Promise<Uint8Array>;
  readonly close: () => Promise<void>;
};

/** An export that is being made or waits for its turn, and how many readers wait for it. */
type Job = { readonly bytes: Promise<Uint8Array>; readonly stop: AbortController; readers: number };

/** Makes exports in a thread of their own, a few at once, and each only once for all who ask for it. */
export const exportsMade = (readModelFolder: string): ExportsMade => {
  const thread = exportThread(readModelFolder);
  const finished = new LRUCache<string, Uint8Array>({
    maxSize: keptBytes,
    sizeCalculation: ({ byteLength }) => Math.max(1, byteLength),
  });
  const jobs = new Map<string, Job>();
  const receiving = new Map<string, number>();
  const turn = slots(madeAtOnce);

  const enter = (by: string, left: AbortSignal): void => {
    const own = receiving.get(by) ?? 0;
    if (own >= eachLimit) {
      throw overloaded({
        zh: `您已有 ${eachLimit} 个导出正在进行`,
        en: `${eachLimit} exports of yours are already in progress`,
      });
    }
    receiving.set(by, own + 1);
    const leave = () => {
      const now = (receiving.get(by) ?? 1) - 1;
      if (now === 0) receiving.delete(by);
      else receiving.set(by, now);
    };
    left.addEventListener('abort', leave, { once: true });
  };

  const begin = (name: string, task: ExportTask): Job => {
    if (jobs.size >= madeAtOnce + waitingLimit) {
      throw overloaded({
        zh: `已有 ${waitingLimit} 个导出在等候`,
        en: `${waitingLimit} exports are already waiting`,
      });
    }
    const stop = new AbortController();
    const make = async () => {
      const bytes = await turn(stop.signal, () => thread.make(task, stop.signal));
      finished.set(name, bytes);
      return bytes;
    };
    const bytes = make().finally(() => {
      if (jobs.get(name)?.stop === stop) jobs.delete(name);
    });
    bytes.catch(() => {}); // those who still wait are told
    const job = { bytes, stop, readers: 0 };
    jobs.set(name, job);
    return job;
  };

  return {
    get: async (task, by, left) => {
      if (left.aborted) throw left.reason;
      enter(by, left);
      const name = JSON.stringify(task);
      const kept = finished.get(name);
      if (kept !== undefined) return kept;
      const job = jobs.get(name) ?? begin(name, task);
      job.readers += 1;
      const leave = () => {
        job.readers -= 1;
        if (job.readers > 0) return;
        job.stop.abort();
        if (jobs.get(name) === job) jobs.delete(name);
      };
      left.addEventListener('abort', leave, { once: true });
      return job.bytes;
    },
    close: thread.close,
  };
};

/** Runs so many pieces of work at once, the others in the order in which they came; one that is stopped never begins. */
const slots = (most: number): (<T>(signal: AbortSignal, work: () => Promise<T>) => Promise<T>) => {
  const waiting: (() => void)[] = [];
  let underWay = 0;
  return async (signal, work) => {
    if (underWay >= most) await new Promise<void>((resolve) => waiting.push(resolve));
    else underWay += 1;
    try {
      signal.throwIfAborted();
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) underWay -= 1;
      else next();
    }
  };
};
