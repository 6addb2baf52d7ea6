import type { FastifyRequest } from 'fastify';
import { LRUCache } from 'lru-cache';
import { addressOf } from './addresses.ts';
import { Problem } from './problem.ts';

/** Refuses a request beyond the limit of its address. */
export type RateLimiter = (request: FastifyRequest) => void;

/** How many seconds' worth of requests an address may send at once. */
const burstSeconds = 10;
/** Addresses that are remembered; one that is forgotten begins anew. */
const addressesKept = 100_000;

/** What an address has left, and when that was so. */
type Bucket = { readonly left: number; readonly atMs: number };

/** Takes one request of an address; the seconds until the next is allowed, or 0 if this one is. */
export const tokenBuckets = (perSecond: number): ((address: string, atMs: number) => number) => {
  const most = perSecond * burstSeconds;
  const buckets = new LRUCache<string, Bucket>({ max: addressesKept });
  return (address, atMs) => {
    const { left, atMs: before } = buckets.get(address) ?? { left: most, atMs };
    const now = Math.min(most, left + ((atMs - before) / 1_000) * perSecond);
    const isAllowed = now >= 1;
    buckets.set(address, { left: isAllowed ? now - 1 : now, atMs });
    return isAllowed ? 0 : Math.max(1, Math.ceil((1 - now) / perSecond));
  };
};

/**
 * Limits what an address asks for, whatever it is, to `perSecond`, with bursts of ten times that. Health and metrics are
 * not counted, for operators judge the server by them.
 */
export const rateLimiter = (perSecond: number | undefined, trustsProxy: boolean): RateLimiter => {
  if (perSecond === undefined) return () => {};
  const take = tokenBuckets(perSecond);
  let warned = trustsProxy;
  return (request) => {
    const { forwarded, 'x-forwarded-for': forwardedFor } = request.headers;
    if (!warned && (forwarded ?? forwardedFor) !== undefined) {
      warned = true;
      request.log.warn(
        'requests come through a proxy that REGISTRY_TRUST_PROXY does not name; all share one rate limit',
      );
    }
    if (request.routeOptions.config.vital) return;
    const seconds = take(addressOf(request.ip), performance.now());
    if (seconds > 0) throw new Problem('too-many-requests', {}, undefined, { 'retry-after': String(seconds) });
  };
};
