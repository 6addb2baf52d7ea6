import { type JWTPayload, SignJWT, UnsecuredJWT } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { newBrowser } from './browser.ts';
import { client, type IdentityProvider } from './identity-provider.ts';
import { openOffice, refusedAs } from './office.ts';
import { notCompleted, type OidcOffice, openOidcOffice, registryHost, sessionIn } from './oidc-office.ts';
import type { TestServer } from './server.ts';

const minuteMs = 60_000;
let laterMs = 0;
let office: OidcOffice;
let provider: IdentityProvider;
let server: TestServer;

beforeAll(async () => {
  office = await openOidcOffice(() => Date.now() + laterMs);
  ({ provider, server } = office);
});
beforeEach(() => {
  laterMs = 0;
  provider.forge();
  provider.people.set('li', { name: '李伟', realm_access: { roles: ['clerk'] } });
});
afterAll(() => office.close());

/** The last line of the security log. */
const logged = () => office.securityLog().at(-1);

/** Somebody on the way back from the provider: the callback to which it sends them, and their browser. */
const returning = async () => {
  const browser = newBrowser();
  const { url } = await office.signIn(browser, 'li');
  // The state of a sign-in that has arrived is used, so another one is begun, and the provider remembers the person.
  expect(url).toContain('/auth/oidc/callback');
  const started = await server.get('/auth/oidc/start');
  const [cookie = ''] = started.headers.getSetCookie();
  const again = await browser.open(started.headers.get('location') ?? '', server.url);
  return { callback: again.url, cookie, browser };
};

describe('a callback is refused', () => {
  test('if no browser has begun a sign-in', async () => {
    for (const path of [
      '',
      '?code=x&state=y',
      '?state=y',
      '?error=access_denied&state=y',
      `?code=${'x'.repeat(8_000)}&state=y`,
      '?state=y&state=y',
    ]) {
      const reply = await server.get(`/auth/oidc/callback${path}`);
      notCompleted(reply);
      expect(reply.headers.getSetCookie()).toEqual([]);
      expect(logged()).toMatchObject({ event: 'sign-in-failed', why: 'not-begun' });
    }
  });

  test('in another browser than the one that began the sign-in', async () => {
    const { callback, cookie } = await returning();
    const other = newBrowser();
    notCompleted(await other.open(callback, provider.issuer));
    const begun = await server.get('/auth/oidc/start');
    other.set(registryHost, begun.headers.getSetCookie()[0] ?? '');
    notCompleted(await other.open(callback, provider.issuer));
    expect(other.cookies(registryHost).has('registry-session')).toBe(false);
    // The right browser is not hindered by that.
    const right = newBrowser();
    right.set(registryHost, cookie);
    expect((await right.open(callback, provider.issuer)).status).toBe(200);
  });

  test('the second time, even in the browser that began', async () => {
    const { callback, cookie, browser } = await returning();
    browser.set(registryHost, cookie);
    expect((await browser.open(callback, provider.issuer)).status).toBe(200);
    browser.set(registryHost, cookie);
    notCompleted(await browser.open(callback, provider.issuer));
    expect(logged()).toMatchObject({ why: 'not-begun' });
  });

  test('ten minutes after the sign-in was begun', async () => {
    const { callback, cookie, browser } = await returning();
    browser.set(registryHost, cookie);
    laterMs = 10 * minuteMs + 1_000;
    notCompleted(await browser.open(callback, provider.issuer));
  });

  test('if what the browser brings back was changed, cut or sent twice', async () => {
    const { callback, cookie } = await returning();
    const [value = ''] = /(?<==)[^;]+/.exec(cookie) ?? [];
    const parts = value.split('.');
    for (const given of [
      value.slice(0, -1),
      `${value}A`,
      `${parts.slice(0, 4).join('.')}.`,
      parts.join(''),
      '',
      'x'.repeat(4_000),
      `${value}; registry-sign-in=${value}`,
      `"${value}"`,
    ])
      notCompleted(
        await server.get(callback.slice(server.url.length), { headers: { cookie: `registry-sign-in=${given}` } }),
      );
  });

  test('if the provider says no, such as to a person who has changed their mind; its reason is in the security log', async () => {
    const browser = newBrowser();
    const login = await browser.open(office.startAt(), server.url);
    const page = await browser.open(`${login.url}/abort`, login.url);
    notCompleted(page);
    expect(logged()).toMatchObject({ event: 'sign-in-failed', why: 'refused', error: 'access_denied' });
    expect(browser.cookies(registryHost).size).toBe(0);
  });

  test('if the code is none of the provider’s', async () => {
    const { callback, cookie, browser } = await returning();
    browser.set(registryHost, cookie);
    const forged = new URL(callback);
    forged.searchParams.set('code', 'a-code-that-nobody-issued');
    notCompleted(await browser.open(forged.href, provider.issuer));
    expect(logged()).toMatchObject({ error: 'invalid_grant' });
  });

  test('if it comes from another issuer than the one to which the browser was sent', async () => {
    const { callback, cookie, browser } = await returning();
    browser.set(registryHost, cookie);
    const mixed = new URL(callback);
    mixed.searchParams.set('iss', 'https://evil.example');
    notCompleted(await browser.open(mixed.href, provider.issuer));
  });
});

const now = () => Math.floor(Date.now() / 1_000);
const asPem = () => `-----BEGIN PUBLIC KEY-----\n${provider.publicKey().n}\n-----END PUBLIC KEY-----\n`;
const withSecret = (claims: JWTPayload, secret: string) =>
  new SignJWT(claims)
    .setProtectedHeader({ alg: 'HS256', kid: provider.publicKey().kid ?? '' })
    .sign(Buffer.from(secret));

/** What the provider is asked for if an ID token lacks it. */
const all = { name: '李伟', realm_access: { roles: ['admin'] } };

const idTokens: readonly (readonly [string, (claims: JWTPayload) => Promise<string> | string])[] = [
  ['without a signature', (claims) => new UnsecuredJWT(claims).encode()],
  ['signed with the public key as a secret', (claims) => withSecret(claims, asPem())],
  ['signed with the client’s secret', (claims) => withSecret(claims, client.secret)],
  ['signed with a key of nobody', (claims) => provider.signed(claims, { kid: 'nobody' })],
  ['whose claims were changed after it was signed', async (claims) => tampered(await provider.signed(claims))],
  ['for another client', (claims) => provider.signed({ ...claims, aud: 'other' })],
  [
    'for several clients, without saying which of them asked',
    (claims) => provider.signed({ ...claims, aud: [client.id, 'other'] }),
  ],
  [
    'for this client, asked for by another',
    (claims) => provider.signed({ ...claims, aud: [client.id, 'other'], azp: 'other' }),
  ],
  ['of another issuer', (claims) => provider.signed({ ...claims, iss: 'https://evil.example' })],
  ['that has expired', (claims) => provider.signed({ ...claims, exp: now() - 60 })],
  ['that is not valid yet', (claims) => provider.signed({ ...claims, nbf: now() + 600 })],
  ['without an end', ({ exp: _, ...claims }) => provider.signed(claims)],
  ['with the nonce of another sign-in', (claims) => provider.signed({ ...claims, nonce: 'other' })],
  ['without a nonce', ({ nonce: _, ...claims }) => provider.signed(claims)],
  ['without a subject', ({ sub: _, ...claims }) => provider.signed(claims)],
  ['with an empty subject', (claims) => provider.signed({ ...claims, sub: '' })],
  ['of somebody else than the one of whom the provider tells', (claims) => provider.signed({ ...claims, sub: 'zhao' })],
  ['with a subject that the ledger cannot keep', (claims) => provider.signed({ ...claims, ...all, sub: 'li\u0000' })],
  ['with a subject that ends in a space', (claims) => provider.signed({ ...claims, ...all, sub: 'li ' })],
  ['with a subject of 600 characters', (claims) => provider.signed({ ...claims, ...all, sub: 'x'.repeat(600) })],
  ['that is none', () => 'not.a.token'],
  ['that is missing', () => ''],
];
const tampered = (token: string): string => {
  const [header = '', payload = '', signature = ''] = token.split('.');
  const claims = { ...JSON.parse(Buffer.from(payload, 'base64url').toString()), realm_access: { roles: ['admin'] } };
  return [header, Buffer.from(JSON.stringify(claims)).toString('base64url'), signature].join('.');
};

test.each(idTokens)('an ID token %s signs nobody in', async (_name, forged) => {
  provider.forge(forged);
  const browser = newBrowser();
  const page = await office.signIn(browser, 'li');
  notCompleted(page);
  expect(browser.cookies(registryHost).size).toBe(0);
  expect(logged()).toMatchObject({ event: 'sign-in-failed', why: 'refused' });
});

describe('a role that was taken away', () => {
  test('is gone after an hour at most: the session ends, and the next sign-in brings none', async () => {
    const cookie = await office.signedIn('li');
    provider.people.set('li', { name: '李伟', realm_access: { roles: [] } });
    laterMs = 60 * minuteMs - 5_000;
    expect((await office.session(cookie)).json).toMatchObject({ roles: ['clerk'] });
    laterMs = 60 * minuteMs;
    expect((await office.session(cookie)).status).toBe(204);
    refusedAs(await server.get('/api/v1/submissions', { headers: { cookie } }), 401, 'unauthorized');
    expect((await office.session(await office.signedIn('li'))).json).toMatchObject({ roles: [] });
  });

  test('is gone in all sessions of the person once one of them is begun anew', async () => {
    const [there, other] = [await office.signedIn('li'), await office.signedIn('zhao')];
    provider.people.set('li', { name: '李伟', realm_access: { roles: ['viewer'] } });
    const here = await office.signedIn('li');
    expect((await office.session(there)).json).toMatchObject({ roles: ['viewer'] });
    expect((await office.session(here)).json).toMatchObject({ roles: ['viewer'] });
    expect((await office.session(other)).json).toMatchObject({ roles: [] });
    expect(logged()).toMatchObject({ event: 'signed-in', subject: `${provider.issuer}#li` });
    expect(office.securityLog().at(-2)).toMatchObject({
      event: 'account-changed',
      subject: `${provider.issuer}#li`,
      by: provider.issuer,
      roles: ['viewer'],
    });
  });

  test('is gone if the registry no longer has the issuer', async () => {
    const cookie = await office.signedIn('li');
    const { people } = server.registry;
    expect(people.admitted(`${provider.issuer}#li`)).toBeDefined();
    expect(people.admitted('https://former.example#li')).toBeUndefined();
    expect((await office.session(cookie)).status).toBe(200);
  });
});

describe('if the provider is away', () => {
  test('the node has started all the same, a sign-in is told to come back, and succeeds once it is there', async () => {
    const away = await openOffice({
      now: Date.now,
      environment: { ...office.environment, OIDC_ISSUER: 'http://localhost:1' },
    });
    const reply = await away.get('/auth/oidc/start');
    refusedAs(reply, 503, 'unavailable');
    expect(Number(reply.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await away.get('/api/v1/targets')).status).toBe(200);
    await away.close();
  });

  test('between the start and the callback, the person is told so', async () => {
    const { callback, cookie, browser } = await returning();
    browser.set(registryHost, cookie);
    provider.end();
    const page = await browser.open(callback, provider.issuer);
    expect([page.status, page.headers.get('content-type')]).toEqual([503, 'text/html; charset=utf-8']);
    expect(page.text).toMatch(/统一身份认证系统.*503 unavailable/s);
    expect(logged()).toMatchObject({ event: 'sign-in-failed', why: 'away' });
    await provider.begin(server.url);
    expect((await office.signIn(newBrowser(), 'li')).status).toBe(200);
  });
});

test('a provider that calls itself otherwise than OIDC_ISSUER, be it by a slash, signs nobody in', async () => {
  const wrong = await openOffice({
    now: Date.now,
    environment: { ...office.environment, OIDC_ISSUER: `${provider.issuer}/` },
  });
  refusedAs(await wrong.get('/auth/oidc/start'), 503, 'unavailable');
  await wrong.close();
});

test('a browser gets a refusal as a page in both languages, a program as JSON in its own', async () => {
  const page = await newBrowser().open(`${server.url}/auth/oidc/callback?code=x&state=y`, provider.issuer);
  expect([page.status, page.headers.get('content-type')]).toEqual([400, 'text/html; charset=utf-8']);
  expect(page.text).toMatch(/这次登录不是在本浏览器中开始的.*was not begun in this browser/s);
  expect(page.text).not.toMatch(/<script|<style|style=/);
  const wrong = await newBrowser().open(office.startAt('//elsewhere'), server.url);
  expect(wrong.text).toMatch(/须为本系统页面的路径.*Must be a path of the registry’s page.*400 invalid-request/s);
  for (const accept of ['*/*', 'application/json', 'application/problem+json, text/html;q=0.5']) {
    const reply = await server.get('/auth/oidc/callback', { headers: { accept } });
    expect([reply.status, reply.json.type]).toEqual([400, '/problems/sign-in-not-completed']);
  }
  const token = await server.token('clerk');
  expect((await server.get('/api/v1/events', { token, headers: { accept: 'text/html, */*' } })).json.status).toBe(403);
});

test('a registry without OpenID Connect has no sign-in at a provider', async () => {
  const local = await openOffice({});
  for (const path of ['/auth/oidc/start', '/auth/oidc/callback?code=x&state=y'])
    refusedAs(await local.get(path), 404, 'not-found');
  await local.close();
});

test('neither log has a code, a state, a token, a cookie or a name', async () => {
  const browser = newBrowser();
  const { url } = await office.signIn(browser, 'li');
  const { searchParams } = new URL(url);
  const secrets = [
    searchParams.get('code') ?? '',
    searchParams.get('state') ?? '',
    sessionIn(browser).split('=')[1] ?? '',
  ];
  const logs = `${office.serverLog()}${JSON.stringify(office.securityLog())}`;
  expect(logs).toContain(`"subject":"${provider.issuer}#li"`);
  for (const secret of [...secrets, client.secret, '李伟', 'eyJ']) expect(logs).not.toContain(secret);
});
