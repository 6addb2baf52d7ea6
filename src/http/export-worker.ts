import { arrayBuffer } from 'node:stream/consumers';
import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises';
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { registerNamed } from '../../domain/registers/index.ts';
import { type ReadModelFile, readReadModelFile } from '../readmodel/file.ts';
import { currentPath } from '../readmodel/folder.ts';
import { questionsTo } from '../readmodel/questions.ts';
import { fileOf, pageRows, registerTable } from './export-tables.ts';
import type { ExportTask, Made, Told } from './export-thread.ts';
import { inTurns } from './turns.ts';

/** The thread that makes exports: it has a connection of its own to the read model. */

const readModelFolder: string = workerData;

/** How long a read model that a rebuild has just swapped in may take to know as much as the one before. */
const behindMs = 5_000;

/** The read model that serves, once it has folded so many events; undefined if it has not after a while. */
const opened = async (size: number, signal: AbortSignal): Promise<ReadModelFile | undefined> => {
  for (const until = performance.now() + behindMs; performance.now() < until; await pause(50, undefined, { signal })) {
    const path = currentPath(readModelFolder); // another one after a rebuild
    const file = path === undefined ? undefined : readReadModelFile(path);
    if (file?.readable && file.place().size >= size) return file;
    file?.close();
  }
  return undefined;
};

const make = async (task: ExportTask, signal: AbortSignal): Promise<Uint8Array<ArrayBuffer> | undefined> => {
  const { register: name, format, language, ...view } = task;
  const register = registerNamed(name);
  if (register === undefined) throw new Error(`There is no register ${name}`);
  const file = await opened(view.size, signal);
  if (file === undefined) return undefined;
  try {
    const questions = questionsTo({ ...file, version: () => file.version });
    const table = registerTable(questions, register, language, view);
    const rows = inTurns(table.rows, pageRows, () => nextTurn(undefined, { signal }));
    return new Uint8Array(await arrayBuffer(fileOf(name, format, { ...table, rows })));
  } finally {
    file.close();
  }
};

const serve = (port: MessagePort): void => {
  const underWay = new Map<number, AbortController>();
  const answer = async (id: number, task: ExportTask) => {
    const stop = new AbortController();
    underWay.set(id, stop);
    try {
      const bytes = await make(task, stop.signal);
      if (bytes === undefined) port.postMessage({ id } satisfies Made);
      else port.postMessage({ id, bytes } satisfies Made, [bytes.buffer]);
    } catch (error) {
      port.postMessage({ id, error } satisfies Made);
    } finally {
      underWay.delete(id);
    }
  };
  port.on('message', ({ id, task }: Told) => {
    if (task === undefined) underWay.get(id)?.abort();
    else void answer(id, task);
  });
};

if (parentPort !== null) serve(parentPort);
