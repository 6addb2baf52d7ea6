import { createHash } from 'node:crypto';
import { closeSync, fsyncSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { type DatabaseSync, backup as pagesOf } from 'node:sqlite';
import { explaining, isDamage, StoreCorrupt } from '../store/sqlite/file.ts';
import type { Tables } from '../store/sqlite/schema.ts';

/** What a backup states that it holds; it is checked against that. */
export type Contents = {
  readonly events: number;
  readonly lastEvent: { readonly id: string; readonly type: string; readonly recordedAt: string } | null;
  /** The paths of the other files, such as `keys/token-signing.pem`. */
  readonly files: readonly string[];
  /** The hash of every event and file, in hexadecimal. */
  readonly sha256: string;
};

export type Backup = Contents & {
  /** An instant, RFC 3339. */
  readonly madeAt: string;
  /** The release that made it. */
  readonly version: string;
};

/** Where the parts of a registry are on this machine. */
export type Places = {
  readonly ledger: string;
  /** What else a backup takes, by its path in a data folder and in the backup; a part that is left out is undefined. */
  readonly others: Readonly<Record<string, string | undefined>>;
};

export type Refused = { readonly refused: string };
export type OnProgress = (step: 'pages' | 'events', done: number, total: number) => void;

/** "UPGB" as SQLite's application id: a file that has it is a complete backup, and not a ledger to serve. */
export const backupId = 0x55504742;

/** The tables of a backup besides the ledger's own. */
export const backupTables: Tables = {
  backup:
    'CREATE TABLE backup (made_at TEXT NOT NULL, version TEXT NOT NULL, events INTEGER NOT NULL, sha256 TEXT NOT NULL) STRICT',
  backup_file: 'CREATE TABLE backup_file (path TEXT PRIMARY KEY, mode INTEGER NOT NULL, content BLOB NOT NULL) STRICT',
};

/** The name of a file directly in a folder of which a backup takes the files. */
export const fileName = /^[\w-][\w.-]*$/;

/** The part of `others` that a path in a backup belongs to; undefined if there is none. */
export const partOf = (path: string, others: Places['others']): string | undefined =>
  Object.keys(others).find((part) =>
    part.endsWith('/') ? path.startsWith(part) && fileName.test(path.slice(part.length)) : path === part,
  );

/** The path on this machine for a path in a backup, of a part that is at `place`. */
export const pathAt = (place: string, part: string, path: string): string => join(place, path.slice(part.length));

const pagesPerStep = 2_000;

/**
 * Copies a database page by page; if the source is in a transaction, as that sees it. Throws `StoreCorrupt` if the source
 * is damaged, `StoreUnavailable` if the disk is full.
 */
export const copyPages = async (
  source: DatabaseSync,
  from: string,
  target: string,
  onProgress: OnProgress,
): Promise<void> => {
  try {
    await pagesOf(source, target, {
      rate: pagesPerStep,
      progress: ({ totalPages, remainingPages }) => onProgress('pages', totalPages - remainingPages, totalPages),
    });
  } catch (error) {
    explaining(
      isDamage(error) ? from : target,
      () => {
        throw error;
      },
      'The backup',
    );
  }
};

type FileRow = readonly [path: string, mode: number, content: Uint8Array];

export const filesIn = (db: DatabaseSync): Iterable<FileRow> =>
  db.prepare('SELECT path, mode, content FROM backup_file ORDER BY path').iterate() as unknown as Iterable<FileRow>;

export const eventColumns = 'entry_number, stream, revision, expected, id, type, recorded_at, data, metadata';

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

/**
 * Reads every page, event and file, and gives each event to `keep`. Throws `StoreCorrupt` if one cannot be read or an
 * entry is missing.
 */
export const contentsOf = (
  db: DatabaseSync,
  file: string,
  total: number,
  onProgress: OnProgress,
  keep: (row: EventRow) => void = () => {},
): Contents => {
  const [sound] = db.prepare('PRAGMA integrity_check(1)').get() as unknown as readonly [string];
  if (sound !== 'ok') throw new StoreCorrupt(`${file} is damaged: ${sound}.`);
  const hash = createHash('sha256');
  const rows = db.prepare(`SELECT ${eventColumns} FROM events ORDER BY entry_number`).iterate();
  let events = 0;
  let lastEvent: Contents['lastEvent'] = null;
  for (const row of rows as unknown as Iterable<EventRow>) {
    const [entryNumber, , , , id, type, recordedAt] = row;
    if (entryNumber !== events) throw new StoreCorrupt(`${file} is damaged: entry ${events} is missing.`);
    hash.update(`${JSON.stringify(row)}\n`);
    keep(row);
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

/** Waits until a file, or the list of files of a folder, is on the disk. */
export const sync = (path: string): void => {
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
};
