import type { Browser, BrowserContext } from 'playwright-core';
import type { Role } from '../../src/identity/identity.ts';
import type { TestServer } from '../http/server.ts';
import { addAccount, ownPage, password } from '../http/signing-in.ts';
import { desk, type Look, openPage } from './chromium.ts';

type Who = { readonly name: string; readonly roles: readonly Role[]; readonly look?: Look };

type Cookies = Awaited<ReturnType<BrowserContext['cookies']>>;

/** Sessions that a test has left, by server and name: hashing a password takes a while. */
const left = new WeakMap<TestServer, Map<string, Cookies>>();

/** A browser of its own in which somebody with these roles is signed in; the account is made if there is none. */
export const openDesk = async (browser: Browser | undefined, server: TestServer, { name, roles, look = desk }: Who) => {
  if (server.registry.people.accounts.named(name) === undefined) await addAccount(server, name, ...roles);
  const opened = await openPage(browser, look);
  const { request } = opened.page;
  const context = opened.page.context();
  const sessions = left.get(server) ?? new Map<string, Cookies>();
  left.set(server, sessions);
  const known = sessions.get(name) ?? [];
  sessions.delete(name); // two that are open at the same time are two sessions
  await context.addCookies(known);
  const isSignedIn = known.length > 0 && (await request.get(`${server.url}/api/v1/session`)).status() === 200;
  if (!isSignedIn) {
    const data = { name, password };
    const answer = await request.post(`${server.url}/api/v1/session`, { data, headers: ownPage });
    if (!answer.ok()) throw new Error(await answer.text());
  }
  const close = async () => {
    sessions.set(name, await context.cookies());
    await opened.close();
  };
  return { ...opened, close };
};
