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

/** The link to the file that serves; BI tools open it read-only. */
const linkName = 'current.db';

/** The read-model file that serves, or undefined where there is none yet. */
export const currentPath = (folder: string): string | undefined => {
  try {
    const path = join(folder, readlinkSync(join(folder, linkName)));
    return existsSync(path) ? path : undefined;
  } catch {
    return undefined;
  }
};

/** A path for one more file of a version, beside those that are there: `<version>.<n>.db`. Nobody else is given it. */
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
 * Makes a file the one that serves, in one step, and removes the files that no longer do. Throws where the file is gone,
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
};

/** Removes a file with its log and index. */
export const removeFile = (path: string): void => {
  for (const each of [path, `${path}-wal`, `${path}-shm`]) rmSync(each, { force: true });
};

/** The number in a file's name, its log's and its index's included; Infinity for other files. */
const numberOf = (name: string): number =>
  Number(/\.(\d+)\.db(?:-wal|-shm)?$/.exec(name)?.[1] ?? Number.POSITIVE_INFINITY);
