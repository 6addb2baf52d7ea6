import { connect } from 'node:net';
import { expect } from 'vitest';
import { problems } from '../../src/commands/problems.ts';
import { nominate, nomination, openOffice, parseRaw, people, refusedAs, sendRaw, test } from './office.ts';
import type { Reply } from './server.ts';

test('a refusal is in Chinese unless English is asked for, and says in which language it is', async ({
  server,
  staff,
}) => {
  const asked = async (language: string | undefined) => {
    const headers = language === undefined ? {} : { 'accept-language': language };
    const { json, headers: answered } = await server.post(
      '/api/v1/factories/x/nominate',
      {},
      { token: staff.clerk, headers },
    );
    return { language: answered.get('content-language'), title: json.title, first: json.errors[0].message };
  };
  const chinese = { language: 'zh-CN', title: '请求不符合要求', first: '必填' };
  const english = { language: 'en', title: 'The request is not valid', first: 'Required' };
  for (const language of [undefined, 'zh', 'zh-CN,en;q=0.5', 'fr', 'nonsense;;', 'en;q=0.1, zh;q=0.9', '*']) {
    expect(await asked(language), language).toEqual(chinese);
  }
  for (const language of ['en', 'en-GB', 'en-US,en;q=0.9,zh;q=0.1', 'fr, en;q=0.5']) {
    expect(await asked(language), language).toEqual(english);
  }
});

test('title and detail of a refused command are in the language asked for', async ({ server, staff }) => {
  await nominate(server, staff.clerk, 'twice');
  const again = (language: string) =>
    server.post('/api/v1/factories/twice/nominate', nomination, {
      token: staff.clerk,
      headers: { 'if-match': '"0"', 'accept-language': language },
    });
  expect((await again('zh')).json).toMatchObject({
    title: '当时的状态不允许此操作',
    detail: '当日状态为“已推荐”，可办理：评估、认定、变更、更正、作废记录',
  });
  expect((await again('en')).json).toMatchObject({
    detail: 'On that date the status is "Nominated"; possible commands: Assess, Certify, Amend, Correct, Annul',
  });
});

test('every problem has a page that explains it in both languages', async ({ server }) => {
  for (const [code, { status, title }] of Object.entries(problems)) {
    const page = await server.get(`/problems/${code}`);
    expect(page.status, code).toBe(200);
    expect(page.headers.get('content-type')).toMatch(/^text\/html/);
    for (const said of [title.zh, title.en, String(status), code]) expect(page.text).toContain(said);
  }
  for (const code of ['no-such-problem', 'constructor', '__proto__']) {
    refusedAs(await server.get(`/problems/${code}`), 404, 'not-found');
  }
});

test('a refusal repeats its status in the body and its type leads to a page', async ({ server, staff }) => {
  const { json, status } = await server.post('/api/v1/factories/x/nominate', {}, { token: staff.clerk });
  expect(json.status).toBe(status);
  expect((await server.get(json.type)).status).toBe(200);
});

test('a request’s id comes back, and a new one is made if it is missing or not valid', async ({ server }) => {
  const answered = async (id: string | undefined, path = '/api/v1/targets') => {
    const reply = await server.get(path, { headers: id === undefined ? {} : { 'x-request-id': id } });
    return reply.headers.get('x-request-id');
  };
  expect(await answered('clerk-7.2021/06')).toBe('clerk-7.2021/06');
  expect(await answered('on-404', '/api/v1/no-such-thing')).toBe('on-404');
  expect(await answered('on-400', '/api/v1/targets?on=never')).toBe('on-400');
  const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4/;
  for (const id of [undefined, 'two words', 'x'.repeat(129)]) expect(await answered(id)).toMatch(uuid);
  const bad = await server.post('/api/v1/factories/%zz/nominate', {}, { headers: { 'x-request-id': 'on-bad-url' } });
  expect(bad.headers.get('x-request-id')).toBe('on-bad-url');
});

test('every answer carries the headers that keep browsers from being tricked', async ({ server }) => {
  for (const path of ['/api/v1/targets', '/api/v1/no-such-thing', '/problems/forbidden', '/api/v1/factories/%zz']) {
    const { headers } = await server.get(path);
    expect(headers.get('x-content-type-options'), path).toBe('nosniff');
    expect(headers.get('content-security-policy'), path).toContain("frame-ancestors 'none'");
    expect(headers.get('referrer-policy'), path).toBe('no-referrer');
    expect(headers.get('x-powered-by'), path).toBeNull();
  }
});

test('a method that a path does not take is 405 with those that it takes', async ({ server, staff }) => {
  const allowed = async (method: string, path: string) => {
    const reply = await server.call(method, path, { token: staff.clerk });
    refusedAs(reply, 405, 'method-not-allowed');
    return reply.headers.get('allow');
  };
  expect(await allowed('GET', '/api/v1/factories/x/nominate')).toBe('POST');
  expect(await allowed('PUT', '/api/v1/factories/x/nominate')).toBe('POST');
  expect(await allowed('DELETE', '/api/v1/factories/x')).toBe('GET, HEAD');
  expect(await allowed('POST', '/api/v1/factories')).toBe('GET, HEAD');
  expect(await allowed('PATCH', '/api/v1/submissions/factories~x~0')).toBe('GET, HEAD');
  expect(await allowed('GET', '/api/v1/submissions/factories~x~0/approve')).toBe('POST');
});

test('a format that is not available is 406', async ({ server, staff }) => {
  for (const accept of ['application/xml', 'text/html', 'image/*', 'application/json;q=0']) {
    const reply = await server.get('/api/v1/targets', { headers: { accept } });
    expect([accept, reply.status]).toEqual([accept, 406]);
    expect(reply.json.type).toBe('/problems/not-acceptable');
  }
  const command = await server.post('/api/v1/factories/x/nominate', nomination, {
    token: staff.clerk,
    headers: { accept: 'text/csv' },
  });
  refusedAs(command, 406, 'not-acceptable');
  for (const accept of [
    '*/*',
    'application/*',
    'application/json',
    'text/html, */*;q=0.1',
    'application/problem+json',
  ]) {
    expect((await server.get('/api/v1/targets', { headers: { accept } })).status, accept).toBe(200);
  }
});

test('headers that are too large are refused with a problem that a client can read', async ({ server }) => {
  const answer = await sendRaw(
    server.url,
    `GET /api/v1/targets HTTP/1.1\r\nHost: registry\r\nX-Long: ${'x'.repeat(20_000)}\r\n\r\n`,
  );
  const { status, headers, body } = parseRaw(answer);
  expect(status).toBe(431);
  expect(headers.get('content-type')).toBe('application/problem+json');
  expect(headers.get('content-language')).toBe('zh-CN');
  expect(JSON.parse(body)).toMatchObject({
    type: '/problems/headers-too-large',
    status: 431,
    title: '请求头过大',
    detail: expect.any(String),
  });
});

test('what is no HTTP request is refused with a problem', async ({ server }) => {
  const { status, body } = parseRaw(await sendRaw(server.url, 'HELLO\r\n\r\n'));
  expect(status).toBe(400);
  expect(JSON.parse(body)).toMatchObject({ type: '/problems/invalid-request', status: 400 });
});

test('a body that ends before its stated length is never treated as a command', async ({ server, staff }) => {
  const { hostname, port } = new URL(server.url);
  const body = JSON.stringify(nomination);
  await new Promise<void>((resolve) => {
    const socket = connect(Number(port), hostname, () =>
      socket.end(
        `POST /api/v1/factories/cut/nominate HTTP/1.1\r\nHost: registry\r\nAuthorization: Bearer ${staff.clerk}\r\nContent-Type: application/json\r\nContent-Length: ${body.length + 500}\r\n\r\n${body}`,
      ),
    );
    socket.resume();
    socket.on('error', () => resolve());
    socket.on('close', () => resolve());
  });
  refusedAs(await server.get('/api/v1/factories/cut', { token: staff.clerk }), 404, 'not-found');
});

test('while the store is away a command is refused with the time to wait, and nothing is recorded', async () => {
  const office = await openOffice();
  try {
    const { clerk } = await people(office);
    await office.registry.store.close();
    const reply = await office.post('/api/v1/factories/away/nominate', nomination, { token: clerk });
    refusedAs(reply, 503, 'unavailable');
    expect(Number(reply.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
  } finally {
    await office.close();
  }
});

test('a missing role is named by its title, and by its code in a member of its own', async ({ server, staff }) => {
  const asked = (path: string, language: string) =>
    server.get(path, { token: staff.viewer, headers: { 'accept-language': language } });
  expect((await asked('/api/v1/events', 'zh')).json).toMatchObject({ role: 'auditor', detail: '需要角色：审计人' });
  expect((await asked('/api/v1/submissions', 'en')).json).toMatchObject({
    role: 'clerk | auditor | admin',
    detail: 'Requires one of these roles: Clerk, Auditor, Administrator',
  });
});

test('queries and headers that are malformed are refused in words', async ({ server, staff }) => {
  const messages: string[] = [];
  for (const language of ['zh', 'en']) {
    const headers = { 'accept-language': language };
    const token = staff.auditor;
    for (const query of ['knownAt=x', 'on=x', 'nonsense=1', 'plan=%00', `plan=${'x'.repeat(65)}`]) {
      messages.push(...messagesOf(await server.get(`/api/v1/targets?${query}`, { headers })));
    }
    for (const query of ['sector=x', 'district=x', 'limit=0', 'sort=x', `q=${'x'.repeat(201)}`]) {
      messages.push(...messagesOf(await server.get(`/api/v1/factories?${query}`, { headers })));
    }
    for (const query of ['after=x', 'from=x']) {
      messages.push(...messagesOf(await server.get(`/api/v1/events?${query}`, { headers, token })));
    }
    for (const wrong of [{ 'if-match': 'x' }, { 'idempotency-key': 'a b' }]) {
      const reply = await server.post('/api/v1/factories/x/nominate', nomination, {
        token: staff.clerk,
        headers: { ...headers, ...wrong },
      });
      messages.push(...messagesOf(reply));
    }
    const resumed = { ...headers, 'last-event-id': 'x', accept: 'text/event-stream' };
    messages.push(...messagesOf(await server.get('/api/v1/events', { headers: resumed, token })));
  }
  expect(messages.length).toBeGreaterThanOrEqual(24);
  for (const message of messages)
    expect(message).not.toMatch(/string|undefined|[<>]=|"\|"|\^|\\d|expected|Invalid|期望/);
});

const messagesOf = ({ status, json }: Reply): string[] =>
  status === 400 ? json.errors.map(({ message }: { message: string }) => message) : [];

test('a parameter that is there twice is refused as such, since nobody knows which is meant', async ({
  server,
  staff,
}) => {
  const token = staff.auditor;
  const twice = [
    'targets?on=2020-01-01&on=2020-01-02',
    'targets?knownAt=0&knownAt=0',
    'targets?plan=a&plan=b',
    'factories?status=nominated&status=certified',
    'factories?sector=automobiles&sector=automobiles',
    'factories?limit=1&limit=2',
    'factories?q=a&q=b',
    'factories?cursor=a&cursor=b',
    'breakdown?by=sector&by=district',
    'series?step=day&step=week',
    'events?after=1&after=2',
    'events?from=2020-01-01&from=2020-01-02',
    'events?order=asc&order=desc',
    'submissions?status=pending&status=approved',
    'submissions?import=a&import=b',
    'imports?state=running&state=failed',
    'search?q=a&q=b',
    'exports/factories.csv?lang=zh&lang=en',
  ];
  for (const path of twice) {
    const name = /&(\w+)=/.exec(path)?.[1];
    const reply = await server.get(`/api/v1/${path}`, { token, headers: { 'accept-language': 'en' } });
    refusedAs(reply, 400, 'invalid-request', path);
    expect([path, ...reply.json.errors]).toEqual([path, { in: 'query', name, message: 'Must be given only once' }]);
  }
  expect((await server.get('/api/v1/people?subject=a&subject=b', { token })).status).toBe(200);
});

test('no read is answered if a parameter of it is left empty', async ({ server }) => {
  const { json } = await server.get('/api/openapi.json');
  const token = await server.token(['clerk', 'reviewer', 'auditor', 'admin']);
  type Parameter = { readonly name: string; readonly in: string; readonly $ref?: string };
  const resolved = (each: Parameter): Parameter =>
    each.$ref === undefined ? each : json.components.parameters[each.$ref.split('/').at(-1) ?? ''];
  const reads = Object.entries<{ readonly get?: { readonly parameters?: readonly Parameter[] } }>(json.paths).flatMap(
    ([path, { get }]) =>
      !path.startsWith('/api/v1/') || path.includes('{')
        ? []
        : (get?.parameters ?? [])
            .map(resolved)
            .flatMap((each) => (each.in === 'query' ? [`${path}?${each.name}=`] : [])),
  );
  expect(reads.length).toBeGreaterThan(100);
  for (const path of reads) {
    const reply = await server.get(path, { token });
    if (path.endsWith('?q=') && reply.status === 200) continue; // a search for no words is a list of everything
    expect([400, 404], path).toContain(reply.status); // a plan without a name is not there
  }
});

test('a filter that was left empty is refused, since it would find nothing and might be meant for everything', async ({
  server,
  staff,
}) => {
  const empty = [
    'submissions?key=',
    'submissions?by=',
    'submissions?notBy=',
    'submissions?import=',
    'events?key=',
    'events?by=',
    'events?approvedBy=',
    'events?import=',
    'imports?by=',
    'factories?enterprise=',
    'people?subject=',
  ];
  for (const path of empty) {
    const name = /\?(\w+)=/.exec(path)?.[1];
    const reply = await server.get(`/api/v1/${path}`, { token: staff.auditor, headers: { 'accept-language': 'en' } });
    refusedAs(reply, 400, 'invalid-request', path);
    expect([path, ...reply.json.errors]).toEqual([path, { in: 'query', name, message: 'Must not be empty' }]);
  }
});
