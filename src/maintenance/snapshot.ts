import { chmodSync, existsSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { currentPath } from '../readmodel/folder.ts';
import { explaining } from '../store/sqlite/file.ts';
import { sync } from './backup-contents.ts';

/** Readable by every account: what may read it is decided by the folder in which it is. */
const mode = 0o644;

/**
 * Copies the read model of a folder, as it is at one moment, to a file that needs neither a journal beside it nor the right to write,
 * in place of an older one. Returns the number of events in it. Throws `StoreUnavailable` if the disk is full.
 */
export const takeSnapshot = (
  folder: string,
  target: string,
): { readonly size: number } | { readonly refused: string } => {
  const readModel = currentPath(folder);
  if (readModel === undefined) return { refused: `there is no read model in ${folder}; serve makes it` };
  if (statSync(target, { throwIfNoEntry: false })?.isDirectory()) return { refused: `${target} is a folder` };
  if (!existsSync(dirname(target))) return { refused: `there is no folder ${dirname(target)}` };
  const partial = `${target}.${process.pid}.partial`;
  const source = new DatabaseSync(readModel, { readOnly: true, timeout: 10_000 });
  try {
    explaining(partial, () => source.prepare('VACUUM INTO ?').run(partial));
    const copy = new DatabaseSync(partial);
    copy.exec('PRAGMA journal_mode = DELETE');
    const [{ size } = { size: 0 }] = copy.prepare('SELECT count(*) AS size FROM event').all() as { size: number }[];
    copy.close();
    chmodSync(partial, mode);
    sync(partial);
    renameSync(partial, target);
    sync(dirname(target));
    return { size };
  } finally {
    source.close();
    rmSync(partial, { force: true });
  }
};
