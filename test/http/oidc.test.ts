import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { newBrowser } from './browser.ts';
import { client, type IdentityProvider, signInAs } from './identity-provider.ts';
import { openOffice } from './office.ts';
import { type OidcOffice, openOidcOffice, registryHost, sessionIn } from './oidc-office.ts';
import type { TestServer } from './server.ts';
import { addAccount, cookieFor, withCookie } from './signing-in.ts';

const hourMs = 3_600_000;
let office: OidcOffice;
let provider: IdentityProvider;
let server: TestServer;

beforeAll(async () => {
  office = await openOidcOffice();
  ({ provider, server } = office);
});
beforeEach(() => {
  provider.forge();
  provider.people.clear();
  provider.people.set('li', { name: '李伟', realm_access: { roles: ['clerk', 'offline_access'] } });
});
afterAll(() => office.close());

describe('somebody who signs in at the identity provider', () => {
  test('comes back to the page where they began, with a name, the roles of ours, and a session', async () => {
    const browser = newBrowser();
    const landing = await office.signIn(browser, 'li', '/api/v1/session?x=1&y=2#z');
    expect(landing.url).toMatch(new RegExp(`^${server.url}/auth/oidc/callback\\?code=`));
    expect([landing.status, landing.headers.get('cache-control')]).toEqual([200, 'no-store']);
    expect(landing.headers.get('content-security-policy')).toMatch(/^default-src 'none';/);
    expect(landing.text).not.toMatch(/<script|<style|style=|\son\w+=/);
    expect(landing.text).toContain('href="/api/v1/session?x=1&amp;y=2#z"');
    expect([...browser.cookies(registryHost)].map(([name, { attributes }]) => name + attributes)).toEqual([
      'registry-session; Path=/; HttpOnly; SameSite=Strict',
    ]);
    const { expiresAt, ...who } = (await office.session(sessionIn(browser))).json;
    expect(who).toEqual({ subject: `${provider.issuer}#li`, name: '李伟', roles: ['clerk'] });
    expect(Date.parse(expiresAt) - Date.now()).toBeGreaterThan(hourMs - 60_000);
    expect(Date.parse(expiresAt) - Date.now()).toBeLessThanOrEqual(hourMs);
  });

  test('is sent there with a state, a nonce and a code challenge of its own each time', async () => {
    const sent = await Promise.all([1, 2].map(() => server.get('/auth/oidc/start')));
    const addresses = sent.map(({ headers }) => new URL(headers.get('location') ?? ''));
    const secrets = addresses.flatMap(({ searchParams: all }) =>
      ['state', 'nonce', 'code_challenge'].map((name) => all.get(name)),
    );
    expect(new Set(secrets).size).toBe(6);
    for (const [index, { origin, searchParams }] of addresses.entries()) {
      expect(origin).toBe(provider.issuer);
      expect(Object.fromEntries(searchParams)).toMatchObject({
        response_type: 'code',
        client_id: client.id,
        scope: 'openid profile',
        redirect_uri: `${server.url}/auth/oidc/callback`,
        code_challenge_method: 'S256',
      });
      const [cookie = ''] = sent[index]?.headers.getSetCookie() ?? [];
      expect(cookie).toMatch(/^registry-sign-in=[\w.-]+; Path=\/; HttpOnly; SameSite=Lax; Max-Age=600$/);
      expect(sent[index]?.headers.get('cache-control')).toBe('no-store');
    }
  });

  // What the browser of these tests does follows RFC 6265bis: after the provider's redirect no Strict cookie is sent.
  test('is signed in on the page to which the answer refreshes, and would not be after a redirect', async () => {
    const browser = newBrowser();
    const landing = await office.signIn(browser, 'li', '/api/v1/session');
    const page = await browser.refreshed(landing);
    expect([page?.status, page?.url]).toEqual([200, `${server.url}/api/v1/session`]);
    const redirected = await browser.open(`${server.url}/api/v1/session`, provider.issuer);
    expect(redirected.status).toBe(204);
  });

  test('records under the issuer and the sub; colleagues read the name that the issuer gave last', async () => {
    const cookie = await office.signedIn('li');
    const body = { effectiveOn: '2020-01-10', name: '康桥', sector: 'automobiles', district: 'pudong' };
    const reply = await server.post('/api/v1/factories/oidc-kangqiao/nominate', body, withCookie(cookie));
    expect(reply.status).toBe(201);
    const subject = `${provider.issuer}#li`;
    const auditor = await server.token('auditor');
    expect((await server.get('/api/v1/events?register=factories', { token: auditor })).text).toContain(
      `"by":"${subject}"`,
    );
    const names = async () => {
      const query = [subject, `${provider.issuer}#nobody`].map((each) => `subject=${encodeURIComponent(each)}`);
      return (await server.get(`/api/v1/people?${query.join('&')}`, { token: auditor })).json;
    };
    expect(await names()).toEqual({ items: [{ subject, name: '李伟' }] });
    provider.people.set('li', { name: '李卫', realm_access: { roles: ['clerk'] } });
    await office.signedIn('li');
    expect(await names()).toEqual({ items: [{ subject, name: '李卫' }] });
  });

  test('without a role of ours reads what anyone reads, and nothing more', async () => {
    provider.people.set('guest', {
      preferred_username: 'g.guest',
      realm_access: { roles: ['Clerk', 'default-roles'] },
    });
    const cookie = await office.signedIn('guest');
    expect((await office.session(cookie)).json).toMatchObject({ name: 'g.guest', roles: [] });
    expect((await server.get('/api/v1/targets', withCookie(cookie))).status).toBe(200);
    const refused = await server.get('/api/v1/submissions', withCookie(cookie));
    expect([refused.status, refused.json.type]).toEqual([403, '/problems/forbidden']);
  });

  test('without a name is called by the subject', async () => {
    provider.people.set('nameless', { name: '\u0007', realm_access: { roles: ['viewer'] } });
    const { json } = await office.session(await office.signedIn('nameless'));
    expect(json.name).toBe(`${provider.issuer}#nameless`);
  });

  test('ends the session that the browser had, be it of a local account', async () => {
    await addAccount(server, 'wang.fang', 'reviewer');
    const before = await cookieFor(server, 'wang.fang');
    const browser = newBrowser();
    browser.set(registryHost, `${before}; SameSite=Strict`);
    expect((await office.signIn(browser, 'li')).status).toBe(200);
    expect((await office.session(before)).status).toBe(204);
    expect((await office.session(sessionIn(browser))).status).toBe(200);
  });

  test('has no password here to change', async () => {
    const body = { old: 'four words nobody guesses', new: 'five other words nobody guesses' };
    const reply = await server.post('/api/v1/session/password', body, withCookie(await office.signedIn('li')));
    expect([reply.status, reply.json.errors[0].name]).toEqual([400, 'cookie']);
  });

  test('signs out here, and everywhere', async () => {
    const [a, b, c] = [await office.signedIn('li'), await office.signedIn('li'), await office.signedIn('li')];
    expect((await server.call('DELETE', '/api/v1/session', withCookie(a))).status).toBe(204);
    expect([(await office.session(a)).status, (await office.session(b)).status]).toEqual([204, 200]);
    expect((await server.call('DELETE', '/api/v1/sessions', withCookie(b))).status).toBe(204);
    expect([(await office.session(b)).status, (await office.session(c)).status]).toEqual([204, 204]);
  });

  test('does so too if the provider takes the registry’s secret in a header alone', async () => {
    const other = await openOffice({ now: Date.now, environment: office.environment });
    await provider.begin(other.url, { clientAuthMethods: ['client_secret_basic'] });
    const page = await signInAs(provider, newBrowser(), 'li', `${other.url}/auth/oidc/start`);
    await other.close();
    await provider.begin(server.url);
    expect(page.status, page.text).toBe(200);
  });

  test('may get the claims in the ID token, as Keycloak and Entra give them', async () => {
    provider.forge((claims) => provider.signed({ ...claims, name: 'Zhao Lei', realm_access: { roles: ['auditor'] } }));
    expect((await office.session(await office.signedIn('li'))).json).toMatchObject({
      name: 'Zhao Lei',
      roles: ['auditor'],
    });
  });
});

test('below a base path, the identity provider sends the browser there and the page follows it', async () => {
  const below = await openOidcOffice(Date.now, '/registry');
  try {
    below.provider.people.set('li', { name: '李伟', realm_access: { roles: ['clerk'] } });
    const browser = newBrowser();
    const landing = await below.signIn(browser, 'li', '/api/v1/session');
    expect(landing.url).toContain(`${below.server.url}/auth/oidc/callback?code=`);
    const session = await browser.refreshed(landing);
    expect(session?.url).toBe(`${below.server.url}/api/v1/session`);
    expect(JSON.parse(session?.text ?? '')).toMatchObject({ name: '李伟', roles: ['clerk'] });
  } finally {
    await below.close();
  }
});
