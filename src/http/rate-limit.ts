import rateLimit from '@fastify/rate-limit';
import type { FastifyRequest } from 'fastify';
import type { App } from './context.ts';
import { Problem } from './problem.ts';

/** Refuses a request beyond the limit. */
export type RateLimiter = (request: FastifyRequest) => Promise<void>;

/** Limits requests, whatever they ask for, to `perSecond` for each subject, or for each address without a subject. */
export const rateLimiter = async (app: App, perSecond: number | undefined): Promise<RateLimiter> => {
  if (perSecond === undefined) return async () => {};
  await app.register(rateLimit, { global: false });
  const consume = app.createRateLimit({
    max: perSecond,
    timeWindow: 1_000,
    keyGenerator: ({ identity, ip }) => (identity === undefined ? `address ${ip}` : `subject ${identity.subject}`),
  });
  return async (request) => {
    const use = await consume(request);
    if (use.isAllowed || !use.isExceeded) return;
    throw new Problem('too-many-requests', {}, undefined, { 'retry-after': String(Math.max(1, use.ttlInSeconds)) });
  };
};
