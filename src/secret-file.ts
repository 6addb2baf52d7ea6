import { randomUUID } from 'node:crypto';
import { existsSync, linkSync, renameSync, rmSync, writeFileSync } from 'node:fs';

/** Writes a file beside `path` that only its owner can read, and makes it durable. */
const written = (path: string, text: string): string => {
  const fresh = `${path}.${randomUUID()}`; // containers that share the folder may have the same process ids
  writeFileSync(fresh, text, { mode: 0o600, flush: true });
  return fresh;
};

/** Makes a file that only its owner can read in one step; if another process is faster, its file stays. */
export const makeSecretFile = (path: string, text: string): void => {
  const fresh = written(path, text);
  try {
    linkSync(fresh, path);
  } catch (error) {
    if (!existsSync(path)) throw error;
  } finally {
    rmSync(fresh, { force: true });
  }
};

/** Replaces a file, in one step, by one that only its owner can read. */
export const replaceSecretFile = (path: string, text: string): void => renameSync(written(path, text), path);
