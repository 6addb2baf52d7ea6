import { readdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ended, get, newFolder, registry, type Server, serve } from '../cli/command-line.ts';
import { nomination } from '../http/office.ts';

const origin = 'registry.example.org/ledger';
const environment = { REGISTRY_ORIGIN: origin };

/** What an auditor is told of the ledger, once that is so. */
const told = async ({ url }: Server, auditor: string, isSo: (ledger: Told) => boolean): Promise<Told> => {
  for (;;) {
    const { ledger } = await get(`${url}/health/ready`, auditor);
    if (ledger !== undefined && isSo(ledger)) return ledger;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
};
type Told = { readonly hashed?: number; readonly checkpoint?: number; readonly notSigned?: string };

const tokenFor = async (folder: string, role: string, keys: Readonly<Record<string, string>> = {}): Promise<string> =>
  (await registry(folder, ['token', '--subject', `a.${role}`, '--role', role], keys)).stdout.trim();

const nominate = async ({ url }: Server, key: string, clerk: string): Promise<void> => {
  const { status } = await fetch(`${url}/api/v1/factories/${key}/nominate`, {
    method: 'POST',
    headers: { authorization: `Bearer ${clerk}`, 'content-type': 'application/json' },
    body: JSON.stringify(nomination),
  });
  expect(status).toBe(201);
};

const stopped = async ({ child }: Server): Promise<void> => {
  child.kill('SIGTERM');
  await ended(child);
};

test('a registry restored from an older backup signs nothing, says so everywhere, and begins a new log once it is told to', {
  timeout: 240_000,
}, async () => {
  const folder = newFolder();
  const keys = { ...environment, REGISTRY_KEYS: join(folder, 'keys') };
  const data = join(folder, 'data');
  const run = (...args: readonly string[]) => registry(folder, args, keys);
  const auditor = await tokenFor(folder, 'auditor', keys);
  const clerk = await tokenFor(folder, 'clerk', keys);

  // 1. A backup, and events after it that are signed
  const first = await serve(folder, keys);
  await nominate(first, 'f-1', clerk);
  const { checkpoint: early = 0 } = await told(first, auditor, ({ checkpoint }) => checkpoint === 2);
  expect((await run('backup', join(folder, 'backup.db'))).code).toBe(0);
  await nominate(first, 'f-2', clerk);
  const { checkpoint: late = 0 } = await told(first, auditor, ({ checkpoint }) => checkpoint === 3);
  expect((await run('status')).stdout).toMatch(new RegExp(`^last checkpoint +${late} events$`, 'm'));
  const { stdout: oldKey } = await run('ledger', 'key');
  expect((await run('ledger', 'new-origin', `${origin}-2`)).stderr).toBe(
    `registry: a server runs on ${data}; stop it first\n`,
  );
  await stopped(first);

  // 2. The backup instead
  renameSync(data, `${data}.lost`);
  expect((await run('restore', join(folder, 'backup.db'))).code).toBe(0);
  const second = await serve(folder, keys);
  const why = `The ledger has ${early} events, but ${late} were signed`;
  const before = await told(second, auditor, ({ notSigned }) => notSigned !== undefined);
  expect(before).toMatchObject({ notSigned: expect.stringContaining(why) });
  expect(before).not.toHaveProperty('checkpoint');
  expect(await get(`${second.url}/health/ready`)).not.toHaveProperty('ledger');
  const metrics = await (await fetch(`${second.url}/metrics`)).text();
  expect(metrics).toContain('\nregistry_checkpoint_fault 1\n');
  expect(metrics).toContain('\nregistry_checkpoint_size 0\n');
  expect((await run('status')).stdout).toContain(why);
  expect(JSON.parse((await run('status', '--json')).stdout).checkpoint).toEqual({
    size: null,
    notSigned: before.notSigned,
  });
  await stopped(second);

  // 3. A new log
  expect(await run('ledger', 'new-origin', origin)).toMatchObject({
    code: 1,
    stderr: `registry: ${origin} has signed checkpoints already; a new log needs a new name\n`,
  });
  expect((await run('ledger', 'new-origin', 'a b')).code).toBe(2);
  const begun = await run('ledger', 'new-origin', `${origin}-2`);
  expect(begun).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(`^${origin}-2\\+`),
    stderr: `registry: set REGISTRY_ORIGIN=${origin}-2 before the next start\n`,
  });
  const [vkey = ''] = readdirSync(keys.REGISTRY_KEYS).filter((name) => name.endsWith('.vkey'));
  expect(readFileSync(join(keys.REGISTRY_KEYS, vkey), 'utf8')).toBe(oldKey);
  expect((await run('serve')).code).toBe(78);
  const third = await serve(folder, { ...keys, REGISTRY_ORIGIN: `${origin}-2` });
  const now = await tokenFor(folder, 'auditor', { ...keys, REGISTRY_ORIGIN: `${origin}-2` });
  const after = await told(third, now, ({ checkpoint }) => checkpoint !== undefined);
  expect(after).toMatchObject({ checkpoint: early });
  expect(after).not.toHaveProperty('notSigned');
});

test('a registry restored with its keys on another machine does not know what it has signed, and signs nothing', {
  timeout: 120_000,
}, async () => {
  const [folder, other] = [newFolder(), newFolder()];
  const first = await serve(folder);
  const auditor = await tokenFor(folder, 'auditor');
  await told(first, auditor, ({ checkpoint }) => checkpoint === 1);
  expect((await registry(folder, ['backup', join(folder, 'backup.db')])).code).toBe(0);
  expect((await registry(other, ['restore', join(folder, 'backup.db')])).code).toBe(0);
  expect(readdirSync(join(other, 'data', 'keys'))).not.toContain('ledger-signed.db');
  const second = await serve(other);
  expect(await told(second, auditor, ({ notSigned }) => notSigned !== undefined)).toMatchObject({
    notSigned: expect.stringMatching(/no record of what it signed last/),
  });
});
