import { closeSync, existsSync, mkdirSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { restoring } from '../data-folder.ts';
import { explaining, StoreCorrupt, StoreTooNew } from '../store/sqlite/file.ts';
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
 * Restores a backup where there is no registry yet: its rows and files, and nothing else that is in it. The ledger gets its name last, once everything is on the disk and
 * checked against the backup's own statement. Throws `StoreTooNew`, or `StoreUnavailable` if the disk is full.
 */
export const restoreBackup = async (
  file: string,
  places: Places,
  onProgress: OnProgress,
): Promise<Backup | Refused> => {
  const { ledger } = places;
  const fresh = restoring(ledger);
  const existing = [ledger, fresh].find((each) => existsSync(each));
  if (existing !== undefined) return { refused: `${existing} already exists and was left unchanged` };
  if (!existsSync(file)) return { refused: `there is no file ${file}` };
  const incomplete = { refused: `${file} is not a complete backup of a registry` };
  try {
    const source = explaining(file, () => new DatabaseSync(file, { readOnly: true, returnArrays: true }));
    try {
      source.exec('BEGIN'); // what is checked is what is read
      const statement = statementOf(source, file);
      if (statement === undefined) return incomplete;
      mkdirSync(dirname(ledger), { recursive: true, mode: 0o700 });
      const held = copyRows(source, file, fresh, statement, onProgress);
      unpackFiles(source, file, places);
      renameSync(fresh, ledger);
      sync(dirname(ledger));
      return { ...statement, ...held };
    } finally {
      source.close();
      for (const each of [fresh, `${fresh}-journal`]) rmSync(each, { force: true });
    }
  } catch (error) {
    if (error instanceof StoreCorrupt) return { refused: `${error.message} Nothing was restored.` };
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
    if (version > layout)
      throw new StoreTooNew(
        `${file} holds a ledger of layout ${version}; this release supports layouts up to ${layout}.`,
      );
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
  fresh: string,
  statement: Statement,
  onProgress: OnProgress,
): Contents => {
  closeSync(openSync(fresh, 'wx', 0o600));
  const db = explaining(fresh, () => new DatabaseSync(fresh));
  try {
    const insert = explaining(fresh, () => {
      db.exec(`PRAGMA synchronous = FULL; ${schema}; BEGIN`);
      return db.prepare(`INSERT INTO events (${eventColumns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`);
    });
    const held = explaining(file, () =>
      contentsOf(source, file, statement.events, onProgress, (row) => explaining(fresh, () => insert.run(...row))),
    );
    if (held.events !== statement.events)
      throw new StoreCorrupt(
        `${file} holds ${held.events} events instead of the ${statement.events} it was made with.`,
      );
    if (held.sha256 !== statement.sha256)
      throw new StoreCorrupt(`${file} holds other events or files than it was made with: their SHA-256 differs.`);
    explaining(fresh, () => db.exec('COMMIT'));
    return held;
  } finally {
    db.close();
  }
};

/** Writes the files in a backup to their places, where only their owner can read them. */
const unpackFiles = (source: DatabaseSync, file: string, { others }: Places): void => {
  const folders = new Set<string>();
  for (const [path, , content] of filesIn(source)) {
    const part = partOf(path, others);
    if (part === undefined) throw new StoreCorrupt(`${file} holds a file ${path}, which no part of a registry has.`);
    const place = others[part];
    if (place === undefined) continue;
    const target = pathAt(place, part, path);
    mkdirSync(dirname(target), { recursive: true, mode: 0o700 });
    writeFileSync(target, content, { mode: 0o600, flag: 'wx', flush: true });
    folders.add(dirname(target)).add(dirname(place));
  }
  for (const folder of folders) sync(folder);
};
