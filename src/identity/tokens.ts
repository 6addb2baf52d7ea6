import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, randomUUID } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { errors, jwtVerify, SignJWT } from 'jose';
import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import { shortText } from '../../domain/field.ts';
import { ConfigError } from '../config.ts';
import { type Identity, type Role, roles } from './identity.ts';

/** Signs and verifies bearer tokens: JSON Web Tokens (RFC 7519) with Ed25519 (EdDSA, RFC 8037). */
export type Tokens = {
  readonly sign: (subject: string, roles: readonly Role[], ttlSeconds: number) => Promise<string>;
  /** The identity that a token stands for; undefined if it is expired, forged, signed by another key or no token of ours. */
  readonly verify: (token: string) => Promise<Identity | undefined>;
};

const keyFile = 'token-signing.pem';
const claims = z.object({ sub: shortText, roles: z.array(z.enum(roles)).min(1), iat: z.number(), exp: z.number() });

/** How far the clock of another node that signs tokens may be ahead. */
const aheadSeconds = 10;

/** Verified tokens are cached, so that a signature is checked once and not for every request. */
const cachedTokens = 10_000;

/** Opens the folder's signing key, or makes one. Throws `ConfigError` if the folder cannot hold it or it is no such key. */
export const openTokens = (keysFolder: string, issuer: string, now: () => number): Tokens => {
  const key = signingKey(keysFolder);
  const publicKey = createPublicKey(key);
  const verified = new LRUCache<string, { readonly identity: Identity; readonly expiresMs: number }>({
    max: cachedTokens,
  });
  return {
    sign: (subject, granted, ttlSeconds) => {
      const seconds = Math.floor(now() / 1000);
      return new SignJWT({ roles: [...granted] })
        .setProtectedHeader({ alg: 'EdDSA', typ: 'JWT' })
        .setSubject(subject)
        .setIssuer(issuer)
        .setAudience(issuer)
        .setIssuedAt(seconds)
        .setExpirationTime(seconds + ttlSeconds)
        .sign(key);
    },
    verify: async (token) => {
      if (!isCanonical(token)) return undefined;
      const known = verified.get(token);
      if (known !== undefined && known.expiresMs > now()) return known.identity;
      try {
        const { payload } = await jwtVerify(token, publicKey, {
          algorithms: ['EdDSA'],
          issuer,
          audience: issuer,
          currentDate: new Date(now()),
        });
        const parsed = claims.safeParse(payload);
        if (!parsed.success || parsed.data.iat > now() / 1000 + aheadSeconds) return undefined;
        const identity = { subject: parsed.data.sub, roles: new Set(parsed.data.roles) };
        verified.set(token, { identity, expiresMs: parsed.data.exp * 1000 });
        return identity;
      } catch (error) {
        if (error instanceof errors.JOSEError) return undefined;
        throw error;
      }
    },
  };
};

/** Whether each part is base64url as it is written in one way only (RFC 7515 §2): jose ignores what stands behind it. */
const isCanonical = (token: string): boolean =>
  token.split('.').every((part) => Buffer.from(part, 'base64url').toString('base64url') === part);

/** The node's Ed25519 key, PKCS #8 in PEM, which only its owner can read. */
const signingKey = (folder: string): KeyObject => {
  const path = join(folder, keyFile);
  const because = (what: string) => (error: unknown) =>
    new ConfigError(`${what}: ${error instanceof Error ? error.message : String(error)}`);
  orThrow(() => existsSync(path) || makeKey(folder, path), because(`${folder} cannot hold the keys`));
  const key = orThrow(() => createPrivateKey(readFileSync(path)), because(`${path} is not a private key`));
  if (key.asymmetricKeyType !== 'ed25519') throw new ConfigError(`${path} is not an Ed25519 key`);
  return key;
};

/** Makes the key in one step; if another process is faster, its key stays. */
const makeKey = (folder: string, path: string): void => {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const { privateKey } = generateKeyPairSync('ed25519');
  const fresh = `${path}.${randomUUID()}`; // containers that share the folder may have the same process ids
  writeFileSync(fresh, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
  try {
    linkSync(fresh, path);
  } catch (error) {
    if (!existsSync(path)) throw error;
  } finally {
    rmSync(fresh, { force: true });
  }
};

const orThrow = <T>(work: () => T, explain: (error: unknown) => Error): T => {
  try {
    return work();
  } catch (error) {
    throw explain(error);
  }
};
