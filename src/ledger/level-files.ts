import * as fs from 'node:fs';
import { dirname, join } from 'node:path';
import { folded, type HashReader, hashesAt, nodesOf, tileWidth } from './tile.ts';
import { hashBytes, rootOf, type Tree } from './tree.ts';

/**
 * The hashes of the ledger’s tree: a file for each level of tiles, `level-0`, `level-1` and so on, that only grows. Hash n
 * of a level is the 32 bytes from 32 · n on, so tile n is the bytes from 8,192 · n on. One thread writes; others read.
 *
 * What is durable when: `append` writes leaf hashes to level-0 and syncs nothing. `sync` first syncs level-0, then
 * completes the levels above it and syncs them. Only what `sync` has returned may be signed. So a crash can leave level-0
 * with hashes that no sync covered, and an upper level with too few, but never an upper level with a hash whose leaves are
 * not on the disk.
 */
export type LevelFiles = {
  /** Leaves whose hashes are written, synced or not. */
  readonly written: () => number;
  /** Adds hashes of leaves, one after another. If the disk refuses them, this throws, and so does every call after it. */
  readonly append: (hashes: Buffer) => void;
  /** Makes durable what is written, with the levels above, and returns the size of the tree, which may now be signed. */
  readonly sync: () => number;
  readonly read: HashReader;
  readonly close: () => void;
};

export type LevelFault =
  /** level-0 has fewer hashes than the tree that was signed, or than a level above it vouches for. */
  | { readonly fault: 'short-ledger'; readonly size: number; readonly expected: number }
  /** The last complete tile of a level does not give its hash in the level above. */
  | { readonly fault: 'wrong-edge'; readonly level: number }
  /** The hashes do not give the root that was signed for this size. */
  | { readonly fault: 'other-root'; readonly size: number };

/** The name of a level’s file. */
export const levelName = (level: number): string => `level-${level}`;

/** Hashes of a level from its file; throws if the file ends before them. */
const readHashes = (file: number, level: number, from: number, count: number): Buffer => {
  const hashes = Buffer.allocUnsafe(count * hashBytes);
  if (fs.readSync(file, hashes, 0, hashes.length, from * hashBytes) < hashes.length)
    throw new Error(`${levelName(level)} of the ledger ends before hash ${from + count - 1}.`);
  return hashes;
};

/** Reads the files that another thread or process writes; it may ask for hashes of trees that were signed. */
export const openLevelReader = (folder: string): Pick<LevelFiles, 'read' | 'close'> => {
  const files = new Map<number, number>();
  return {
    read: (level, from, count) => {
      const file = files.get(level) ?? fs.openSync(join(folder, levelName(level)), 'r');
      files.set(level, file);
      return readHashes(file, level, from, count);
    },
    close: () => files.forEach((file) => void fs.closeSync(file)),
  };
};

const unwritten = Buffer.alloc(hashBytes);
const scannedBytes = 32_768 * hashBytes;

/**
 * The hashes that a file has before its end, an incomplete one, or 32 zero bytes: what a file system may show of a file
 * that had grown when the power failed. No data has that hash.
 */
const wholeHashes = (file: number): number => {
  const piece = Buffer.allocUnsafe(scannedBytes);
  for (let at = 0; ; at += scannedBytes) {
    const bytes = piece.subarray(0, fs.readSync(file, piece, 0, scannedBytes, at));
    let zeros = bytes.indexOf(unwritten);
    while (zeros % hashBytes > 0) zeros = bytes.indexOf(unwritten, zeros + 1);
    if (zeros >= 0 || bytes.length < scannedBytes)
      return Math.floor((at + (zeros >= 0 ? zeros : bytes.length)) / hashBytes);
  }
};

const writeAll = (file: number, bytes: Buffer, at: number): void => {
  for (let done = 0; done < bytes.length; ) done += fs.writeSync(file, bytes, done, bytes.length - done, at + done);
};

const syncFolder = (folder: string): void => {
  const file = fs.openSync(folder, 'r');
  fs.fsyncSync(file);
  fs.closeSync(file);
};

type Level = { readonly file: number; hashes: number };

const openLevel = (folder: string, level: number): Level => {
  const file = fs.openSync(join(folder, levelName(level)), fs.constants.O_RDWR | fs.constants.O_CREAT, 0o600);
  syncFolder(folder);
  return { file, hashes: wholeHashes(file) };
};

const openLevels = (folder: string): Level[] => {
  const found = fs.readdirSync(folder).flatMap((name) => /^level-(\d)$/.exec(name)?.[1] ?? []);
  const top = Math.max(0, ...found.map(Number));
  return Array.from({ length: top + 1 }, (_, level) => openLevel(folder, level));
};

/** Syncs level-0, then gives each level above it the hashes of the tiles that have become complete, and syncs them. */
const completeAndSync = (folder: string, leaves: Level, levels: Level[], read: HashReader): number => {
  fs.fdatasyncSync(leaves.file);
  for (let level = 1; hashesAt(level, leaves.hashes) > 0; level++) {
    const above = levels[level] ?? openLevel(folder, level);
    levels[level] = above;
    const missing = Array.from({ length: hashesAt(level, leaves.hashes) - above.hashes }, (_, n) =>
      folded(read(level - 1, (above.hashes + n) * tileWidth, tileWidth)),
    );
    if (missing.length === 0) continue;
    writeAll(above.file, Buffer.concat(missing), above.hashes * hashBytes);
    fs.fdatasyncSync(above.file);
    above.hashes += missing.length;
  }
  return leaves.hashes;
};

/** What is wrong with the right edge: of a level against the one below it, and against the root that was signed. */
const edgeFault = (read: HashReader, levels: readonly Level[], signed?: Tree): LevelFault | undefined => {
  for (const [level, { hashes }] of levels.slice(1).entries()) {
    if (hashes === 0) continue;
    const tile = read(level, (hashes - 1) * tileWidth, tileWidth);
    if (!folded(tile).equals(read(level + 1, hashes - 1, 1))) return { fault: 'wrong-edge', level };
  }
  if (signed === undefined || rootOf(nodesOf(read), signed.size).equals(signed.root)) return undefined;
  return { fault: 'other-root', size: signed.size };
};

/** Once a call has failed, what the disk has is unknown until the files are opened again. */
const untilItFails = () => {
  let failed: { readonly error: unknown } | undefined;
  return <T>(call: () => T): T => {
    if (failed !== undefined) throw failed.error;
    try {
      return call();
    } catch (error) {
      failed = { error };
      throw error;
    }
  };
};

/**
 * Opens the files of a folder, or begins them: cuts off what a crash left incomplete, completes upper levels that are
 * behind or lost, and syncs. If they do not hold the tree that was signed last, the answer is the fault; if that is a
 * ledger which is too short, nothing was cut or written.
 */
export const openLevelFiles = (folder: string, signed?: Tree): LevelFiles | LevelFault => {
  fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
  syncFolder(dirname(folder));
  const levels = openLevels(folder);
  const [leaves = openLevel(folder, 0)] = levels;
  const close = () => levels.forEach(({ file }) => void fs.closeSync(file));
  const refused = (fault: LevelFault): LevelFault => {
    close();
    return fault;
  };
  const vouchedFor = levels.map(({ hashes }, level) => hashes * tileWidth ** level);
  const expected = Math.max(signed?.size ?? 0, ...vouchedFor);
  if (leaves.hashes < expected) return refused({ fault: 'short-ledger', size: leaves.hashes, expected });
  for (const { file, hashes } of levels) fs.ftruncateSync(file, hashes * hashBytes);
  const read: HashReader = (level, from, count) => readHashes(levels[level]?.file ?? -1, level, from, count);
  completeAndSync(folder, leaves, levels, read);
  const wrong = edgeFault(read, levels, signed);
  if (wrong !== undefined) return refused(wrong);
  const trying = untilItFails();
  return {
    written: () => leaves.hashes,
    append: (hashes) => {
      if (hashes.length % hashBytes !== 0) throw new RangeError(`${hashes.length} bytes are not whole hashes.`);
      trying(() => writeAll(leaves.file, hashes, leaves.hashes * hashBytes));
      leaves.hashes += hashes.length / hashBytes;
    },
    sync: () => trying(() => completeAndSync(folder, leaves, levels, read)),
    read,
    close,
  };
};
