import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { kept, restoring } from '../data-folder.ts';
import { applicationId, explaining, layout, StoreCorrupt, StoreTooNew } from '../store/sqlite/file.ts';
import {
  type Backup,
  backupId,
  contentsOf,
  copyPages,
  filesIn,
  type OnProgress,
  type Places,
  partOf,
  pathAt,
  type Refused,
  sync,
} from './backup-contents.ts';

/**
 * Restores a backup where there is no registry yet. The ledger gets its name last, once everything is on the disk and
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
      const statement = statementOf(source, file);
      if (statement === undefined) return incomplete;
      mkdirSync(dirname(ledger), { recursive: true });
      await copyPages(source, file, fresh, onProgress);
      const held = unpack(fresh, file, statement, places, onProgress);
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
    const row = db.prepare('SELECT made_at, version, events, sha256 FROM backup').get();
    const [madeAt, release, events, sha256] = row as unknown as readonly [string, string, number, string];
    return { madeAt, version: release, events, sha256 };
  });

/** Checks a copy against the backup's statement, moves the files out of it, and makes it a ledger that is on the disk. */
const unpack = (fresh: string, file: string, statement: Statement, { others }: Places, onProgress: OnProgress) => {
  const db = new DatabaseSync(fresh, { returnArrays: true });
  try {
    const held = explaining(file, () => contentsOf(db, file, statement.events, onProgress));
    if (held.events !== statement.events)
      throw new StoreCorrupt(
        `${file} holds ${held.events} events instead of the ${statement.events} it was made with.`,
      );
    if (held.sha256 !== statement.sha256)
      throw new StoreCorrupt(`${file} holds other events or files than it was made with: their SHA-256 differs.`);
    const folders = new Set<string>();
    for (const [path, mode, content] of filesIn(db)) {
      const part = partOf(path, others);
      if (part === undefined) throw new StoreCorrupt(`${file} holds a file ${path}, which no part of a registry has.`);
      const place = others[part];
      if (place === undefined) continue;
      const target = pathAt(place, part, path);
      mkdirSync(dirname(target), { recursive: true, ...(part === kept.keys.path ? { mode: 0o700 } : {}) });
      writeFileSync(target, content, { mode, flag: 'wx', flush: true });
      folders.add(dirname(target)).add(dirname(place));
    }
    // Overwrites what it drops with zeros, so that no key remains in free pages of the ledger.
    db.exec(`PRAGMA secure_delete = ON; PRAGMA synchronous = FULL; BEGIN; DROP TABLE backup; DROP TABLE backup_file;
             PRAGMA application_id = ${applicationId}; COMMIT`);
    for (const folder of folders) sync(folder);
    return held;
  } finally {
    db.close();
  }
};
