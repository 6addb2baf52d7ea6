import { parentPort } from 'node:worker_threads';
import { registerNamed } from '../../../domain/registers/index.ts';
import { openFile } from './file.ts';
import type { AskedFile } from './file-thread.ts';

/** A thread that opens files, one after the other. An error ends it, and so reaches who asked. */

parentPort?.on('message', async ({ register: name, command, table, ...asked }: AskedFile) => {
  const register = registerNamed(name);
  const kind = register?.factOf.get(command);
  if (register === undefined || kind === undefined) throw new Error(`No register ${name} with command ${command}`);
  parentPort?.postMessage(await openFile({ ...asked, register, kind }, table));
});
