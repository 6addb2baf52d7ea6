import { DatabaseSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';
import { explaining, StoreCorrupt } from './file.ts';

/** Posts a message that says what is damaged in the file `workerData`; posts nothing if the file is intact. */

const file = String(workerData);
const damageIn = (): string | undefined => {
  const db = new DatabaseSync(file, { readOnly: true, timeout: 5_000 });
  try {
    db.exec('PRAGMA trusted_schema = OFF');
    const found = String(db.prepare('PRAGMA quick_check(1)').get()?.quick_check);
    return found === 'ok' ? undefined : `${file} is damaged: ${found.replaceAll('\n', ' ')}. It was left unchanged.`;
  } finally {
    db.close();
  }
};

try {
  const damage = explaining(file, damageIn);
  if (damage !== undefined) parentPort?.postMessage(damage);
} catch (error) {
  if (error instanceof StoreCorrupt) parentPort?.postMessage(error.message);
}
