import { afterAll, beforeAll, expect, test } from 'vitest';
import { csv, imported } from '../imports/spreadsheet.ts';
import { spellings } from '../spellings.ts';
import { nominate, openOffice, people, refusedAs, submitCertificate } from './office.ts';
import type { TestServer } from './server.ts';
import { addAccount, cookieFor, withCookie } from './signing-in.ts';

/** Anyone who reads by a person finds them by any spelling of their subject that makes them one person. */

let server: TestServer;
let staff: Awaited<ReturnType<typeof people>>;
const clerk = 'lw.José.Li';
const reviewer = 'wf.Renée';
let account: { readonly subject: string };

beforeAll(async () => {
  server = await openOffice();
  staff = await people(server);
  account = await addAccount(server, '王芳', 'clerk', 'auditor');
  const token = await server.token('clerk', clerk);
  await nominate(server, token, 'spelled');
  const submission = await submitCertificate(server, token, 'spelled-too');
  const second = await server.token('reviewer', reviewer.toUpperCase());
  expect((await server.post(`/api/v1/submissions/${submission}/approve`, {}, { token: second })).status).toBe(201);
  await submitCertificate(server, await server.token('clerk', clerk.toUpperCase()), 'spelled-thrice');
  await imported(
    server,
    'factories',
    csv(['编号', '工厂名称', '行业', '区', '推荐日期'], ['imp-1', '甲 厂', '汽车', '浦东', '2020-12-22']),
    { by: clerk },
  );
  server.registry.people.federated.keep({ subject: 'https://id.example.org#Li', name: '李娜', roles: ['clerk'] });
});
afterAll(() => server.close());

const read = async (path: string, written: string) => {
  const size = String(await server.registry.store.size());
  const reply = await server.get(`/api/v1/${path}=${encodeURIComponent(written)}`, {
    token: staff.auditor,
    headers: { 'registry-position': size },
  });
  expect(reply.status, reply.text).toBe(200);
  return reply.json;
};

test.each(spellings)(
  'a subject written %s finds the same events, submissions, imports and names',
  async (_, written) => {
    expect((await read('events?by', written(clerk))).length).toBeGreaterThanOrEqual(4);
    expect(await read('events?limit=500&by', written(clerk))).toEqual(await read('events?limit=500&by', clerk));
    expect(await read('events?approvedBy', written(reviewer))).toHaveLength(1);
    expect((await read('submissions?by', written(clerk))).total).toBe(2);
    expect((await read('submissions?notBy', written(clerk))).total).toBe(0);
    expect((await read('imports?by', written(clerk))).total).toBe(1);
    expect(await read('people?subject', written(account.subject))).toEqual({
      items: [{ subject: written(account.subject), name: '王芳' }],
    });
    expect((await read('people?subject', written('https://id.example.org#Li'))).items).toHaveLength(1);
    const found = await server.get(`/api/v1/accounts/${encodeURIComponent(written(account.subject))}`, {
      token: staff.admin,
    });
    expect(found.json).toMatchObject({ subject: account.subject, name: '王芳' });
  },
);

test('another person is not found, however alike', async () => {
  for (const other of ['lw.Jose.Li', 'lw.José.Lі', 'lw.José.L', '\u200b']) {
    expect(await read('events?by', other), other).toEqual([]);
    expect((await read('submissions?by', other)).total, other).toBe(0);
    expect((await read('imports?by', other)).total, other).toBe(0);
  }
});

test('a person of whom nothing was written is refused, not looked for', async () => {
  for (const path of ['events?by', 'events?approvedBy', 'submissions?by', 'submissions?notBy', 'imports?by'])
    refusedAs(await server.get(`/api/v1/${path}=`, { token: staff.auditor }), 400, 'invalid-request', path);
});

test('a file of the trail and its lines are of the same person too', async () => {
  const by = encodeURIComponent(clerk.toUpperCase());
  const lines = async (path: string, accept: string) =>
    (await server.get(path, { token: staff.auditor, headers: { accept } })).text.trim().split('\n').length;
  const events = (await read('events?limit=500&by', clerk)).length;
  expect(await lines(`/api/v1/events?by=${by}`, 'application/x-ndjson')).toBe(events);
  expect(await lines(`/api/v1/events.csv?by=${by}`, 'text/csv')).toBe(events + 1);
});

test('a token with another spelling of an account’s subject has its name, and ends its sessions', async () => {
  const cookie = await cookieFor(server, '王芳');
  const token = await server.token('clerk', account.subject.toUpperCase());
  const shown = await server.get('/api/v1/session', { token });
  expect(shown.json).toMatchObject({ subject: account.subject.toUpperCase(), name: '王芳' });
  expect((await server.call('DELETE', '/api/v1/sessions', { token })).status).toBe(204);
  expect((await server.get('/api/v1/session', withCookie(cookie))).status).toBe(204);
});

test('of two people of an issuer whose subjects differ only in case, each has their own name and session', () => {
  const { federated, nameOf } = server.registry.people;
  for (const [sub, name] of [
    ['ab', '甲'],
    ['AB', '乙'],
  ] as const)
    federated.keep({ subject: `https://id.example.org#${sub}`, name, roles: ['clerk'] });
  expect(federated.of('https://id.example.org#ab')?.name).toBe('甲');
  expect(federated.of('https://id.example.org#AB')?.name).toBe('乙');
  expect([nameOf('https://id.example.org#ab'), nameOf('https://id.example.org#AB')]).toEqual(['甲', '乙']);
  expect(nameOf('https://id.example.org#Ab')).toMatch(/甲|乙/);
  expect(federated.of('https://id.example.org#Ab')).toBeUndefined();
});
