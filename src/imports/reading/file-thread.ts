import { rm } from 'node:fs/promises';
import { Worker } from 'node:worker_threads';
import type { FileRequest, OpenedFile } from './file.ts';
import type { FileFault } from './file-fault.ts';

/** A file to open, as plain data, and where its rows are to be written. */
export type AskedFile = Pick<FileRequest, 'path' | 'name' | 'sheet' | 'set' | 'map'> & {
  readonly register: string;
  readonly command: string;
  readonly table: string;
};

export type FileThread = {
  /** What `openFile` answers. Files come one at a time. Rejects if the signal aborts. */
  readonly open: (asked: AskedFile, signal?: AbortSignal) => Promise<OpenedFile | FileFault>;
  readonly close: () => Promise<void>;
};

/** A sound list of 100,000 rows takes some 10 s. */
const timeLimitMs = 120_000;

/**
 * A thread in which files are opened, so that none of them holds up commands, however its text is made. It begins with the
 * first file, and anew after one that took too long, too much memory, or whose client has left.
 */
export const fileThread = (limitMs = timeLimitMs): FileThread => {
  let worker: Worker | undefined;

  const begun = (): Worker => {
    const fresh = new Worker(new URL('./file-worker.ts', import.meta.url));
    const isOver = () => {
      if (worker === fresh) worker = undefined;
    };
    return fresh.on('error', isOver).on('exit', isOver);
  };

  const open: FileThread['open'] = async (asked, signal) => {
    signal?.throwIfAborted();
    worker ??= begun();
    const own = worker;
    const answered = Promise.withResolvers<OpenedFile | FileFault>();
    const giveUp = () => answered.reject(signal?.reason);
    const isOutOfMemory = (error: unknown) => Object(error).code === 'ERR_WORKER_OUT_OF_MEMORY';
    const fail = (error: unknown) => (isOutOfMemory(error) ? answered.resolve(tooMuch) : answered.reject(error));
    const ended = () => answered.reject(new Error('The thread that opens files has ended'));
    const late = setTimeout(() => answered.resolve(tooMuch), limitMs);
    signal?.addEventListener('abort', giveUp);
    own.once('message', answered.resolve).once('error', fail).once('exit', ended);
    let isDone = false;
    try {
      own.postMessage(asked);
      const answer = await answered.promise;
      isDone = answer !== tooMuch;
      return answer;
    } finally {
      clearTimeout(late);
      signal?.removeEventListener('abort', giveUp);
      own.off('message', answered.resolve).off('error', fail).off('exit', ended);
      if (!isDone) {
        worker = undefined;
        await own.terminate();
        await rm(asked.table, { force: true });
      }
    }
  };

  return {
    open,
    close: async () => {
      await worker?.terminate();
    },
  };
};

const tooMuch: FileFault = {
  at: 'file',
  fault: {
    zh: '文件过大或过于复杂，无法读取；请拆分后分别导入',
    en: 'The file is too large or too complex to read; split it and import the parts',
  },
};
