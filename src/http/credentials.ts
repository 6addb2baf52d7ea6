import type { FastifyRequest } from 'fastify';
import { isFederated } from '../identity/federated.ts';
import { holds, type Identity } from '../identity/identity.ts';
import { IssuerAway } from '../identity/issuer.ts';
import type { Context } from './context.ts';
import { issuerAway } from './failures.ts';
import { invalid, Problem } from './problem.ts';
import { sessionTokens } from './session-cookie.ts';

/** What a request shows to say who sends it. */
type Credentials =
  | { readonly kind: 'none' }
  | { readonly kind: 'token' | 'session'; readonly text: string }
  | { readonly kind: 'refused'; readonly problem: Problem };

/**
 * Who sends a request, by its bearer token or its cookie. A token that is not valid is `unauthorized`, and is never
 * followed by a look at the cookie; a cookie that is not valid is nobody's. More than one of them is refused.
 */
export const identify = async (
  request: FastifyRequest,
  { tokens, people }: Pick<Context, 'tokens' | 'people'>,
): Promise<Identity | Problem | undefined> => {
  const credentials = credentialsOf(request);
  switch (credentials.kind) {
    case 'none':
      return undefined;
    case 'refused':
      return credentials.problem;
    case 'session':
      return sessionIdentity(credentials.text, people, tokens);
    case 'token':
      return (await tokens.verify(credentials.text).catch(unlessAway)) ?? invalidToken();
  }
};

/** Whether who opened a stream may still have it: the token or session is valid, and its roles suffice. */
export const isStillAllowed = async (
  request: FastifyRequest,
  context: Pick<Context, 'tokens' | 'people'>,
): Promise<boolean> => {
  const { identity, routeOptions } = request;
  const { sessions, admitted } = context.people;
  const { session } = identity ?? {};
  if (session !== undefined && !sessions.isOpen(session)) return false;
  const person = session === undefined ? undefined : admitted(identity?.subject ?? '');
  const current = session === undefined ? await identify(request, context) : { roles: new Set(person?.roles ?? []) };
  return (
    current !== undefined &&
    !(current instanceof Problem) &&
    (routeOptions.config.roles ?? []).some((role) => holds(current, role))
  );
};

const unlessAway = (error: unknown): Problem => {
  if (error instanceof IssuerAway) return issuerAway();
  throw error;
};

const sessionIdentity = (
  text: string,
  { sessions, admitted }: Context['people'],
  { hasEnded }: Context['tokens'],
): Identity | undefined => {
  const session = sessions.use(text);
  const person = session === undefined ? undefined : admitted(session.subject);
  if (session === undefined || person === undefined) return undefined;
  const { subject, roles } = person;
  // Nobody can disable an issuer's person here, so what ends their tokens ends their sessions too.
  if (isFederated(subject) && hasEnded(subject, Math.floor(session.beganMs / 1_000))) return undefined;
  return { subject, roles: new Set(roles), expiresMs: session.expiresMs, session: session.hash };
};

const credentialsOf = (request: FastifyRequest): Credentials => {
  const { authorization } = request.headers;
  const [cookie, ...cookies] = sessionTokens(request);
  const refused = (problem: Problem): Credentials => ({ kind: 'refused', problem });
  if (isRepeated(request, 'authorization')) return refused(repeated('authorization'));
  if (cookies.length > 0)
    return refused(headerFault('cookie', '含有两个会话', 'Has two sessions; delete the cookies of this site'));
  if (authorization === undefined) return cookie === undefined ? { kind: 'none' } : { kind: 'session', text: cookie };
  if (cookie !== undefined)
    return refused(
      headerFault('authorization', '不能与会话 Cookie 同时使用', 'Cannot be sent together with the session’s cookie'),
    );
  const token = /^Bearer ([\w.~+/-]+=*)$/i.exec(authorization)?.[1];
  return token === undefined ? refused(invalidToken()) : { kind: 'token', text: token };
};

export const challenge = { 'www-authenticate': 'Bearer realm="upgrade-registry"' };
const invalidToken = () =>
  new Problem('unauthorized', {}, undefined, {
    'www-authenticate': `${challenge['www-authenticate']}, error="invalid_token"`,
  });

/** Whether a header of which Node would take the first and drop the others is sent more than once. */
export const isRepeated = ({ raw: { rawHeaders } }: FastifyRequest, name: string): boolean => {
  let times = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const each = rawHeaders[index] ?? '';
    if (each.length === name.length && each.toLowerCase() === name) times += 1;
  }
  return times > 1;
};

export const repeated = (name: string): Problem => headerFault(name, '只能出现一次', 'Must be sent only once');

const headerFault = (name: string, zh: string, en: string): Problem => invalid({ in: 'header', name, zh, en });

const safeMethods = ['GET', 'HEAD', 'OPTIONS'];

/**
 * Refuses what the page of another site makes a browser send with the cookie: every request that changes something and
 * carries it, and every sign-in, must come from the registry's own page.
 */
export const requireOwnPage = (request: FastifyRequest): void => {
  const { config } = request.routeOptions;
  const changes = !safeMethods.includes(request.method);
  if (!changes || (!config.signsIn && sessionTokens(request).length === 0)) return;
  const { 'sec-fetch-site': site, origin } = request.headers;
  const own = ownOrigin(request);
  const isOwn = site === undefined ? own !== '' && origin === own : site === 'same-origin';
  if (!isOwn) throw new Problem('cross-site');
};

/** The origin of the registry's own page, as the browser of this request sees it; empty if its Host is none. */
export const ownOrigin = (request: FastifyRequest): string => {
  const address = `${request.protocol}://${request.host}`;
  return URL.canParse(address) ? new URL(address).origin : '';
};

/** An address of this registry as the reader of this request knows it, below the base path. Throws if its Host is none. */
export const ownAddress = (request: FastifyRequest, path: string): URL => {
  const origin = ownOrigin(request);
  if (origin === '') throw headerFault('host', '不是主机名', 'Is not the name of a host');
  return new URL(`${request.server.basePath}${path}`, origin);
};
