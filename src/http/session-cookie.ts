import type { FastifyReply, FastifyRequest } from 'fastify';

/** The cookies of the page: its session, and a sign-in that was begun and is to be finished. */

/** Whether the browser speaks TLS, which a proxy ends: then a proxy of `REGISTRY_TRUST_PROXY` says so in `X-Forwarded-Proto`. */
const overTls = (request: FastifyRequest): boolean => request.protocol === 'https';

/** The prefixes make browsers refuse a cookie that another host or a page without TLS has set (RFC 6265bis §4.1.3). */
export const cookieName = (isOverTls: boolean, basePath: string, name = session): string => {
  if (!isOverTls) return name;
  return basePath === '' ? `__Host-${name}` : `__Secure-${name}`;
};

const session = 'registry-session';
const signIn = 'registry-sign-in';

const nameFor = (request: FastifyRequest, plainName: string): string =>
  cookieName(overTls(request), request.server.basePath, plainName);

/** The values of a request's session cookies; browsers send one. */
export const sessionTokens = (request: FastifyRequest): readonly string[] => valuesOf(request, session);

/** Gives the browser a session's token, which it keeps until it is closed. */
export const setSession = (request: FastifyRequest, reply: FastifyReply, token: string): void =>
  set(request, reply, session, token, 'SameSite=Strict');

/** Makes the browser forget its session's token. */
export const clearSession = (request: FastifyRequest, reply: FastifyReply): void =>
  set(request, reply, session, '', 'SameSite=Strict; Max-Age=0');

/** What a browser brings back of a sign-in that was begun in it; undefined if there is not exactly one. */
export const begunSignIn = (request: FastifyRequest): string | undefined => {
  const [value, another] = valuesOf(request, signIn);
  return another === undefined ? value : undefined;
};

/**
 * Gives the browser what it brings back once the issuer sends it here. That is a navigation from another site, with which
 * browsers send no cookie that is `Strict`, but one that is `Lax`.
 */
export const setSignIn = (request: FastifyRequest, reply: FastifyReply, value: string, seconds: number): void =>
  set(request, reply, signIn, value, `SameSite=Lax; Max-Age=${seconds}`);

export const clearSignIn = (request: FastifyRequest, reply: FastifyReply): void => setSignIn(request, reply, '', 0);

const valuesOf = (request: FastifyRequest, plainName: string): readonly string[] => {
  const { cookie } = request.headers;
  if (cookie === undefined) return [];
  const name = nameFor(request, plainName);
  return cookie.split(';').flatMap((pair) => {
    const [given = '', ...value] = pair.split('=');
    return given.trim() === name ? [value.join('=').trim()] : [];
  });
};

const set = (request: FastifyRequest, reply: FastifyReply, name: string, value: string, attributes: string): void => {
  const path = request.server.basePath || '/';
  const secure = overTls(request) ? '; Secure' : '';
  reply.header('set-cookie', `${nameFor(request, name)}=${value}; Path=${path}; HttpOnly; ${attributes}${secure}`);
};
