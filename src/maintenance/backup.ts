import { closeSync, existsSync, fstatSync, openSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { streamOf } from '../../domain/event.ts';
import { importsRegister } from '../../domain/import-events.ts';
import manifest from '../../package.json' with { type: 'json' };
import { explaining, openFile } from '../store/sqlite/file.ts';
import {
  type Backup,
  backupId,
  contentsOf,
  copyPages,
  type OnProgress,
  type Places,
  pathForm,
  type Refused,
  sync,
  tables,
} from './backup-contents.ts';

/**
 * Writes the ledger as it is at one moment, with the keys and the files of imports that go with it, into one new SQLite
 * file that only its owner can read. It has its name only once it is whole, checked and on the disk. Throws
 * `StoreCorrupt` where the ledger is damaged, `StoreUnavailable` where the disk is full.
 */
export const makeBackup = async (
  { ledger, keys, imports }: Places,
  target: string,
  now: () => number,
  onProgress: OnProgress,
): Promise<Backup | Refused> => {
  if (existsSync(target)) return { refused: `${target} is there already; it was left as it is` };
  if (!existsSync(dirname(target))) return { refused: `there is no folder ${dirname(target)}` };
  if (!existsSync(ledger)) return { refused: `there is no ledger ${ledger}` };
  const partial = `${target}.${process.pid}.partial`;
  const source = openFile({ file: ledger });
  let pinned: readonly Pinned[] = [];
  try {
    closeSync(openSync(partial, 'wx', 0o600));
    pinned = [...explaining(ledger, () => pinMoment(source, imports)), ...pinFolder('keys', keys)];
    await copyPages(source, ledger, partial, onProgress);
    const made = explaining(partial, () => seal(partial, pinned, now, onProgress));
    sync(partial);
    renameSync(partial, target);
    sync(dirname(target));
    return made;
  } finally {
    source.close();
    for (const { descriptor } of pinned) closeSync(descriptor);
    for (const each of [partial, `${partial}-journal`, `${partial}-wal`, `${partial}-shm`])
      rmSync(each, { force: true });
  }
};

type Pinned = { readonly path: string; readonly descriptor: number };

/** Opens the wanted files of a folder: opened, a file can still be read once it has been removed. */
const pinFolder = (
  kind: 'keys' | 'imports',
  folder: string | undefined,
  isWanted: (name: string) => boolean = () => true,
): readonly Pinned[] => {
  if (folder === undefined || !existsSync(folder)) return [];
  return readdirSync(folder).flatMap((name) => {
    const path = `${kind}/${name}`;
    if (!pathForm.test(path) || !isWanted(name)) return [];
    try {
      return [{ path, descriptor: openSync(join(folder, name), 'r') }];
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []; // removed since it was listed
      throw error;
    }
  });
};

/**
 * Begins a read transaction, in which the ledger stays as it is at this moment, and opens the files of the imports that
 * it knows. The file of an import is removed only after its end was recorded; where one that runs has no file, the
 * import has just ended and a later moment is taken, or the file was lost before.
 */
const pinMoment = (ledger: DatabaseSync, folder: string): readonly Pinned[] => {
  const stream = (id: string) => streamOf(importsRegister, id);
  const running = ledger.prepare(
    `SELECT stream FROM events AS started WHERE stream GLOB ? AND type = 'ImportStarted'
       AND NOT EXISTS (SELECT 1 FROM events WHERE stream = started.stream AND type = 'ImportFinished')`,
  );
  const first = ledger.prepare('SELECT 1 FROM events WHERE stream = ? AND revision = 0');
  let without: readonly string[] = [];
  for (;;) {
    ledger.exec('BEGIN');
    const streams = running.all(`${stream('')}*`).map((row) => String((row as unknown as readonly [string])[0]));
    const pinned = pinFolder('imports', folder, (name) => first.get(stream(name)) !== undefined);
    const there = new Set(pinned.map(({ path }) => stream(basename(path))));
    const missing = streams.filter((each) => !there.has(each));
    if (missing.every((each) => without.includes(each))) return pinned;
    without = missing;
    for (const { descriptor } of pinned) closeSync(descriptor);
    ledger.exec('COMMIT');
  }
};

/** Adds the files and what the backup says of itself, and makes it one, in a single transaction. */
const seal = (file: string, pinned: readonly Pinned[], now: () => number, onProgress: OnProgress): Backup => {
  const db = new DatabaseSync(file, { returnArrays: true });
  try {
    db.exec(`PRAGMA journal_mode = DELETE; PRAGMA synchronous = FULL; BEGIN; ${tables}`);
    const insert = db.prepare('INSERT INTO backup_file (path, mode, content) VALUES (?, ?, ?)');
    for (const { path, descriptor } of pinned)
      insert.run(path, fstatSync(descriptor).mode & 0o777, readFileSync(descriptor));
    const [total] = db.prepare('SELECT count(*) FROM events').get() as unknown as readonly [number];
    const contents = contentsOf(db, file, total, onProgress);
    const said = { madeAt: new Date(now()).toISOString(), version: manifest.version };
    db.prepare('INSERT INTO backup (made_at, version, events, sha256) VALUES (?, ?, ?, ?)').run(
      said.madeAt,
      said.version,
      contents.events,
      contents.sha256,
    );
    db.exec(`PRAGMA application_id = ${backupId}; COMMIT`);
    return { ...said, ...contents };
  } finally {
    db.close();
  }
};
