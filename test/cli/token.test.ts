import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { expect, test } from 'vitest';
import { ending, newFolder, registry, serve, start, tokenFor } from './command-line.ts';

const trail = async (url: string, token: string): Promise<number> =>
  (await fetch(`${url}/api/v1/events?limit=1`, { headers: { authorization: `Bearer ${token}` } })).status;

/** Asks until the answer is that one: a server looks for changes of the keys' folder once a second. */
const until = async (url: string, token: string, status: number): Promise<void> => {
  const began = performance.now();
  while ((await trail(url, token)) !== status)
    if (performance.now() - began > 10_000) throw new Error(`never answered ${status}`);
};

test('a token names its key, its own id and its type', async () => {
  const token = await tokenFor(newFolder(), 'clerk');
  expect(decodeProtectedHeader(token)).toEqual({
    alg: 'EdDSA',
    typ: 'at+jwt',
    kid: expect.stringMatching(/^[\w-]{43}$/),
  });
  expect(decodeJwt(token)).toMatchObject({
    jti: expect.stringMatching(/^[0-9a-f-]{36}$/),
    sub: 'a.clerk',
    roles: ['clerk'],
  });
});

test('a token lives 366 days at most', async () => {
  const folder = newFolder();
  const args = (ttl: string) => ['token', '--subject', 'li.wei', '--role', 'clerk', '--ttl', ttl];
  expect(await registry(folder, args('366d'))).toMatchObject({ code: 0, stderr: '' });
  for (const ttl of ['367d', '8785h', '999999d'])
    expect(await registry(folder, args(ttl))).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining('at most 366d'),
    });
});

test('a revoked token, and every token of a revoked subject, is refused by a running server; one made later is not', async () => {
  const folder = newFolder();
  const { url } = await serve(folder);
  const [one, two, other] = [
    await tokenFor(folder, 'auditor', 'zhao.lei'),
    await tokenFor(folder, 'auditor', 'zhao.lei'),
    await tokenFor(folder, 'auditor', 'li.wei'),
  ];
  for (const token of [one, two, other]) expect(await trail(url, token)).toBe(200);
  const id = decodeJwt(one).jti ?? '';
  expect(await registry(folder, ['token', 'revoke', id])).toEqual({ code: 0, stdout: `revoked ${id}\n`, stderr: '' });
  await until(url, one, 401);
  expect(await trail(url, two)).toBe(200);
  const revoked = await registry(folder, ['token', 'revoke', '--subject', 'ZHAO.LEI', '--json']);
  expect(JSON.parse(revoked.stdout)).toMatchObject({ subject: 'ZHAO.LEI', until: expect.any(Number) });
  await until(url, two, 401);
  expect(await trail(url, other)).toBe(200);
  expect(await trail(url, await tokenFor(folder, 'auditor', 'zhao.lei'))).toBe(200);
  await registry(folder, ['token', 'revoke', other]); // the token itself
  await until(url, other, 401);
});

test('an id that no token of this node has is refused too, and the command says that it knows none', async () => {
  const folder = newFolder();
  const token = await tokenFor(folder, 'auditor', 'zhao.lei');
  for (const unknown of ['x', 'zhao.lei', '7a0e5a0c-4a43-5b8e-9d60-6b7a3c1f2d11'])
    expect(await registry(folder, ['token', 'revoke', unknown])).toEqual({
      code: 0,
      stdout: `revoked ${unknown}\n`,
      stderr: expect.stringContaining(`knows no token "${unknown}"`),
    });
  for (const known of [token, decodeJwt(token).jti ?? ''])
    expect(await registry(folder, ['token', 'revoke', known])).toMatchObject({ code: 0, stderr: '' });
});

test('a token says if its subject is only the name of an account, and is not made for a disabled one', async () => {
  const folder = newFolder();
  const add = "printf 'four words nobody guesses\\n' | ./registry user add li.wei --role clerk --json";
  const { subject } = JSON.parse((await ending(start('sh', ['-c', add], folder))).stdout);
  const made = (name: string) => registry(folder, ['token', '--subject', name, '--role', 'clerk']);
  const warned = await made('li.wei');
  expect(warned).toMatchObject({ code: 0, stdout: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+\n$/) });
  expect(warned.stderr).toBe(
    `registry: "li.wei" is also the name of an account; a token with its subject, ${subject}, would be the same person\n`,
  );
  expect(await made(subject)).toMatchObject({ code: 0, stderr: '' });
  await registry(folder, ['user', 'disable', 'li.wei']);
  expect(await made(subject)).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('is disabled') });
});

test.each([
  [['revoke']],
  [['revoke', 'x', '--subject', 'li.wei']],
  [['revoke', '--subject', '']],
  [['--role', 'clerk']],
  [['--subject', 'li.wei']],
])('token %o is wrong usage', async (args) => {
  expect(await registry(newFolder(), ['token', ...args])).toMatchObject({ code: 2, stdout: '' });
});

test('a list of revoked tokens that cannot be read lets no token pass', async () => {
  const folder = newFolder();
  const token = await tokenFor(folder, 'auditor');
  writeFileSync(join(folder, 'data', 'keys', 'revoked.jsonl'), '{"id": 7}\n');
  const run = await ending(start('./registry', ['serve'], folder));
  expect(run.code).toBe(78);
  expect(run.stderr).toMatch(/revoked\.jsonl, line 1/);
  expect(token).not.toBe('');
});

test('after the key is rotated, tokens of both keys are valid, until the old one’s public half is removed', async () => {
  const folder = newFolder();
  const { url } = await serve(folder);
  const before = await tokenFor(folder, 'auditor');
  expect(await trail(url, before)).toBe(200);
  const rotated = await registry(folder, ['token', 'rotate', '--json']);
  const { kid } = JSON.parse(rotated.stdout);
  const after = await tokenFor(folder, 'auditor');
  expect(decodeProtectedHeader(after).kid).toBe(kid);
  await until(url, after, 200);
  expect(await trail(url, before)).toBe(200);
  const keys = join(folder, 'data', 'keys');
  const old = readdirSync(keys).filter((name) => name.endsWith('.pub'));
  expect(old).toEqual([`token-${decodeProtectedHeader(before).kid}.pub`]);
  expect(readFileSync(join(keys, old[0] ?? ''), 'utf8')).not.toContain('PRIVATE');
  rmSync(join(keys, old[0] ?? ''));
  await until(url, before, 401);
  expect(await trail(url, after)).toBe(200);
});

test('making, revoking and rotating are in the security log, without the token', async () => {
  const folder = newFolder();
  const token = await tokenFor(folder, 'clerk', 'li.wei');
  const id = decodeJwt(token).jti;
  await registry(folder, ['token', 'revoke', id ?? '']);
  await registry(folder, ['token', 'rotate']);
  const text = readFileSync(join(folder, 'data', 'security.log'), 'utf8');
  const lines = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(lines).toMatchObject([
    { event: 'token-made', id, subject: 'li.wei', roles: ['clerk'], ttl: '8h', by: 'command-line' },
    { event: 'token-revoked', id, by: 'command-line' },
    { event: 'key-rotated', kid: expect.stringMatching(/^[\w-]{43}$/), by: 'command-line' },
  ]);
  expect(text).not.toContain(token.split('.')[2]);
});
