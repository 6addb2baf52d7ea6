import { closeSync, existsSync, fdatasyncSync, openSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { OtherForm, OutcomeUnknown, StoreUnavailable } from '../event-store.ts';
import { applicationId, foreignIn, layout, ledgerTables, schema } from './schema.ts';

const defaultBusyTimeoutMs = 5_000;

export type SqliteFile = {
  readonly file: string;
  /** How long an append or the opening waits for another process, blocking this one; defaults to 5,000. */
  readonly busyTimeoutMs?: number;
  /** The file grows no larger than this; then appends reject with `StoreUnavailable`. */
  readonly limitBytes?: number;
  /** No other connection may have the file open meanwhile; `StoreInUse` if one has. */
  readonly alone?: boolean;
};

/** Another process, such as a running server, has the file open. */
export class StoreInUse extends StoreUnavailable {}

/** The file is damaged, or is not a registry's ledger. */
export class StoreCorrupt extends Error {
  override readonly name = 'StoreCorrupt';
}

/**
 * 32 MiB of cache, a checkpoint every 32 MB: writes are spread all over an index, and each page is best written once.
 * What is deleted, or moved to another page, is overwritten: it may be a text that is erased.
 */
export const filePragmas = 'PRAGMA cache_size = -32768; PRAGMA wal_autocheckpoint = 8000; PRAGMA secure_delete = ON';

/**
 * Opens the file, creating it if there is none; rows come as arrays. A file that is refused is left unchanged.
 * Throws `StoreCorrupt`, `OtherForm` or, if the file cannot be opened, `StoreUnavailable`.
 */
export const openFile = (options: SqliteFile): DatabaseSync => {
  const { file, busyTimeoutMs = defaultBusyTimeoutMs } = options;
  const db = explaining(file, () => new DatabaseSync(file, { timeout: busyTimeoutMs, returnArrays: true }));
  try {
    explaining(file, () => prepareFile(db, options));
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
};

const prepareFile = (db: DatabaseSync, { file, busyTimeoutMs, limitBytes, alone }: SqliteFile): void => {
  // In WAL mode a connection holds a shared lock for as long as it is open; in exclusive mode the lock admits no other
  // (https://sqlite.org/wal.html#use_of_wal_without_shared_memory). Either ends with its process, however that ends.
  if (alone) db.exec('PRAGMA locking_mode = EXCLUSIVE');
  const number = (query: string): number => {
    const [value] = db.prepare(query).get() as unknown as readonly [number];
    return value;
  };
  const isNew = number('SELECT count(*) FROM sqlite_schema') === 0 && number('PRAGMA user_version') === 0;
  const version = number('PRAGMA user_version');
  if (!isNew && number('PRAGMA application_id') !== applicationId)
    throw new StoreCorrupt(`${file} is an SQLite file but not the ledger of a registry. It was left unchanged.`);
  if (!isNew && version !== layout) throw new OtherForm(`${otherLayout(file, version)} It was left unchanged.`);
  db.exec('PRAGMA trusted_schema = OFF');
  db.exec(filePragmas);
  if (isNew) db.exec(schema);
  const foreign = foreignIn(db, ledgerTables);
  if (foreign !== undefined)
    throw new StoreCorrupt(`${file} is not used as a ledger: ${foreign}. It was left unchanged.`);
  beginWal(db, busyTimeoutMs);
  db.exec('PRAGMA synchronous = FULL');
  syncLog(file);
  if (limitBytes !== undefined)
    db.exec(`PRAGMA max_page_count = ${Math.max(1, Math.floor(limitBytes / number('PRAGMA page_size')))}`);
};

const neverNotified = new Int32Array(new SharedArrayBuffer(4));

/**
 * Gives a file a write-ahead log, if it has none. SQLite's own timeout does not hold here: while another process writes
 * without a log, because it begins the same file, the answer comes at once that it is locked. So this asks again.
 */
export const beginWal = (db: DatabaseSync, busyTimeoutMs = defaultBusyTimeoutMs): void => {
  const until = performance.now() + busyTimeoutMs;
  for (;;) {
    try {
      db.exec('PRAGMA journal_mode = WAL');
      return;
    } catch (error) {
      if (codeOf(error) !== busy || performance.now() >= until) throw error;
      Atomics.wait(neverNotified, 0, 0, 5);
    }
  }
};

/**
 * Makes durable what a process has written and was killed before it synced it. SQLite reads that as recorded, so it could
 * be signed, and then be lost with the power.
 */
export const syncLog = (file: string): void => {
  const log = `${file}-wal`;
  if (!existsSync(log)) return;
  try {
    const handle = openSync(log, 'r+');
    try {
      fdatasyncSync(handle);
    } finally {
      closeSync(handle);
    }
  } catch (cause) {
    throw new StoreUnavailable(`${log} cannot be synced: the disk failed.`, { cause });
  }
};

/** What a ledger of another layout is, in words. */
export const otherLayout = (what: string, version: number): string =>
  version > layout
    ? `${what} has layout ${version}; this release knows up to ${layout}.`
    : `${what} has layout ${version}, in which an earlier release recorded; this release records in layout ${layout} and reads no earlier one.`;

/** Primary result codes (https://sqlite.org/rescode.html) after which the same call may succeed later. */
const transient = new Map([
  [6, 'it is locked'],
  [7, 'out of memory'],
  [8, 'it is read-only'],
  [10, 'the disk failed'],
  [13, 'the disk is full'],
  [14, 'it cannot be opened'],
]);
const busy = 5;
const corrupt = 11;
const notADatabase = 26;

/** IOERR_SHMSIZE: the index of a write-ahead log could not grow, so the disk is full. */
const indexTooSmall = 4_874;

/**
 * Extended result codes of a commit whose frames are all in the write-ahead log, so that they count if the process ends
 * before other frames overwrite them: IOERR_FSYNC, IOERR_DIR_FSYNC, IOERR_SHMSIZE, IOERR_SHMMAP.
 */
const unsynced: ReadonlySet<number> = new Set([1_034, 1_290, indexTooSmall, 5_386]);

/** The primary result code of an error of SQLite; undefined for another error. */
const codeOf = (error: unknown): number | undefined =>
  error instanceof Error && 'errcode' in error ? Number(error.errcode) & 0xff : undefined;

/** Whether an error of SQLite says that the file is damaged. */
export const isDamage = (error: unknown): boolean => [corrupt, notADatabase].includes(codeOf(error) ?? 0);

/** Does the work; an error of SQLite becomes `StoreUnavailable` or `StoreCorrupt`, and names the file and what it is. */
export const explaining = <T>(file: string, work: () => T, what = 'The event store'): T => {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof Error && 'errcode' in error && typeof error.errcode === 'number')) throw error;
    const code = error.errcode & 0xff;
    const because = (reason: string) => `${what} ${file} is unavailable: ${reason}.`;
    if (unsynced.has(error.errcode))
      throw new OutcomeUnknown(because(error.errcode === indexTooSmall ? 'the disk is full' : 'the disk failed'), {
        cause: error,
      });
    if (code === busy) throw new StoreInUse(because('another process has it open'), { cause: error });
    const reason = transient.get(code);
    if (reason) throw new StoreUnavailable(because(reason), { cause: error });
    if (!isDamage(error)) throw error;
    throw new StoreCorrupt(`${file} is not a valid ledger: ${error.message}. It was left unchanged.`, { cause: error });
  }
};
