import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { basename, join } from 'node:path';

/** The folder of read-model files. This link leads to the one that serves; BI tools open it read-only. */
const linkName = 'current.db';

/** The read-model file that serves; undefined if there is none yet. */
export const currentPath = (folder: string): string | undefined => {
  try {
    const path = join(folder, readlinkSync(join(folder, linkName)));
    return existsSync(path) ? path : undefined;
  } catch {
    return undefined;
  }
};

/** Creates an empty file `<version>.<n>.db` beside the others and returns its path; no other process gets the same. */
export const newPath = (folder: string, version: string): string => {
  mkdirSync(folder, { recursive: true });
  const numbers = readdirSync(folder).map(numberOf).filter(Number.isFinite);
  for (let number = Math.max(0, ...numbers) + 1; ; number++) {
    const path = join(folder, `${version}.${number}.db`);
    try {
      closeSync(openSync(path, 'wx'));
      return path;
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    }
  }
};

/**
 * Makes a file the one that serves, in one step, and removes the files that no longer do. Throws if the file is gone,
 * because another process has swapped in a newer one meanwhile.
 */
export const swapIn = (folder: string, path: string): void => {
  if (!existsSync(path)) throw new Error(`${path} is gone: another process has swapped in a newer file`);
  if (currentPath(folder) === path) return;
  const fresh = join(folder, `${linkName}.${process.pid}`);
  rmSync(fresh, { force: true });
  symlinkSync(basename(path), fresh);
  renameSync(fresh, join(folder, linkName));
  for (const name of readdirSync(folder))
    if (numberOf(name) < numberOf(path)) rmSync(join(folder, name), { force: true });
  // A link that a killed process was about to swap in leads nowhere once its file is gone.
  for (const name of readdirSync(folder))
    if (name.startsWith(`${linkName}.`) && !existsSync(join(folder, name))) rmSync(join(folder, name), { force: true });
};

/** Removes a file together with its `-wal` and `-shm`. */
export const removeFile = (path: string): void => {
  for (const each of [path, `${path}-wal`, `${path}-shm`]) rmSync(each, { force: true });
};

/** The number in the name of a read-model file, its `-wal` or its `-shm`; Infinity for other files. */
const numberOf = (name: string): number =>
  Number(/\.(\d+)\.db(?:-wal|-shm)?$/.exec(name)?.[1] ?? Number.POSITIVE_INFINITY);
