import { folded, nodesOf, type Tile, tileWidth } from './tile.ts';
import { type Hash, hashBytes, rootOf } from './tree.ts';

/** A tile of hashes, and its bytes. */
export type FilledTile = { readonly tile: Tile & { readonly level: number }; readonly hashes: Buffer };

/** A tree that grows leaf by leaf and keeps nothing but its right edge. */
export type Tiling = {
  /** Adds the hash of a leaf; gives the tiles that it completes, from the bottom up. */
  readonly add: (leaf: Hash) => readonly FilledTile[];
  readonly size: () => number;
  readonly root: () => Hash;
  /** The partial tiles at the right edge, from the bottom up. */
  readonly edge: () => readonly FilledTile[];
};

/** The tile of a level that is not full yet. */
type Open = { index: number; hashes: number; readonly bytes: Buffer };

export const tiling = (): Tiling => {
  const levels: Open[] = [];
  let size = 0;

  const put = (level: number, hash: Hash): readonly FilledTile[] => {
    const open = levels[level] ?? { index: 0, hashes: 0, bytes: Buffer.alloc(tileWidth * hashBytes) };
    levels[level] = open;
    hash.copy(open.bytes, open.hashes * hashBytes);
    open.hashes += 1;
    if (open.hashes < tileWidth) return [];
    const filled = { tile: { level, index: open.index, width: tileWidth }, hashes: Buffer.from(open.bytes) };
    open.index += 1;
    open.hashes = 0;
    return [filled, ...put(level + 1, folded(filled.hashes))];
  };
  /** Every complete node that a root is made of lies in the partial tile of its level. */
  const read = (level: number, from: number, count: number): Buffer => {
    const open = levels[level];
    const at = from - (open?.index ?? 0) * tileWidth;
    if (open === undefined || at < 0 || at + count > open.hashes)
      throw new RangeError(`hash ${from} of level ${level} is not at the edge`);
    return open.bytes.subarray(at * hashBytes, (at + count) * hashBytes);
  };

  return {
    add: (leaf) => {
      size += 1;
      return put(0, leaf);
    },
    size: () => size,
    root: () => rootOf(nodesOf(read), size),
    edge: () =>
      levels.flatMap(({ index, hashes, bytes }, level) =>
        hashes === 0
          ? []
          : [{ tile: { level, index, width: hashes }, hashes: Buffer.from(bytes.subarray(0, hashes * hashBytes)) }],
      ),
  };
};
