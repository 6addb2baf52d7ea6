import { Worker } from 'node:worker_threads';
import type { Growth } from '../ledger/growing.ts';
import { type Place, type PlacedEvent, StoreUnavailable } from '../store/event-store.ts';
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
export type Projector = {
  /** Folds a batch. If a projection fails at an event, the events before it are folded, and the answer says so. */
  readonly fold: (batch: readonly PlacedEvent[]) => Promise<Folded>;
  /**
   * Hashes events that were folded, if they are not hashed yet, and makes the hashes durable. Once this was called, every
   * batch that is folded is hashed too. Undefined if this projector keeps no hashes.
   */
  readonly grow: (leaves: readonly PlacedEvent[]) => Promise<Growth | undefined>;
  /** Waits for the batches that were begun; the file stays open for questions. */
  readonly close: () => Promise<void>;
};

/** A projector in this thread. */
export const projectorHere = (file: ReadModelFile): Projector => {
  const fold = folding(file);
  const foldUpToFailure = (batch: readonly PlacedEvent[]): Stopped | undefined => {
    try {
      fold(batch);
      return undefined;
    } catch (error) {
      if (!(error instanceof ProjectionFailed)) throw error;
      const { event, projection, message } = error;
      const before = batch.filter(({ entryNumber }) => entryNumber < event.entryNumber);
      if (before.length > 0) fold(before);
      file.setStopped(message);
      return { entryNumber: event.entryNumber, event: event.id, type: event.type, projection, message };
    }
  };
  return {
    fold: async (batch) => {
      const stopped = foldUpToFailure(batch);
      return { place: file.place(), ...(stopped === undefined ? {} : { stopped }) };
    },
    grow: async () => undefined,
    close: async () => {},
  };
};

/** `growing` for a file that answers questions while it grows with the ledger, `whole` for one built from a whole log. */
export type Work = {
  readonly path: string;
  readonly kind: 'growing' | 'whole';
  /** The folder of the hashes of leaves, if this thread keeps them. */
  readonly ledger?: string | undefined;
};
/**
 * A request to the thread: to fold a batch, to hash leaves, to finish a `whole` file, or to end. All but the last are
 * answered in order. Events pass as JSON, which costs less than a structured clone.
 */
export type ProjectorRequest = { readonly fold: string } | { readonly leaves: string } | 'finish' | 'end';
/** The first answer says that the file is open. */
export type ProjectorAnswer = {
  readonly folded?: Folded & { readonly growth?: Growth };
  readonly error?: unknown;
  /** The message of a `StoreUnavailable`, such as of a full disk; an error's class does not pass between threads. */
  readonly unavailable?: string;
};

/** A projector in a thread of its own, which opens the file for itself. If the thread dies, so does the process. */
export type ThreadedProjector = Projector & {
  /** Turns a file that was built from a whole log into one that answers questions and goes on growing. */
  readonly finish: () => Promise<void>;
};

/** Far more than a fold needs; given even more, V8 puts off collecting garbage. */
const resourceLimits = { maxYoungGenerationSizeMb: 32, maxOldGenerationSizeMb: 1_024 };

/** Starts the thread and waits until it has the file open. */
export const projectorInThread = async (work: Work): Promise<ThreadedProjector> => {
  const worker = new Worker(new URL('./projector-worker.ts', import.meta.url), { workerData: work, resourceLimits });
  const ended = new Promise((resolve) => worker.once('exit', resolve));
  const waiting: PromiseWithResolvers<ProjectorAnswer>[] = [];
  worker.on('message', (answer: ProjectorAnswer) => waiting.shift()?.resolve(answer));

  const nextAnswer = async (): Promise<NonNullable<ProjectorAnswer['folded']>> => {
    const answer = Promise.withResolvers<ProjectorAnswer>();
    waiting.push(answer);
    const { folded, error, unavailable } = await answer.promise;
    if (unavailable !== undefined) throw new StoreUnavailable(unavailable);
    if (folded === undefined) throw error;
    return folded;
  };
  const ask = (request: ProjectorRequest) => {
    worker.postMessage(request);
    return nextAnswer();
  };

  await nextAnswer();
  return {
    fold: (batch) => ask({ fold: JSON.stringify(batch) }),
    grow: async (leaves) => (await ask({ leaves: JSON.stringify(leaves) })).growth,
    finish: async () => {
      await ask('finish');
    },
    close: async () => {
      worker.postMessage('end' satisfies ProjectorRequest);
      await ended;
    },
  };
};
