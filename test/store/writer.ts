/**
 * A process that appends to a ledger. Arguments: the file, a prefix for its streams, and how many events each of its four
 * streams gets (0: until it is killed). It writes the line `ready`, opens the file when it reads a line, and then writes
 * a line, `stream revision id`, for each event whose append was acknowledged.
 */
import { once } from 'node:events';
import { writeSync } from 'node:fs';
import { openSqliteStore } from '../../src/store/sqlite/store.ts';
import { newEvent } from './events.ts';

const [, , file = '', prefix = '', count = '0'] = process.argv;
const total = Number(count) || Number.POSITIVE_INFINITY;

writeSync(1, 'ready\n');
await once(process.stdin, 'data');
process.stdin.destroy();
const store = openSqliteStore({ file, now: Date.now });

const write = async (stream: string): Promise<void> => {
  for (let revision = 0; revision < total; revision += 1) {
    const event = newEvent({ name: `${stream} ${revision}` });
    const answer = await store.append(stream, revision === 0 ? 'none' : revision - 1, [event]);
    if (answer.appended) writeSync(1, `${stream} ${revision} ${event.id}\n`);
  }
};
await Promise.all([1, 2, 3, 4].map((lane) => write(`${prefix}-${lane}`)));
await store.close();
