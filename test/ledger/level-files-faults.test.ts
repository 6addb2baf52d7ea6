import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from 'vitest';
import { openLevelFiles } from '../../src/ledger/level-files.ts';
import { leafHash, rootOf } from '../../src/ledger/tree.ts';
import { leavesOf, nodesOver } from './naive-tree.ts';
import { sound } from './signing.ts';

/** In this range a tile of level 1 becomes full, and level 2 begins. */
const [from, to, batch] = [65_400, 65_700, 100];
const leaves = leavesOf(to);
const hashes = leaves.map(leafHash);
const nodes = nodesOver(leaves);
const treeAt = (size: number) => ({ size, root: rootOf(nodes, size) });

const newFolder = (): string => join(mkdtempSync(join(tmpdir(), 'registry-ledger-')), 'ledger');
const begun = newFolder();
beforeAll(() => {
  const files = sound(openLevelFiles(begun));
  files.append(Buffer.concat(hashes.slice(0, from)));
  files.sync();
  files.close();
});

/** Lines that the process said before its nth call of this kind on these files was made to fail, or the process to end. */
const crash = async (folder: string, fault: string, call: string, nth: number): Promise<readonly string[]> => {
  const files = [dirname(folder), folder, ...[0, 1, 2].map((level) => join(folder, `level-${level}`))];
  const strace = ['-f', '-qq', '-o', '/dev/null', ...files.flatMap((file) => ['-P', file])];
  const inject = ['-e', `trace=${call}`, '-e', `inject=${call}:${fault}:when=${nth}`];
  const script = fileURLToPath(new URL('./crashing.ts', import.meta.url));
  const program = [process.execPath, script, folder, from, to, batch].map(String);
  return new Promise((resolve) => {
    execFile('strace', [...strace, ...inject, ...program], (_, stdout) => resolve(stdout.split('\n').slice(0, -1)));
  });
};

const faults = ['error=EIO', 'signal=KILL'].flatMap((fault) =>
  ['pwrite64', 'fdatasync', 'fsync', 'ftruncate'].map((call) => [fault, call] as const),
);

test.runIf(process.platform === 'linux').concurrent.each(faults)(
  'after %s at any %s of the level files, what might have been signed is there, and the rest can follow',
  { timeout: 240_000 },
  async (fault, call) => {
    for (let nth = 1; ; nth++) {
      const folder = newFolder();
      cpSync(begun, folder, { recursive: true });
      const said = await crash(folder, fault, call, nth);
      const sizes = said.map(Number).filter((size) => Number.isInteger(size));
      const signed = treeAt(Math.max(from, ...sizes));
      const files = sound(openLevelFiles(folder, signed));
      expect(files.written()).toBeGreaterThanOrEqual(signed.size);
      files.append(Buffer.concat(hashes.slice(files.written())));
      expect(files.sync()).toBe(to);
      files.close();
      sound(openLevelFiles(folder, treeAt(to))).close();
      expect(readFileSync(join(folder, 'level-0')).equals(Buffer.concat(hashes))).toBe(true);
      if (said.at(-1) === 'done') {
        expect(nth).toBeGreaterThan(1);
        return;
      }
      if (said.length > 0 && fault !== 'signal=KILL') expect(said.at(-1)).toBe('refused');
    }
  },
);
