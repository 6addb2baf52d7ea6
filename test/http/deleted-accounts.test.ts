import { afterAll, beforeAll, expect, test } from 'vitest';
import { accountsIn } from '../../src/identity/accounts.ts';
import { exportAccounts, importAccounts, openAccountsFile } from '../../src/identity/accounts-file.ts';
import { nominate, openOffice, people, refusedAs } from './office.ts';
import type { Call, TestServer } from './server.ts';
import { addAccount, cookieFor, cookieOf, ownPage, password, signIn, withCookie } from './signing-in.ts';

let server: TestServer;
let staff: Awaited<ReturnType<typeof people>>;

beforeAll(async () => {
  server = await openOffice();
  staff = await people(server);
});
afterAll(() => server.close());

const remove = (subject: string, call: Call = { token: staff.admin }) =>
  server.call('DELETE', `/api/v1/accounts/${encodeURIComponent(subject)}`, call);
const add = (body: object) => server.post('/api/v1/accounts', body, { token: staff.admin });

test('a deleted account is nobody: no name, no sign-in, no session, no token, whatever the spelling of its subject', async () => {
  await addAccount(server, 'he.yan', 'admin');
  const { subject } = await addAccount(server, '王芳', 'clerk', 'auditor');
  const cookie = await cookieFor(server, '王芳');
  const tokens = [await server.token('auditor', subject), await server.token('auditor', subject.toUpperCase())];
  for (const token of tokens) expect((await server.get('/api/v1/events', { token })).status).toBe(200);
  const gone = await remove(subject);
  expect([gone.status, gone.text]).toEqual([204, '']);
  for (const token of tokens) refusedAs(await server.get('/api/v1/events', { token }), 401, 'unauthorized');
  refusedAs(await server.get('/api/v1/events', withCookie(cookie)), 401, 'unauthorized');
  expect((await server.get('/api/v1/session', withCookie(cookie))).status).toBe(204);
  refusedAs(await signIn(server, '王芳'), 401, 'sign-in-failed');
  const named = await server.get(`/api/v1/people?subject=${subject}`, { token: staff.auditor });
  expect(named.json).toEqual({ items: [] });
  const all = await server.get('/api/v1/accounts', { token: staff.admin });
  expect(all.text).not.toContain('王芳');
  const later = await server.token('auditor', subject);
  refusedAs(await server.get('/api/v1/events', { token: later }), 401, 'unauthorized');
  refusedAs(await remove(subject), 404, 'not-found');
});

test('the ledger keeps the subject of a deleted account, and its name is free for somebody else', async () => {
  const { subject } = await addAccount(server, '陈洁', 'clerk');
  const token = await server.token('clerk', subject);
  await nominate(server, token, 'kept-subject');
  await remove(subject);
  const { json } = await server.get('/api/v1/factories/kept-subject/history', { token: staff.auditor });
  expect(json.events[0].by).toBe(subject);
  const again = await add({ name: '陈洁', roles: ['clerk'], password });
  expect(again.status).toBe(201);
  expect(again.json.subject).not.toBe(subject);
});

test('a link that was given out leads nowhere once the account is deleted', async () => {
  const { json } = await add({ name: 'invited', roles: ['clerk'] });
  await remove(json.subject);
  const token = json.link.split('#')[1];
  refusedAs(await server.post('/api/v1/session/sign-up', { token, password }, { headers: ownPage }), 410, 'link-ended');
});

test('auditors see in the accounts’ own log who was deleted, when and by whom', async () => {
  const { subject } = await addAccount(server, 'logged', 'clerk');
  await remove(subject.toUpperCase());
  const security = (await server.get('/api/v1/logs/security', { token: staff.auditor })).text;
  expect(security).toContain(`"account-deleted","subject":"${subject}"`);
  const { items } = (await server.get('/api/v1/accounts/log?limit=500', { token: staff.auditor })).json;
  expect(items.at(-1)).toEqual({ at: expect.stringMatching(/Z$/), by: 'he.yan', subject, what: 'deleted' });
});

test('only administrators delete accounts, and only from the registry’s own page or with a token', async () => {
  const { subject } = await addAccount(server, 'stays', 'clerk');
  for (const who of ['viewer', 'clerk', 'reviewer', 'auditor'] as const)
    refusedAs(await remove(subject, { token: staff[who] }), 403, 'forbidden', who);
  refusedAs(await remove(subject, {}), 401, 'unauthorized');
  const cookie = await cookieFor(server, 'he.yan');
  refusedAs(await remove(subject, { headers: { cookie } }), 403, 'cross-site');
  expect((await remove(subject, withCookie(cookie))).status).toBe(204);
  for (const unknown of ['p-AAAAAAAAAAAAAAAAAAAAAA', '__proto__', 'https://id.example.org#li', ' '])
    refusedAs(await remove(unknown), 404, 'not-found', unknown);
});

test('the last administrator who can sign in is neither deleted nor disabled and keeps the role', async () => {
  const office = await openOffice();
  const token = await office.token('admin');
  const first = await addAccount(office, 'he.yan', 'admin', 'auditor');
  const own = withCookie(await cookieFor(office, 'he.yan'));
  const path = `/api/v1/accounts/${first.subject}`;
  const patch = (body: object, call: Call) => office.call('PATCH', path, { ...call, body });
  const losses = async (call: Call) => [
    await office.call('DELETE', path, call),
    await patch({ disabled: true }, call),
    await patch({ roles: ['auditor'] }, call),
    await patch({ name: 'renamed', roles: ['auditor'] }, call),
  ];
  const allRefused = async () => {
    for (const call of [own, { token }]) for (const reply of await losses(call)) refusedAs(reply, 409, 'last-admin');
    expect((await office.get('/api/v1/session', own)).json).toMatchObject({
      name: 'he.yan',
      roles: ['admin', 'auditor'],
    });
  };
  await allRefused();
  const invited = await office.post('/api/v1/accounts', { name: 'chen.jie', roles: ['admin'] }, { token });
  await allRefused(); // who has chosen no password cannot sign in
  const disabled = await addAccount(office, 'zhao.lei', 'admin');
  await office.call('PATCH', `/api/v1/accounts/${disabled.subject}`, { token, body: { disabled: true } });
  await allRefused();
  expect(
    (await patch({ name: 'he.yan', roles: ['admin', 'auditor'], password: `${password}, changed` }, { token })).status,
  ).toBe(200);
  const signUp = { token: invited.json.link.split('#')[1], password };
  const second = await office.post('/api/v1/session/sign-up', signUp, { headers: ownPage });
  const both = await Promise.all([
    office.call('DELETE', path, { token }),
    office.call('DELETE', `/api/v1/accounts/${invited.json.subject}`, withCookie(cookieOf(second))),
  ]);
  expect(both.map(({ status }) => status).sort()).toEqual([204, 409]);
  await office.close();
});

test('a backup knows which accounts were deleted, so that a restored node refuses their tokens too', async () => {
  const { subject } = await addAccount(server, '周敏', 'clerk');
  await remove(subject);
  const text = exportAccounts(`${server.folder}/accounts.db`);
  expect(text).not.toContain('周敏');
  const path = `${server.folder}/restored.db`;
  importAccounts(path, text);
  const restored = openAccountsFile(path);
  expect(accountsIn(restored, Date.now).tokensEndedAt(subject)).toBe(Number.POSITIVE_INFINITY);
  restored.close();
});
