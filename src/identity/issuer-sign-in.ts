import { randomBytes } from 'node:crypto';
import { EncryptJWT, errors, jwtDecrypt } from 'jose';
import { LRUCache } from 'lru-cache';
import {
  AuthorizationResponseError,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  ClientError,
  calculatePKCECodeChallenge,
  fetchUserInfo,
  ResponseBodyError,
  randomNonce,
  randomPKCECodeVerifier,
  randomState,
  WWWAuthenticateChallengeError,
} from 'openid-client';
import { z } from 'zod';
import type { OidcSetting } from '../config.ts';
import { personIn, sayAll, subjectAt } from './claims.ts';
import type { FederatedPerson } from './federated.ts';
import { type Issuer, IssuerAway } from './issuer.ts';

/** Signing in at an issuer: authorization code with PKCE, state and nonce (OpenID Connect Core §3.1, RFC 9700). */
export type IssuerSignIn = {
  /** Where the browser goes to sign in, and what it must bring back. Rejects with `IssuerAway`. */
  readonly start: (begun: Begun) => Promise<{ readonly address: string; readonly sealed: string }>;
  /** Who has signed in, by the address to which the issuer sent the browser and what the browser brought back. */
  readonly finish: (callback: URL, sealed: string | undefined) => Promise<Finished>;
};

type Begun = {
  /** Where the issuer sends the browser. */
  readonly callback: string;
  /** The path of the page to which the person goes in the end. */
  readonly to: string;
  /** The session, by its hash, that the browser had. */
  readonly session: string | undefined;
};

export type Finished =
  | { readonly kind: 'signed-in'; readonly person: FederatedPerson; readonly to: string; readonly session?: string }
  /** Not begun in this browser, begun too long ago, or finished already. */
  | { readonly kind: 'not-begun' }
  /** `error` is the issuer's own code, if it said no. */
  | { readonly kind: 'refused'; readonly error?: string; readonly cause: unknown }
  | { readonly kind: 'away'; readonly cause: unknown };

/** How long a person may take at the issuer. */
export const signInSeconds = 600;
/** Sign-ins that are remembered as finished; the issuer takes each code once, too. */
const remembered = 10_000;

const startedSchema = z.object({
  state: z.string(),
  nonce: z.string(),
  verifier: z.string(),
  to: z.string(),
  session: z.string().optional(),
});
type Started = z.infer<typeof startedSchema>;

/**
 * What a started sign-in needs is kept by the browser that began it, encrypted, so that no number of sign-ins that nobody
 * finishes takes the place of others. The key ends with the process.
 */
export const issuerSignIn = (
  { provider, idToken }: Issuer,
  { issuer, rolesClaim }: Pick<OidcSetting, 'issuer' | 'rolesClaim'>,
  now: () => number,
): IssuerSignIn => {
  const key = randomBytes(32);
  const finished = new LRUCache<string, true>({ max: remembered });

  const seal = (started: Started): Promise<string> =>
    new EncryptJWT(started)
      .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
      .setExpirationTime(Math.floor(now() / 1_000) + signInSeconds)
      .encrypt(key);
  const unseal = async (sealed: string): Promise<Started | undefined> => {
    try {
      return startedSchema.parse((await jwtDecrypt(sealed, key, { currentDate: new Date(now()) })).payload);
    } catch (error) {
      if (error instanceof errors.JOSEError) return undefined;
      throw error;
    }
  };

  /** Rejects as `openid-client` does, or with `IssuerAway`. */
  const personAt = async (callback: URL, { state, nonce, verifier }: Started): Promise<FederatedPerson> => {
    const configuration = await provider();
    const tokens = await authorizationCodeGrant(configuration, callback, {
      pkceCodeVerifier: verifier,
      expectedState: state,
      expectedNonce: nonce,
      idTokenExpected: true,
    });
    const own = await idToken(tokens.id_token ?? '');
    if (own === undefined) throw new ClientError('the ID token is not signed by the issuer for this client, now');
    const subject = subjectAt(issuer, own.sub);
    if (subject === undefined) throw new ClientError('the subject is not a text that the ledger can keep');
    const mayHaveMore = configuration.serverMetadata().userinfo_endpoint !== undefined && !sayAll(own, rolesClaim);
    const more = mayHaveMore ? await fetchUserInfo(configuration, tokens.access_token, own.sub) : {};
    return personIn({ ...more, ...own }, subject, rolesClaim);
  };

  return {
    start: async ({ callback, to, session }) => {
      const [state, nonce, verifier] = [randomState(), randomNonce(), randomPKCECodeVerifier()];
      const address = buildAuthorizationUrl(await provider(), {
        redirect_uri: callback,
        scope: 'openid profile',
        state,
        nonce,
        code_challenge: await calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
      });
      const started = { state, nonce, verifier, to, ...(session === undefined ? {} : { session }) };
      return { address: address.href, sealed: await seal(started) };
    },
    finish: async (callback, sealed = '') => {
      const started = await unseal(sealed);
      if (started === undefined || callback.searchParams.get('state') !== started.state || finished.has(started.state))
        return { kind: 'not-begun' };
      finished.set(started.state, true);
      const { to, session } = started;
      try {
        const person = await personAt(callback, started);
        return { kind: 'signed-in', person, to, ...(session === undefined ? {} : { session }) };
      } catch (cause) {
        return failed(cause);
      }
    },
  };
};

/** What a failed exchange means for the person. Rejects again with what is a bug. */
const failed = (cause: unknown): Finished => {
  if (cause instanceof IssuerAway || isNoAnswer(cause)) return { kind: 'away', cause };
  if (cause instanceof AuthorizationResponseError || cause instanceof ResponseBodyError)
    return { kind: 'refused', error: cause.error, cause };
  if (cause instanceof ClientError || cause instanceof WWWAuthenticateChallengeError) return { kind: 'refused', cause };
  throw cause;
};

/** Whether the issuer could not be reached, took too long, or had a fault of its own (5xx). */
const isNoAnswer = (error: unknown): boolean =>
  (error instanceof TypeError && error.message === 'fetch failed') ||
  (error instanceof ResponseBodyError && error.status >= 500) ||
  (error instanceof ClientError &&
    (error.code === 'OAUTH_TIMEOUT' || (error.cause instanceof Response && error.cause.status >= 500)));
