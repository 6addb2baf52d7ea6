import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { beginWal, syncLog } from '../store/sqlite/file.ts';

/**
 * The checkpoint that was signed last, remembered where neither the ledger nor its backups are, so that a ledger which was
 * put back to an earlier state is noticed. All nodes of a ledger share it.
 */
export type Remembered = {
  /** The signed note; `none` if nothing was signed yet, `forgotten` if it is not known whether anything was. */
  readonly last: () => Promise<Buffer | 'none' | 'forgotten'>;
  /**
   * Remembers a note instead of another one. It is durable when this resolves; false, and nothing is changed, if that is
   * not what is remembered by now.
   */
  readonly remember: (note: Buffer, instead: Buffer | 'none') => Promise<boolean>;
  readonly close: () => Promise<void>;
};

/** Files of this name, directly in the folder of the keys, are left out of backups. */
export const rememberedFile = 'ledger-signed.db';

const table = `
  PRAGMA synchronous = FULL;
  CREATE TABLE IF NOT EXISTS signed (origin TEXT PRIMARY KEY, note BLOB) STRICT;
`;

const open = (folder: string): DatabaseSync => {
  const path = join(folder, rememberedFile);
  const db = new DatabaseSync(path, { timeout: 1_000 });
  beginWal(db);
  syncLog(path);
  db.exec(table);
  return db;
};

/** Notes that nothing was signed for an origin, unless something is noted already. Call it before its key is made. */
export const beginRemembering = (folder: string, origin: string): void => {
  const db = open(folder);
  try {
    db.prepare('INSERT INTO signed VALUES (?, NULL) ON CONFLICT DO NOTHING').run(origin);
  } finally {
    db.close();
  }
};

/** What is remembered in a file beside the keys, which servers on one machine share. */
export const rememberedIn = (folder: string, origin: string): Remembered => {
  let db: DatabaseSync | undefined;
  return {
    last: async () => {
      if (db === undefined && !existsSync(join(folder, rememberedFile))) return 'forgotten';
      db ??= open(folder);
      const note = db.prepare('SELECT note FROM signed WHERE origin = ?').get(origin)?.note;
      if (note === undefined) return 'forgotten';
      return note instanceof Uint8Array ? Buffer.from(note) : 'none';
    },
    remember: async (note, instead) => {
      db ??= open(folder);
      const replace = db.prepare('UPDATE signed SET note = ? WHERE origin = ? AND note IS ?');
      return replace.run(note, origin, instead === 'none' ? null : instead).changes === 1;
    },
    close: async () => db?.close(),
  };
};
