import { setImmediate as nextTurn } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import type { Questions } from '../readmodel/questions.ts';
import type { ReadModel } from '../readmodel/read-model.ts';
import type { LongQuestion } from './long-question.ts';

/** A question to the file at a path, as it is at a version, by its name, or, without a path, one to give up. */
export type Asked = {
  readonly id: number;
  readonly path?: string;
  readonly version?: string;
  readonly name?: string;
  readonly asked?: unknown;
};
/** `isGone` if the file can no longer be opened. */
export type Answered = {
  readonly id: number;
  readonly answer?: unknown;
  readonly error?: unknown;
  readonly isGone?: boolean;
};

export type ReadingThread = {
  /** Starts the thread, which otherwise begins with the first question. */
  readonly begin: () => void;
  /** Rejects if the signal aborts or the thread ends. */
  readonly ask: <A, R>(question: LongQuestion<A, R>, asked: A, signal: AbortSignal) => Promise<R>;
  readonly close: () => Promise<void>;
};

type Answer<R> = { readonly answer: R } | 'gone';

/**
 * A thread with connections of its own to the read model; it begins anew if it has ended. Questions are answered here if
 * the read model has no threads, and for the moment in which its file has been swapped for another one and removed.
 */
export const readingThread = (
  model: Pick<ReadModel, 'pathForThreads' | 'version'>,
  questions: Questions,
  how: 'ordinary' | 'yields to others',
): ReadingThread => {
  const waiting = new Map<number, PromiseWithResolvers<Answered>>();
  let worker: Worker | undefined;
  let id = 0;

  const begun = (): Worker => {
    const fresh = new Worker(new URL('./reading-worker.ts', import.meta.url), { workerData: how });
    const fail = (error: unknown) => {
      if (worker !== fresh) return;
      worker = undefined;
      for (const each of waiting.values()) each.reject(error);
    };
    fresh.on('message', (answered: Answered) => waiting.get(answered.id)?.resolve(answered));
    fresh.on('error', fail).on('exit', () => fail(new Error('A thread that reads the read model has ended')));
    return fresh;
  };

  const askThread = async <R>(path: string, name: string, asked: unknown, signal: AbortSignal): Promise<Answer<R>> => {
    worker ??= begun();
    const own = ++id;
    const answered = Promise.withResolvers<Answered>();
    waiting.set(own, answered);
    const giveUp = () => worker?.postMessage({ id: own } satisfies Asked);
    signal.addEventListener('abort', giveUp, { once: true });
    try {
      worker.postMessage({ id: own, path, version: model.version(), name, asked } satisfies Asked);
      const { answer, error, isGone } = await answered.promise;
      if (error !== undefined) throw error;
      return isGone ? 'gone' : { answer: answer as R };
    } finally {
      waiting.delete(own);
      signal.removeEventListener('abort', giveUp);
    }
  };

  return {
    begin: () => {
      if (model.pathForThreads() !== undefined) worker ??= begun();
    },
    ask: async (question, asked, signal) => {
      signal.throwIfAborted();
      const path = model.pathForThreads();
      const found = path === undefined ? 'gone' : await askThread<never>(path, question.name, asked, signal);
      if (found !== 'gone') return found.answer;
      const pause = () => nextTurn(undefined, { signal });
      await pause(); // so that answers given here one after the other let commands through
      return question.answer(questions, asked, pause);
    },
    close: async () => {
      await worker?.terminate();
    },
  };
};
