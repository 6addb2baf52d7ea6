import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newFolder, registry } from './command-line.ts';
import { fillFolder } from './filled.ts';

let filled: string;
let open: string;
beforeAll(async () => {
  filled = await fillFolder();
  open = mkdtempSync(join(tmpdir(), 'upgrade-registry-test-'));
  chmodSync(open, 0o755);
});
afterAll(() => {
  for (const folder of [filled, open]) rmSync(folder, { recursive: true, force: true });
});

const counting = `const { DatabaseSync } = require('node:sqlite');
  const db = new DatabaseSync(process.argv[1], { readOnly: true });
  console.log(JSON.stringify(db.prepare("SELECT sum(change) AS n FROM v_measures WHERE measure = 'listings.listed'").get()));`;

/** Runs Node as an account without rights, if this one may do that and that one may run Node. */
const asNobody = (args: readonly string[]): string => {
  const options = { encoding: 'utf8', cwd: '/', stdio: 'pipe' } as const;
  if (process.getuid?.() !== 0) return execFileSync(process.execPath, args, options);
  try {
    return execFileSync(process.execPath, args, { ...options, uid: 65_534, gid: 65_534 });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EACCES')
      return execFileSync(process.execPath, args, options);
    throw error;
  }
};

test('an account that may write nothing opens the snapshot and counts', async () => {
  const file = join(open, 'bi.db');
  const { code, stdout } = await registry(filled, ['snapshot', file, '--json']);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toEqual({ file, size: expect.any(Number) });
  expect(statSync(file).mode & 0o777).toBe(0o644);
  expect(readdirSync(open)).toEqual(['bi.db']);
  chmodSync(open, 0o555);
  const answer = asNobody(['-e', counting, file]);
  chmodSync(open, 0o755);
  expect(JSON.parse(answer)).toEqual({ n: 59 });
});

test('a second one replaces the first; nothing is left of one that fails', async () => {
  const file = join(open, 'again.db');
  writeFileSync(file, 'an older one');
  expect((await registry(filled, ['snapshot', file])).stdout).toContain('events in');
  expect(statSync(file).size).toBeGreaterThan(100_000);
  const folder = join(open, 'folder.db');
  mkdirSync(folder);
  const refused = await registry(filled, ['snapshot', folder]);
  expect([refused.code, refused.stderr]).toEqual([1, `registry: ${folder} is a folder\n`]);
  expect(readdirSync(open).filter((name) => name.includes('partial'))).toEqual([]);
});

test('there is nothing to copy before the first serve, nor into a folder that there is not', async () => {
  const empty = newFolder();
  const { code, stderr } = await registry(empty, ['snapshot', join(open, 'none.db')]);
  expect([code, stderr]).toEqual([1, expect.stringContaining('there is no read model')]);
  expect(existsSync(join(empty, 'data'))).toBe(false);
  const into = await registry(filled, ['snapshot', join(open, 'nowhere', 'x.db')]);
  expect([into.code, into.stderr]).toEqual([1, expect.stringContaining('there is no folder')]);
});
