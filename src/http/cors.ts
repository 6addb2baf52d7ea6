import cors, { type FastifyCorsOptions } from '@fastify/cors';
import type { FastifyRequest } from 'fastify';
import type { App } from './context.ts';

/** Lets pages of other origins read what everybody may read, without a token, and nothing else. */
export const crossOriginReads = async (app: App): Promise<void> => {
  await app.register(
    cors,
    () => (request: FastifyRequest, callback: (error: Error | null, options: FastifyCorsOptions) => void) => {
      const { headers, method } = request;
      const isAnonymous = headers.authorization === undefined && headers.cookie === undefined;
      const isRead = ['GET', 'HEAD'].includes(headers['access-control-request-method'] ?? method);
      callback(null, isAnonymous && isRead ? openToAll : { origin: false });
    },
  );
};

const openToAll: FastifyCorsOptions = {
  origin: '*',
  methods: 'GET, HEAD',
  allowedHeaders: 'Accept, Accept-Language, Registry-Position, X-Request-Id, Last-Event-ID',
  exposedHeaders: 'ETag, Link, Registry-Position',
};
