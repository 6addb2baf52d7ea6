import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { StoreUnavailable } from '../store/event-store.ts';
import { buildReadModelFile, openReadModelFile } from './file.ts';
import { type Folded, type ProjectorAnswer, type ProjectorRequest, projectorHere, type Work } from './projector.ts';

/** The thread of a `ThreadedProjector`. If it cannot open the file, it answers with the error and ends. */

const { path, kind } = workerData as Work;

const opened = () => (kind === 'whole' ? buildReadModelFile(path) : { ...openReadModelFile(path), finish: () => {} });

const failed = (error: unknown): ProjectorAnswer =>
  error instanceof StoreUnavailable ? { unavailable: error.message } : { error };

const serve = (port: MessagePort, file: ReturnType<typeof opened>): void => {
  const projector = projectorHere(file);
  const reached = async (): Promise<Folded> => ({ place: file.place() });
  const answer = async (work: () => Promise<Folded>) => {
    try {
      port.postMessage({ folded: await work() } satisfies ProjectorAnswer);
    } catch (error) {
      port.postMessage(failed(error));
    }
  };
  void answer(reached);
  port.on('message', (request: ProjectorRequest) => {
    if (request === 'end') {
      file.close();
      port.close();
    } else if (request === 'finish') {
      void answer(() => {
        file.finish();
        return reached();
      });
    } else void answer(() => projector.fold(request));
  });
};

try {
  if (parentPort !== null) serve(parentPort, opened());
} catch (error) {
  parentPort?.postMessage(failed(error));
}
