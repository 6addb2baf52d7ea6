import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  checkTiles,
  encodeBundle,
  formatTilePath,
  hasTile,
  nodesOf,
  openBundle,
  parseTilePath,
  readTile,
  type Tile,
} from '../../src/ledger/tile.ts';
import { rootOf } from '../../src/ledger/tree.ts';
import { leavesOf, levelsOver, mth } from './naive-tree.ts';

describe('paths', () => {
  const spelled: readonly (readonly [string, Tile])[] = [
    ['tile/0/000', { level: 0, index: 0, width: 256 }],
    ['tile/0/000.p/1', { level: 0, index: 0, width: 1 }],
    ['tile/0/272.p/112', { level: 0, index: 272, width: 112 }],
    ['tile/63/999.p/255', { level: 63, index: 999, width: 255 }],
    ['tile/1/x001/000', { level: 1, index: 1000, width: 256 }],
    ['tile/0/x001/x234/067', { level: 0, index: 1_234_067, width: 256 }],
    ['tile/0/x001/x234/067.p/8', { level: 0, index: 1_234_067, width: 8 }],
    ['tile/entries/000', { level: 'entries', index: 0, width: 256 }],
    ['tile/entries/x123/x456/789.p/10', { level: 'entries', index: 123_456_789, width: 10 }],
  ];

  test.each(spelled)('%s is one tile, and the tile has this path', (path, tile) => {
    expect(parseTilePath(path)).toEqual(tile);
    expect(formatTilePath(tile)).toBe(path);
  });

  test('every tile has one path', () => {
    const tiles = fc.record({
      level: fc.oneof(fc.constant('entries' as const), fc.integer({ min: 0, max: 63 })),
      index: fc.maxSafeNat(),
      width: fc.integer({ min: 1, max: 256 }),
    });
    fc.assert(
      fc.property(tiles, (tile) => {
        expect(parseTilePath(formatTilePath(tile))).toEqual(tile);
      }),
    );
  });

  test.each([
    '',
    'tile',
    'tile/0',
    'tile/0/',
    'tile//000',
    'tile/0/0',
    'tile/0/00',
    'tile/0/0000',
    'tile/0/x000',
    'tile/0/x000/000',
    'tile/0/x000/x001/000',
    'tile/0/001/000',
    'tile/0/x1/000',
    'tile/0/x001/x000',
    'tile/0/X001/000',
    'tile/0/x001000',
    'tile/0/000/',
    '/tile/0/000',
    'tile/0/000.p',
    'tile/0/000.p/',
    'tile/0/000.p/0',
    'tile/0/000.p/01',
    'tile/0/000.p/256',
    'tile/0/000.p/1000',
    'tile/0/000.p/-1',
    'tile/0/000.p/1.0',
    'tile/0/000.p/1/1',
    'tile/0/000.p/x1',
    'tile/0/000p/1',
    'tile/00/000',
    'tile/64/000',
    'tile/-1/000',
    'tile/+1/000',
    'tile/1e1/000',
    'tile/ 1/000',
    'tile/0/-01',
    'tile/0/ 01',
    'tile/0/1e2',
    'tile/0/０００',
    'tile/0/000\n',
    'tile/0/000?',
    'tile/8/0/000.p',
    'tile/8/0/000',
    'tile/data/000',
    'tile/entries/0',
    'tile/Entries/000',
    'tile/0/x009/x007/x199/x254/x740/992',
  ])('%j is no path of a tile', (path) => {
    expect(parseTilePath(path)).toBeUndefined();
  });
});

test('a tree of 70,000 has the tiles that the specification lists, and nothing beyond them', () => {
  const has = (path: string): boolean => {
    const tile = parseTilePath(path);
    return tile !== undefined && hasTile(70_000, tile);
  };
  const there = ['0/000', '0/272', '0/273.p/112', '0/273.p/1', '1/000', '1/001.p/17', '2/000.p/1', 'entries/273.p/112'];
  const not = ['0/273', '0/273.p/113', '0/274.p/1', '1/001.p/18', '1/001', '2/000.p/2', '3/000.p/1', '63/000.p/1'];
  expect(there.filter((path) => !has(`tile/${path}`))).toEqual([]);
  expect([...not, 'entries/273', 'entries/273.p/113'].filter((path) => has(`tile/${path}`))).toEqual([]);
  expect(hasTile(0, { level: 0, index: 0, width: 1 })).toBe(false);
  expect(hasTile(256, { level: 1, index: 0, width: 1 })).toBe(true);
  expect(hasTile(255, { level: 1, index: 0, width: 1 })).toBe(false);
});

describe('all tiles against a root', () => {
  const size = 66_000;
  const leaves = leavesOf(size);
  const { levels, read } = levelsOver(leaves);
  const tree = { size, root: rootOf(nodesOf(read), size) };

  test('are right', () => {
    expect(tree.root).toEqual(mth(leaves));
    expect(checkTiles(read, tree)).toBeUndefined();
    expect(checkTiles(() => Buffer.of(), { size: 0, root: rootOf(nodesOf(read), 0) })).toBeUndefined();
  });

  test.each([
    ['in the middle of level 0', 0, 1_000, { fault: 'wrong-tile', tile: { level: 0, index: 3, width: 256 } }],
    ['in a full tile of level 1', 1, 17, { fault: 'wrong-tile', tile: { level: 1, index: 0, width: 256 } }],
    ['on the right edge of level 0', 0, size - 1, { fault: 'other-root' }],
    ['on the right edge of level 1', 1, 256, { fault: 'other-root' }],
    ['in level 2', 2, 0, { fault: 'other-root' }],
  ])('a changed hash %s is found', (_, level, at, fault) => {
    const hash = levels[level];
    if (hash === undefined) throw new Error('no such level');
    const byte = at * 32 + 5;
    hash[byte] = (hash[byte] ?? 0) ^ 1;
    expect(checkTiles(read, tree)).toEqual(fault);
    hash[byte] ^= 1;
    expect(checkTiles(read, tree)).toBeUndefined();
  });

  test('a tree of the same size with another leaf is another tree', () => {
    const split = levelsOver(leaves.with(40_000, Buffer.from('another')));
    expect(checkTiles(split.read, tree)).toEqual({ fault: 'other-root' });
  });
});

describe('bundles', () => {
  const leaves = ['', 'a', 'b'.repeat(65_535)].map((leaf) => Buffer.from(leaf));
  const tile = readTile(levelsOver(leaves).read, { level: 0, index: 0, width: 3 });
  const bundle = encodeBundle(leaves);

  test('have each leaf after its length', () => {
    expect(bundle.subarray(0, 7).toString('hex')).toBe('0000000161ffff');
    expect(openBundle(bundle, tile)).toEqual(leaves);
    expect(() => encodeBundle([Buffer.alloc(65_536)])).toThrow(RangeError);
  });

  test.each([
    ['is cut in an entry', bundle.subarray(0, -1), { fault: 'cut-bundle' }],
    ['is cut in a length', bundle.subarray(0, 6), { fault: 'cut-bundle' }],
    ['has a byte more', Buffer.concat([bundle, Buffer.of(0)]), { fault: 'cut-bundle' }],
    ['has an entry less', encodeBundle(leaves.slice(0, 2)), { fault: 'bundle-count', count: 2 }],
    ['has an entry more', encodeBundle([...leaves, Buffer.of()]), { fault: 'bundle-count', count: 4 }],
    ['is empty', Buffer.of(), { fault: 'bundle-count', count: 0 }],
    ['has a short entry', encodeBundle(leaves.with(2, Buffer.from('b'))), { fault: 'wrong-leaf', index: 2 }],
    ['has a long entry', encodeBundle(leaves.with(1, Buffer.from('aa'))), { fault: 'wrong-leaf', index: 1 }],
    ['has another entry', encodeBundle(leaves.with(1, Buffer.from('c'))), { fault: 'wrong-leaf', index: 1 }],
    ['has two swapped', encodeBundle(leaves.toReversed()), { fault: 'wrong-leaf', index: 0 }],
  ])('one that %s is refused', (_, changed, fault) => {
    expect(openBundle(changed, tile)).toEqual(fault);
  });

  test('nothing to verify is a failure', () => {
    expect(openBundle(Buffer.of(), Buffer.of())).toEqual({ fault: 'bundle-count', count: 0 });
  });
});
