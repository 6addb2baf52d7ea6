import type { Account } from '../../src/identity/accounts.ts';
import type { Role } from '../../src/identity/identity.ts';
import type { Call, Reply, TestServer } from './server.ts';

/** People with local accounts, for tests that sign in over a socket as the page does. */

export const password = 'four words nobody guesses';

/** What a browser sends with a request of the registry's own page. */
export const ownPage = { 'sec-fetch-site': 'same-origin' };

export const addAccount = async (
  { registry }: Pick<TestServer, 'registry'>,
  name: string,
  ...roles: readonly Role[]
): Promise<Account> => {
  const { accounts, passwords } = registry.people;
  const account = accounts.add({ name, roles, passwordHash: await passwords.hash(password) }, 'a.test');
  if (account === undefined) throw new Error(`${name} is taken`);
  return account;
};

export const signIn = (server: TestServer, name: string, given = password, call: Call = {}): Promise<Reply> =>
  server.post('/api/v1/session', { name, password: given }, { ...call, headers: { ...ownPage, ...call.headers } });

/** The cookie that an answer sets, as a browser sends it back. */
export const cookieOf = ({ headers }: Reply): string => headers.get('set-cookie')?.split(';')[0] ?? '';

/** The cookie of somebody who has signed in. */
export const cookieFor = async (server: TestServer, name: string): Promise<string> => {
  const reply = await signIn(server, name);
  if (reply.status !== 200) throw new Error(reply.text);
  return cookieOf(reply);
};

export const withCookie = (cookie: string, headers: Readonly<Record<string, string>> = {}): Call => ({
  headers: { ...ownPage, cookie, ...headers },
});
