import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { type Growing, growingIn } from '../ledger/growing.ts';
import { type PlacedEvent, StoreUnavailable } from '../store/event-store.ts';
import { buildReadModelFile, openReadModelFile } from './file.ts';
import { type ProjectorAnswer, type ProjectorRequest, projectorHere, type Work } from './projector.ts';

/** The thread of a `ThreadedProjector`. If it cannot open the file, it answers with the error and ends. */

const { path, kind, ledger } = workerData as Work;

const opened = () => (kind === 'whole' ? buildReadModelFile(path) : { ...openReadModelFile(path), finish: () => {} });

const failed = (error: unknown): ProjectorAnswer =>
  error instanceof StoreUnavailable ? { unavailable: error.message } : { error };

const serve = (port: MessagePort, file: ReturnType<typeof opened>): void => {
  const projector = projectorHere(file);
  const growing = ledger === undefined ? undefined : growingIn(ledger);
  const reached = async () => ({ place: file.place() });
  const answer = async (work: () => Promise<NonNullable<ProjectorAnswer['folded']>>) => {
    try {
      port.postMessage({ folded: await work() } satisfies ProjectorAnswer);
    } catch (error) {
      port.postMessage(failed(error));
    }
  };
  void answer(reached);
  port.on('message', (request: ProjectorRequest) => {
    if (request === 'end') {
      growing?.close();
      file.close();
      port.close();
    } else if (request === 'finish') {
      void answer(() => {
        file.finish();
        return reached();
      });
    } else if ('leaves' in request) {
      void answer(async () => {
        const place = file.place();
        return { place, ...(growing && { growth: grown(growing, eventsIn(request.leaves), place.size) }) };
      });
    } else {
      // A caller that waits for the fold need not wait for the hashes.
      const batch = eventsIn(request.fold);
      let folded = 0;
      const fold = async () => {
        const done = await projector.fold(batch);
        folded = done.place.size;
        return done;
      };
      void answer(fold).then(() => growing && growFolded(growing, batch, folded));
    }
  });
};

const eventsIn = (json: string): readonly PlacedEvent[] => JSON.parse(json);

/** Only what is folded is hashed: the store may have more by now. */
const upTo = (size: number, events: readonly PlacedEvent[]) => events.filter(({ entryNumber }) => entryNumber < size);

const grown = (growing: Growing, leaves: readonly PlacedEvent[], size: number) => {
  growing.open(size);
  growing.grow(upTo(size, leaves));
  return growing.sync(size);
};

/** If the disk fails, the files are closed; a caller that opens them again is told why, or gives them what they lack. */
const growFolded = (growing: Growing, batch: readonly PlacedEvent[], folded: number): void => {
  try {
    growing.grow(upTo(folded, batch));
  } catch {}
};

try {
  if (parentPort !== null) serve(parentPort, opened());
} catch (error) {
  parentPort?.postMessage(failed(error));
}
