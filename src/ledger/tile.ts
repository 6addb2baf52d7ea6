import { sha256Into } from '#hashing';
import { parseDecimal } from './encoding.ts';
import { type Hash, hashBytes, leafHash, type NodeReader, rootOf, type Tree } from './tree.ts';

/** Tiles and bundles of entries of C2SP tlog-tiles (commit 5ba5ee8, 22 July 2026). */

/** The hashes of a full tile, the entries of a full bundle, and the hashes of a level for one of the level above. */
export const tileWidth = 256;

/** A tile, or the bundle of the leaves that the tile of level 0 with the same index and width has the hashes of. */
export type Tile = {
  /** From 0 to 63. */
  readonly level: number | 'entries';
  /** From 0 on. */
  readonly index: number;
  /** From 1 to 256; fewer than 256 make a partial tile. */
  readonly width: number;
};

/** A tile’s path below the prefix of the log, such as `tile/0/x001/x234/067.p/8`. */
export const formatTilePath = ({ level, index, width }: Tile): string => {
  const digits = String(index);
  const padded = digits.padStart(Math.ceil(digits.length / 3) * 3, '0');
  return `tile/${level}/${padded.replace(/\d{3}(?=\d)/g, 'x$&/')}${width === tileWidth ? '' : `.p/${width}`}`;
};

/** The tile of a path; undefined for every path but the one that names it. */
export const parseTilePath = (path: string): Tile | undefined => {
  const [, named = '', groups = '', partial] = /^tile\/([^/]+)\/([x\d/]+)(?:\.p\/(\d+))?$/.exec(path) ?? [];
  const level = named === 'entries' ? named : parseDecimal(named);
  const tile = { level, index: Number(groups.replace(/[x/]/g, '')), width: Number(partial ?? tileWidth) };
  const isTile =
    (level === 'entries' || (level !== undefined && level < 64)) &&
    Number.isSafeInteger(tile.index) &&
    tile.width >= 1 &&
    tile.width <= tileWidth;
  return isTile && formatTilePath({ ...tile, level }) === path ? { ...tile, level } : undefined;
};

/**
 * Reads `count` hashes of a level, from the hash number `from` on, one after another. Hash i of level L is the root over
 * the leaves from i · 256^L up to (i + 1) · 256^L.
 */
export type HashReader = (level: number, from: number, count: number) => Buffer;

/** The bytes of a tile of hashes. */
export const readTile = (read: HashReader, { level, index, width }: Tile & { readonly level: number }): Buffer =>
  read(level, index * tileWidth, width);

/** 0x01 and two hashes; used again for each node, which is cheaper than a new buffer. */
const node = Buffer.alloc(1 + 2 * hashBytes, 1);

/** The root over hashes that lie one after another; their number is a power of two. */
export const folded = (hashes: Buffer): Hash => {
  let row = hashes;
  while (row.length > hashBytes) {
    const above = Buffer.allocUnsafe(row.length / 2);
    for (let at = 0; at < row.length; at += 2 * hashBytes) {
      node.set(row.subarray(at, at + 2 * hashBytes), 1);
      sha256Into(above, at / 2, node);
    }
    row = above;
  }
  return row;
};

/** Reads the nodes of a tree from its tiles. */
export const nodesOf =
  (read: HashReader): NodeReader =>
  (height, index) => {
    const width = 2 ** (height % 8);
    return folded(read(Math.floor(height / 8), index * width, width));
  };

/** The hashes that a level has in a tree. */
export const hashesAt = (level: number, size: number): number => Math.floor(size / tileWidth ** level);

/** Whether a tree of this size has all of a tile; of one that does, nothing lies beyond the tree. */
export const hasTile = (size: number, { level, index, width }: Tile): boolean =>
  index * tileWidth + width <= hashesAt(level === 'entries' ? 0 : level, size);

export type TileFault =
  /** The right edge does not give the root: it is of another tree, or a tile there was changed. */
  | { readonly fault: 'other-root' }
  /** This tile does not give its hash in the level above, which the root vouches for. */
  | { readonly fault: 'wrong-tile'; readonly tile: Tile };

/** Checks every hash of every level against a root, from the top down, so that a changed tile is named; undefined if all are right. */
export const checkTiles = (read: HashReader, { size, root }: Tree): TileFault | undefined => {
  if (!rootOf(nodesOf(read), size).equals(root)) return { fault: 'other-root' };
  let top = 0;
  while (hashesAt(top + 1, size) > 0) top++;
  for (let level = top - 1; level >= 0; level--) {
    for (let index = 0; index < hashesAt(level + 1, size); index++) {
      const above: Hash = read(level + 1, index, 1);
      if (folded(read(level, index * tileWidth, tileWidth)).equals(above)) continue;
      return { fault: 'wrong-tile', tile: { level, index, width: tileWidth } };
    }
  }
  return undefined;
};

/** The most bytes that a leaf may have, since a bundle gives its length in 16 bits. */
const leafLimitBytes = 65_535;

/** Leaves, each after its length in 16 bits, big-endian; throws a RangeError for one that is longer than a leaf may be. */
export const encodeBundle = (leaves: readonly Uint8Array[]): Buffer =>
  Buffer.concat(
    leaves.flatMap((leaf) => {
      if (leaf.length > leafLimitBytes) throw new RangeError(`A leaf of ${leaf.length} bytes is too long.`);
      return [Buffer.of(leaf.length >> 8, leaf.length & 255), leaf];
    }),
  );

export type BundleFault =
  /** The bytes end inside an entry. */
  | { readonly fault: 'cut-bundle' }
  /** The bundle has this many entries, and not as many as the tile. */
  | { readonly fault: 'bundle-count'; readonly count: number }
  /** The entry with this number, counted from the bundle’s first, does not have the hash that the tile gives it. */
  | { readonly fault: 'wrong-leaf'; readonly index: number };

/** The leaves of a bundle, each with the hash that the tile of level 0 says; `tile` is that tile’s bytes. */
export const openBundle = (bundle: Buffer, tile: Buffer): readonly Buffer[] | BundleFault => {
  const leaves: Buffer[] = [];
  for (let at = 0; at < bundle.length; ) {
    if (at + 2 > bundle.length) return { fault: 'cut-bundle' };
    const from = at + 2;
    at = from + bundle.readUInt16BE(at);
    if (at > bundle.length) return { fault: 'cut-bundle' };
    leaves.push(bundle.subarray(from, at));
  }
  if (leaves.length === 0 || leaves.length * hashBytes !== tile.length)
    return { fault: 'bundle-count', count: leaves.length };
  const wrong = leaves.findIndex(
    (leaf, n) => !leafHash(leaf).equals(tile.subarray(n * hashBytes, (n + 1) * hashBytes)),
  );
  return wrong === -1 ? leaves : { fault: 'wrong-leaf', index: wrong };
};
