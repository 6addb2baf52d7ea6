import { readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { nominate, openOffice, people, refusedAs } from './office.ts';
import type { TestServer } from './server.ts';
import { addAccount, cookieFor, ownPage, password, signIn, withCookie } from './signing-in.ts';

let server: TestServer;
let staff: Awaited<ReturnType<typeof people>>;

beforeAll(async () => {
  server = await openOffice();
  staff = await people(server);
  await nominate(server, staff.clerk, 'logged');
});
afterAll(() => server.close());

type Line = Readonly<Record<string, unknown>>;
const linesOf = (text: string): readonly Line[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
const read = (name: string) => linesOf(readFileSync(join(server.folder, name), 'utf8'));
/** The lines that the work adds to a log. */
const added = async (name: string, work: () => Promise<unknown>): Promise<readonly Line[]> => {
  const before = read(name).length;
  await work();
  return read(name).slice(before);
};

test('who reads people, trails and full histories is written down, and who reads public figures is not', async () => {
  const get = (path: string, token?: string) => server.get(path, { token });
  await get('/api/v1/people', staff.clerk); // so that the log is there
  const lines = await added('access.log', async () => {
    await get('/api/v1/events?by=li.wei', staff.auditor);
    await get('/api/v1/events.csv?by=li.wei', staff.auditor);
    await get('/api/v1/factories/logged/history', staff.clerk);
    await get('/api/v1/people?subject=li.wei', staff.reviewer);
    await get('/api/v1/accounts', staff.admin);
    await get('/api/v1/accounts/log', staff.auditor);
    await get('/api/v1/events', staff.clerk); // refused
    await get('/api/v1/targets', staff.auditor);
    await get('/api/v1/factories/logged', staff.clerk);
    await get('/api/v1/targets');
  });
  expect(lines.map(({ event, subject, path }) => [event, subject, path])).toEqual([
    ['trail', 'zhao.lei', '/api/v1/events?by=li.wei'],
    ['trail', 'zhao.lei', '/api/v1/events.csv?by=li.wei'],
    ['history', 'li.wei', '/api/v1/factories/logged/history'],
    ['people', 'wang.fang', '/api/v1/people?subject=li.wei'],
    ['people', 'he.yan', '/api/v1/accounts'],
    ['people', 'zhao.lei', '/api/v1/accounts/log'],
  ]);
  expect(lines[0]).toEqual({
    at: '2021-06-15T04:00:00.000Z',
    event: 'trail',
    subject: 'zhao.lei',
    path: '/api/v1/events?by=li.wei',
    address: '127.0.0.1',
    requestId: expect.any(String),
  });
});

test('every read whose answer shows people to those with a role is written down', async () => {
  const { json: document } = await server.get('/api/openapi.json');
  const shows = (schema: unknown): boolean => {
    const { $ref, by, approvedBy, lastSignInAt, ...others } = Object(schema);
    if (by !== undefined || approvedBy !== undefined || lastSignInAt !== undefined) return true;
    if (typeof $ref === 'string') return shows(document.components.schemas[$ref.split('/').at(-1) ?? '']);
    return Object.values(others).some((each) => each instanceof Object && shows(each));
  };
  const asked: string[] = [];
  for (const [path, { get }] of Object.entries<{ get?: Record<string, never> }>(document.paths)) {
    const { 200: answer } = Object(get?.responses);
    const content = Object.values(Object(answer?.content)).map((each) => Object(each).schema);
    if (get?.security === undefined || !content.some(shows)) continue;
    asked.push(path);
    const named = path.replace(/\{\w+\}/g, path.includes('targets') ? 'model-factories' : 'factories~logged~0');
    const concrete = path.endsWith('changes') ? `${named}?since=0` : named;
    const token = await server.token(
      path.endsWith('accounts') || path.endsWith('{subject}') ? 'admin' : 'auditor',
      'sun.li',
    );
    const lines = await added('access.log', () => server.get(concrete, { token }));
    expect(
      lines.map(({ subject, path: read }) => [subject, read]),
      path,
    ).toEqual([['sun.li', concrete]]);
  }
  expect(asked.length).toBeGreaterThanOrEqual(8);
});

test('a live trail is written down when it begins', async () => {
  const headers = { authorization: `Bearer ${staff.auditor}`, accept: 'text/event-stream' };
  const lines = await added('access.log', async () => {
    const stream = await fetch(`${server.url}/api/v1/events`, { headers });
    await stream.body?.cancel();
  });
  expect(lines).toMatchObject([{ event: 'trail', path: '/api/v1/events' }]);
});

test('sign-ins, failures, refusals and changes of accounts are in the security log', async () => {
  const account = await addAccount(server, '李伟', 'clerk');
  const lines = await added('security.log', async () => {
    const cookie = await cookieFor(server, '李伟');
    await signIn(server, '李伟', 'a wrong password');
    await server.get('/api/v1/events?q=secret', withCookie(cookie));
    await server.get('/api/v1/events');
    await server.get('/api/v1/events', { token: 'forged' });
    await server.post('/api/v1/session', { name: '李伟', password }, { headers: { 'sec-fetch-site': 'cross-site' } });
    await server.call('PATCH', `/api/v1/accounts/${account.subject}`, {
      token: staff.admin,
      body: { roles: ['viewer'] },
    });
    await server.call('DELETE', '/api/v1/session', withCookie(cookie));
    await server.get('/api/v1/factories/never');
  });
  const { subject } = account;
  expect(lines).toMatchObject([
    { event: 'signed-in', subject },
    { event: 'sign-in-failed', subject },
    { event: 'refused', problem: 'forbidden', subject, method: 'GET', path: '/api/v1/events' },
    { event: 'refused', problem: 'unauthorized', path: '/api/v1/events' },
    { event: 'refused', problem: 'unauthorized', path: '/api/v1/events' },
    { event: 'refused', problem: 'cross-site', method: 'POST', path: '/api/v1/session' },
    { event: 'account-changed', subject, roles: ['viewer'], by: 'he.yan' },
    { event: 'signed-out', subject },
  ]);
  for (const line of lines) expect(line).toMatchObject({ address: '127.0.0.1', requestId: expect.any(String) });
});

test('what was typed as a name that nobody has is not written down, for it may be a password', async () => {
  const typed = 'my secret passphrase 42';
  const lines = await added('security.log', async () => {
    for (const name of [typed, typed, 'another']) await signIn(server, name, 'x');
  });
  const [one, same, other] = lines.map(({ unknownName }) => unknownName);
  expect(one).toMatch(/^[0-9a-f]{12}$/);
  expect(same).toBe(one);
  expect(other).not.toBe(one);
  expect(JSON.stringify(lines)).not.toMatch(/passphrase|another/);
});

test('no log holds a password, a token or a name', async () => {
  const cookie = await cookieFor(server, '李伟');
  await server.get('/api/v1/events', { headers: { ...ownPage, cookie, authorization: 'Bearer some.thing.secret' } });
  await server.get('/api/v1/people', { token: staff.auditor });
  const text = ['access.log', 'security.log'].map((name) => readFileSync(join(server.folder, name), 'utf8')).join('');
  for (const secret of [password, '李伟', 'some.thing', cookie.split('=')[1] ?? '', staff.auditor.split('.')[2] ?? ''])
    expect(text).not.toContain(secret);
});

test('auditors read both logs, which is written down; nobody else does', async () => {
  for (const name of ['access', 'security']) {
    const path = `/api/v1/logs/${name}`;
    const reply = await server.get(path, { token: staff.auditor });
    expect([reply.status, reply.headers.get('content-type')]).toEqual([200, 'application/x-ndjson']);
    expect(linesOf(reply.text).slice(0, 5)).toEqual(read(`${name}.log`).slice(0, 5));
    expect(read('access.log').at(-1)).toMatchObject({ event: 'logs', subject: 'zhao.lei', path });
    for (const who of ['clerk', 'reviewer', 'admin', 'viewer'] as const)
      refusedAs(await server.get(path, { token: staff[who] }), 403, 'forbidden', who);
    refusedAs(await server.get(path), 401, 'unauthorized');
  }
});

test('a log that has grown to its limit gets a number, and auditors still read all of it', async () => {
  const office = await openOffice({ inThread: true });
  const { auditor } = await people(office);
  const file = join(office.folder, 'access.log');
  const line = `${JSON.stringify({ at: 'x', event: 'old' })}\n`;
  writeFileSync(file, line, { mode: 0o600 });
  await office.get('/api/v1/people', { token: auditor });
  truncateSync(file, 16 * 1_048_576);
  await office.get('/api/v1/people', { token: auditor });
  expect(statSync(`${file}.1`).size).toBe(16 * 1_048_576);
  expect(linesOf(readFileSync(file, 'utf8'))).toMatchObject([{ event: 'people' }]);
  writeFileSync(`${file}.1`, line);
  const { text } = await office.get('/api/v1/logs/access', { token: auditor });
  expect(linesOf(text).map(({ event }) => event)).toEqual(['old', 'people', 'logs']);
  await office.close();
});

test('with REGISTRY_ACCESS_LOG=off no reads are written down, and the security log is', async () => {
  const office = await openOffice({ environment: { REGISTRY_ACCESS_LOG: 'off' } });
  const { auditor } = await people(office);
  expect((await office.get('/api/v1/events', { token: auditor })).status).toBe(200);
  await office.get('/api/v1/events');
  expect(() => statSync(join(office.folder, 'access.log'))).toThrow('ENOENT');
  expect((await office.get('/api/v1/logs/access', { token: auditor })).text).toBe('');
  expect((await office.get('/api/v1/logs/security', { token: auditor })).text).toContain('"refused"');
  await office.close();
});
