import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cookieName } from '../../src/http/session-cookie.ts';
import { nomination, noon, openOffice, parseRaw, refusedAs, sendRaw } from './office.ts';
import type { TestServer } from './server.ts';
import { addAccount, cookieFor, cookieOf, ownPage, password, signIn, withCookie } from './signing-in.ts';

const hourMs = 3_600_000;
let now = noon;
let server: TestServer;

beforeAll(async () => {
  server = await openOffice({ now: () => now, environment: { REGISTRY_TRUST_PROXY: 'loopback' } });
  await addAccount(server, '李伟', 'clerk');
  await addAccount(server, 'wang.fang', 'reviewer');
});
afterAll(() => server.close());

/** An address of its own, so that tests do not slow each other down. */
let addresses = 0;
const elsewhere = () => {
  addresses += 1;
  return { headers: { 'x-forwarded-for': `192.0.2.${addresses}` } };
};
const session = (cookie: string) => server.get('/api/v1/session', withCookie(cookie));

describe('somebody who signs in', () => {
  test('learns who they are and until when, and gets a cookie that scripts and other sites cannot use', async () => {
    const reply = await signIn(server, '李伟');
    expect(reply.status).toBe(200);
    const expiresAt = new Date(noon + 8 * hourMs).toISOString();
    expect(reply.json).toEqual({
      subject: expect.stringMatching(/^p-[\w-]{22}$/),
      name: '李伟',
      roles: ['clerk'],
      expiresAt,
    });
    expect(reply.headers.get('set-cookie')).toMatch(/^registry-session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/);
    expect((await session(cookieOf(reply))).json).toEqual(reply.json);
  });

  test('records under the opaque subject, and the name stands nowhere in the ledger', async () => {
    const cookie = await cookieFor(server, '李伟');
    const { json: me } = await session(cookie);
    const body = { ...nomination, name: '康桥' };
    const reply = await server.post('/api/v1/factories/kangqiao/nominate', body, withCookie(cookie));
    expect(reply.status).toBe(201);
    const token = await server.token('auditor');
    const trail = await server.get('/api/v1/events?register=factories', { token });
    expect(trail.json).toMatchObject([{ data: { metadata: { by: me.subject } } }]);
    expect(trail.text).not.toContain('李伟');
  });

  test('may write the name in another case or width, with spaces around it', async () => {
    for (const name of ['WANG.FANG', 'ｗａｎｇ．ｆａｎｇ', '  wang.fang\u200b'])
      expect((await signIn(server, name)).status, name).toBe(200);
  });

  test('may type the password in either form of Unicode', async () => {
    const { accounts, passwords } = server.registry.people;
    accounts.add(
      { name: 'nfd', roles: ['viewer'], passwordHash: await passwords.hash('mañana más café'.normalize('NFC')) },
      'x',
    );
    expect((await signIn(server, 'nfd', 'mañana más café'.normalize('NFD'))).status).toBe(200);
  });

  test('over TLS gets a cookie with a prefix that no other site can set, as a trusted proxy says', async () => {
    const reply = await signIn(server, '李伟', password, { headers: { 'x-forwarded-proto': 'https' } });
    expect(reply.headers.get('set-cookie')).toMatch(
      /^__Host-registry-session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Secure$/,
    );
    const cookie = cookieOf(reply);
    expect((await server.get('/api/v1/session', withCookie(cookie, { 'x-forwarded-proto': 'https' }))).status).toBe(
      200,
    );
    expect((await session(cookie)).status).toBe(204);
    expect(cookieName(true, '/registry/')).toBe('__Secure-registry-session');
  });

  test('again in the same browser ends the session before', async () => {
    const first = await cookieFor(server, '李伟');
    const second = cookieOf(await signIn(server, '李伟', password, { headers: { cookie: first } }));
    expect([(await session(first)).status, (await session(second)).status]).toEqual([204, 200]);
  });
});

describe('a session', () => {
  test('ends after eight hours without use', async () => {
    const [used, unused] = [await cookieFor(server, '李伟'), await cookieFor(server, '李伟')];
    const began = now;
    now = began + 8 * hourMs - 2_000;
    expect((await session(used)).json.expiresAt).toBe(new Date(now + 8 * hourMs).toISOString());
    now = began + 8 * hourMs;
    const ended = await session(unused);
    expect([ended.status, ended.text, ended.headers.get('set-cookie')]).toEqual([
      204,
      '',
      'registry-session=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0',
    ]);
    expect((await session(used)).status).toBe(200);
    refusedAs(await server.get('/api/v1/submissions', withCookie(unused)), 401, 'unauthorized');
    expect((await server.get('/api/v1/targets', withCookie(unused))).status).toBe(200);
  });

  test('ends after seven days, however much it is used', async () => {
    const cookie = await cookieFor(server, '李伟');
    const end = now + 7 * 24 * hourMs;
    for (now += 7 * hourMs; now < end; now += 7 * hourMs) expect((await session(cookie)).status).toBe(200);
    now = end;
    expect((await session(cookie)).status).toBe(204);
  });

  test('ends by signing out, here or everywhere', async () => {
    const [a, b, c] = [
      await cookieFor(server, '李伟'),
      await cookieFor(server, '李伟'),
      await cookieFor(server, '李伟'),
    ];
    const out = await server.call('DELETE', '/api/v1/session', withCookie(a));
    expect([out.status, out.headers.get('set-cookie')]).toEqual([204, expect.stringMatching(/Max-Age=0$/)]);
    expect([(await session(a)).status, (await session(b)).status]).toEqual([204, 200]);
    expect((await server.call('DELETE', '/api/v1/sessions', withCookie(b))).status).toBe(204);
    expect([(await session(b)).status, (await session(c)).status]).toEqual([204, 204]);
    refusedAs(await server.call('DELETE', '/api/v1/session', withCookie(b)), 401, 'unauthorized');
    refusedAs(await server.call('DELETE', '/api/v1/sessions'), 401, 'unauthorized');
  });

  test('that was cut, changed, forged or comes from another node is nobody’s', async () => {
    const other = await openOffice({ now: () => now });
    await addAccount(other, '李伟', 'clerk');
    const foreign = await cookieFor(other, '李伟');
    await other.close();
    const own = await cookieFor(server, '李伟');
    for (const cookie of [
      foreign,
      own.slice(0, -1),
      `${own}A`,
      `${own.slice(0, -1)}${own.endsWith('A') ? 'B' : 'A'}`,
      'registry-session=',
      'registry-session',
      `registry-session=${'A'.repeat(43)}`,
      `registry-session="${own.split('=')[1]}"`,
      `registry-session=${'x'.repeat(8_000)}`,
      "registry-session=' OR 1=1 --",
    ]) {
      expect((await session(cookie)).status, cookie).toBe(204);
      expect((await server.get('/api/v1/submissions', withCookie(cookie))).status, cookie).toBe(401);
    }
    expect((await session(`theme=dark; ${own}; other`)).status).toBe(200);
  });

  test('sent twice, or beside a token, is refused, even if one of them is valid', async () => {
    const cookie = await cookieFor(server, '李伟');
    refusedAs(await session(`${cookie}; registry-session=${'A'.repeat(43)}`), 400, 'invalid-request');
    for (const token of [await server.token('clerk'), 'forged'])
      refusedAs(await server.get('/api/v1/session', { ...withCookie(cookie), token }), 400, 'invalid-request');
    const answer = await sendRaw(
      server.url,
      `GET /api/v1/session HTTP/1.1\r\nHost: x\r\nConnection: close\r\nCookie: ${cookie}\r\nCookie: ${cookie}\r\n\r\n`,
    );
    expect(parseRaw(answer).status).toBe(400);
  });

  test('is not what a token has; a token says whom it stands for', async () => {
    const token = await server.token(['clerk', 'auditor'], 'zhao.lei');
    expect((await server.get('/api/v1/session', { token })).json).toMatchObject({
      subject: 'zhao.lei',
      name: 'zhao.lei',
      roles: ['clerk', 'auditor'],
    });
    refusedAs(await server.call('DELETE', '/api/v1/session', { token }), 400, 'invalid-request');
  });
});

describe('a request of another site', () => {
  const { origin } = new URL('http://registry.example');
  const sent: readonly (readonly [string, Readonly<Record<string, string>>, number])[] = [
    ['by Sec-Fetch-Site', { 'sec-fetch-site': 'cross-site' }, 403],
    ['of a neighbouring host', { 'sec-fetch-site': 'same-site' }, 403],
    ['typed by the user', { 'sec-fetch-site': 'none' }, 403],
    ['whose Sec-Fetch-Site says otherwise than Origin', { 'sec-fetch-site': 'cross-site', origin: 'own' }, 403],
    ['by Origin', { origin }, 403],
    ['of a sandboxed page', { origin: 'null' }, 403],
    ['that says nothing', {}, 403],
    ['whose Host cannot be parsed, like its Origin', { host: 'a b', origin: '' }, 400],
    ['without a Host, like its Origin', { host: '', origin: '' }, 403],
    ['of the own page by Origin', { origin: 'own' }, 200],
    ['of the own page by Sec-Fetch-Site', { 'sec-fetch-site': 'same-origin', origin }, 200],
  ];
  const headersOf = (headers: Readonly<Record<string, string>>) =>
    headers.origin === 'own' ? { ...headers, origin: server.url } : headers;
  /** fetch sets Sec-Fetch headers of its own, so the bytes are sent as they are. */
  const send = async (method: string, path: string, headers: Readonly<Record<string, string>>, body: object) => {
    const text = JSON.stringify(body);
    const all = { host: new URL(server.url).host, connection: 'close', 'content-type': 'application/json', ...headers };
    const head = Object.entries({ ...all, 'content-length': String(Buffer.byteLength(text)) });
    const lines = head.map(([name, value]) => `${name}: ${value}\r\n`).join('');
    const answer = parseRaw(await sendRaw(server.url, `${method} ${path} HTTP/1.1\r\n${lines}\r\n${text}`));
    return { status: answer.status, type: answer.body.includes('/problems/cross-site') };
  };

  test.each(sent)('%s: a sign-in', async (_name, headers, status) => {
    const body = { name: '李伟', password };
    const answer = await send('POST', '/api/v1/session', headersOf(headers), body);
    expect(answer).toEqual({ status, type: status === 403 });
  });

  let cookie = '';
  beforeAll(async () => {
    cookie = await cookieFor(server, '李伟');
  });

  test.each(sent)('%s: a change with the cookie', async (_name, headers, status) => {
    const path = '/api/v1/factories/other-site/nominate?dryRun=true';
    const answer = await send('POST', path, { cookie, ...headersOf(headers) }, nomination);
    expect(answer).toEqual({ status, type: status === 403 });
  });

  test('may still read with the cookie, and send a token', async () => {
    const site = { 'sec-fetch-site': 'cross-site' };
    expect((await server.get('/api/v1/submissions', withCookie(cookie, site))).status).toBe(200);
    const token = await server.token('clerk');
    const path = '/api/v1/factories/other-site/nominate?dryRun=true';
    expect((await server.post(path, nomination, { token, headers: site })).status).toBe(200);
  });
});

describe('a sign-in that fails', () => {
  test('says the same for a wrong name, a wrong password, a disabled account and one without a password', async () => {
    const gone = await addAccount(server, 'gone', 'clerk');
    server.registry.people.accounts.change(gone.subject, { disabled: true }, 'x');
    server.registry.people.accounts.add({ name: 'new', roles: ['clerk'] }, 'x');
    const tries = [
      ['nobody', password],
      ['李伟', 'not the right password'],
      ['gone', password],
      ['new', password],
      ['李伟', 'x'],
      ['李伟', '𝒜'.repeat(201)],
    ] as const;
    const replies = await Promise.all(tries.map(([name, given]) => signIn(server, name, given, elsewhere())));
    for (const reply of replies) {
      refusedAs(reply, 401, 'sign-in-failed');
      expect(reply.text).toBe(replies[0]?.text);
      expect(reply.headers.get('www-authenticate')).toMatch(/^Bearer /);
      expect(reply.headers.get('set-cookie')).toBeNull();
    }
    await signIn(server, '李伟');
  });

  test('too often for one name, from any address, must wait longer and longer, but never for good', async () => {
    await addAccount(server, 'target', 'clerk');
    const fail = () => signIn(server, 'target', 'a wrong password', elsewhere());
    for (let count = 0; count < 5; count++) refusedAs(await fail(), 401, 'sign-in-failed');
    const waits: number[] = [];
    for (let count = 0; count < 8; count++) {
      const refused = await signIn(server, 'target', password, elsewhere());
      refusedAs(refused, 429, 'too-many-requests');
      waits.push(Number(refused.headers.get('retry-after')));
      now += Number(refused.headers.get('retry-after')) * 1_000;
      refusedAs(await fail(), 401, 'sign-in-failed');
    }
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 60, 60]);
    now += 60_000;
    expect((await signIn(server, 'target')).status).toBe(200);
    refusedAs(await fail(), 401, 'sign-in-failed');
    expect((await signIn(server, 'target')).status).toBe(200);
  });

  test('too often from one address must wait, whatever the names; a name that nobody has is slowed down in the same way', async () => {
    const here = { headers: { 'x-forwarded-for': '198.51.100.7' } };
    const replies = await Promise.all(
      Array.from({ length: 30 }, (_, index) => signIn(server, `nobody-${index}`, 'a wrong password', here)),
    );
    expect(replies.filter(({ status }) => status === 401)).toHaveLength(20);
    expect(replies.filter(({ status }) => status === 429)).toHaveLength(10);
    refusedAs(await signIn(server, '李伟', password, here), 429, 'too-many-requests');
    expect((await signIn(server, '李伟', password, elsewhere())).status).toBe(200);
    now += 60_000;
    for (let count = 0; count < 6; count++) await signIn(server, 'no-such-name', 'a wrong password', elsewhere());
    const reply = await signIn(server, 'no-such-name', 'a wrong password', elsewhere());
    refusedAs(reply, 429, 'too-many-requests');
  });

  test('makes nobody wait for those who sign in rightly from the same address, and is forgotten after a day of them', async () => {
    await addAccount(server, 'neighbour', 'clerk');
    const here = { headers: { 'x-forwarded-for': '198.51.100.8' } };
    const right = async () => (await signIn(server, 'neighbour', password, here)).status;
    for (let count = 0; count < 26; count++) {
      refusedAs(await signIn(server, `nobody-${count}`, 'a wrong password', here), 401, 'sign-in-failed');
      if (count >= 19) now += 60_000;
    }
    expect([await right(), await right(), await right()]).toEqual([200, 200, 200]);
    now += 13 * 3_600_000;
    expect(await right()).toBe(200);
    now += 13 * 3_600_000;
    refusedAs(await signIn(server, 'nobody', 'a wrong password', here), 401, 'sign-in-failed');
    expect(await right()).toBe(200);
  });

  test('takes the same time for a name that nobody has as for a wrong password', async () => {
    const count = 7;
    for (let index = 0; index < count; index++) await addAccount(server, `timed-${index}`, 'clerk');
    const timed = async (name: string) => {
      const began = performance.now();
      refusedAs(await signIn(server, name, 'a wrong password', elsewhere()), 401, 'sign-in-failed');
      return performance.now() - began;
    };
    const known: number[] = [];
    const unknown: number[] = [];
    for (let index = 0; index < count; index++) {
      known.push(await timed(`timed-${index}`));
      unknown.push(await timed(`nobody-timed-${index}`));
    }
    // What the machine does besides only adds time, so the fastest of each show what the two cost.
    expect(Math.min(...unknown) / Math.min(...known)).toBeGreaterThan(0.6);
    expect(Math.min(...unknown) / Math.min(...known)).toBeLessThan(1.7);
  });

  test('for a body that is no sign-in is refused as such', async () => {
    const big = JSON.stringify({ name: '李伟', password: 'x'.repeat(1_048_576) });
    const sent = await server.call('POST', '/api/v1/session', {
      raw: big,
      headers: { ...ownPage, 'content-type': 'application/json' },
    });
    refusedAs(sent, 413, 'payload-too-large');
    for (const body of [{}, { name: '李伟' }, { name: 1, password }, { name: '李伟', password, more: 1 }, [], null])
      refusedAs(await server.post('/api/v1/session', body, { headers: ownPage }), 400, 'invalid-request');
  });
});

test('however many sign in at once, commands are recorded, and sign-ins beyond what the node takes are told to wait', async () => {
  const environment = { REGISTRY_TRUST_PROXY: 'loopback', REGISTRY_COMMAND_LIMIT: '1' };
  const office = await openOffice({ environment });
  const token = await office.token('clerk');
  const signIns = Promise.all(
    Array.from({ length: 130 }, (_, index) => signIn(office, `crowd-${index}`, 'a wrong password', elsewhere())),
  );
  for (let index = 0; index < 10; index++) {
    const reply = await office.post(
      `/api/v1/factories/crowd-${index}/nominate`,
      { ...nomination, name: `${index} 厂` },
      { token },
    );
    expect(reply.status).toBe(201);
  }
  const statuses = (await signIns).map(({ status }) => status);
  expect(new Set(statuses)).toEqual(new Set([401, 503]));
  for (const reply of (await signIns).filter(({ status }) => status === 503)) {
    refusedAs(reply, 503, 'overloaded');
    expect(Number(reply.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
  }
  await office.close();
});

describe('one’s own password', () => {
  const other = 'five other words nobody guesses';

  test('is changed by somebody who knows it, and then one’s other sessions end', async () => {
    await addAccount(server, 'changing', 'clerk');
    const [here, there] = [await cookieFor(server, 'changing'), await cookieFor(server, 'changing')];
    const change = (old: string, fresh: string) =>
      server.post('/api/v1/session/password', { old, new: fresh }, withCookie(here));
    refusedAs(await change('not the password', other), 401, 'sign-in-failed');
    expect((await session(there)).status).toBe(200);
    expect((await change(password, other)).status).toBe(204);
    expect([(await session(here)).status, (await session(there)).status]).toEqual([200, 204]);
    refusedAs(await signIn(server, 'changing', password), 401, 'sign-in-failed');
    expect((await signIn(server, 'changing', other)).status).toBe(200);
    refusedAs(await server.post('/api/v1/session/password', { old: other, new: password }), 401, 'unauthorized');
  });

  test('cannot become one that is too short or too common', async () => {
    await addAccount(server, 'pass-rules', 'clerk');
    const cookie = await cookieFor(server, 'pass-rules');
    const change = (fresh: string) =>
      server.post('/api/v1/session/password', { old: password, new: fresh }, withCookie(cookie));
    for (const fresh of ['eleven char', '𝒜'.repeat(201), 'password1234', 'pass-rules-2026']) {
      const reply = await change(fresh);
      refusedAs(reply, 400, 'invalid-request', fresh);
      expect(reply.json.errors).toMatchObject([{ in: 'body', pointer: '/new' }]);
    }
    expect((await change('𝒜'.repeat(200))).status).toBe(204);
    expect((await signIn(server, 'pass-rules', '𝒜'.repeat(200))).status).toBe(200);
  });
});
