import { closeSync, existsSync, mkdirSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { kept, restoring, sqliteFiles } from '../data-folder.ts';
import { importAccounts } from '../identity/accounts-file.ts';
import { OtherForm, StoreUnavailable } from '../store/event-store.ts';
import { explaining, filePragmas, otherLayout, StoreCorrupt, StoreInUse } from '../store/sqlite/file.ts';
import { foreignIn, layout, ledgerTables, schema } from '../store/sqlite/schema.ts';
import {
  type Backup,
  backupId,
  backupTables,
  type Contents,
  contentsOf,
  eventColumns,
  filesIn,
  type OnProgress,
  type Places,
  partOf,
  pathAt,
  type Refused,
  sync,
} from './backup-contents.ts';

/**
 * Restores a backup where there is no registry yet: its rows and files, and nothing else that is in it. The ledger gets
 * its name last, once everything is on the disk and checked against the backup's own statement; until then it is locked,
 * so that what an interrupted restore left can be told from one that runs, and is written anew. Whatever fails leaves
 * nothing. Throws `OtherForm`, or `StoreUnavailable` if the disk is full.
 */
export const restoreBackup = async (
  file: string,
  places: Places,
  onProgress: OnProgress,
): Promise<Backup | Refused> => {
  const { ledger } = places;
  if (existsSync(ledger)) return { refused: `${ledger} already exists and was left unchanged` };
  if (!existsSync(file)) return { refused: `there is no file ${file}` };
  const incomplete = { refused: `${file} is not a complete backup of a registry` };
  try {
    const source = explaining(file, () => new DatabaseSync(file, { readOnly: true, returnArrays: true }));
    try {
      source.exec('BEGIN'); // what is checked is what is read
      const statement = statementOf(source, file);
      if (statement === undefined) return incomplete;
      return { ...statement, ...restoreContents(source, file, places, statement, onProgress) };
    } finally {
      source.close();
    }
  } catch (error) {
    if (error instanceof StoreInUse) return { refused: `another restore of ${ledger} is still running` };
    if (error instanceof StoreCorrupt) return { refused: `${error.message} Nothing was restored.` };
    throw error;
  }
};

const restoreContents = (
  source: DatabaseSync,
  file: string,
  places: Places,
  statement: Statement,
  onProgress: OnProgress,
): Contents => {
  const { ledger } = places;
  const fresh = restoring(ledger);
  /** The folders and files that this restore has made, in order, until they are in use. */
  const made: string[] = [];
  makeFolder(dirname(ledger), made);
  const db = openAlone(fresh);
  try {
    if (existsSync(ledger)) throw new StoreCorrupt(`${ledger} exists: another restore was faster.`);
    const held = copyRows(source, file, db, fresh, statement, onProgress);
    unpackFiles(source, file, places, made);
    rmSync(`${fresh}-journal`, { force: true }); // it is used up, and would stay if the process ended after the next line
    renameSync(fresh, ledger);
    made.length = 0;
    sync(dirname(ledger));
    return held;
  } finally {
    for (const each of [...made.reverse(), fresh, `${fresh}-journal`]) rmSync(each, { recursive: true, force: true });
    db.close();
  }
};

const onLedger = <T>(fresh: string, work: () => T): T => explaining(fresh, work, 'The ledger');

const makeFolder = (folder: string, made: string[]): void => {
  const first = mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (first !== undefined) made.push(first);
};

/** Opens the file of a ledger that is being restored, new or left by an interrupted restore. `StoreInUse` if one runs. */
const openAlone = (fresh: string): DatabaseSync => {
  closeSync(openSync(fresh, 'a', 0o600));
  const db = onLedger(fresh, () => new DatabaseSync(fresh, { timeout: 0 }));
  try {
    onLedger(fresh, () => db.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN IMMEDIATE; COMMIT'));
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
};

type Statement = Pick<Backup, 'madeAt' | 'version' | 'events' | 'sha256'>;

/** A backup's own statement; undefined if the file is no backup, or not a complete one. */
const statementOf = (db: DatabaseSync, file: string): Statement | undefined =>
  explaining(file, () => {
    const number = (pragma: string) => (db.prepare(`PRAGMA ${pragma}`).get() as unknown as readonly [number])[0];
    if (number('application_id') !== backupId) return undefined;
    const version = number('user_version');
    if (version !== layout) throw new OtherForm(`${otherLayout(file, version)} Nothing was restored.`);
    db.exec('PRAGMA trusted_schema = OFF');
    const foreign = foreignIn(db, { ...ledgerTables, ...backupTables }, true);
    if (foreign !== undefined) throw new StoreCorrupt(`${file} is not a backup of a registry: ${foreign}.`);
    const row = db.prepare('SELECT made_at, version, events, sha256 FROM backup').get();
    const [madeAt, release, events, sha256] = row as unknown as readonly [string, string, number, string];
    return { madeAt, version: release, events, sha256 };
  });

/**
 * Copies the events, row by row, into a new ledger of our own schema, and checks them against the backup's statement.
 * Whatever else the backup has, such as a trigger, stays there.
 */
const copyRows = (
  source: DatabaseSync,
  file: string,
  db: DatabaseSync,
  fresh: string,
  statement: Statement,
  onProgress: OnProgress,
): Contents => {
  const insert = onLedger(fresh, () => {
    db.exec(`${filePragmas}; PRAGMA synchronous = FULL; ${schema}; BEGIN IMMEDIATE; DELETE FROM events`);
    return db.prepare(`INSERT INTO events (${eventColumns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`);
  });
  const held = explaining(file, () =>
    contentsOf(source, file, statement.events, onProgress, (row) => onLedger(fresh, () => insert.run(...row))),
  );
  if (held.events !== statement.events)
    throw new StoreCorrupt(`${file} holds ${held.events} events instead of the ${statement.events} it was made with.`);
  if (held.sha256 !== statement.sha256)
    throw new StoreCorrupt(`${file} holds other events or files than it was made with: their SHA-256 differs.`);
  onLedger(fresh, () => db.exec('COMMIT'));
  return held;
};

/**
 * Writes the files in a backup to their places, where only their owner can read them; over those that an interrupted
 * restore left. The folder of a part was empty before the first attempt.
 */
const unpackFiles = (source: DatabaseSync, file: string, { others }: Places, made: string[]): void => {
  const folders = new Set<string>();
  for (const [path, , content] of filesIn(source)) {
    const part = partOf(path, others);
    if (part === undefined) throw new StoreCorrupt(`${file} holds a file ${path}, which no part of a registry has.`);
    const place = others[part];
    if (place === undefined) continue;
    const target = pathAt(place, part, path);
    makeFolder(dirname(target), made);
    made.push(...(path === kept.accounts.path ? sqliteFiles(target) : [target]));
    if (path === kept.accounts.path) restoreAccounts(target, content, file);
    else writeRestored(target, content);
    folders.add(dirname(target)).add(dirname(place));
  }
  for (const folder of folders) sync(folder);
};

const writeRestored = (target: string, content: Uint8Array): void => {
  try {
    writeFileSync(target, content, { mode: 0o600, flush: true });
  } catch (error) {
    throw new StoreUnavailable(`${target} cannot be written: ${error instanceof Error ? error.message : error}`);
  }
};

/** Makes a file of accounts of our own schema from the rows in a backup. */
const restoreAccounts = (target: string, content: Uint8Array, file: string): void => {
  for (const each of sqliteFiles(target)) rmSync(each, { force: true }); // of a restore that was killed
  try {
    importAccounts(target, Buffer.from(content).toString());
  } catch (error) {
    for (const each of sqliteFiles(target)) rmSync(each, { force: true });
    if (error instanceof StoreUnavailable) throw error;
    throw new StoreCorrupt(
      `${file} holds accounts that cannot be read: ${error instanceof Error ? error.message : error}.`,
    );
  }
};
