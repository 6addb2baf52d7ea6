import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import { ended, get, lineOf, newFolder, registry, serve, start, tokenFor } from './command-line.ts';

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
  expect(trail).toMatchObject([{ data: { by: 'li.wei' } }]);
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

test('a demo’s folder is deleted when it ends', async () => {
  const folder = newFolder();
  const child = start('./registry', ['demo'], folder, { TMPDIR: folder });
  const [, path = ''] = await lineOf(child, /in (\S+); the folder is deleted when this process ends/);
  child.kill('SIGINT');
  expect(await ended(child)).toBe(0);
  const { stdout } = await registry(folder, ['status', '--json'], { REGISTRY_DATA: path });
  expect(JSON.parse(stdout).size).toBe(0);
});
