import { Worker } from 'node:worker_threads';
import type { Place, PlacedEvent } from '../store/event-store.ts';
import type { ReadModelFile } from './file.ts';
import { folding, ProjectionFailed } from './fold.ts';

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

/** Folds events into one read-model file. */
export type Folder = {
  /** Folds a batch, or what comes before an event that can not be digested: the answer then says so. */
  readonly fold: (batch: readonly PlacedEvent[]) => Promise<Folded>;
  /** Waits for what has been begun; the file stays open for whoever asks it. */
  readonly close: () => Promise<void>;
};

/** A folder in this thread. */
export const projectorHere = (file: ReadModelFile): Folder => {
  const fold = folding(file);
  const foldUpToIndigestible = (batch: readonly PlacedEvent[]): Stopped | undefined => {
    try {
      fold(batch);
      return undefined;
    } catch (error) {
      if (!(error instanceof ProjectionFailed)) throw error;
      const { event, projection, message } = error;
      const digestible = batch.filter(({ entryNumber }) => entryNumber < event.entryNumber);
      if (digestible.length > 0) fold(digestible);
      file.setStopped(message);
      return { entryNumber: event.entryNumber, event: event.id, type: event.type, projection, message };
    }
  };
  return {
    fold: async (batch) => {
      const stopped = foldUpToIndigestible(batch);
      return { place: file.place(), ...(stopped === undefined ? {} : { stopped }) };
    },
    close: async () => {},
  };
};

/** `growing` for a file that is asked while it grows with the ledger, `whole` for one that is built from a whole log. */
export type Work = { readonly path: string; readonly kind: 'growing' | 'whole' };
export type Told = readonly PlacedEvent[] | 'finish' | 'end';
/** The first answer is to being begun. */
export type Answer = { readonly folded?: Folded; readonly error?: unknown };

/** A folder in a thread of its own, which opens the file for itself. What ends the thread by itself ends the process. */
export type ThreadedProjector = Folder & {
  /** Makes a file that was built from a whole log one that can be asked and goes on growing. */
  readonly finish: () => Promise<void>;
};

/** Far more than a fold needs; where it may be had, V8 lets garbage lie. */
const resourceLimits = { maxYoungGenerationSizeMb: 32, maxOldGenerationSizeMb: 1_024 };

/** Begins the thread and waits until it has the file open. */
export const projectorInThread = async (path: string, kind: Work['kind']): Promise<ThreadedProjector> => {
  const work: Work = { path, kind };
  const worker = new Worker(new URL('./projector-worker.ts', import.meta.url), { workerData: work, resourceLimits });
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

  await answered();
  return {
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
