import { Worker } from 'node:worker_threads';
import type { Place, PlacedEvent } from '../store/event-store.ts';

/** Where and why a read model no longer folds. */
export type Stopped = {
  readonly entryNumber: number;
  readonly event: string;
  readonly type: string;
  readonly projection: string;
  readonly message: string;
};

/** How far a file is folded, and where it has stopped. */
export type Folded = { readonly place: Place; readonly stopped?: Stopped };

/** `growing` for a file that is asked while it grows with the ledger, `whole` for one that is built from a whole log. */
export type Work = { readonly path: string; readonly kind: 'growing' | 'whole' };
export type Told = readonly PlacedEvent[] | 'finish' | 'end';
/** The first answer is to being begun. */
export type Answer = { readonly folded?: Folded; readonly error?: unknown };

/** Folds events into one read-model file, in a thread of its own. What ends the thread by itself ends the process. */
export type Folder = {
  /** Fulfilled once the thread has the file open. */
  readonly opened: Promise<void>;
  /** Folds a batch, or what comes before an event that can not be digested: the answer then says so. */
  readonly fold: (batch: readonly PlacedEvent[]) => Promise<Folded>;
  /** Makes a file that was built from a whole log one that can be asked and goes on growing. */
  readonly finish: () => Promise<void>;
  /** Waits for what has been begun, and ends the thread. */
  readonly close: () => Promise<void>;
};

export const folderOf = (path: string, kind: Work['kind'] = 'growing'): Folder => {
  const work: Work = { path, kind };
  const worker = new Worker(new URL('./folder-worker.ts', import.meta.url), { workerData: work });
  const ended = new Promise((resolve) => worker.once('exit', resolve));
  const waiting: PromiseWithResolvers<Answer>[] = [];
  worker.on('message', (answer: Answer) => waiting.shift()?.resolve(answer));

  const answered = async (): Promise<Folded> => {
    const answer = Promise.withResolvers<Answer>();
    waiting.push(answer);
    const { folded, error } = await answer.promise;
    if (folded === undefined) throw error;
    return folded;
  };
  const tell = (told: Told) => {
    worker.postMessage(told);
    return answered();
  };

  return {
    opened: answered().then(() => {}),
    fold: tell,
    finish: async () => {
      await tell('finish');
    },
    close: async () => {
      worker.postMessage('end' satisfies Told);
      await ended;
    },
  };
};
