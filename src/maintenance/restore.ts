import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { applicationId, explaining, layout, StoreCorrupt, StoreTooNew } from '../store/sqlite/file.ts';
import {
  type Backup,
  backupId,
  contentsOf,
  copyPages,
  filesIn,
  type OnProgress,
  type Places,
  pathForm,
  type Refused,
  sync,
} from './backup-contents.ts';

/** The file of a ledger that is being restored; it takes its place once it is whole. */
export const restoring = (ledger: string): string => `${ledger}.restoring`;

/**
 * Puts a backup where there is no registry yet. The ledger takes its place last, once all is checked against what the
 * backup says of itself, and on the disk. Throws `StoreTooNew`, or `StoreUnavailable` where the disk is full.
 */
export const restoreBackup = async (
  file: string,
  places: Places,
  onProgress: OnProgress,
): Promise<Backup | Refused> => {
  const { ledger } = places;
  const fresh = restoring(ledger);
  const there = [ledger, fresh].find((each) => existsSync(each));
  if (there !== undefined) return { refused: `${there} is there; it was left as it is` };
  if (!existsSync(file)) return { refused: `there is no file ${file}` };
  const none = { refused: `${file} is not a whole backup of a registry` };
  try {
    const source = explaining(file, () => new DatabaseSync(file, { readOnly: true, returnArrays: true }));
    try {
      const said = statementOf(source, file);
      if (said === undefined) return none;
      mkdirSync(dirname(ledger), { recursive: true });
      await copyPages(source, file, fresh, onProgress);
      const held = unpack(fresh, file, said, places, onProgress);
      renameSync(fresh, ledger);
      sync(dirname(ledger));
      return { ...said, ...held };
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

/** What a backup says of itself; undefined where a file is none, or not a whole one. */
const statementOf = (db: DatabaseSync, file: string): Statement | undefined =>
  explaining(file, () => {
    const number = (pragma: string) => (db.prepare(`PRAGMA ${pragma}`).get() as unknown as readonly [number])[0];
    if (number('application_id') !== backupId) return undefined;
    const version = number('user_version');
    if (version > layout)
      throw new StoreTooNew(`${file} holds a ledger of layout ${version}, this release knows up to ${layout}.`);
    const row = db.prepare('SELECT made_at, version, events, sha256 FROM backup').get();
    const [madeAt, release, events, sha256] = row as unknown as readonly [string, string, number, string];
    return { madeAt, version: release, events, sha256 };
  });

/** Checks a copy against what the backup says, takes the files out of it, and makes it a ledger that is on the disk. */
const unpack = (fresh: string, file: string, said: Statement, { keys, imports }: Places, onProgress: OnProgress) => {
  const db = new DatabaseSync(fresh, { returnArrays: true });
  try {
    const held = explaining(file, () => contentsOf(db, file, said.events, onProgress));
    if (held.events !== said.events)
      throw new StoreCorrupt(`${file} holds ${held.events} events and not the ${said.events} that it was made of.`);
    if (held.sha256 !== said.sha256)
      throw new StoreCorrupt(`${file} holds other events or files than it was made of: their SHA-256 differs.`);
    const folders = new Set<string>();
    for (const [path, mode, content] of filesIn(db)) {
      const [, kind, name] = pathForm.exec(path) ?? [];
      if (name === undefined) throw new StoreCorrupt(`${file} holds a file ${path}, which belongs nowhere.`);
      const folder = kind === 'keys' ? keys : imports;
      if (folder === undefined) continue;
      mkdirSync(folder, { recursive: true, ...(kind === 'keys' ? { mode: 0o700 } : {}) });
      writeFileSync(join(folder, name), content, { mode, flag: 'wx', flush: true });
      folders.add(folder).add(dirname(folder));
    }
    // Zeroes what it drops, so that no key stays in free pages of the ledger.
    db.exec(`PRAGMA secure_delete = ON; PRAGMA synchronous = FULL; BEGIN; DROP TABLE backup; DROP TABLE backup_file;
             PRAGMA application_id = ${applicationId}; COMMIT`);
    for (const folder of folders) sync(folder);
    return held;
  } finally {
    db.close();
  }
};
