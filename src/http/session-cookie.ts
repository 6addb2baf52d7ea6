import type { FastifyReply, FastifyRequest } from 'fastify';

/** The page's session cookie. */

/** Whether the browser speaks TLS, which a proxy ends: then a proxy of `REGISTRY_TRUST_PROXY` says so in `X-Forwarded-Proto`. */
const overTls = (request: FastifyRequest): boolean => request.protocol === 'https';

/** The prefixes make browsers refuse a cookie that another host or a page without TLS has set (RFC 6265bis §4.1.3). */
export const cookieName = (isOverTls: boolean, basePath: string): string => {
  if (!isOverTls) return 'registry-session';
  return basePath === '' ? '__Host-registry-session' : '__Secure-registry-session';
};

const nameFor = (request: FastifyRequest): string => cookieName(overTls(request), request.server.basePath);

/** The values of a request's session cookies; browsers send one. */
export const sessionTokens = (request: FastifyRequest): readonly string[] => {
  const { cookie } = request.headers;
  if (cookie === undefined) return [];
  const name = nameFor(request);
  return cookie.split(';').flatMap((pair) => {
    const [given = '', ...value] = pair.split('=');
    return given.trim() === name ? [value.join('=').trim()] : [];
  });
};

/** Gives the browser a session's token, which it keeps until it is closed. */
export const setSession = (request: FastifyRequest, reply: FastifyReply, token: string): void => {
  reply.header('set-cookie', `${nameFor(request)}=${token}${attributes(request)}`);
};

/** Makes the browser forget its session's token. */
export const clearSession = (request: FastifyRequest, reply: FastifyReply): void => {
  reply.header('set-cookie', `${nameFor(request)}=${attributes(request)}; Max-Age=0`);
};

const attributes = (request: FastifyRequest): string =>
  `; Path=${request.server.basePath || '/'}; HttpOnly; SameSite=Strict${overTls(request) ? '; Secure' : ''}`;
