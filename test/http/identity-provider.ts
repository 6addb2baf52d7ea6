import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { decodeJwt, exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from 'jose';
import { type Configuration, Provider } from 'oidc-provider';
import type { Browser, Page } from './browser.ts';

/** A real provider of OpenID Connect on a free port of localhost, which browsers take for another site than 127.0.0.1. */
export type IdentityProvider = {
  readonly issuer: string;
  /** What it says of people, by their `sub`. */
  readonly people: Map<string, Readonly<Record<string, unknown>>>;
  /** Begins to answer; until then it is away. `registry` is the address of the client. */
  readonly begin: (registry: string, more?: Configuration) => Promise<void>;
  /** Is away from now on. */
  readonly end: () => void;
  /** Signs with a new key from now on, and forgets the one before. */
  readonly rotate: () => Promise<void>;
  /** Gives another ID token than the one with these claims, or from now on the right one. */
  readonly forge: (idToken?: (claims: JWTPayload) => Promise<string> | string) => void;
  /** How often it was asked for its keys. */
  readonly keyRequests: () => number;
  /** An access token as the provider issues it to a program with these roles. */
  readonly accessToken: (roles: readonly string[]) => Promise<string>;
  /** A token of any claims and header, with a signature of the current key. */
  readonly signed: (claims: JWTPayload, header?: Readonly<Record<string, string>>) => Promise<string>;
  /** The public half of the current key, as it publishes it. */
  readonly publicKey: () => JWK;
  readonly close: () => Promise<void>;
};

export const client = { id: 'registry', secret: 'a-secret-of-the-registry-at-its-issuer' } as const;
export const audience = 'https://registry.example/api';
const program = { id: 'program', secret: 'a-secret-of-some-program-at-the-issuer' } as const;

type Handler = (request: IncomingMessage, response: ServerResponse) => unknown;

export const startProvider = async (): Promise<IdentityProvider> => {
  const people: IdentityProvider['people'] = new Map();
  const away: Handler = (_request, response) => response.writeHead(503).end();
  let handler = away;
  let keyRequests = 0;
  let forged: Parameters<IdentityProvider['forge']>[0];
  let programRoles: readonly string[] = [];
  const server = createServer((request, response) => {
    if (request.url === '/jwks') keyRequests += 1;
    if (request.url === '/token' && forged !== undefined) forging(response, forged);
    handler(request, response);
  }).listen(0, 'localhost');
  await new Promise((resolve) => server.once('listening', resolve));
  const issuer = `http://localhost:${(server.address() as AddressInfo).port}`;
  let key = await newKey();
  let current: Configuration = {};

  const answer = () => {
    const provider = new Provider(issuer, { ...current, jwks: { keys: [key.jwk] } });
    handler = provider.callback();
  };
  const begin: IdentityProvider['begin'] = async (registry, more = {}) => {
    current = {
      ...configurationFor(registry, people),
      extraTokenClaims: () => ({ realm_access: { roles: [...programRoles] } }),
      ...more,
    };
    answer();
  };

  return {
    issuer,
    people,
    begin,
    end: () => {
      handler = away;
    },
    rotate: async () => {
      key = await newKey();
      answer();
    },
    forge: (idToken) => {
      forged = idToken;
    },
    keyRequests: () => keyRequests,
    accessToken: async (roles) => {
      programRoles = roles;
      const response = await fetch(`${issuer}/token`, {
        method: 'POST',
        headers: { authorization: `Basic ${Buffer.from(`${program.id}:${program.secret}`).toString('base64')}` },
        body: new URLSearchParams({ grant_type: 'client_credentials', resource: audience }),
      });
      const { access_token: token } = (await response.json()) as { access_token: string };
      return token;
    },
    signed: (claims, header = {}) =>
      new SignJWT(claims)
        .setProtectedHeader({ alg: 'RS256', typ: 'at+jwt', kid: key.jwk.kid, ...header })
        .sign(key.privateKey),
    publicKey: () => {
      const { kty, n, e, kid, alg } = key.jwk;
      return { kty, n, e, kid, alg } as JWK;
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};

/** Changes the ID token in what is about to be answered. */
const forging = (response: ServerResponse, forged: (claims: JWTPayload) => Promise<string> | string): void => {
  const end = response.end.bind(response);
  const changed = async (body: string) => {
    const answer = JSON.parse(body);
    if (answer.id_token === undefined) return body;
    return JSON.stringify({ ...answer, id_token: await forged(decodeJwt(answer.id_token)) });
  };
  response.end = (body: unknown) => {
    void changed(String(body)).then((text) => {
      response.setHeader('content-length', Buffer.byteLength(text));
      end(text);
    });
    return response;
  };
};

/** Signs in at the provider as somebody, in a browser that is sent there; the page at which it arrives in the end. */
export const signInAs = async (
  provider: Pick<IdentityProvider, 'issuer'>,
  browser: Browser,
  sub: string,
  start: string,
): Promise<Page> => {
  let page = await browser.open(start, start);
  for (;;) {
    const [, action, prompt] = /action="([^"]+)".*name="prompt" value="(\w+)"/s.exec(page.text) ?? [];
    if (!page.url.startsWith(provider.issuer) || action === undefined || prompt === undefined) return page;
    page = await browser.submit(new URL(action, page.url).href, { prompt, login: sub, password: 'any' }, page.url);
  }
};

let keys = 0;
const newKey = async () => {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true });
  keys += 1;
  return { privateKey, jwk: { ...(await exportJWK(privateKey)), kid: `key-${keys}`, alg: 'RS256', use: 'sig' } };
};

const configurationFor = (registry: string, people: IdentityProvider['people']): Configuration => ({
  clients: [
    {
      client_id: client.id,
      client_secret: client.secret,
      redirect_uris: [`${registry}/auth/oidc/callback`],
      grant_types: ['authorization_code'],
      response_types: ['code'],
    },
    {
      client_id: program.id,
      client_secret: program.secret,
      redirect_uris: [],
      grant_types: ['client_credentials'],
      response_types: [],
    },
  ],
  findAccount: (_context, accountId) => ({
    accountId,
    claims: () => ({ sub: accountId, ...people.get(accountId) }),
  }),
  claims: { openid: ['sub'], profile: ['name', 'preferred_username', 'realm_access'] },
  pkce: { required: () => true },
  cookies: { keys: ['a key for the cookies of the provider'] },
  ttl: {
    IdToken: 86_400,
    AccessToken: 3_600,
    AuthorizationCode: 60,
    ClientCredentials: 3_600,
    Session: 86_400,
    Grant: 86_400,
    Interaction: 3_600,
  },
  features: {
    devInteractions: { enabled: true },
    clientCredentials: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => undefined as unknown as string,
      getResourceServerInfo: (_context, resource) => ({
        scope: '',
        audience: resource,
        accessTokenFormat: 'jwt',
        jwt: { sign: { alg: 'RS256' } },
      }),
    },
  },
});
