import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import pino from 'pino';
import { expect } from 'vitest';
import { type Browser, newBrowser, type Page } from './browser.ts';
import { audience, client, type IdentityProvider, signInAs, startProvider } from './identity-provider.ts';
import { openOffice } from './office.ts';
import type { Reply, TestServer } from './server.ts';
import { withCookie } from './signing-in.ts';

export const registryHost = '127.0.0.1';

/** A registry whose people sign in at a real identity provider. */
export type OidcOffice = {
  readonly provider: IdentityProvider;
  readonly server: TestServer;
  readonly environment: Readonly<Record<string, string>>;
  readonly startAt: (to?: string) => string;
  /** Signs in as somebody in a browser; the page at which it arrives in the end. */
  readonly signIn: (browser: Browser, sub: string, to?: string) => Promise<Page>;
  /** Signs in as somebody in a new browser; the session's cookie. */
  readonly signedIn: (sub: string) => Promise<string>;
  readonly session: (cookie: string) => Promise<Reply>;
  readonly securityLog: () => readonly Readonly<Record<string, unknown>>[];
  readonly serverLog: () => string;
  readonly close: () => Promise<void>;
};

export const openOidcOffice = async (now: () => number = Date.now, basePath = ''): Promise<OidcOffice> => {
  const provider = await startProvider();
  const environment = {
    OIDC_ISSUER: provider.issuer,
    OIDC_CLIENT_ID: client.id,
    OIDC_CLIENT_SECRET: client.secret,
    OIDC_AUDIENCE: audience,
    OIDC_ROLES_CLAIM: 'realm_access.roles',
    ...(basePath === '' ? {} : { REGISTRY_BASE_PATH: basePath }),
  };
  let serverLog = '';
  const lines = new Writable({
    write: (chunk, _encoding, done) => {
      serverLog += chunk;
      done();
    },
  });
  const server = await openOffice({ now, environment, log: pino({ level: 'info' }, lines) });
  await provider.begin(server.url);
  const startAt = (to = '/') => `${server.url}/auth/oidc/start?to=${encodeURIComponent(to)}`;
  const signIn: OidcOffice['signIn'] = (browser, sub, to) => signInAs(provider, browser, sub, startAt(to));
  return {
    provider,
    server,
    environment,
    startAt,
    signIn,
    signedIn: async (sub) => {
      const browser = newBrowser();
      expect((await signIn(browser, sub)).status).toBe(200);
      return sessionIn(browser);
    },
    session: (cookie) => server.get('/api/v1/session', withCookie(cookie)),
    securityLog: () =>
      readFileSync(join(server.folder, 'security.log'), 'utf8')
        .split('\n')
        .flatMap((line) => (line === '' ? [] : [JSON.parse(line)])),
    serverLog: () => serverLog,
    close: async () => {
      await server.close();
      await provider.close();
    },
  };
};

/** The session's cookie that a browser has, as it sends it. */
export const sessionIn = (browser: Browser): string =>
  `registry-session=${browser.cookies(registryHost).get('registry-session')?.value}`;

/** Refuses a sign-in with a problem that says so: to a browser by a page, else as JSON. */
export const notCompleted = ({ status, headers, text }: Pick<Page, 'status' | 'headers' | 'text'>): void => {
  expect(status, text).toBe(400);
  if (headers.get('content-type')?.startsWith('text/html')) expect(text).toContain('400 sign-in-not-completed');
  else expect(JSON.parse(text)).toMatchObject({ type: '/problems/sign-in-not-completed', status: 400 });
};
