import { createLocalJWKSet, decodeJwt, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import {
  allowInsecureRequests,
  type ClientAuth,
  ClientSecretBasic,
  ClientSecretPost,
  type Configuration,
  discovery,
  None,
} from 'openid-client';
import { z } from 'zod';
import { isSafeAddress, type OidcSetting } from '../config.ts';
import { rolesAt, subjectAt } from './claims.ts';
import { fetched } from './fetched.ts';
import type { Identity } from './identity.ts';
import { aheadSeconds, isCanonical, type Tokens } from './tokens.ts';

/** An issuer of OpenID Connect cannot be reached, or says something of itself that cannot be used. */
export class IssuerAway extends Error {
  override readonly name = 'IssuerAway';
}

export type Issuer = {
  /** What the issuer says of itself, for `openid-client`. Rejects with `IssuerAway`. */
  readonly provider: () => Promise<Configuration>;
  /** The claims of an ID token that the issuer has signed for the registry. Rejects with `IssuerAway`. */
  readonly idToken: (token: string) => Promise<(JWTPayload & { readonly sub: string }) | undefined>;
  /**
   * The identity that an access token of the issuer stands for; undefined if it is none, is for somebody else, expired or
   * revoked here. Rejects with `IssuerAway` if that cannot be told, since the issuer's keys are not known.
   */
  readonly verify: (token: string) => Promise<Identity | undefined>;
};

/** JWS algorithms with a public key. `none` and those with a shared secret are never accepted, whatever a key is. */
const algorithms = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];
/** RFC 9068 wants the first; Keycloak and Entra write the third or nothing. */
const accessTokenTypes: readonly (string | undefined)[] = ['at+jwt', 'application/at+jwt', 'JWT', undefined];
/** What ID tokens have and access tokens do not; the audience of both may be the same. */
const marksOfIdTokens = ['nonce', 'at_hash', 'c_hash'];

const timeoutSeconds = 5;
/** The last instant that RFC 3339 can write. */
const latestMs = Date.parse('9999-12-31T23:59:59.999Z');
const keySet = z.object({ keys: z.array(z.looseObject({ kty: z.string() })) });

export const openIssuer = (
  { issuer, client, audience, rolesClaim }: OidcSetting,
  hasEnded: Tokens['hasEnded'],
  now: () => number,
): Issuer => {
  const provider = fetched(() => orAway(issuer, () => discovered(issuer, client)));
  const keys = fetched(() => orAway(issuer, async () => keysAt((await provider.current()).serverMetadata().jwks_uri)));

  /** An unknown key may be one that the issuer has just begun to sign with. */
  const keyOf: JWTVerifyGetKey = async (header, token) => {
    try {
      return await (await keys.current())(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      return (await keys.newer())(header, token);
    }
  };

  const verified = async (token: string, audience: string) => {
    if (!isCanonical(token)) return undefined;
    try {
      const { payload, protectedHeader } = await jwtVerify(token, keyOf, {
        algorithms,
        issuer,
        audience,
        requiredClaims: ['sub', 'exp'],
        clockTolerance: aheadSeconds,
        currentDate: new Date(now()),
      });
      const { sub, exp = 0, iat = 0 } = payload;
      if (typeof sub !== 'string') return undefined; // a number could be written in several ways
      if (exp * 1_000 <= now() || iat > now() / 1_000 + aheadSeconds) return undefined;
      return { payload: { ...payload, sub, exp }, type: protectedHeader.typ };
    } catch (error) {
      if (error instanceof errors.JOSEError) return undefined;
      throw error;
    }
  };

  return {
    provider: provider.current,
    idToken: async (token) => (client === undefined ? undefined : (await verified(token, client.id))?.payload),
    verify: async (token) => {
      if (audience === undefined || issuerIn(token) !== issuer) return undefined;
      const { payload, type } = (await verified(token, audience)) ?? {};
      if (payload === undefined || !accessTokenTypes.includes(type)) return undefined;
      if (marksOfIdTokens.some((mark) => Object.hasOwn(payload, mark))) return undefined;
      const subject = subjectAt(issuer, payload.sub);
      // One without the time of its issue may be of any time before the subject's tokens were revoked.
      if (subject === undefined || hasEnded(subject, payload.iat ?? 1, payload.jti)) return undefined;
      return {
        subject,
        roles: new Set(rolesAt(payload, rolesClaim)),
        expiresMs: Math.min(payload.exp * 1_000, latestMs),
      };
    },
  };
};

const orAway = async <T>(issuer: string, work: () => Promise<T>): Promise<T> => {
  try {
    return await work();
  } catch (error) {
    if (error instanceof IssuerAway) throw error;
    const { message, cause } = error instanceof Error ? error : new Error(String(error));
    const why = cause instanceof Error ? `${message}: ${cause.message}` : message;
    throw new IssuerAway(`${issuer} cannot be used for OpenID Connect: ${why}`, { cause: error });
  }
};

const discovered = async (issuer: string, client: OidcSetting['client']): Promise<Configuration> => {
  const isPlain = issuer.startsWith('http:'); // only if it is this machine
  const provider = await discovery(new URL(issuer), client?.id ?? 'none', undefined, authentication(client?.secret), {
    timeout: timeoutSeconds,
    execute: isPlain ? [allowInsecureRequests] : [],
  });
  const named = provider.serverMetadata().issuer;
  // A slash too many would make another subject of the same person.
  if (named !== issuer) throw new IssuerAway(`OIDC_ISSUER=${issuer} is not what the issuer calls itself: ${named}`);
  return provider;
};

/** How the registry shows who it is: as the issuer says that it may, by default in the header (OpenID Connect Core §9). */
const authentication = (secret: string | undefined): ClientAuth => {
  if (secret === undefined) return None();
  const [basic, post] = [ClientSecretBasic(secret), ClientSecretPost(secret)];
  return (issuer, ...rest) => {
    const takesPost = issuer.token_endpoint_auth_methods_supported?.includes('client_secret_post');
    return (takesPost ? post : basic)(issuer, ...rest);
  };
};

const keysAt = async (address = ''): Promise<JWTVerifyGetKey> => {
  if (!isSafeAddress(address)) throw new Error(`it has its keys at "${address}"`);
  const response = await fetch(address, { redirect: 'error', signal: AbortSignal.timeout(timeoutSeconds * 1_000) });
  if (!response.ok) throw new Error(`its keys are not there (${response.status})`);
  return createLocalJWKSet(keySet.parse(await response.json()));
};

/** Whose token a text says it is; nothing has checked that. */
const issuerIn = (token: string): string | undefined => {
  try {
    return decodeJwt(token).iss;
  } catch {
    return undefined;
  }
};
