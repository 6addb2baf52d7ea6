import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { buildReadModelFile, openReadModelFile } from './file.ts';
import { type Answer, type Folded, projectorHere, type Told, type Work } from './projector.ts';

/** The thread of a `ThreadedProjector`; where it can not open the file, it says so and ends. */

const { path, kind } = workerData as Work;

const opened = () => (kind === 'whole' ? buildReadModelFile(path) : { ...openReadModelFile(path), finish: () => {} });

const serve = (port: MessagePort, file: ReturnType<typeof opened>): void => {
  const folder = projectorHere(file);
  const reached = async (): Promise<Folded> => ({ place: file.place() });
  const answer = async (work: () => Promise<Folded>) => {
    try {
      port.postMessage({ folded: await work() } satisfies Answer);
    } catch (error) {
      port.postMessage({ error } satisfies Answer);
    }
  };
  void answer(reached);
  port.on('message', (told: Told) => {
    if (told === 'end') {
      file.close();
      port.close();
    } else if (told === 'finish') {
      void answer(() => {
        file.finish();
        return reached();
      });
    } else void answer(() => folder.fold(told));
  });
};

try {
  if (parentPort !== null) serve(parentPort, opened());
} catch (error) {
  parentPort?.postMessage({ error } satisfies Answer);
}
