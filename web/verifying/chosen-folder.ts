import type { Folder, OpenFile } from '../../src/bundle/folder.ts';

/** A file of the folder that somebody chose, and its path below that folder. */
export type ChosenFile = { readonly path: string; readonly file: File };

/** Only workers have it. */
declare const FileReaderSync: new () => { readonly readAsArrayBuffer: (blob: Blob) => ArrayBuffer };

const pieceBytes = 1 << 20;
/** What stays in memory, so that events are read from the disk once although they are folded in another order. */
const keptPieces = 1_024;

export const folderOf = (name: string, files: readonly ChosenFile[]): Folder => {
  const byPath = new Map(files.map(({ path, file }) => [path, file]));
  return {
    pathOf: (path) => `${name}/${path}`,
    open: (path) => {
      const file = byPath.get(path);
      return file && opened(file);
    },
  };
};

const opened = (file: File): OpenFile => {
  const pieces = new Map<number, Uint8Array>();
  const pieceAt = (number: number): Uint8Array => {
    const kept = pieces.get(number);
    if (kept !== undefined) return kept;
    const [oldest] = pieces.keys();
    if (oldest !== undefined && pieces.size === keptPieces) pieces.delete(oldest);
    const slice = file.slice(number * pieceBytes, (number + 1) * pieceBytes);
    const piece = new Uint8Array(new FileReaderSync().readAsArrayBuffer(slice));
    pieces.set(number, piece);
    return piece;
  };
  return {
    sizeBytes: file.size,
    read: (into, at) => {
      let done = 0;
      while (done < into.length && at + done < file.size) {
        const from = (at + done) % pieceBytes;
        const part = pieceAt(Math.floor((at + done) / pieceBytes)).subarray(from, from + into.length - done);
        into.set(part, done);
        done += part.length;
      }
      return done;
    },
    close: () => pieces.clear(),
  };
};
