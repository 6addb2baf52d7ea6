import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { parseVerifierKey } from '../../src/ledger/note-keys.ts';
import { newSignerKey } from '../../src/ledger/signer-keys.ts';
import { newFolder, registry, serve } from './command-line.ts';

vi.setConfig({ testTimeout: 60_000 });

const keyFile = (folder: string): string => join(folder, 'data', 'keys', 'ledger-signing.key');
const origin = 'registry.example.org/ledger';
const environment = { REGISTRY_ORIGIN: origin };

test('the key that verifies checkpoints is made once, under the name of the origin, and printed alone', async () => {
  const folder = newFolder();
  const runs = await Promise.all([1, 2, 3].map(() => registry(folder, ['ledger', 'key'], environment)));
  const { stdout } = await registry(folder, ['ledger', 'key'], environment);
  for (const run of runs) expect(run).toEqual({ code: 0, stdout, stderr: '' });
  expect(parseVerifierKey(stdout.trimEnd(), 0x01)).toMatchObject({ name: origin });
  const { stdout: json } = await registry(folder, ['ledger', 'key', '--json'], environment);
  expect(JSON.parse(json)).toEqual({ origin, key: stdout.trimEnd() });
  expect(statSync(keyFile(folder)).mode & 0o777).toBe(0o600);
  expect(readFileSync(keyFile(folder), 'utf8')).toMatch(/^PRIVATE\+KEY\+.*\n$/);
});

const [ours = ''] = newSignerKey(origin, 0x01).split('\n');
const wrongKeys: readonly (readonly [what: string, content: string, said: string])[] = [
  [
    'another origin',
    newSignerKey('elsewhere.example.org', 0x01),
    `is the key of elsewhere.example.org, but REGISTRY_ORIGIN is ${origin}: set it back, or begin a new log under the new name with ./registry ledger new-origin ${origin}`,
  ],
  ['a witness', newSignerKey(origin, 0x04), 'The key is of another type (4)'],
  [
    'another name, written over it',
    ours.replace('example.org', 'example.net'),
    'The id of the key registry.example.net/ledger is not that of its content',
  ],
  ['nobody: it is empty', '', 'The key is malformed'],
  ['nobody: it is cut', ours.slice(0, -9), 'The key is malformed'],
  ['itself, twice', `${ours}\n${ours}`, 'is more than a key that signs checkpoints and the one before it'],
  [
    'three, one on each line',
    [1, 2, 3].map(() => newSignerKey(origin, 0x01)).join('\n'),
    'is more than a key that signs checkpoints and the one before it',
  ],
];

test.each(wrongKeys)('a server does not start with the key of %s, and leaves it as it is', async (_, content, said) => {
  const folder = newFolder();
  mkdirSync(join(folder, 'data', 'keys'), { recursive: true });
  writeFileSync(keyFile(folder), content);
  for (const args of [['serve'], ['ledger', 'key']]) {
    const { code, stdout, stderr } = await registry(folder, args, environment);
    expect({ code, stdout }).toEqual({ code: 78, stdout: '' });
    expect(stderr).toMatch(/^registry: .*\n$/);
    expect(stderr).toContain(`${keyFile(folder)} is`);
    expect(stderr).toContain(said);
    expect(stderr).not.toContain(content.slice(-20) || 'PRIVATE');
  }
  expect(readFileSync(keyFile(folder), 'utf8')).toBe(content);
});

test('a server makes the key under its origin, and does not start under another one afterwards', async () => {
  const folder = newFolder();
  const { child } = await serve(folder, environment);
  child.kill('SIGKILL');
  expect((await registry(folder, ['ledger', 'key'], environment)).stdout).toMatch(/^registry\.example\.org\/ledger\+/);
  const { code, stderr } = await registry(folder, ['serve']);
  expect({ code, stderr }).toEqual({
    code: 78,
    stderr: `registry: ${keyFile(folder)} is the key of ${origin}, but REGISTRY_ORIGIN is localhost/upgrade-registry: set it back, or begin a new log under the new name with ./registry ledger new-origin localhost/upgrade-registry\n`,
  });
});
