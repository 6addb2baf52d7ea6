import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { openCheckpoint } from '../../src/ledger/checkpoint.ts';
import { noteVerifier } from '../../src/ledger/note.ts';
import { addLedgerKey } from '../../src/ledger/signing-key.ts';
import { sound } from '../ledger/signing.ts';
import { get, newFolder, registry, serve, tokenFor } from './command-line.ts';

vi.setConfig({ testTimeout: 60_000 });

const origin = 'localhost/upgrade-registry';
const people = ['--as', 'zhang.min', '--approved-by', 'chen.yu'];

/** Who signed the checkpoint that a server publishes: by each of some keys, the size, or what is wrong. */
const signedBy = async (url: string, keys: readonly string[]) => {
  const note = Buffer.from(await (await fetch(`${url}/ledger/checkpoint`)).arrayBuffer());
  return keys.map((key) => {
    const opened = openCheckpoint(note, { origin, keys: [sound(noteVerifier(key))] });
    return 'fault' in opened ? opened.fault : opened.size;
  });
};

const published = (url: string, keys: readonly string[], expected: readonly unknown[]) =>
  vi.waitFor(async () => expect(await signedBy(url, keys)).toEqual(expected), { timeout: 20_000, interval: 50 });

test('a key is rotated under two names: both sign for a while, the ledger says so, and old checkpoints verify with the old key', async () => {
  const folder = newFolder();
  const run = (...args: readonly string[]) => registry(folder, args);
  const { child, url } = await serve(folder);
  const old = (await run('ledger', 'key')).stdout.trim();
  await published(url, [old], [1]);
  const before = Buffer.from(await (await fetch(`${url}/ledger/checkpoint`)).arrayBuffer());

  expect(await run('ledger', 'retire-key', ...people)).toMatchObject({
    code: 1,
    stderr: 'registry: only one key signs; nothing was changed\n',
  });
  const rotated = await run('ledger', 'rotate-key', ...people);
  const fresh = rotated.stdout.trim();
  expect(rotated).toMatchObject({ code: 0, stderr: '' });
  expect(fresh).not.toBe(old);
  await published(url, [old, fresh], [2, 2]);
  expect(JSON.parse((await run('ledger', 'key', '--json')).stdout)).toEqual({ origin, key: fresh, former: old });
  expect(await run('ledger', 'rotate-key', ...people)).toMatchObject({
    code: 1,
    stderr: `registry: the key ${old} still signs beside the new one; retire it first: ./registry ledger retire-key\n`,
  });

  // An auditor who pinned the old key, or the new one, accepts what both have signed.
  expect((await run('export', join(folder, 'bundle'))).code).toBe(0);
  for (const key of [old, fresh]) {
    expect(await run('verify', join(folder, 'bundle'), '--key', key)).toMatchObject({ code: 0 });
  }

  const retired = await run('ledger', 'retire-key', ...people);
  expect(retired).toEqual({ code: 0, stdout: `${fresh}\n`, stderr: '' });
  await published(url, [old, fresh], ['other-key', 3]);
  expect(openCheckpoint(before, { origin, keys: [sound(noteVerifier(old))] })).toMatchObject({ size: 1 });
  // Later ones are by the new key alone; with both keys, a checkpoint from before the rotation still vouches for them.
  const [kept, later] = [join(folder, 'kept'), join(folder, 'later')];
  writeFileSync(kept, before);
  expect((await run('export', later)).code).toBe(0);
  expect(await run('verify', later, '--key', old)).toMatchObject({ code: 1 });
  expect(await run('verify', later, '--key', fresh, '--checkpoint', kept)).toMatchObject({ code: 1 });
  expect(await run('verify', '--key', fresh, '--key', old, later, '--checkpoint', kept)).toMatchObject({ code: 0 });
  const keys = join(folder, 'data', 'keys');
  expect(readFileSync(join(keys, 'ledger-signing.key'), 'utf8').match(/PRIVATE/g)).toHaveLength(1);
  const vkeys = readdirSync(keys).filter((name) => name.endsWith('.vkey'));
  expect(vkeys.map((name) => readFileSync(join(keys, name), 'utf8'))).toEqual([`${old}\n`]);

  const events = await get(`${url}/api/v1/events?register=ledger`, await tokenFor(folder, 'auditor'));
  const by = { by: 'zhang.min', approvedBy: 'chen.yu' };
  expect(events).toMatchObject([
    { type: 'LedgerKeyRotated', data: { data: { key: fresh, before: old }, metadata: by } },
    { type: 'LedgerKeyRetired', data: { data: { key: old }, metadata: by } },
  ]);
  const { targets } = await get(`${url}/api/v1/targets`);
  expect(targets.every(({ count }: { readonly count: number }) => count === 0)).toBe(true);
  expect((await run('status')).stdout).not.toContain('unknown');
  child.kill('SIGTERM');
});

test('one person cannot rotate a key, and a key is not retired before it has signed that another one takes its place', async () => {
  const folder = newFolder();
  const run = (...args: readonly string[]) => registry(folder, args);
  const { child } = await serve(folder);
  child.kill('SIGTERM');
  for (const command of ['rotate-key', 'retire-key'])
    expect(await run('ledger', command, '--as', 'zhang.min', '--approved-by', 'zhang.min')).toEqual({
      code: 2,
      stdout: '',
      stderr: 'registry: --as and --approved-by are the same person; changing the keys takes two\n',
    });
  const { stdout } = await run('ledger', 'rotate-key', ...people);
  expect(await run('ledger', 'retire-key', ...people)).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(
      /^registry: both keys must have signed the first 2 events, and have signed [01]; a running/,
    ),
  });
  expect((await run('ledger', 'key')).stdout).toBe(stdout);
});

test('a rotation that was killed before it was recorded is recorded once it is repeated, with the same key', async () => {
  const folder = newFolder();
  const run = (...args: readonly string[]) => registry(folder, args);
  const { child, url } = await serve(folder);
  const old = (await run('ledger', 'key')).stdout.trim();
  const { verifierKey } = addLedgerKey(join(folder, 'data', 'keys'), origin); // what the killed command had done
  expect(await run('ledger', 'rotate-key', ...people)).toEqual({ code: 0, stdout: `${verifierKey}\n`, stderr: '' });
  await published(url, [old, verifierKey], [2, 2]);
  const events = await get(`${url}/api/v1/events?register=ledger`, await tokenFor(folder, 'auditor'));
  expect(events).toMatchObject([{ type: 'LedgerKeyRotated', data: { data: { key: verifierKey, before: old } } }]);
  child.kill('SIGTERM');
});
