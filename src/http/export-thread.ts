import { Worker } from 'node:worker_threads';
import type { View } from '../readmodel/questions.ts';
import type { Format, Language } from './export-tables.ts';
import { unavailable } from './problem.ts';

/** What an export shows, and how. */
export type ExportTask = View & { readonly register: string; readonly format: Format; readonly language: Language };

/** An export to make, or, without a task, one to give up. */
export type Told = { readonly id: number; readonly task?: ExportTask };
/** Neither bytes nor an error if the read model is behind. */
export type Made = { readonly id: number; readonly bytes?: Uint8Array; readonly error?: unknown };

export type ExportThread = {
  /** The bytes of an export. Rejects if the signal aborts or the thread ends. */
  readonly make: (task: ExportTask, signal: AbortSignal) => Promise<Uint8Array>;
  readonly close: () => Promise<void>;
};

/** A thread that makes exports; it begins with the first, and anew if it has ended. */
export const exportThread = (readModelFolder: string): ExportThread => {
  const waiting = new Map<number, PromiseWithResolvers<Uint8Array>>();
  let worker: Worker | undefined;
  let id = 0;

  const begun = (): Worker => {
    const fresh = new Worker(new URL('./export-worker.ts', import.meta.url), { workerData: readModelFolder });
    const fail = (error: unknown) => {
      if (worker === fresh) worker = undefined;
      for (const each of waiting.values()) each.reject(error);
    };
    fresh.on('message', ({ id, bytes, error }: Made) => {
      if (bytes === undefined) waiting.get(id)?.reject(error ?? behind());
      else waiting.get(id)?.resolve(bytes);
    });
    fresh.on('error', fail).on('exit', () => fail(new Error('The thread that makes exports has ended')));
    return fresh;
  };

  return {
    make: async (task, signal) => {
      worker ??= begun();
      const own = ++id;
      const answer = Promise.withResolvers<Uint8Array>();
      waiting.set(own, answer);
      const giveUp = () => worker?.postMessage({ id: own } satisfies Told);
      signal.addEventListener('abort', giveUp, { once: true });
      worker.postMessage({ id: own, task } satisfies Told);
      try {
        return await answer.promise;
      } finally {
        waiting.delete(own);
        signal.removeEventListener('abort', giveUp);
      }
    },
    close: async () => {
      await worker?.terminate();
    },
  };
};

const behind = () => unavailable({ zh: '本节点数据尚未同步', en: 'This node has not caught up yet' });
