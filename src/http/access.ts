import type { FastifyRequest } from 'fastify';
import { registerNamed } from '../../domain/registers/index.ts';
import { missingRole } from '../commands/refusal-texts.ts';
import { holds, type Identity, type Role } from '../identity/identity.ts';
import type { App, Context } from './context.ts';
import { Problem } from './problem.ts';

const challenge = { 'www-authenticate': 'Bearer realm="upgrade-registry"' };
const invalidToken = { 'www-authenticate': `${challenge['www-authenticate']}, error="invalid_token"` };

/** Refuses a request that is one too many. */
export type RateLimiter = (request: FastifyRequest) => Promise<void>;

/** Who asks, whether they may, and whether what they ask for is there: 401, 403, 404, 405 and 406, in this order. */
export const authentication = (app: App, { tokens }: Context, limit: RateLimiter): void => {
  const routes: { readonly method: string; readonly pattern: RegExp }[] = [];
  app.addHook('onRoute', ({ method, url }) => {
    const pattern = new RegExp(`^${url.replace(/[.]/g, '\\.').replace(/:\w+/g, '[^/]+').replace(/\*/g, '.*')}$`);
    for (const each of [method].flat()) routes.push({ method: each, pattern });
  });

  // An OPTIONS request that is no preflight ends here; what is not there at all is refused in the hook.
  app.setNotFoundHandler(async (request) => {
    throw missing(request, routes);
  });

  app.addHook('onRequest', async (request) => {
    const identity = await identityOf(request.headers.authorization, tokens.verify);
    if (identity !== 'invalid') request.identity = identity;
    await limit(request);
    if (identity === 'invalid') throw new Problem('unauthorized', {}, undefined, invalidToken);
    if (request.is404) throw missing(request, routes);
    const { roles, register, produces = ['application/json'] } = request.routeOptions.config;
    if (roles !== undefined) requireRole(request.identity, roles);
    if (register !== undefined) {
      const { key } = request.params as { key?: string };
      const normal = key === undefined ? '' : register.key.parse(key);
      if (normal === undefined) throw new Problem('not-found');
      request.entryKey = normal;
    }
    if (
      request.headers.accept !== undefined &&
      request.accepts().type([...produces, 'application/problem+json']) === false
    )
      throw new Problem('not-acceptable');
  });
};

const identityOf = async (
  header: string | undefined,
  verify: (token: string) => Promise<Identity | undefined>,
): Promise<Identity | 'invalid' | undefined> => {
  if (header === undefined) return undefined;
  const token = /^Bearer +([\w.~+/-]+=*) *$/i.exec(header)?.[1];
  const identity = token === undefined ? undefined : await verify(token);
  return identity ?? 'invalid';
};

/** Refuses whoever holds none of the roles, the same whether what they ask for exists or not. */
export const requireRole = (identity: Identity | undefined, roles: readonly Role[]): Identity => {
  if (identity === undefined) throw new Problem('unauthorized', {}, undefined, challenge);
  if (roles.some((role) => holds(identity, role))) return identity;
  const needed = [...new Set(roles)];
  throw new Problem('forbidden', { role: needed.join(' | ') }, missingRole(needed));
};

const missing = (
  request: FastifyRequest,
  routes: readonly { readonly method: string; readonly pattern: RegExp }[],
): Problem => {
  const path = request.url.split('?')[0] ?? '';
  const allowed = new Set(routes.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method));
  if (allowed.size > 0) {
    return new Problem('method-not-allowed', {}, undefined, { allow: [...allowed].sort().join(', ') });
  }
  if (request.method === 'POST' && path.startsWith('/api/v1/')) requireRole(request.identity, rolesToPost(path));
  return new Problem('not-found');
};

/** A command that isn't there needs the role that the register's own commands need. */
const rolesToPost = (path: string): readonly Role[] => {
  const [, , , name = ''] = path.split('/');
  const register = registerNamed(name);
  return register === undefined ? ['clerk', 'admin'] : [register.role];
};
