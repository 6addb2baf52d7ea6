import { accessSync, constants } from 'node:fs';
import { Worker } from 'node:worker_threads';
import type { EventStore } from '../event-store.ts';
import { StoreCorrupt } from './file.ts';

/**
 * Reads every page of a ledger's file in a thread of its own; a million events take some seconds. Rejects with
 * `StoreCorrupt` if a page is damaged. Any other failure to read the file shows when the ledger is opened.
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

/** A store whose appends wait for the integrity check, and reject if it does. */
export const afterIntegrityCheck = (store: EventStore, checked: Promise<void>): EventStore => ({
  ...store,
  append: async (...args) => {
    await checked;
    return store.append(...args);
  },
});
