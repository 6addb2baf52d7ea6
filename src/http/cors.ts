import cors, { type FastifyCorsOptions } from '@fastify/cors';
import type { FastifyRequest } from 'fastify';
import type { Config } from '../config.ts';
import type { App } from './context.ts';

/**
 * Lets pages of other origins read what everybody may read, and those of `REGISTRY_CORS_ORIGINS` send a bearer token.
 * Nothing with the cookie is ever shown to another origin.
 */
export const crossOrigin = async (app: App, { corsOrigins }: Pick<Config, 'corsOrigins'>): Promise<void> => {
  await app.register(
    cors,
    () => (request: FastifyRequest, callback: (error: Error | null, options: FastifyCorsOptions) => void) => {
      const { headers, method } = request;
      const isRead = ['GET', 'HEAD'].includes(headers['access-control-request-method'] ?? method);
      const isTrusted = headers.origin !== undefined && corsOrigins.includes(headers.origin);
      if (headers.cookie !== undefined) callback(null, closed);
      else if (isTrusted) callback(null, { ...withToken, origin: headers.origin ?? false });
      else callback(null, headers.authorization === undefined && isRead ? openToAll : closed);
    },
  );
};

/** Tells caches that answers differ by origin, if some origins may send a token. */
export const varyByOrigin = (app: App, { corsOrigins }: Pick<Config, 'corsOrigins'>): void => {
  if (corsOrigins.length === 0) return;
  app.addHook('onSend', (_request, reply, _payload, done) => {
    const vary = reply.getHeader('vary');
    const named = [vary ?? []].flat().join(', ');
    if (!/(^|,\s*)origin(,|$)/i.test(named)) reply.header('vary', named === '' ? 'Origin' : `${named}, Origin`);
    done();
  });
};

const exposedHeaders = 'ETag, Link, Registry-Position, Retry-After, Content-Disposition';
const readHeaders = 'Accept, Accept-Language, Registry-Position, X-Request-Id, Last-Event-ID';

const closed: FastifyCorsOptions = { origin: false };
const openToAll: FastifyCorsOptions = {
  origin: '*',
  methods: 'GET, HEAD',
  allowedHeaders: readHeaders,
  exposedHeaders,
};
const withToken: FastifyCorsOptions = {
  methods: 'GET, HEAD, POST, PATCH, DELETE',
  allowedHeaders: `${readHeaders}, Authorization, Content-Type, If-Match, Idempotency-Key`,
  exposedHeaders: `${exposedHeaders}, Location, Idempotent-Replayed`,
};
