import { createHash } from 'node:crypto';
import { closeSync, fsyncSync, openSync } from 'node:fs';
import { type DatabaseSync, backup as pagesOf } from 'node:sqlite';
import { explaining, isDamage, StoreCorrupt } from '../store/sqlite/file.ts';

/** What a backup says that it holds, and is checked against. */
export type Contents = {
  readonly events: number;
  readonly lastEvent: { readonly id: string; readonly type: string; readonly recordedAt: string } | null;
  /** Of the registry's other files, such as `keys/token-signing.pem`. */
  readonly files: readonly string[];
  /** Over every event and file. */
  readonly sha256: string;
};

export type Backup = Contents & {
  readonly madeAt: string;
  /** Of the release that made it. */
  readonly version: string;
};

/** Where the parts of a registry are on this machine. */
export type Places = {
  readonly ledger: string;
  /** Folders whose files go with the ledger; keys that are kept elsewhere don't. */
  readonly keys: string | undefined;
  readonly imports: string;
};

export type Refused = { readonly refused: string };
export type OnProgress = (step: 'pages' | 'events', done: number, total: number) => void;

/** "UPGB" as SQLite's application id: a file that bears it is a whole backup, and is no ledger to serve. */
export const backupId = 0x55504742;

/** What a backup has besides the ledger's own tables. */
export const tables = `
  CREATE TABLE backup (made_at TEXT NOT NULL, version TEXT NOT NULL, events INTEGER NOT NULL, sha256 TEXT NOT NULL) STRICT;
  CREATE TABLE backup_file (path TEXT PRIMARY KEY, mode INTEGER NOT NULL, content BLOB NOT NULL) STRICT`;

/** The path of a file in a backup: of its folder, and right in it. */
export const pathForm = /^(keys|imports)\/([\w-][\w.-]*)$/;

const pagesAtOnce = 2_000;

/** Copies a database page for page, as the source's own transaction sees it where it has one. */
export const copyPages = async (
  source: DatabaseSync,
  from: string,
  target: string,
  onProgress: OnProgress,
): Promise<void> => {
  try {
    await pagesOf(source, target, {
      rate: pagesAtOnce,
      progress: ({ totalPages, remainingPages }) => onProgress('pages', totalPages - remainingPages, totalPages),
    });
  } catch (error) {
    explaining(isDamage(error) ? from : target, () => {
      throw error;
    });
  }
};

type FileRow = readonly [path: string, mode: number, content: Uint8Array];

export const filesIn = (db: DatabaseSync): Iterable<FileRow> =>
  db.prepare('SELECT path, mode, content FROM backup_file ORDER BY path').iterate() as unknown as Iterable<FileRow>;

type EventRow = readonly [
  entryNumber: number,
  stream: string,
  revision: number,
  expected: number,
  id: string,
  type: string,
  recordedAt: number,
  data: string,
  metadata: string,
];

/** Reads every page, event and file. Throws `StoreCorrupt` where one can't be read, or an entry is missing. */
export const contentsOf = (db: DatabaseSync, file: string, total: number, onProgress: OnProgress): Contents => {
  const [sound] = db.prepare('PRAGMA integrity_check(1)').get() as unknown as readonly [string];
  if (sound !== 'ok') throw new StoreCorrupt(`${file} is damaged: ${sound}.`);
  const hash = createHash('sha256');
  const columns = 'entry_number, stream, revision, expected, id, type, recorded_at, data, metadata';
  const rows = db.prepare(`SELECT ${columns} FROM events ORDER BY entry_number`).iterate();
  let events = 0;
  let lastEvent: Contents['lastEvent'] = null;
  for (const row of rows as unknown as Iterable<EventRow>) {
    const [entryNumber, , , , id, type, recordedAt] = row;
    if (entryNumber !== events) throw new StoreCorrupt(`${file} is damaged: entry ${events} is missing.`);
    hash.update(`${JSON.stringify(row)}\n`);
    events += 1;
    lastEvent = { id, type, recordedAt: new Date(recordedAt).toISOString() };
    if (events % 1_000 === 0 || events === total) onProgress('events', events, total);
  }
  const files: string[] = [];
  for (const [path, mode, content] of filesIn(db)) {
    hash.update(`${JSON.stringify([path, mode, createHash('sha256').update(content).digest('hex')])}\n`);
    files.push(path);
  }
  return { events, lastEvent, files, sha256: hash.digest('hex') };
};

/** Waits until a file, or the names in a folder, are on the disk. */
export const sync = (path: string): void => {
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
};
