import { accessSync, constants } from 'node:fs';
import { Worker } from 'node:worker_threads';
import type { EventStore } from '../event-store.ts';
import { StoreCorrupt } from './file.ts';

/**
 * Reads every page of a ledger's file in a thread of its own, some seconds for a million events. Rejects with
 * `StoreCorrupt` where one is damaged; what else stands in the way of reading is left to whoever opens the ledger.
 */
export const checkIntegrity = (file: string): Promise<void> => {
  try {
    accessSync(file, constants.R_OK | constants.W_OK);
  } catch {
    return Promise.resolve();
  }
  const worker = new Worker(new URL('./integrity-worker.ts', import.meta.url), { workerData: file });
  return new Promise((resolve, reject) => {
    worker.once('message', (damage: string) => reject(new StoreCorrupt(damage)));
    worker.once('error', reject);
    worker.once('exit', () => resolve());
  });
};

/** A store that takes appends once its file is found to be sound, and not before. */
export const afterIntegrityCheck = (store: EventStore, sound: Promise<void>): EventStore => ({
  ...store,
  append: async (...args) => {
    await sound;
    return store.append(...args);
  },
});
