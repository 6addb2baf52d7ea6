import { checkTiles, formatTilePath, type HashReader, hashesAt, tileWidth } from '../ledger/tile.ts';
import type { FilledTile } from '../ledger/tiling.ts';
import { hashBytes, type Tree } from '../ledger/tree.ts';
import type { BundleFault } from './faults.ts';
import { bytesIn, type Folder } from './folder.ts';

/** Compares the tiles that the events give with those of the folder. */
export const tileComparison = (folder: Folder) => {
  const faults: BundleFault[] = [];
  let changed: number | undefined;
  return {
    compare: ({ tile, hashes }: FilledTile): void => {
      const found = bytesIn(folder, formatTilePath(tile));
      if (found?.equals(hashes)) return;
      faults.push({ fault: found === undefined ? 'missing-tile' : 'wrong-tile', tile });
      if (tile.level > 0 || found === undefined) return;
      const differing = Array.from({ length: tile.width }, (_, index) => index * hashBytes).findIndex(
        (at) => !found.subarray(at, at + hashBytes).equals(hashes.subarray(at, at + hashBytes)),
      );
      if (differing >= 0) changed ??= tile.index * tileWidth + differing;
    },
    /** Tiles that are not those of the events. */
    faults,
    /** The first event that has another hash than its tile says. */
    changed: () => changed,
  };
};

/** Whether the tiles of a folder, whatever its events, are those of a tree. */
export const areTilesOf = (folder: Folder, tree: Tree): boolean => {
  let last: { path: string; bytes: Buffer } | undefined;
  const read: HashReader = (level, from, count) => {
    const index = Math.floor(from / tileWidth);
    const width = Math.min(tileWidth, hashesAt(level, tree.size) - index * tileWidth);
    const path = formatTilePath({ level, index, width });
    if (last?.path !== path) last = { path, bytes: bytesIn(folder, path) ?? Buffer.alloc(0) };
    const at = (from - index * tileWidth) * hashBytes;
    return last.bytes.subarray(at, at + count * hashBytes);
  };
  try {
    return checkTiles(read, tree) === undefined;
  } catch {
    return false;
  }
};
