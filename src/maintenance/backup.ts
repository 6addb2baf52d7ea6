import { closeSync, existsSync, fstatSync, openSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { streamOf } from '../../domain/event.ts';
import { importsRegister } from '../../domain/import-events.ts';
import manifest from '../../package.json' with { type: 'json' };
import { kept } from '../data-folder.ts';
import { exportAccounts } from '../identity/accounts-file.ts';
import { importOfFile } from '../imports/refused-file.ts';
import { rememberedFile } from '../ledger/remembered.ts';
import { eraseRecorded } from '../store/sqlite/erasing.ts';
import { explaining, filePragmas, openFile } from '../store/sqlite/file.ts';
import {
  type Backup,
  backupId,
  backupTables,
  contentsOf,
  copyPages,
  fileName,
  type OnProgress,
  type Places,
  pathAt,
  type Refused,
  sync,
} from './backup-contents.ts';

/**
 * Writes the ledger as it is at one moment, with the files that belong to it, to one new SQLite file that only its owner
 * can read. The file gets its name once it is complete, checked and on the disk. Throws `StoreCorrupt` if the ledger is
 * damaged, `StoreUnavailable` if the disk is full.
 */
export const makeBackup = async (
  { ledger, others }: Places,
  target: string,
  now: () => number,
  onProgress: OnProgress,
): Promise<Backup | Refused> => {
  if (existsSync(target)) return { refused: `${target} already exists and was left unchanged` };
  if (!existsSync(dirname(target))) return { refused: `there is no folder ${dirname(target)}` };
  if (!existsSync(ledger)) return { refused: `there is no ledger ${ledger}` };
  const partial = `${target}.${process.pid}.partial`;
  const source = openFile({ file: ledger });
  let pinned: readonly Pinned[] = [];
  try {
    closeSync(openSync(partial, 'wx', 0o600));
    pinned = explaining(ledger, () => pinMoment(source, others));
    await copyPages(source, ledger, partial, onProgress);
    const accounts = accountsOf(others);
    const made = explaining(partial, () => seal(partial, pinned, accounts, now, onProgress), 'The backup');
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

/** The accounts as rows: a copy of their file would lack what is in its write-ahead log. */
const accountsOf = (others: Places['others']): readonly (readonly [path: string, content: Buffer])[] => {
  const { path } = kept.accounts;
  const place = others[path];
  return place === undefined || !existsSync(place) ? [] : [[path, Buffer.from(exportAccounts(place))]];
};

/** What was signed last is remembered apart from backups, so that a ledger restored from one is noticed. */
const isBackedUp = (name: string): boolean => !name.startsWith(rememberedFile);

/** Opens a part's file, or the wanted files of its folder: once opened, a file can be read even if it is removed. */
const pinPart = (part: string, place: string | undefined, isWanted: (name: string) => boolean): readonly Pinned[] => {
  if (place === undefined || !existsSync(place)) return [];
  const isFile = (name: string) => fileName.test(name) && isWanted(name);
  const paths = part.endsWith('/')
    ? readdirSync(place)
        .filter(isFile)
        .map((name) => `${part}${name}`)
    : [part];
  return paths.flatMap((path) => {
    try {
      return [{ path, descriptor: openSync(pathAt(place, part, path), 'r') }];
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []; // removed since it was listed
      throw error;
    }
  });
};

/**
 * Begins a read transaction, in which the ledger stays as it is at this moment, and opens the other parts' files; of
 * imports, the files of those that the ledger knows. An import's file is removed only after its end was recorded. So if
 * a running import has no file, either it has just ended, and a later moment is taken, or its file was lost before.
 */
const pinMoment = (ledger: DatabaseSync, others: Places['others']): readonly Pinned[] => {
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
    const isKnown = (name: string) => first.get(stream(importOfFile(name))) !== undefined;
    const files = Object.entries(others).filter(([part]) => part !== kept.accounts.path);
    const pinned = files.flatMap(([part, place]) =>
      pinPart(part, place, part === kept.imports.path ? isKnown : isBackedUp),
    );
    const present = new Set(pinned.map(({ path }) => stream(basename(path))));
    const missing = streams.filter((each) => !present.has(each));
    if (missing.every((each) => without.includes(each))) return pinned;
    without = missing;
    for (const { descriptor } of pinned) closeSync(descriptor);
    ledger.exec('COMMIT');
  }
};

/** Adds the files and the backup's statement, and marks the file as a backup, in a single transaction. */
const seal = (
  file: string,
  pinned: readonly Pinned[],
  accounts: ReturnType<typeof accountsOf>,
  now: () => number,
  onProgress: OnProgress,
): Backup => {
  const db = new DatabaseSync(file, { returnArrays: true });
  try {
    db.exec(`${filePragmas}; PRAGMA journal_mode = DELETE; PRAGMA synchronous = FULL; BEGIN`);
    eraseRecorded(db); // an erasure may have been interrupted
    db.exec(Object.values(backupTables).join(';'));
    const insert = db.prepare('INSERT INTO backup_file (path, mode, content) VALUES (?, ?, ?)');
    for (const { path, descriptor } of pinned)
      insert.run(path, fstatSync(descriptor).mode & 0o777, readFileSync(descriptor));
    for (const [path, content] of accounts) insert.run(path, 0o600, content);
    const [total] = db.prepare('SELECT count(*) FROM events').get() as unknown as readonly [number];
    const contents = contentsOf(db, file, total, onProgress);
    const origin = { madeAt: new Date(now()).toISOString(), version: manifest.version };
    db.prepare('INSERT INTO backup (made_at, version, events, sha256) VALUES (?, ?, ?, ?)').run(
      origin.madeAt,
      origin.version,
      contents.events,
      contents.sha256,
    );
    db.exec(`PRAGMA application_id = ${backupId}; COMMIT`);
    return { ...origin, ...contents };
  } finally {
    db.close();
  }
};
