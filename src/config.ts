import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { closestMatch } from 'leven';
import { z } from 'zod';
import { kept, pathIn } from './data-folder.ts';
import type { AskedWitness } from './ledger/witness-client.ts';
import { witnessesSetting } from './ledger/witnesses.ts';
import { connectionFault, isConnectionString } from './store/connection-string.ts';
import { defaultOrigin } from './store/event-store.ts';

/** A wrong setting; the process prints one line and exits with status 78 (EX_CONFIG of sysexits). */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

const levels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

const isWhole = (text: string, min: number, max: number): boolean =>
  /^\d{1,9}$/.test(text) && Number(text) >= min && Number(text) <= max;

/** What proxy-addr accepts: an IP address, a range in CIDR notation, or a name for a range of private addresses. */
const isProxy = (address: string): boolean => {
  if (['loopback', 'linklocal', 'uniquelocal'].includes(address)) return true;
  const [, ip = '', bits] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(address) ?? [];
  const version = isIP(ip);
  return version !== 0 && (bits === undefined || Number(bits) <= (version === 4 ? 32 : 128));
};

/**
 * Whether a text can name the ledger: a URI reference (RFC 3986), as the source of a CloudEvent is, and a key's name in
 * a signed note, without white space and plus signs.
 */
export const isOriginName = (text: string): boolean => /^[\w.~:/?#[\]@!$&'()*,;=%-]{1,255}$/.test(text);

/** Whether a text is an origin as browsers send it: scheme, host and port, nothing else. */
const isOrigin = (text: string): boolean =>
  /^https?:\/\//.test(text) && URL.canParse(text) && new URL(text).origin === text;

/** The first parts of the registry's own paths: a base path that began with one could be read in two ways. */
const ownParts = ['api', 'auth', 'health', 'ledger', 'metrics', 'problems', 'sign-up'];

/** `registry`, `/registry` and `/registry/` say the same; undefined for what may be no path, or several. */
const basePathOf = (text: string): string | undefined => {
  const parts = text.replace(/^\/|\/$/g, '').split('/');
  if (text === '/') return '';
  if (!parts.every((part) => /^[A-Za-z0-9._~-]+$/.test(part) && !/^\.+$/.test(part))) return undefined;
  return ownParts.includes(parts[0] ?? '') ? undefined : `/${parts.join('/')}`;
};

/** Whether an address is of this machine alone. */
const isLoopback = (host: string): boolean => /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(host);

/** Whether what is fetched from an address cannot be read or changed on the way: TLS, or this machine alone. */
export const isSafeAddress = (text: string): boolean => {
  const url = URL.parse(text);
  return url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback(url.hostname));
};

/** Whether a text is an issuer's identifier (OpenID Connect Core §1.2): an address without query, fragment and name. */
const isIssuer = (text: string): boolean => isSafeAddress(text) && /^https?:\/\/[^\s?#@\\]+$/.test(text);

const settings = z.object({
  HOST: z.string().min(1).default('127.0.0.1'),
  PORT: z
    .string()
    .refine((text) => isWhole(text, 0, 65_535), 'expected a port from 0 to 65535; 0 picks a free one')
    .transform(Number)
    .default(3000),
  REGISTRY_DATA: z.string().min(1).default('./data'),
  REGISTRY_STORE: z
    .string()
    .trim()
    .regex(/^(sqlite:.|esdb)/, 'expected sqlite:FILE or esdb://…')
    .refine((text) => !text.startsWith('esdb') || isConnectionString(text), connectionFault)
    .default(`sqlite:${kept.ledger.path}`),
  REGISTRY_KEYS: z.string().min(1).optional(),
  REGISTRY_ORIGIN: z
    .string()
    .refine(
      isOriginName,
      'expected a name without spaces and plus signs, such as registry.example.org/ledger: at most 255 characters that web addresses have',
    )
    .default(defaultOrigin),
  REGISTRY_TRUST_PROXY: z
    .string()
    .transform((text) => (text === 'off' ? [] : text.split(',').map((address) => address.trim())))
    .refine((addresses) => addresses.every(isProxy), 'expected off, or the addresses of proxies, separated by commas')
    .default([]),
  REGISTRY_BASE_PATH: z
    .string()
    .default('/')
    .refine(
      (text) => basePathOf(text) !== undefined,
      `expected / or a path such as /registry, of letters, digits and . _ ~ -, whose first part is none of ${ownParts.join(', ')}`,
    )
    .transform((text) => basePathOf(text) ?? ''),
  REGISTRY_RATE_LIMIT: z
    .string()
    .default('100')
    .refine((text) => text === 'off' || isWhole(text, 1, 1_000_000), 'expected off, or a number of requests per second')
    .transform((text) => (text === 'off' ? undefined : Number(text))),
  REGISTRY_COMMAND_LIMIT: z
    .string()
    .refine((text) => isWhole(text, 1, 100_000), 'expected a number of concurrent commands, from 1 to 100000')
    .transform(Number)
    .default(256),
  REGISTRY_DELAY_LIMIT: z
    .string()
    .default('2000')
    .refine((text) => text === 'off' || isWhole(text, 1, 600_000), 'expected off, or a number of milliseconds')
    .transform((text) => (text === 'off' ? undefined : Number(text))),
  REGISTRY_STALL_LIMIT: z
    .string()
    .refine((text) => isWhole(text, 1, 86_400), 'expected a number of seconds')
    .transform((text) => Number(text) * 1_000)
    .default(60_000),
  REGISTRY_CORS_ORIGINS: z
    .string()
    .transform((text) => (text === 'none' ? [] : text.split(',').map((origin) => origin.trim())))
    .refine(
      (origins) => origins.every(isOrigin),
      'expected none, or origins such as https://example.org, separated by commas',
    )
    .default([]),
  REGISTRY_HSTS: z
    .string()
    .default('off')
    .refine((text) => text === 'off' || isWhole(text, 0, 999_999_999), 'expected off, or a number of seconds')
    .transform((text) => (text === 'off' ? undefined : Number(text))),
  REGISTRY_ACCESS_LOG: z
    .enum(['on', 'off'], 'expected on or off')
    .default('on')
    .transform((text) => text === 'on'),
  REGISTRY_SIGNS: z
    .enum(['on', 'off'], 'expected on or off')
    .default('on')
    .transform((text) => text === 'on'),
  REGISTRY_WITNESSES: witnessesSetting,
  OIDC_ISSUER: z
    .string()
    .refine(isIssuer, 'expected an address with https://, without ?, # and @; http:// is for this machine alone')
    .optional(),
  OIDC_CLIENT_ID: z.string().optional(),
  OIDC_CLIENT_SECRET: z.string().optional(),
  OIDC_AUDIENCE: z.string().optional(),
  OIDC_ROLES_CLAIM: z
    .string()
    .regex(/^[^\s.]+(\.[^\s.]+)*$/, 'expected the name of a claim, such as roles or realm_access.roles')
    .optional(),
  LOG_LEVEL: z.enum(levels, `expected one of ${levels.join(', ')}`).default('info'),
});

/** The ledger in a file on this machine, or on a server or cluster, by the connection string of its client. */
export type StoreSetting =
  | { readonly kind: 'sqlite'; readonly file: string }
  | { readonly kind: 'eventstoredb'; readonly connectionString: string };

/** OpenID Connect: whose people sign in here, and whose access tokens the API accepts. */
export type OidcSetting = {
  /** The issuer, exactly as it calls itself. */
  readonly issuer: string;
  /** What the registry is at the issuer; undefined if nobody signs in there. */
  readonly client: { readonly id: string; readonly secret: string } | undefined;
  /** Whom access tokens must be for; undefined if none is accepted. */
  readonly audience: string | undefined;
  /** The claim that has the roles, with dots between the names of nested ones; undefined if nobody gets any. */
  readonly rolesClaim: string | undefined;
};

export type Config = {
  readonly host: string;
  readonly port: number;
  /** Absolute paths. */
  readonly dataFolder: string;
  readonly store: StoreSetting;
  readonly keysFolder: string;
  readonly origin: string;
  /** The path under which a proxy serves the registry, such as `/registry`; empty if that is the root. */
  readonly basePath: string;
  /** Addresses of proxies whose forwarding headers are trusted. */
  readonly trustProxy: readonly string[];
  /** Requests per second for each address, of those without a valid token; bursts may be ten times that. */
  readonly rateLimit: number | undefined;
  /** Commands in progress whose bodies have arrived; one more is refused. */
  readonly commandLimit: number;
  /** How far the event loop may lag behind before requests are refused. */
  readonly delayLimitMs: number | undefined;
  /** How long a connection may make no progress with an answer before it is cut. */
  readonly stallLimitMs: number;
  /** Origins whose pages may send a bearer token. */
  readonly corsOrigins: readonly string[];
  /** The `max-age` of Strict-Transport-Security. */
  readonly hstsSeconds: number | undefined;
  /** Whether reads of people, trails and full histories are written down. */
  readonly accessLog: boolean;
  /** Whether this node signs checkpoints of the ledger. */
  readonly signs: boolean;
  /** Who is asked to cosign them. */
  readonly witnesses: readonly AskedWitness[];
  /** Undefined if there are only local accounts and tokens of the registry's own. */
  readonly oidc: OidcSetting | undefined;
  readonly logLevel: (typeof levels)[number];
};

/** Settings that may hold a password, so that no message shows a wrong value. */
const unshown: ReadonlySet<string> = new Set(['REGISTRY_STORE', 'OIDC_ISSUER', 'OIDC_CLIENT_SECRET']);

/**
 * The store that a text in the form of `REGISTRY_STORE` names; undefined if it has not that form. Throws `ConfigError` if
 * it is no clean connection string. Nothing shows the text, which may hold a password.
 */
export const storeNamed = (option: string, text: string, dataFolder: string): StoreSetting | undefined => {
  const parsed = settings.shape.REGISTRY_STORE.safeParse(text);
  if (parsed.success) return storeSetting(parsed.data, dataFolder);
  if (text.trim().startsWith('esdb'))
    throw new ConfigError(`${option} is not valid: ${parsed.error.issues[0]?.message}`);
  return undefined;
};

const storeSetting = (text: string, dataFolder: string): StoreSetting =>
  text.startsWith('sqlite:')
    ? { kind: 'sqlite', file: resolve(dataFolder, text.slice('sqlite:'.length)) }
    : { kind: 'eventstoredb', connectionString: text };

/** The settings of OpenID Connect. Throws `ConfigError` if one is set without another that it needs. */
const oidcSetting = (data: z.output<typeof settings>): OidcSetting | undefined => {
  const { OIDC_ISSUER: issuer, OIDC_CLIENT_ID: id, OIDC_CLIENT_SECRET: secret, OIDC_AUDIENCE: audience } = data;
  const rolesClaim = data.OIDC_ROLES_CLAIM;
  const needs = (given: string, missing: string) => new ConfigError(`${given} is set, so ${missing} must be set too`);
  if (issuer === undefined) {
    const given = {
      OIDC_CLIENT_ID: id,
      OIDC_CLIENT_SECRET: secret,
      OIDC_AUDIENCE: audience,
      OIDC_ROLES_CLAIM: rolesClaim,
    };
    const [alone] = Object.entries(given).find(([, value]) => value !== undefined) ?? [];
    if (alone !== undefined) throw needs(alone, 'OIDC_ISSUER');
    return undefined;
  }
  if (id !== undefined && secret === undefined) throw needs('OIDC_CLIENT_ID', 'OIDC_CLIENT_SECRET');
  if (secret !== undefined && id === undefined) throw needs('OIDC_CLIENT_SECRET', 'OIDC_CLIENT_ID');
  if (id === undefined && audience === undefined)
    throw needs(
      'OIDC_ISSUER',
      'OIDC_CLIENT_ID and OIDC_CLIENT_SECRET (for sign-in) or OIDC_AUDIENCE (for access tokens)',
    );
  const client = id === undefined || secret === undefined ? undefined : { id, secret };
  return { issuer, client, audience, rolesClaim };
};

/**
 * Parses the environment, with a warning for each unknown name that begins with `REGISTRY_` or `OIDC_`. Throws `ConfigError`, which
 * names the first wrong setting.
 */
export const readConfig = (
  environment: Readonly<Record<string, string | undefined>>,
): { readonly config: Config; readonly warnings: readonly string[] } => {
  const given = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''),
  );
  const parsed = settings.safeParse(given);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const name = String(issue?.path[0]);
    const shown = unshown.has(name) ? name : `${name}=${JSON.stringify(given[name])}`;
    throw new ConfigError(`${shown} is not valid: ${issue?.message}`);
  }
  const { data } = parsed;
  const dataFolder = resolve(data.REGISTRY_DATA);
  return {
    config: {
      host: data.HOST,
      port: data.PORT,
      dataFolder,
      store: storeSetting(data.REGISTRY_STORE, dataFolder),
      keysFolder: data.REGISTRY_KEYS === undefined ? pathIn(dataFolder, kept.keys) : resolve(data.REGISTRY_KEYS),
      origin: data.REGISTRY_ORIGIN,
      basePath: data.REGISTRY_BASE_PATH,
      trustProxy: data.REGISTRY_TRUST_PROXY,
      rateLimit: data.REGISTRY_RATE_LIMIT,
      commandLimit: data.REGISTRY_COMMAND_LIMIT,
      delayLimitMs: data.REGISTRY_DELAY_LIMIT,
      stallLimitMs: data.REGISTRY_STALL_LIMIT,
      corsOrigins: data.REGISTRY_CORS_ORIGINS,
      hstsSeconds: data.REGISTRY_HSTS,
      accessLog: data.REGISTRY_ACCESS_LOG,
      signs: data.REGISTRY_SIGNS,
      witnesses: data.REGISTRY_WITNESSES,
      oidc: oidcSetting(data),
      logLevel: data.LOG_LEVEL,
    },
    warnings: Object.keys(given)
      .filter((name) => /^(REGISTRY|OIDC)_/.test(name) && !Object.hasOwn(settings.shape, name))
      .map((name) => `${name} is not a setting; did you mean ${closestMatch(name, Object.keys(settings.shape))}?`),
  };
};
