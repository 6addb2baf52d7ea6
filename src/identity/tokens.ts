import { randomUUID } from 'node:crypto';
import { decodeJwt, errors, jwtVerify, SignJWT } from 'jose';
import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import { shortText } from '../../domain/field.ts';
import { type Identity, type Role, roles } from './identity.ts';
import { openKeys } from './keys.ts';
import { openRevoked } from './revoked.ts';

/** Signs and verifies bearer tokens: JSON Web Tokens (RFC 7519) with Ed25519 (EdDSA, RFC 8037), typed as RFC 9068 says. */
export type Tokens = {
  readonly sign: (subject: string, roles: readonly Role[], ttlSeconds: number) => Promise<string>;
  /**
   * The identity that a token stands for; undefined if it is expired, forged, revoked, signed by another key or no token
   * of ours.
   */
  readonly verify: (token: string) => Promise<Identity | undefined>;
  /** Whether what was issued for a subject then (epoch seconds), under this id, is revoked or its account disabled. */
  readonly hasEnded: (subject: string, issuedAt: number, id?: string) => boolean;
};

/** The longest life of a token. */
export const longestTokenSeconds = 366 * 86_400;

const type = 'at+jwt';
const claims = z
  .object({
    sub: shortText,
    roles: z.array(z.enum(roles)).min(1),
    jti: z.string().min(1),
    iat: z.number(),
    exp: z.number(),
  })
  .refine(({ iat, exp }) => exp - iat <= longestTokenSeconds);
type Claims = z.infer<typeof claims>;

/** How far the clock of another node that signs tokens may be ahead. */
export const aheadSeconds = 10;

/** Verified tokens are cached, so that a signature is checked once and not for every request. */
const cachedTokens = 10_000;

/**
 * Opens the folder's keys, or makes one. `endedAt` gives the epoch seconds until which an account's tokens are refused.
 * Throws `ConfigError` if the folder cannot hold the keys or holds something else.
 */
export const openTokens = (
  keysFolder: string,
  issuer: string,
  now: () => number,
  endedAt: (subject: string) => number = () => 0,
): Tokens => {
  const keys = openKeys(keysFolder);
  const revoked = openRevoked(keysFolder);
  const lastEnd = (subject: string) => Math.max(revoked.endedAt(subject), endedAt(subject));
  const hasEnded: Tokens['hasEnded'] = (subject, issuedAt, id = '') =>
    revoked.hasId(id) || issuedAt <= lastEnd(subject);
  const verified = new LRUCache<string, Claims & { readonly kid: string }>({ max: cachedTokens });

  const checked = async (token: string): Promise<(Claims & { readonly kid: string }) | undefined> => {
    const known = verified.get(token);
    if (known !== undefined) return known;
    if (!isCanonical(token)) return undefined;
    try {
      const { payload, protectedHeader } = await jwtVerify(token, ({ kid }) => acceptedKey(kid), {
        algorithms: ['EdDSA'],
        typ: type,
        issuer,
        audience: issuer,
        currentDate: new Date(now()),
      });
      const parsed = claims.safeParse(payload);
      if (!parsed.success || parsed.data.iat > now() / 1_000 + aheadSeconds) return undefined;
      const found = { ...parsed.data, kid: protectedHeader.kid ?? '' };
      verified.set(token, found);
      return found;
    } catch (error) {
      if (error instanceof errors.JOSEError) return undefined;
      throw error;
    }
  };
  const acceptedKey = (kid = '') => {
    const key = keys().accepted.get(kid);
    if (key === undefined) throw new errors.JWKSNoMatchingKey();
    return key;
  };

  return {
    hasEnded,
    sign: (subject, granted, ttlSeconds) => {
      if (ttlSeconds > longestTokenSeconds) throw new RangeError('A token may live 366 days at most');
      const { signing, kid } = keys();
      const seconds = Math.floor(now() / 1_000);
      // A token that is made in the second in which the earlier ones of its subject ended is not one of them.
      const ended = lastEnd(subject);
      const issuedAt = ended >= seconds && ended < seconds + aheadSeconds ? ended + 1 : seconds;
      return new SignJWT({ roles: [...granted] })
        .setProtectedHeader({ alg: 'EdDSA', typ: type, kid })
        .setJti(randomUUID())
        .setSubject(subject)
        .setIssuer(issuer)
        .setAudience(issuer)
        .setIssuedAt(issuedAt)
        .setExpirationTime(issuedAt + ttlSeconds)
        .sign(signing);
    },
    verify: async (token) => {
      const found = await checked(token);
      if (found === undefined) return undefined;
      const { sub, jti, iat, exp, kid } = found;
      if (exp * 1_000 <= now() || !keys().accepted.has(kid)) return undefined;
      if (hasEnded(sub, iat, jti)) return undefined;
      return { subject: sub, roles: new Set(found.roles), expiresMs: exp * 1_000 };
    },
  };
};

/** The id of a token of ours, read without checking it; undefined if the text is none. */
export const idOfToken = (text: string): string | undefined => {
  try {
    return decodeJwt(text).jti;
  } catch {
    return undefined;
  }
};

/** Whether each part is base64url as it is written in one way only (RFC 7515 §2): jose ignores what stands behind it. */
export const isCanonical = (token: string): boolean =>
  token.split('.').every((part) => Buffer.from(part, 'base64url').toString('base64url') === part);
