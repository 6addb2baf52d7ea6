/**
 * A process of its own that keeps a node's read model folded. Arguments: the store's file, the folder, and the size at
 * which it has done its part. It writes the line `open` and, at that size, how many events it has.
 */
import { writeSync } from 'node:fs';
import { openReadModel } from '../../src/readmodel/read-model.ts';
import { openSqliteStore } from '../../src/store/sqlite/store.ts';

const [, , file = '', folder = '', size = '0'] = process.argv;
const store = openSqliteStore({ file, now: Date.now });
const model = await openReadModel(
  folder,
  store,
  { info: () => {}, error: () => {} },
  { swapLookMs: 5, inThread: true },
);
writeSync(1, 'open\n');
const done = Promise.withResolvers<void>();
const look = () => {
  if (model.place().size >= Number(size)) done.resolve();
};
model.onFolded(look);
look();
await done.promise;
writeSync(1, `${model.place().size}\n`);
await model.close();
await store.close();
