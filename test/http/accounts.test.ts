import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type EventStream, openStream } from './event-stream.ts';
import { nominate, openOffice, people, refusedAs, submitCertificate } from './office.ts';
import type { TestServer } from './server.ts';
import { addAccount, cookieFor, cookieOf, ownPage, password, signIn, withCookie } from './signing-in.ts';

let server: TestServer;
let staff: Awaited<ReturnType<typeof people>>;

beforeAll(async () => {
  server = await openOffice();
  staff = await people(server);
});
afterAll(() => server.close());

const add = (body: object) => server.post('/api/v1/accounts', body, { token: staff.admin });
const change = (subject: string, body: object) =>
  server.call('PATCH', `/api/v1/accounts/${subject}`, { token: staff.admin, body });
const signUp = (body: object) => server.post('/api/v1/session/sign-up', body, { headers: ownPage });
const tokenIn = (link: string) => link.split('#')[1] ?? '';

test('an administrator makes an account, and its person signs in', async () => {
  const made = await add({ name: '李伟', roles: ['auditor', 'clerk', 'clerk'], password });
  expect(made.status).toBe(201);
  const { subject } = made.json;
  expect(made.json).toEqual({ subject, name: '李伟', roles: ['clerk', 'auditor'], disabled: false });
  expect(subject).toMatch(/^p-[\w-]{22}$/);
  const location = made.headers.get('location') ?? '';
  expect(location).toBe(`/api/v1/accounts/${subject}`);
  expect((await server.get(location, { token: staff.admin })).json).toEqual(made.json);
  expect((await signIn(server, '李伟')).json).toMatchObject({ subject, roles: ['clerk', 'auditor'] });
  const { items } = (await server.get('/api/v1/accounts', { token: staff.admin })).json;
  expect(items).toEqual([{ ...made.json, lastSignInAt: expect.stringMatching(/Z$/) }]);
});

test('an account without a password has a link with which its person chooses one, once', async () => {
  const { json } = await add({ name: 'chen.jie', roles: ['reviewer'] });
  expect(json.link).toMatch(new RegExp(`^${server.url}/sign-up#[\\w-]{43}$`));
  refusedAs(await signIn(server, 'chen.jie', 'anything at all'), 401, 'sign-in-failed');
  const token = tokenIn(json.link);
  refusedAs(await server.post('/api/v1/session/sign-up', { token, password }), 403, 'cross-site');
  refusedAs(await signUp({ token, password: 'too short' }), 400, 'invalid-request');
  refusedAs(await signUp({ token, password, name: 'another' }), 400, 'invalid-request');
  const used = await signUp({ token, password });
  expect(used.json).toMatchObject({ subject: json.subject, name: 'chen.jie', roles: ['reviewer'] });
  expect((await server.get('/api/v1/session', withCookie(cookieOf(used)))).status).toBe(200);
  refusedAs(await signUp({ token, password }), 410, 'link-ended');
  refusedAs(await signUp({ token: `${token}x`, password }), 410, 'link-ended');
  expect((await signIn(server, 'chen.jie')).status).toBe(200);
});

test('a link works for one of several who use it at once', async () => {
  const { json } = await add({ name: 'raced', roles: ['clerk'] });
  const token = tokenIn(json.link);
  const replies = await Promise.all(Array.from({ length: 4 }, () => signUp({ token, password })));
  expect(replies.map(({ status }) => status).sort()).toEqual([200, 410, 410, 410]);
});

test('two accounts cannot have one name, whatever its case, width and invisible characters', async () => {
  await addAccount(server, 'Sun.Li', 'viewer');
  for (const name of ['Sun.Li', 'sun.li', 'ＳＵＮ．ＬＩ', 'sun . li', '  Sun.Li '])
    refusedAs(await add({ name, roles: ['viewer'], password }), 409, 'name-taken', name);
  const other = await addAccount(server, 'sun.wei', 'viewer');
  refusedAs(await change(other.subject, { name: 'SUN.LI' }), 409, 'name-taken');
  expect((await change(other.subject, { name: 'Sun.Wei' })).json.name).toBe('Sun.Wei');
  expect((await add({ name: 'Ѕun.Li', roles: ['viewer'], password })).status).toBe(201); // Cyrillic Ѕ
});

test('what cannot be an account is refused, with all that is wrong', async () => {
  const wrong = [
    {},
    { name: '', roles: ['clerk'] },
    { name: '\u200b', roles: ['clerk'] },
    { name: 'x'.repeat(101), roles: ['clerk'] },
    { name: 'p-AAAAAAAAAAAAAAAAAAAAAA', roles: ['clerk'] },
    { name: 'P-aaaaaaaaaaaaaaaaaaaaaa', roles: ['clerk'] },
    { name: 'ｐ-ａaaaaaaaaaaaaaaaaaaaaa', roles: ['clerk'] },
    { name: 'p-aaaaa aaaaaaaaaaaaaaaaa', roles: ['clerk'] },
    { name: 'a', roles: [] },
    { name: 'a', roles: ['king'] },
    { name: 'a', roles: 'clerk' },
    { name: 'a', roles: ['clerk'], password: 'password1234' },
    { name: 'a', roles: ['clerk'], subject: 'a' },
  ];
  for (const body of wrong) refusedAs(await add(body), 400, 'invalid-request', JSON.stringify(body));
  refusedAs(await change('p-AAAAAAAAAAAAAAAAAAAAAA', { disabled: true }), 404, 'not-found');
  refusedAs(await change('__proto__', { disabled: true }), 404, 'not-found');
  refusedAs(await server.get('/api/v1/accounts/__proto__', { token: staff.admin }), 404, 'not-found');
});

test('only administrators manage accounts, and only auditors read their log', async () => {
  for (const who of ['viewer', 'clerk', 'reviewer', 'auditor'] as const) {
    refusedAs(await server.get('/api/v1/accounts', { token: staff[who] }), 403, 'forbidden', who);
    refusedAs(await server.post('/api/v1/accounts', {}, { token: staff[who] }), 403, 'forbidden', who);
    const patched = await server.call('PATCH', '/api/v1/accounts/x', { token: staff[who], body: {} });
    refusedAs(patched, 403, 'forbidden', who);
    refusedAs(await server.get('/api/v1/accounts/x', { token: staff[who] }), 403, 'forbidden', who);
    const logged = await server.get('/api/v1/accounts/log', { token: staff[who] });
    if (who === 'auditor') expect(logged.status).toBe(200);
    else refusedAs(logged, 403, 'forbidden', who);
  }
  refusedAs(await server.get('/api/v1/accounts'), 401, 'unauthorized');
});

test('a role that is given or taken counts from the next request on', async () => {
  const { subject } = await addAccount(server, 'changing.roles', 'viewer');
  const cookie = await cookieFor(server, 'changing.roles');
  const trail = () => server.get('/api/v1/events', withCookie(cookie));
  refusedAs(await trail(), 403, 'forbidden');
  await change(subject, { roles: ['auditor'] });
  expect((await trail()).status).toBe(200);
  await change(subject, { roles: ['viewer'] });
  refusedAs(await trail(), 403, 'forbidden');
});

test('disabling an account ends its sessions and tokens at once, also once it is enabled again', async () => {
  let now = Date.parse('2021-06-15T04:00:00Z');
  const office = await openOffice({ now: () => now });
  const admin = await office.token('admin');
  const { subject } = await addAccount(office, 'leaving', 'clerk', 'auditor');
  const cookie = await cookieFor(office, 'leaving');
  const [own, sameCase] = [
    await office.token('auditor', subject),
    await office.token('auditor', subject.toUpperCase()),
  ];
  const set = (disabled: boolean) =>
    office.call('PATCH', `/api/v1/accounts/${subject}`, { token: admin, body: { disabled } });
  expect((await office.get('/api/v1/events', { token: own })).status).toBe(200);
  await set(true);
  for (const token of [own, sameCase]) refusedAs(await office.get('/api/v1/events', { token }), 401, 'unauthorized');
  refusedAs(await office.get('/api/v1/events', withCookie(cookie)), 401, 'unauthorized');
  refusedAs(await signIn(office, 'leaving'), 401, 'sign-in-failed');
  now += 1_000;
  expect((await set(false)).json.disabled).toBe(false);
  refusedAs(await office.get('/api/v1/events', { token: own }), 401, 'unauthorized');
  refusedAs(await office.get('/api/v1/events', withCookie(cookie)), 401, 'unauthorized');
  expect((await signIn(office, 'leaving')).status).toBe(200);
  const fresh = await office.token('auditor', subject);
  expect((await office.get('/api/v1/events', { token: fresh })).status).toBe(200);
  await office.close();
});

test('a live trail ends with the session, the token or the role that opened it', async () => {
  const one = await addAccount(server, 'stream.session', 'auditor');
  const two = await addAccount(server, 'stream.role', 'auditor');
  const three = await addAccount(server, 'stream.token', 'auditor');
  const cookies = [await cookieFor(server, 'stream.session'), await cookieFor(server, 'stream.role')] as const;
  const path = '/api/v1/events?after=0';
  const streams = [
    await openStream(server, path, { headers: { cookie: cookies[0] } }),
    await openStream(server, path, { headers: { cookie: cookies[1] } }),
    await openStream(server, path, { token: await server.token('auditor', three.subject) }),
    await openStream(server, path, { token: staff.auditor }),
  ] as const;
  await nominate(server, staff.clerk, 'streamed');
  for (const stream of streams) expect((await stream.next())?.data).toBeDefined();
  server.registry.people.sessions.endAll(one.subject);
  await change(two.subject, { roles: ['clerk'] });
  await change(three.subject, { disabled: true });
  await nominate(server, staff.clerk, 'streamed-later');
  const [a, b, c, d] = streams;
  const rest = async (stream: EventStream) => {
    const left: string[] = [];
    for (let message = await stream.next(); message !== undefined; message = await stream.next())
      left.push(message.data);
    return left.join('');
  };
  for (const stream of [a, b, c]) expect(await rest(stream)).not.toContain('streamed-later');
  expect((await d.take(1)).length).toBe(1);
  await d.close();
});

test('a password that an administrator sets ends the sessions of before', async () => {
  const { subject } = await addAccount(server, 'forgetful', 'clerk');
  const cookie = await cookieFor(server, 'forgetful');
  refusedAs(await change(subject, { password: 'forgetful-1234' }), 400, 'invalid-request');
  expect((await change(subject, { password: 'five other words nobody guesses' })).status).toBe(200);
  expect((await server.get('/api/v1/session', withCookie(cookie))).status).toBe(204);
  expect((await signIn(server, 'forgetful', 'five other words nobody guesses')).status).toBe(200);
});

test('a person with an account and a token of the same subject cannot be the second person for themselves', async () => {
  const { subject } = await addAccount(server, 'both', 'reviewer');
  const token = await server.token('clerk', subject);
  const submission = await submitCertificate(server, token, 'one-person');
  const cookie = await cookieFor(server, 'both');
  const approved = await server.post(`/api/v1/submissions/${submission}/approve`, {}, withCookie(cookie));
  refusedAs(approved, 403, 'second-person-needed');
});

test('every change is in the accounts’ own log, by subjects and without names', async () => {
  const { json: made } = await add({ name: '赵磊', roles: ['clerk'], password });
  await change(made.subject, { name: '赵小磊', roles: ['auditor'], disabled: true });
  await change(made.subject, { disabled: false, password: 'five other words nobody guesses' });
  const pages: { at: string; by: string; subject: string; what: string }[] = [];
  let path: string | undefined = '/api/v1/accounts/log?limit=3';
  while (path !== undefined) {
    const page = await server.get(path, { token: staff.auditor });
    pages.push(...page.json.items);
    path = /<([^>]+)>; rel="next"/.exec(page.headers.get('link') ?? '')?.[1];
    expect(page.text).not.toMatch(/赵|argon2|guesses/);
  }
  const own = pages.filter(({ subject }) => subject === made.subject);
  expect(own.map(({ at: _at, ...each }) => each)).toEqual([
    { by: 'he.yan', subject: made.subject, what: 'made', roles: ['clerk'] },
    { by: 'he.yan', subject: made.subject, what: 'renamed' },
    { by: 'he.yan', subject: made.subject, what: 'roles', roles: ['auditor'] },
    { by: 'he.yan', subject: made.subject, what: 'disabled' },
    { by: 'he.yan', subject: made.subject, what: 'enabled' },
    { by: 'he.yan', subject: made.subject, what: 'password' },
  ]);
});

test('those who work with people read the names behind subjects; one without an account is left out', async () => {
  const [one, two] = [await addAccount(server, '王芳', 'clerk'), await addAccount(server, '陈洁', 'clerk')];
  const path = `/api/v1/people?subject=${one.subject}&subject=li.wei&subject=${two.subject}&subject=${one.subject}`;
  for (const who of ['clerk', 'reviewer', 'auditor', 'admin'] as const)
    expect((await server.get(path, { token: staff[who] })).json, who).toEqual({
      items: [
        { subject: one.subject, name: '王芳' },
        { subject: two.subject, name: '陈洁' },
      ],
    });
  expect((await server.get(`/api/v1/people?subject=${one.subject}`, { token: staff.clerk })).json.items).toHaveLength(
    1,
  );
  expect((await server.get('/api/v1/people', { token: staff.clerk })).json).toEqual({ items: [] });
  refusedAs(await server.get(path, { token: staff.viewer }), 403, 'forbidden');
  refusedAs(await server.get(path), 401, 'unauthorized');
});

test('the first administrator signs up by a link that is valid for an hour, while there is no account', async () => {
  let now = Date.parse('2021-06-15T04:00:00Z');
  const office = await openOffice({ now: () => now });
  const { links } = office.registry.people;
  const post = (body: object) => office.post('/api/v1/session/sign-up', body, { headers: ownPage });
  const late = links.make(null, 3_600_000);
  now += 3_600_000;
  refusedAs(await post({ token: late.token, name: '何燕', password }), 410, 'link-ended');
  const [before, link] = [links.make(null, 3_600_000), links.make(null, 3_600_000)];
  refusedAs(await post({ token: before.token, name: '何燕', password }), 410, 'link-ended');
  refusedAs(await post({ token: link.token, password }), 400, 'invalid-request');
  const first = await post({ token: link.token, name: '何燕', password });
  expect(first.json).toMatchObject({ name: '何燕', roles: ['admin'] });
  const second = links.make(null, 3_600_000);
  refusedAs(await post({ token: second.token, name: '何艳', password }), 410, 'link-ended');
  const made = await office.post('/api/v1/accounts', { name: '李伟', roles: ['clerk'] }, withCookie(cookieOf(first)));
  expect(made.status).toBe(201);
  await office.close();
});

test('neither passwords nor tokens of sessions and links are kept, and only their owner can read the accounts', async () => {
  const cookie = await cookieFor(server, '李伟');
  const { json } = await add({ name: 'kept', roles: ['clerk'] });
  for (const name of ['accounts.db', 'accounts.db-wal', 'security.log']) {
    const path = join(server.folder, name);
    const content = readFileSync(path, 'latin1');
    for (const secret of [password, cookie.split('=')[1] ?? '', tokenIn(json.link)])
      expect(content).not.toContain(secret);
    expect((statSync(path).mode & 0o777).toString(8), name).toBe('600');
  }
});
