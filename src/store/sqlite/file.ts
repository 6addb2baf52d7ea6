import { DatabaseSync } from 'node:sqlite';
import { OutcomeUnknown, StoreUnavailable } from '../event-store.ts';

export type SqliteFile = {
  readonly file: string;
  /** How long an append or the opening waits, holding up this process, for another process; 5,000 unless told. */
  readonly busyTimeoutMs?: number;
  /** The file grows no larger than this; beyond it appends reject with `StoreUnavailable`. */
  readonly limitBytes?: number;
  /** Nobody else may have the file open meanwhile; `StoreInUse` where somebody has. */
  readonly alone?: boolean;
};

/** Another process, such as a running server, holds the file. */
export class StoreInUse extends StoreUnavailable {}

/** The file is damaged, or is something else than a registry's ledger. */
export class StoreCorrupt extends Error {
  override readonly name = 'StoreCorrupt';
}

/** The file was written by a newer release in a layout that this one does not know. */
export class StoreTooNew extends Error {
  override readonly name = 'StoreTooNew';
}

/** "UPGR" as SQLite's application id (https://sqlite.org/fileformat.html §1.3.17). */
export const applicationId = 0x55504752;
export const layout = 1;

/** Harmless where another process has made the table meanwhile. */
const schema = `
  BEGIN IMMEDIATE;
  CREATE TABLE IF NOT EXISTS events (
    entry_number INTEGER PRIMARY KEY,
    stream       TEXT    NOT NULL,
    revision     INTEGER NOT NULL,
    expected     INTEGER NOT NULL, -- the revision that its append expected, -1 for none: tells which events came together
    id           TEXT    NOT NULL,
    type         TEXT    NOT NULL,
    recorded_at  INTEGER NOT NULL, -- epoch milliseconds
    data         TEXT    NOT NULL, -- JSON
    metadata     TEXT    NOT NULL, -- JSON
    UNIQUE (stream, revision)
  ) STRICT;
  PRAGMA application_id = ${applicationId};
  PRAGMA user_version = ${layout};
  COMMIT`;

/** 32 MiB of cache, a checkpoint every 32 MB: stream names fall all over the index, and a page is best written once. */
const room = 'PRAGMA cache_size = -32768; PRAGMA wal_autocheckpoint = 8000';

/**
 * Opens the file, making it where there is none; rows come as arrays. Nothing is written to a file that is refused.
 * Throws `StoreCorrupt`, `StoreTooNew` or, where the file can't be opened, `StoreUnavailable`.
 */
export const openFile = (options: SqliteFile): DatabaseSync => {
  const { file, busyTimeoutMs = 5_000 } = options;
  const db = explaining(file, () => new DatabaseSync(file, { timeout: busyTimeoutMs, returnArrays: true }));
  try {
    explaining(file, () => prepareFile(db, options));
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
};

const prepareFile = (db: DatabaseSync, { file, limitBytes, alone }: SqliteFile): void => {
  // In WAL mode a connection holds a shared lock for as long as it is open, in exclusive mode one that suffers no other
  // (https://sqlite.org/wal.html#use_of_wal_without_shared_memory). Either goes with its process, however that ends.
  if (alone) db.exec('PRAGMA locking_mode = EXCLUSIVE');
  const number = (query: string): number => {
    const [value] = db.prepare(query).get() as unknown as readonly [number];
    return value;
  };
  const isNew = number('SELECT count(*) FROM sqlite_schema') === 0 && number('PRAGMA user_version') === 0;
  const version = number('PRAGMA user_version');
  if (!isNew && number('PRAGMA application_id') !== applicationId)
    throw new StoreCorrupt(`${file} is an SQLite file but not the ledger of a registry. It was left as it is.`);
  if (version > layout)
    throw new StoreTooNew(`${file} has layout ${version}, this release knows up to ${layout}. It was left as it is.`);
  if (isNew) db.exec(schema);
  db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; ${room}`);
  if (limitBytes !== undefined)
    db.exec(`PRAGMA max_page_count = ${Math.max(1, Math.floor(limitBytes / number('PRAGMA page_size')))}`);
};

/** Primary result codes (https://sqlite.org/rescode.html) of what may pass, so that the same call may succeed later. */
const passing = new Map([
  [6, 'it is locked'],
  [7, 'memory is out'],
  [8, 'it is read-only'],
  [10, 'the disk failed'],
  [13, 'the disk is full'],
  [14, "it can't be opened"],
]);
const busy = 5;
const corrupt = 11;
const notADatabase = 26;

/**
 * Extended result codes of a commit whose frames are all in the write-ahead log, so that they count should the process
 * end before others overwrite them: IOERR_FSYNC, IOERR_DIR_FSYNC, IOERR_SHMSIZE, IOERR_SHMMAP.
 */
const unsynced: ReadonlySet<number> = new Set([1_034, 1_290, 4_874, 5_386]);

/** Whether it is the file that is damaged, by what SQLite has thrown. */
export const isDamage = (error: unknown): boolean =>
  error instanceof Error && 'errcode' in error && [corrupt, notADatabase].includes(Number(error.errcode) & 0xff);

/** Does the work; what SQLite throws becomes `StoreUnavailable` or `StoreCorrupt` with the file's name. */
export const explaining = <T>(file: string, work: () => T): T => {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof Error && 'errcode' in error && typeof error.errcode === 'number')) throw error;
    if (unsynced.has(error.errcode))
      throw new OutcomeUnknown(`The event store ${file} is away: the disk failed.`, { cause: error });
    const code = error.errcode & 0xff;
    if (code === busy)
      throw new StoreInUse(`The event store ${file} is away: another process holds it.`, { cause: error });
    const reason = passing.get(code);
    if (reason) throw new StoreUnavailable(`The event store ${file} is away: ${reason}.`, { cause: error });
    if (!isDamage(error)) throw error;
    throw new StoreCorrupt(`${file} is not a sound ledger: ${error.message}. It was left as it is.`, { cause: error });
  }
};
