import { LRUCache } from 'lru-cache';
import type { Bytes, LongQuestion } from './long-question.ts';
import { overloaded } from './problem.ts';
import { placesOf, queueOf } from './queue.ts';
import type { ReadingThread } from './reading-thread.ts';

/** Exports that are made at once, and those that may wait for it. */
const madeAtOnce = 2;
const waitingLimit = 32;
/** Exports that one address, or one subject, may wait for or receive at once. */
const eachLimit = 8;
/** An export of what is known now may be this old, and no older than this many times what it took to make. */
const oldestMs = 5_000;
const oldestTimes = 10;
const remembered = 1_000;

/** What an export shows; `knownAt` and `size` say what was known of it. */
type Task = { readonly knownAt?: unknown; readonly size?: unknown };

/** An export as it is asked for: what it shows, and the position up to which that is known. */
export type ExportAsked<T extends Task> = {
  readonly task: T;
  readonly position: string;
  /** Whether one that is a few seconds old will not do. */
  readonly isExact: boolean;
};
export type ExportMade = { readonly bytes: Bytes; readonly position: string };

export type ExportsMade<T extends Task> = {
  /**
   * An export, made now unless it is kept. `left` aborts once its reader has all of it or has gone. Throws the problem
   * `overloaded` if too many wait.
   */
  readonly get: (asked: ExportAsked<T>, by: string, left: AbortSignal) => Promise<ExportMade>;
  /** Forgets the exports that are kept: texts of theirs may have been erased. */
  readonly forget: () => void;
};

/** An export that is being made or waits for its turn, and how many readers wait for it. */
type Job = { readonly bytes: Promise<Bytes>; readonly stop: AbortController; readers: number };

/** The export of what was known last, as it is asked for, of those that may be a little old. */
type Latest<T extends Task> = ExportAsked<T> & { readonly askedAtMs: number; tookMs?: number };

/**
 * Makes exports in their thread, a few at once, and each only once for all who ask for it, as long as the version of what
 * is read is the same. Finished ones are kept for the next request, up to so many bytes.
 */
export const exportsMade = <T extends Task>(
  thread: Pick<ReadingThread, 'ask'>,
  question: LongQuestion<T, { readonly bytes: Bytes }>,
  keptBytes: number,
  nowMs: () => number = () => performance.now(),
  version: () => string = () => '',
): ExportsMade<T> => {
  let forgotten = 0;
  const nameOf = (task: T) => JSON.stringify([version(), forgotten, task]);
  const finished = keptUpTo(keptBytes);
  const jobs = new Map<string, Job>();
  const latest = new LRUCache<string, Latest<T>>({ max: remembered });
  const queue = queueOf(madeAtOnce);
  const enter = placesOf(eachLimit, {
    zh: `您已有 ${eachLimit} 个导出正在进行`,
    en: `${eachLimit} exports of yours are already in progress`,
  });

  const begin = (name: string, task: T, onMade: (tookMs: number) => void): Job => {
    if (queue.waiting() >= waitingLimit) throw tooManyWait();
    const stop = new AbortController();
    const make = async () => {
      const begunMs = nowMs();
      const { bytes } = await thread.ask(question, task, stop.signal);
      if (name === nameOf(task)) finished.set(name, bytes);
      onMade(nowMs() - begunMs);
      return bytes;
    };
    const bytes = queue.run(stop.signal, make).finally(() => {
      if (jobs.get(name)?.stop === stop) jobs.delete(name);
    });
    bytes.catch(() => {}); // those who still wait are told
    const job = { bytes, stop, readers: 0 };
    jobs.set(name, job);
    return job;
  };

  /** What is asked for or, if that will do, what was asked for a little before. */
  const settled = (asked: ExportAsked<T>): ExportAsked<T> | Latest<T> => {
    if (asked.isExact) return asked;
    const { knownAt: _knownAt, size: _size, ...shown } = asked.task;
    const name = JSON.stringify(shown);
    const before = latest.get(name);
    if (before !== undefined) {
      const made = nameOf(before.task);
      if (isYoung(before, nowMs()) && (finished.has(made) || jobs.has(made))) return before;
    }
    const fresh = { ...asked, askedAtMs: nowMs() };
    latest.set(name, fresh);
    return fresh;
  };

  return {
    forget: () => {
      forgotten += 1;
      finished.clear();
    },
    get: async (asked, by, left) => {
      if (left.aborted) throw left.reason;
      enter(by, left);
      const found = settled(asked);
      const name = nameOf(found.task);
      const kept = finished.get(name);
      if (kept !== undefined) return { bytes: kept, position: found.position };
      const onMade = (tookMs: number) => {
        if ('askedAtMs' in found) found.tookMs = tookMs;
      };
      const job = jobs.get(name) ?? begin(name, found.task, onMade);
      job.readers += 1;
      const leave = () => {
        job.readers -= 1;
        if (job.readers > 0) return;
        job.stop.abort();
        if (jobs.get(name) === job) jobs.delete(name);
      };
      left.addEventListener('abort', leave, { once: true });
      return { bytes: await job.bytes, position: found.position };
    },
  };
};

const tooManyWait = () =>
  overloaded({ zh: `已有 ${waitingLimit} 个导出在等候`, en: `${waitingLimit} exports are already waiting` });

const keptUpTo = (bytes: number) =>
  new LRUCache<string, Bytes>({ maxSize: bytes, sizeCalculation: ({ byteLength }) => Math.max(1, byteLength) });

const isYoung = ({ askedAtMs, tookMs = Number.POSITIVE_INFINITY }: Latest<Task>, nowMs: number): boolean =>
  nowMs - askedAtMs <= Math.min(oldestMs, oldestTimes * tookMs);
