import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  checkConsistency,
  checkInclusion,
  emptyRoot,
  leafHash,
  nodeHash,
  proveConsistency,
  proveInclusion,
  rootOf,
} from '../../src/ledger/tree.ts';
import { leavesOf, mth, nodesOver, path, proof } from './naive-tree.ts';

const hex = (hashes: readonly Buffer[]): readonly string[] => hashes.map((hash) => hash.toString('hex'));

/** The tree that the implementations of RFC 6962 check themselves against (google/certificate-transparency, merkletree). */
const vectors = {
  leaves: ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'].map(
    (leaf) => Buffer.from(leaf, 'hex'),
  ),
  roots: [
    'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
    'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
    'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
    'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
    '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
    'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
    '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
  ],
};

describe('the vectors of RFC 6962', () => {
  const read = nodesOver(vectors.leaves);

  test('every root from 0 to 8 leaves', () => {
    expect(hex(vectors.roots.map((_, size) => rootOf(read, size)))).toEqual(vectors.roots);
  });

  test('the audit paths and consistency proofs', () => {
    expect(hex(proveInclusion(read, 0, 1))).toEqual([]);
    expect(hex(proveInclusion(read, 0, 8))).toEqual([
      '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
    ]);
    expect(hex(proveInclusion(read, 5, 8))).toEqual([
      'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
      'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
      'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    ]);
    expect(hex(proveInclusion(read, 2, 3))).toEqual([
      'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
    ]);
    expect(hex(proveConsistency(read, 1, 1))).toEqual([]);
    expect(hex(proveConsistency(read, 6, 8))).toEqual([
      '0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a',
      'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
      'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    ]);
  });

  test('a leaf and a node with the same bytes have different hashes', () => {
    const [left, right] = [leafHash(Buffer.of(1)), leafHash(Buffer.of(2))];
    expect(leafHash(Buffer.concat([left, right]))).not.toEqual(nodeHash(left, right));
    expect(hex([leafHash(Buffer.of())])).toEqual([vectors.roots[1]]);
    expect(hex([emptyRoot])).toEqual([vectors.roots[0]]);
  });
});

const many = leavesOf(300);
const read = nodesOver(many);
const roots = Array.from({ length: 301 }, (_, size) => rootOf(read, size));
const treeOf = (size: number) => ({ size, root: roots[size] ?? emptyRoot });
const other = leafHash(Buffer.from('another leaf'));

test('every leaf is proven in every tree of 1 to 300 leaves, and no other leaf in its place', () => {
  for (let size = 1; size <= 300; size++) {
    for (const [index, leaf] of many.slice(0, size).entries()) {
      const path = proveInclusion(read, index, size);
      if (!checkInclusion(path, index, leafHash(leaf), treeOf(size))) expect.fail(`leaf ${index} of ${size}`);
    }
    expect(checkInclusion(proveInclusion(read, size - 1, size), size - 1, other, treeOf(size))).toBe(false);
  }
});

test('every tree of 1 to 130 leaves is proven to begin every larger one', () => {
  for (let size = 0; size <= 130; size++) {
    for (let older = 0; older <= size; older++) {
      const proven = proveConsistency(read, older, size);
      if (!checkConsistency(proven, treeOf(older), treeOf(size))) expect.fail(`${older} in ${size}`);
      const split = { size: older, root: other };
      if (checkConsistency(proven, split, treeOf(size))) expect.fail(`another tree of ${older} in ${size}`);
      if (older > 0 && checkConsistency(proven, treeOf(older), { size, root: other })) expect.fail(`another ${size}`);
    }
  }
});

test('roots and proofs are those of a tree that is written down as the RFC has it', () => {
  const sizes = fc.integer({ min: 1, max: 300 }).chain((size) => fc.tuple(fc.constant(size), fc.nat(size - 1)));
  fc.assert(
    fc.property(sizes, ([size, index]) => {
      const leaves = many.slice(0, size);
      expect(rootOf(read, size)).toEqual(mth(leaves));
      expect(proveInclusion(read, index, size)).toEqual(path(index, leaves));
      expect(proveConsistency(read, index, size)).toEqual(proof(index, leaves));
    }),
    { numRuns: 150 },
  );
});

test('a proof with any bit changed, a hash left out, added or moved proves nothing', () => {
  const size = 300;
  const proofs = fc.tuple(fc.integer({ min: 1, max: size - 1 }), fc.nat(), fc.nat(255));
  fc.assert(
    fc.property(proofs, ([index, at, bit]) => {
      const inclusion = proveInclusion(read, index, size);
      const consistency = proveConsistency(read, index, size);
      const changed = (hashes: readonly Buffer[]): readonly (readonly Buffer[])[] => {
        const place = at % hashes.length;
        const flipped = Buffer.from(hashes[place] ?? '');
        flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        return [
          hashes.with(place, flipped),
          hashes.with(place, flipped.subarray(1)),
          hashes.toSpliced(place, 1),
          hashes.toSpliced(place, 0, other),
          [...hashes, other],
          ...(hashes.length > 1 ? [hashes.toReversed()] : []),
        ];
      };
      const leaf = leafHash(many[index] ?? other);
      for (const wrong of changed(inclusion)) expect(checkInclusion(wrong, index, leaf, treeOf(size))).toBe(false);
      for (const wrong of changed(consistency))
        expect(checkConsistency(wrong, treeOf(index), treeOf(size))).toBe(false);
      expect(checkInclusion(inclusion, index - 1, leaf, treeOf(size))).toBe(false);
    }),
    { numRuns: 300 },
  );
});

describe('at the edge of a tile', () => {
  const leaves = leavesOf(65_537);
  const read = nodesOver(leaves);

  test.each([255, 256, 257, 65_535, 65_536, 65_537])('a tree of %i leaves has its root and proofs', (size) => {
    const root = rootOf(read, size);
    expect(root).toEqual(mth(leaves.slice(0, size)));
    for (const index of [0, 1, 254, 255, 256, 65_279, 65_280, 65_535, size - 1].filter((at) => at < size)) {
      const leaf = leafHash(Buffer.from(`leaf ${index}`));
      expect(checkInclusion(proveInclusion(read, index, size), index, leaf, { size, root })).toBe(true);
      const older = { size: index, root: rootOf(read, index) };
      expect(checkConsistency(proveConsistency(read, index, size), older, { size, root })).toBe(true);
    }
  });
});

test('a leaf outside the tree, and a tree larger than the other, have no proof and none is believed', () => {
  for (const index of [-1, 300, 0.5 + 300]) expect(() => proveInclusion(read, index, 300)).toThrow(RangeError);
  expect(() => proveConsistency(read, 300, 299)).toThrow(RangeError);
  expect(checkInclusion([], 0, emptyRoot, { size: 0, root: emptyRoot })).toBe(false);
  expect(checkInclusion([], 1, roots[1] ?? other, treeOf(1))).toBe(false);
  expect(checkConsistency([], treeOf(2), treeOf(1))).toBe(false);
});

test('sizes beyond 2^32 split as smaller ones do', () => {
  // Every node of a height is the same, so that a tree of any size can be read.
  const byHeight: Buffer[] = [Buffer.alloc(32, 7)];
  for (let height = 0; height < 53; height++)
    byHeight.push(nodeHash(byHeight[height] ?? other, byHeight[height] ?? other));
  const same = (height: number) => byHeight[height] ?? other;
  for (const size of [2 ** 32 + 1, 2 ** 49 + 1, 2 ** 53 - 1]) {
    const tree = { size, root: rootOf(same, size) };
    for (const at of [0, 2 ** 31, 2 ** 32, size - 1]) {
      const leaf = byHeight[0] ?? other;
      expect(checkInclusion(proveInclusion(same, at, size), at, leaf, tree)).toBe(true);
      const older = { size: at, root: rootOf(same, at) };
      expect(checkConsistency(proveConsistency(same, at, size), older, tree)).toBe(true);
    }
  }
});
