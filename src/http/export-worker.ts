import { arrayBuffer } from 'node:stream/consumers';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { registerNamed } from '../../domain/registers/index.ts';
import { readReadModelFile } from '../readmodel/file.ts';
import { currentPath } from '../readmodel/files.ts';
import { questionsTo } from '../readmodel/questions.ts';
import { fileOf, pageRows, registerTable } from './export-tables.ts';
import type { ExportTask, Made, Told } from './export-thread.ts';
import { inTurns } from './turns.ts';

/** The thread that makes exports: it has a connection of its own to the read model. */

const readModelFolder: string = workerData;

const make = async (task: ExportTask, signal: AbortSignal): Promise<Uint8Array<ArrayBuffer>> => {
  const { register: name, format, language, ...view } = task;
  const register = registerNamed(name);
  const path = currentPath(readModelFolder); // another one after a rebuild
  if (register === undefined || path === undefined) throw new Error(`There is no read model of ${name}`);
  const file = readReadModelFile(path);
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
      port.postMessage({ id, bytes } satisfies Made, [bytes.buffer]);
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
