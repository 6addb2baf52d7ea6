import { once } from 'node:events';
import { chmodSync, lstatSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import { type Child, ended, ending, get, lineOf, newFolder, registry, serve, start, tokenFor } from './command-line.ts';

test('token prints only a token, which the server accepts', async () => {
  const folder = newFolder();
  const args = ['token', '--subject', 'li.wei', '--role', 'clerk', '--role', 'auditor', '--ttl', '30m'];
  const { code, stdout, stderr } = await registry(folder, args);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/);
  const { url } = await serve(folder);
  const nominated = await fetch(`${url}/api/v1/factories/kangqiao/nominate`, {
    method: 'POST',
    headers: { authorization: `Bearer ${stdout.trim()}`, 'content-type': 'application/json' },
    body: JSON.stringify({ effectiveOn: '2020-01-10', name: '康桥', sector: 'automobiles', district: 'pudong' }),
  });
  expect(nominated.status).toBe(201);
  const position = nominated.headers.get('registry-position') ?? '';
  const trail = await get(`${url}/api/v1/events?register=factories`, stdout.trim(), { 'registry-position': position });
  expect(trail).toMatchObject([{ data: { metadata: { by: 'li.wei' } } }]);
  const viewer = await tokenFor(folder, 'viewer');
  await expect(get(`${url}/api/v1/events`, viewer)).rejects.toThrow('403');
});

test('the first line of a server that is not JSON gives its address; in an empty store the plan is adopted', async () => {
  const folder = newFolder();
  const child = start('./registry', ['serve'], folder, { LOG_LEVEL: 'debug' });
  const lines: string[] = [];
  child.stderr.resume();
  for await (const line of createInterface({ input: child.stdout })) {
    lines.push(line);
    if (!line.startsWith('{')) break;
  }
  const [, url = ''] = /^listening on (http:\/\/127\.0\.0\.1:\d+)$/.exec(lines.at(-1) ?? '') ?? [];
  for (const line of lines.slice(0, -1)) expect(() => JSON.parse(line)).not.toThrow();
  const { items } = await get(`${url}/api/v1/plans`);
  expect(items).toMatchObject([{ key: 'shanghai-2019-2021', status: 'adopted' }]);
});

test('SIGTERM ends a server within five seconds, even with open streams and idle connections', async () => {
  const folder = newFolder();
  const { child, url } = await serve(folder);
  const stream = await fetch(`${url}/api/v1/live`, { headers: { accept: 'text/event-stream' } });
  const { hostname, port } = new URL(url);
  const idle = connect(Number(port), hostname);
  await new Promise((resolve) => idle.once('connect', resolve));
  const reading = stream.text();
  const began = performance.now();
  child.kill('SIGTERM');
  expect(await ended(child)).toBe(0);
  expect(performance.now() - began).toBeLessThan(5_000);
  await reading;
  idle.destroy();
});

test('a server that is told to stop finishes what it has begun, and loses nothing that it has answered', async () => {
  const folder = newFolder();
  const { child, url } = await serve(folder);
  const token = await tokenFor(folder, 'clerk', 'li.wei');
  const sent = Array.from({ length: 40 }, async (_, index) => {
    const body = { effectiveOn: '2020-01-10', name: `第 ${index} 厂`, sector: 'automobiles', district: 'pudong' };
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const request = { method: 'POST', headers, body: JSON.stringify(body) };
    const answer = await fetch(`${url}/api/v1/factories/f${index}/nominate`, request).catch(() => undefined);
    return answer?.status === 201 ? `f${index}` : undefined;
  });
  await Promise.race(sent);
  child.kill('SIGTERM');
  const recorded = (await Promise.all(sent)).filter((key) => key !== undefined);
  expect(await ended(child)).toBe(0);
  expect(recorded.length).toBeGreaterThan(0);

  const again = await serve(folder);
  const { items } = await get(`${again.url}/api/v1/factories?limit=500`);
  expect(items.map(({ key }: { key: string }) => key)).toEqual(expect.arrayContaining(recorded));
});

test.each([
  ['0.0.0.0', '127.0.0.1', 'http://0.0.0.0'],
  ['::', '[::1]', 'http://[::]'],
  ['localhost', 'localhost', 'http://localhost'],
])('a server with HOST=%s says that it listens there', async (host, reachable, says) => {
  const child = start('./registry', ['serve'], newFolder(), { HOST: host, PORT: '0' });
  const [, address = '', port = ''] = await lineOf(child, /^listening on (http:\/\/.+):(\d+)$/);
  expect(address).toBe(says);
  expect((await fetch(`http://${reachable}:${port}/health/live`)).status).toBe(200);
});

test('stopping is logged and so is who asked for what, and checks of health are not', async () => {
  const folder = newFolder();
  const child = start('./registry', ['serve'], folder, { LOG_LEVEL: 'info' });
  const lines: string[] = [];
  child.stderr.resume();
  const reader = createInterface({ input: child.stdout });
  for await (const line of reader) {
    lines.push(line);
    const [, url] = /^listening on (.+)$/.exec(line) ?? [];
    if (url === undefined) continue;
    for (const path of ['/health/live', '/health/ready', '/metrics', '/api/v1/targets'])
      expect((await fetch(`${url}${path}`)).status).toBe(200);
    const authorization = `Bearer ${await tokenFor(folder, 'clerk')}`;
    expect((await fetch(`${url}/api/v1/submissions`, { headers: { authorization } })).status).toBe(200);
    child.kill('SIGTERM');
  }
  const logged = lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line));
  expect(logged.flatMap(({ req }) => req?.url ?? [])).toEqual(['/api/v1/targets', '/api/v1/submissions']);
  const answered = logged.filter(({ res }) => res !== undefined);
  expect(answered.map(({ subject }) => subject)).toEqual([undefined, 'a.clerk']);
  expect(logged.filter(({ msg }) => /^stop/.test(msg))).toMatchObject([
    { msg: expect.stringMatching(/^stopping/), signal: 'SIGTERM' },
    { msg: 'stopped' },
  ]);
});

test('npm start serves', async () => {
  const folder = newFolder();
  const { child, url } = await serve(folder, {}, ['npm', 'start', '--silent']);
  expect(await get(`${url}/health/ready`)).toMatchObject({ state: 'ready' });
  child.kill('SIGTERM');
  expect(await ended(child)).toBe(0);
  await expect(fetch(url)).rejects.toThrow();
});

test('the demo prints its address, then tokens and lines that work as they stand', async () => {
  const folder = newFolder();
  const child = start('npm', ['run', '--silent', 'demo'], folder, { TMPDIR: folder });
  const printed: string[] = [];
  child.stderr.resume();
  for await (const line of createInterface({ input: child.stdout })) {
    printed.push(line);
    if (line.startsWith('curl') && printed.filter((each) => each.startsWith('curl')).length === 3) break;
  }
  expect(printed[0]).toMatch(/^listening on http:\/\/127\.0\.0\.1:\d+$/);
  for (const role of ['viewer', 'clerk', 'reviewer', 'auditor', 'admin'])
    expect(printed).toContainEqual(expect.stringMatching(new RegExp(`^${role} +eyJ`)));
  const answers: unknown[] = [];
  for (const line of printed.filter((each) => each.startsWith('curl'))) {
    const curl = start('bash', ['-c', `${line} --fail-with-body`], folder);
    const output = await curl.stdout.setEncoding('utf8').toArray();
    expect(await ended(curl)).toBe(0);
    answers.push(JSON.parse(output.join('')));
  }
  expect(answers).toMatchObject([
    {
      on: '2020-12-31',
      targets: expect.arrayContaining([expect.objectContaining({ id: 'star-listings', count: 37 })]),
    },
    { target: { id: 'model-factories' }, count: 5 },
    { entry: { register: 'factories', key: 'lingang-demo', status: 'nominated' } },
  ]);
});

const starts: readonly (readonly [string, ...string[]])[] = [
  ['npm', 'start', '--silent'],
  ['npm', 'run', '--silent', 'demo'],
  ['./registry', 'demo'],
];
const ends = starts.flatMap((command) =>
  (['SIGINT', 'SIGTERM', 'SIGHUP'] as const).map((signal) => ({ command, signal })),
);

/** What a terminal does at Ctrl-C or when it is closed: the whole group gets the signal, and npm passes its own on. */
const toGroup = (child: Child, signal: NodeJS.Signals): void => {
  if (child.pid !== undefined) process.kill(-child.pid, signal);
};

test.each(ends)('$command closes cleanly at $signal, however often it comes', async ({ command, signal }) => {
  const folder = newFolder();
  const [program, ...args] = command;
  const child = start(program, args, folder, { TMPDIR: folder, LOG_LEVEL: 'info' });
  const printed: string[] = [];
  const isUp = command.includes('demo') ? /^curl/ : /^listening on /;
  const out = createInterface({ input: child.stdout });
  child.stderr.resume();
  const closed = new Promise((resolve) => out.once('close', resolve)); // by the server, which may outlive npm
  await new Promise<void>((resolve) => {
    out.on('line', (line) => {
      printed.push(line);
      if (isUp.test(line)) resolve();
    });
  });
  for (let count = 0; count < 3; count++) toGroup(child, signal);
  await closed;
  const left = readdirSync(folder).filter((name) => name.startsWith('upgrade-registry-'));
  expect(left).toEqual([]);
  if (command.includes('demo')) return;
  expect(readdirSync(join(folder, 'data'))).toContain('events.db');
  expect(readdirSync(join(folder, 'data'))).not.toContain('events.db-wal'); // SQLite removes it at a clean close
  const logged = printed.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line));
  expect(logged).toContainEqual(expect.objectContaining({ signal, msg: expect.stringContaining('stopping') }));
  expect(logged.at(-1)).toMatchObject({ msg: 'stopped' });
});

test('a demo that is stopped while it starts leaves no folder', async () => {
  const folder = newFolder();
  const child = start('./registry', ['demo'], folder, { TMPDIR: folder });
  await lineOf(child, /^listening on /); // the samples are being loaded
  child.kill('SIGINT');
  child.kill('SIGINT');
  await ended(child);
  expect(readdirSync(folder).filter((name) => name.startsWith('upgrade-registry-'))).toEqual([]);
});

/** Every file and folder below a folder, with its mode. */
const modesBelow = (folder: string): readonly (readonly [path: string, mode: string])[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => !lstatSync(join(folder, name)).isSymbolicLink())
    .map((name) => [name, (statSync(join(folder, name)).mode & 0o777).toString(8)] as const);

test.each([0, 0o022, 0o277])('only its owner can read what a node keeps, whatever the umask (%o)', async (umask) => {
  const folder = newFolder();
  const under = ['sh', '-c', `umask ${umask.toString(8)}; exec "$@"`, 'sh'] as const;
  const file = join(folder, 'rows.csv');
  writeFileSync(file, '编号,工厂名称,行业,区,日期\nk1,一厂,汽车,苏州,2020-12-22\n');
  const run = (...args: readonly string[]) =>
    ending(start(under[0], [...under.slice(1), './registry', ...args], folder));
  const { child } = await serve(folder, {}, [...under, './registry', 'serve']);
  await run('import', 'factories', file, '--as', 'li.wei', '--refused', join(folder, 'data', 'refused.xlsx'));
  await run('rebuild');
  await run('backup', join(folder, 'data', 'backup.db'));
  const modes = modesBelow(join(folder, 'data'));
  child.kill('SIGTERM');
  await ended(child);
  const isFolder = (name: string) => ['keys', 'imports', 'readmodel', 'ledger'].includes(name);
  for (const [name, mode] of modes) expect([name, mode]).toEqual([name, isFolder(name) ? '700' : '600']);
  expect(modes.map(([name]) => name)).toEqual(
    expect.arrayContaining([
      'events.db',
      'events.db-wal',
      'events.db-shm',
      'keys',
      'imports',
      'readmodel',
      'ledger',
      'backup.db',
    ]),
  );
  expect((statSync(join(folder, 'data')).mode & 0o777).toString(8)).toBe('700');
});

test('a node says at its start which of its files others may read, and changes none', async () => {
  const folder = newFolder();
  const first = await serve(folder);
  first.child.kill('SIGTERM');
  await ended(first.child);
  const ledger = join(folder, 'data', 'events.db');
  chmodSync(ledger, 0o644);
  chmodSync(join(folder, 'data', 'keys'), 0o750);
  const child = start('./registry', ['serve'], folder);
  const told = createInterface({ input: child.stderr });
  child.stdout.resume();
  const [line] = await once(told, 'line');
  expect(line).toMatch(/other accounts of this machine may read or change .*events\.db, .*keys; chmod -R go= /);
  expect(statSync(ledger).mode & 0o777).toBe(0o644);
});
