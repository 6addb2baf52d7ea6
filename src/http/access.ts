import { METHODS } from 'node:http';
import type { FastifyRequest } from 'fastify';
import findMyWay, { type HTTPMethod, type HTTPVersion, type Instance } from 'find-my-way';
import { registerNamed } from '../../domain/registers/index.ts';
import { missingRole } from '../commands/refusal-texts.ts';
import { holds, type Identity, type Role } from '../identity/identity.ts';
import type { App, Context } from './context.ts';
import { challenge, identify, isRepeated, repeated, requireOwnPage } from './credentials.ts';
import { Problem } from './problem.ts';
import type { RateLimiter } from './rate-limit.ts';

type Router = Instance<HTTPVersion.V1>;

/**
 * Who asks, whether they may, and whether what they ask for exists: 429, 401, 403, 404, 405 and 406, in this order. Only
 * what carries no valid token or session counts toward the limit.
 */
export const authentication = (app: App, context: Context, limit: RateLimiter): void => {
  const router = findMyWay({ maxParamLength: Number.MAX_SAFE_INTEGER }); // Fastify's own router limits it
  app.addHook('onRoute', ({ method, url }) => {
    router.on([method].flat() as HTTPMethod[], url, () => {});
  });

  // An OPTIONS request that is no preflight ends here; other requests for what does not exist end in the hook below.
  app.setNotFoundHandler(async (request) => {
    throw missing(request, router);
  });

  app.addHook('onRequest', async (request) => {
    const identity = await identify(request, context);
    if (!(identity instanceof Problem)) request.identity = identity;
    if (request.identity === undefined) limit(request);
    else request.log.setBindings({ subject: request.identity.subject });
    if (identity instanceof Problem) throw identity;
    requireOwnPage(request);
    if (request.is404) throw missing(request, router);
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
    if (isRepeated(request, 'content-type')) throw repeated('content-type');
  });
};

/** Refuses a person who holds none of the roles, in the same way whether what they ask for exists or not. */
export const requireRole = (identity: Identity | undefined, roles: readonly Role[]): Identity => {
  if (identity === undefined) throw new Problem('unauthorized', {}, undefined, challenge);
  if (roles.some((role) => holds(identity, role))) return identity;
  const needed = [...new Set(roles)];
  throw new Problem('forbidden', { role: needed.join(' | ') }, missingRole(needed));
};

/** Why no route answers a request: those of its path take other methods, or there is none of its path. */
const missing = (request: FastifyRequest, router: Router): Problem => {
  const [path = ''] = request.url.split('?');
  const allowed = METHODS.filter((method) => router.find(method as HTTPMethod, path) !== null);
  if (allowed.length > 0) return new Problem('method-not-allowed', {}, undefined, { allow: allowed.join(', ') });
  if (request.method === 'POST' && path.startsWith('/api/v1/')) requireRole(request.identity, rolesToPost(path));
  return new Problem('not-found');
};

/** A command that does not exist needs the same role as the register's own commands. */
const rolesToPost = (path: string): readonly Role[] => {
  const [, , , name = ''] = path.split('/');
  const register = registerNamed(name);
  return register === undefined ? ['clerk', 'admin'] : [register.role];
};
