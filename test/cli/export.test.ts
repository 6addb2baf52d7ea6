import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { counterAt, type Line } from '../counting/counter.ts';
import { rulesIn } from '../counting/rules.ts';
import { copyOf, ended, get, registry, serve } from './command-line.ts';
import { fillFolder } from './filled.ts';

let filled: string;
beforeAll(async () => {
  filled = await fillFolder();
});
afterAll(() => rmSync(filled, { recursive: true, force: true }));

/** A data folder of which every event is signed, and the key to verify that with. */
const signedFolder = async () => {
  const folder = copyOf(filled);
  const { url, child } = await serve(folder);
  const { size } = await get(`${url}/api/v1/targets`);
  for (let signed = -1; signed < size; ) {
    const { stdout } = await registry(folder, ['status', '--json']);
    signed = JSON.parse(stdout).checkpoint?.size ?? -1;
  }
  child.kill();
  await ended(child);
  const key = (await registry(folder, ['ledger', 'key'])).stdout.trim();
  return { folder, key, size, bundle: join(folder, 'bundle') };
};

const linesIn = (folder: string, name: string) => readFileSync(join(folder, name), 'utf8').split('\n').slice(0, -1);

test('what is exported is verified offline with the key, and counted by a stranger from the same folder', async () => {
  const { folder, key, size, bundle } = await signedFolder();
  const done = await registry(folder, ['export', bundle, '--on', '2020-12-31', '--json']);
  expect([done.code, JSON.parse(done.stdout).size]).toEqual([0, size]);
  expect(readFileSync(join(bundle, 'verify.html'), 'utf8')).toContain(`content="default-src 'none'; `);
  const verified = await registry(folder, ['verify', bundle, '--key', key]);
  expect(verified.stdout).toMatch(/^localhost\/upgrade-registry: \d+ events, root .*\n.*verified · 核对通过\n$/s);
  expect(verified.code).toBe(0);

  const rules = rulesIn(readFileSync('docs/counting.md', 'utf8'));
  const events = linesIn(bundle, 'events.ndjson').map((line): Line => JSON.parse(line));
  const counter = counterAt(rules, events, events.length);
  const statements = linesIn(bundle, 'statements.ndjson').map((line) => JSON.parse(line));
  expect(statements.length).toBe(20);
  for (const { target, on, keys } of statements) expect(counter.figure(target.id, on)?.keys).toEqual(keys);

  // Without a key or a checkpoint from elsewhere, it is only consistent.
  const bare = await registry(folder, ['verify', bundle]);
  expect([bare.code, bare.stdout]).toEqual([1, expect.stringContaining('consistent, but not anchored')]);
  const older = await registry(folder, ['verify', bundle, '--checkpoint', join(bundle, 'checkpoint'), '--json']);
  expect(older.code).toBe(0);
  expect(JSON.parse(older.stdout)).toMatchObject({ verified: true, isAnchored: true, faults: [] });

  // What was done to it is named in both languages.
  writeFileSync(join(bundle, 'events.ndjson'), `${linesIn(bundle, 'events.ndjson').toSpliced(3, 1).join('\n')}\n`);
  const changed = await registry(folder, ['verify', bundle, '--key', key, '--json']);
  expect(changed.code).toBe(1);
  const faults = [{ fault: 'missing-events', zh: '缺少台账第 3 条', en: 'Entry number 3 is missing' }];
  expect(JSON.parse(changed.stdout)).toMatchObject({ verified: false, faults });
  const said = await registry(folder, ['verify', bundle, '--key', key]);
  expect(said.stdout).toContain('✗ Entry number 3 is missing · 缺少台账第 3 条');
}, 120_000);

test('without texts, nothing that somebody wrote is in the folder; and no folder with anything in it is written into', async () => {
  const { folder, key, bundle } = await signedFolder();
  mkdirSync(bundle);
  expect((await registry(folder, ['export', bundle, '--no-texts'])).code).toBe(0);
  expect(existsSync(join(bundle, 'texts.ndjson'))).toBe(false);
  const { stdout, code } = await registry(folder, ['verify', bundle, '--key', key]);
  expect([code, stdout]).toEqual([0, expect.stringContaining('no free texts in the folder')]);

  const again = await registry(folder, ['export', bundle]);
  expect([again.code, again.stderr]).toEqual([
    2,
    expect.stringContaining('is not an empty folder; nothing was written'),
  ]);
  const wrong = await registry(folder, ['verify', bundle, '--key', 'x']);
  expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('--key: The key is malformed')]);
  const gone = await registry(folder, ['verify', join(folder, 'gone'), '--key', key]);
  expect([gone.code, gone.stdout]).toEqual([1, expect.stringContaining('There is nothing to verify')]);
}, 120_000);

test('before the first checkpoint there is nothing to export', async () => {
  const folder = copyOf(filled);
  const { code, stderr } = await registry(folder, ['export', join(folder, 'bundle')]);
  expect([code, stderr]).toEqual([1, expect.stringContaining('no checkpoint is signed yet')]);
  expect(existsSync(join(folder, 'bundle'))).toBe(false);
});
