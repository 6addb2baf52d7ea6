import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import type { PlacedEvent } from '../store/event-store.ts';
import { buildReadModelFile, openReadModelFile } from './file.ts';
import { folding, Indigestible } from './fold.ts';
import type { Answer, Folded, Stopped, Told, Work } from './folder.ts';

/** The thread of a `Folder`. */

const { path, kind } = workerData as Work;

const opened = () => {
  const file = kind === 'whole' ? buildReadModelFile(path) : { ...openReadModelFile(path), finish: () => {} };
  return { file, fold: folding(file) };
};

const foldUpToIndigestible = (
  { file, fold }: ReturnType<typeof opened>,
  batch: readonly PlacedEvent[],
): Stopped | undefined => {
  try {
    fold(batch);
    return undefined;
  } catch (error) {
    if (!(error instanceof Indigestible)) throw error;
    const { event, projection, message } = error;
    const digestible = batch.filter(({ entryNumber }) => entryNumber < event.entryNumber);
    if (digestible.length > 0) fold(digestible);
    file.setStopped(message);
    return { entryNumber: event.entryNumber, event: event.id, type: event.type, projection, message };
  }
};

const serve = (port: MessagePort): void => {
  const answer = (work: () => Folded) => {
    try {
      port.postMessage({ folded: work() } satisfies Answer);
    } catch (error) {
      port.postMessage({ error } satisfies Answer);
    }
  };
  let folder: ReturnType<typeof opened> | undefined;
  answer(() => {
    folder = opened();
    return { place: folder.file.place() };
  });
  port.on('message', (told: Told) => {
    if (told === 'end') {
      folder?.file.close();
      return port.close();
    }
    answer(() => {
      if (folder === undefined) throw new Error(`${path} could not be opened`);
      if (told === 'finish') folder.file.finish();
      const stopped = told === 'finish' ? undefined : foldUpToIndigestible(folder, told);
      return { place: folder.file.place(), ...(stopped === undefined ? {} : { stopped }) };
    });
  });
};

if (parentPort !== null) serve(parentPort);
