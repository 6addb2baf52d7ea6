import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EventStore } from '../../src/store/event-store.ts';
import { openSqliteStore, type SqliteOptions } from '../../src/store/sqlite/store.ts';

/** SQLite stores in a folder of their own, for the tests of one file. */
export const sqliteFiles = () => {
  const folder = mkdtempSync(join(tmpdir(), 'upgrade-sqlite-'));
  const opened: EventStore[] = [];
  let files = 0;
  return {
    folder,
    newFile: (): string => {
      files += 1;
      mkdirSync(join(folder, String(files)));
      return join(folder, String(files), 'ledger.sqlite');
    },
    open: (file: string, options: Partial<SqliteOptions> = {}): EventStore => {
      const store = openSqliteStore({ file, now: Date.now, ...options });
      opened.push(store);
      return store;
    },
    closeAll: async (): Promise<void> => {
      for (const store of opened.splice(0)) await store.close();
    },
    remove: () => rmSync(folder, { recursive: true }),
  };
};
