import { hash } from 'node:crypto';
import {
  appendFileSync,
  cpSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { type LevelFiles, openLevelFiles, openLevelReader } from '../../src/ledger/level-files.ts';
import { nodesOf } from '../../src/ledger/tile.ts';
import { leafHash, proveInclusion, rootOf, type Tree } from '../../src/ledger/tree.ts';
import { leavesOf, levelsOver } from './naive-tree.ts';

const newFolder = (): string => join(mkdtempSync(join(tmpdir(), 'registry-ledger-')), 'ledger');

const opened = (folder: string, signed?: Tree): LevelFiles => {
  const files = openLevelFiles(folder, signed);
  if ('fault' in files) throw new Error(JSON.stringify(files));
  return files;
};

const size = 66_100;
const { levels, read } = levelsOver(leavesOf(size));
const [hashes = Buffer.of()] = levels;
const signed = { size, root: rootOf(nodesOf(read), size) };

const whole = newFolder();
beforeAll(() => {
  const files = opened(whole);
  files.append(hashes);
  expect(files.sync()).toBe(size);
  files.close();
});

/** A folder that holds the whole tree. */
const filled = (): string => {
  const folder = newFolder();
  cpSync(whole, folder, { recursive: true });
  return folder;
};

const level = (folder: string, of: number): string => join(folder, `level-${of}`);
/** A digest, since the bytes themselves are slow to compare. */
const contentOf = (folder: string): readonly string[] =>
  [0, 1, 2].map((of) => hash('sha256', readFileSync(level(folder, of))));

const changeByte = (file: string, at: number): void => {
  const bytes = readFileSync(file);
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  writeFileSync(file, bytes);
};

test('the files are the tiles one after another, whatever the batches', () => {
  for (const batch of [1, 255, 256, 257]) {
    const [folder, count] = [newFolder(), Math.min(size, batch * 60)];
    const files = opened(folder);
    for (let from = 0; from < count; from += batch) {
      files.append(hashes.subarray(from * 32, Math.min(from + batch, count) * 32));
      if (from % (10 * batch) === 0) files.sync();
    }
    expect(files.sync()).toBe(count);
    files.close();
    const expected = levels.map((bytes, of) => bytes.subarray(0, Math.floor(count / 256 ** of) * 32));
    for (const [of, bytes] of expected.entries())
      if (bytes.length > 0) expect(readFileSync(level(folder, of)).equals(bytes)).toBe(true);
  }
});

test('another thread reads proofs from the same files while they grow', () => {
  const folder = newFolder();
  const files = opened(folder);
  const reader = openLevelReader(folder);
  expect(() => reader.read(1, 0, 1)).toThrow('ENOENT');
  files.append(hashes.subarray(0, 300 * 32));
  files.sync();
  expect(proveInclusion(nodesOf(reader.read), 7, 300)).toEqual(proveInclusion(nodesOf(read), 7, 300));
  files.append(hashes.subarray(300 * 32));
  files.sync();
  expect(rootOf(nodesOf(reader.read), size)).toEqual(signed.root);
  expect(() => reader.read(0, size - 1, 2)).toThrow('level-0 of the ledger ends before hash 66100');
  reader.close();
  files.close();
});

describe('after a crash', () => {
  test.each([
    ['a torn hash', (folder: string) => appendFileSync(level(folder, 0), hashes.subarray(0, 31)), size],
    ['a torn hash of level 1', (folder: string) => appendFileSync(level(folder, 1), hashes.subarray(0, 31)), size],
    [
      'hashes that never reached the disk',
      (folder: string) => appendFileSync(level(folder, 0), Buffer.alloc(4096)),
      size,
    ],
    ['a level 1 that is behind', (folder: string) => truncateSync(level(folder, 1), 32 * 100 + 1), size],
    ['an empty level 1', (folder: string) => truncateSync(level(folder, 1), 0), size],
    ['a lost level 1', (folder: string) => rmSync(level(folder, 1)), size],
    ['a lost level 2', (folder: string) => rmSync(level(folder, 2)), size],
    ['no upper level', (folder: string) => [1, 2].forEach((of) => void rmSync(level(folder, of))), size],
  ])('%s is set right at start', (_, crash, expected) => {
    const folder = filled();
    const before = contentOf(folder);
    crash(folder);
    const files = opened(folder, signed);
    expect(files.written()).toBe(expected);
    files.close();
    expect(contentOf(folder)).toEqual(before);
  });

  test('what was written after hashes that never reached the disk is not taken for hashes later', () => {
    const folder = filled();
    appendFileSync(level(folder, 0), Buffer.concat([Buffer.alloc(32), hashes.subarray(0, 320)]));
    opened(folder, signed).close();
    expect(statSync(level(folder, 0)).size).toBe(size * 32);
  });

  test('leaves that were written and not synced are there, and others follow them', () => {
    const folder = newFolder();
    const files = opened(folder);
    files.append(hashes.subarray(0, 32 * 500));
    files.close();
    const again = opened(folder);
    expect(again.written()).toBe(500);
    again.append(hashes.subarray(32 * 500));
    again.sync();
    again.close();
    opened(folder, signed).close();
  });
});

describe('files that do not hold what was signed are refused:', () => {
  const leaf = leafHash(Buffer.from('another'));
  test.each([
    [
      'level 0 cut',
      (folder: string) => truncateSync(level(folder, 0), 32 * 66_000),
      { fault: 'short-ledger', size: 66_000, expected: size },
    ],
    ['level 0 lost', (folder: string) => rmSync(level(folder, 0)), { fault: 'short-ledger', size: 0, expected: size }],
    [
      'zeros in the middle',
      (folder: string) =>
        writeFileSync(
          level(folder, 0),
          Buffer.concat([hashes.subarray(0, 320), Buffer.alloc(32), hashes.subarray(352)]),
        ),
      { fault: 'short-ledger', size: 10, expected: size },
    ],
    [
      'the last leaf changed',
      (folder: string) => changeByte(level(folder, 0), 32 * size - 1),
      { fault: 'other-root', size },
    ],
    [
      'a leaf of the last complete tile changed',
      (folder: string) => changeByte(level(folder, 0), 32 * 65_900),
      { fault: 'wrong-edge', level: 0 },
    ],
    [
      'the end of level 1 changed',
      (folder: string) => changeByte(level(folder, 1), 32 * 258 - 1),
      { fault: 'wrong-edge', level: 0 },
    ],
    ['level 1 changed', (folder: string) => changeByte(level(folder, 1), 32 * 9), { fault: 'wrong-edge', level: 1 }],
    [
      'the last leaf another',
      (folder: string) => writeFileSync(level(folder, 0), Buffer.concat([hashes.subarray(0, -32), leaf])),
      { fault: 'other-root', size },
    ],
  ])('%s', (_, tamper, fault) => {
    const folder = filled();
    tamper(folder);
    const before = statSync(level(folder, 1)).size;
    expect(openLevelFiles(folder, signed)).toEqual(fault);
    expect(statSync(level(folder, 1)).size).toBe(before);
  });

  test('and a level 0 that is shorter than level 1 says, without any signature', () => {
    const folder = filled();
    truncateSync(level(folder, 0), 32 * 65_000);
    expect(openLevelFiles(folder)).toEqual({ fault: 'short-ledger', size: 65_000, expected: 66_048 });
  });
});
