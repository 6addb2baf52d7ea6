import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import type { Folder, OpenFile } from './folder.ts';

export const folderAt = (path: string): Folder => ({
  pathOf: (name) => join(path, name),
  open: (name) => openedAt(join(path, name)),
});

const openedAt = (path: string): OpenFile | undefined => {
  const file = openIfThere(path);
  if (file === undefined) return undefined;
  return {
    sizeBytes: fstatSync(file).size,
    read: (into, at) => {
      let done = 0;
      for (let read = -1; read !== 0 && done < into.length; done += read)
        read = readSync(file, into, done, into.length - done, at + done);
      return done;
    },
    close: () => closeSync(file),
  };
};

/** A file that is there and cannot be read is a broken machine, and not a missing file. */
const openIfThere = (path: string): number | undefined => {
  try {
    return openSync(path, 'r');
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
};
