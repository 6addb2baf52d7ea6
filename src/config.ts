import { isIP } from 'node:net';
import { join, resolve } from 'node:path';
import { z } from 'zod';

/** A wrong setting; the process says so in one line and exits with status 78 (EX_CONFIG of sysexits). */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

const levels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

const isWhole = (text: string, min: number, max: number): boolean =>
  /^\d{1,9}$/.test(text) && Number(text) >= min && Number(text) <= max;

/** What proxy-addr takes for an address: one of IP, a range in CIDR notation, or a name for a range of private ones. */
const isProxy = (address: string): boolean => {
  if (['loopback', 'linklocal', 'uniquelocal'].includes(address)) return true;
  const [, ip = '', bits] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(address) ?? [];
  const version = isIP(ip);
  return version !== 0 && (bits === undefined || Number(bits) <= (version === 4 ? 32 : 128));
};

const settings = z.object({
  HOST: z.string().min(1).default('127.0.0.1'),
  PORT: z
    .string()
    .refine((text) => isWhole(text, 0, 65_535), 'expected a port, 0 to 65535, where 0 picks a free one')
    .transform(Number)
    .default(3000),
  REGISTRY_DATA: z.string().min(1).default('./data'),
  REGISTRY_STORE: z
    .string()
    .regex(/^(sqlite:.|esdb(\+discover)?:\/\/.)/, 'expected sqlite:FILE or esdb://…')
    .default('sqlite:events.db'),
  REGISTRY_KEYS: z.string().min(1).optional(),
  REGISTRY_ORIGIN: z
    .string()
    .regex(/^[^\s+]{1,255}$/, 'expected a name without white space or plus sign, such as example.org/registry')
    .default('localhost/upgrade-registry'),
  REGISTRY_TRUST_PROXY: z
    .string()
    .transform((text) => (text === 'off' ? [] : text.split(',').map((address) => address.trim())))
    .refine((addresses) => addresses.every(isProxy), 'expected off, or addresses of proxies with commas between')
    .default([]),
  REGISTRY_RATE_LIMIT: z
    .string()
    .refine((text) => text === 'off' || isWhole(text, 1, 1_000_000), 'expected off, or a number of requests a second')
    .transform((text) => (text === 'off' ? undefined : Number(text)))
    .optional(),
  REGISTRY_COMMAND_LIMIT: z
    .string()
    .refine((text) => isWhole(text, 1, 100_000), 'expected how many commands may be under way at once')
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
  LOG_LEVEL: z.enum(levels, `expected one of ${levels.join(', ')}`).default('info'),
});

/** The ledger in a file of this machine, or on a cluster by the client's own connection string. */
export type StoreSetting =
  | { readonly kind: 'sqlite'; readonly file: string }
  | { readonly kind: 'eventstoredb'; readonly connectionString: string };

export type Config = {
  readonly host: string;
  readonly port: number;
  /** Absolute paths. */
  readonly dataFolder: string;
  readonly store: StoreSetting;
  readonly keysFolder: string;
  readonly origin: string;
  /** Addresses of proxies whose forwarding headers are believed. */
  readonly trustProxy: readonly string[];
  /** Requests a second, for a subject or an address. */
  readonly rateLimit: number | undefined;
  /** Commands under way at once; one more is refused. */
  readonly commandLimit: number;
  /** How far the event loop may be behind before requests are refused. */
  readonly delayLimitMs: number | undefined;
  /** How long a connection with an answer on its way may stand still before it is cut. */
  readonly stallLimitMs: number;
  readonly logLevel: (typeof levels)[number];
};

/** A store as `REGISTRY_STORE` names it; undefined where the text names none. */
export const storeNamed = (text: string, dataFolder: string): StoreSetting | undefined =>
  settings.shape.REGISTRY_STORE.safeParse(text).success ? storeSetting(text, dataFolder) : undefined;

const storeSetting = (text: string, dataFolder: string): StoreSetting =>
  text.startsWith('sqlite:')
    ? { kind: 'sqlite', file: resolve(dataFolder, text.slice('sqlite:'.length)) }
    : { kind: 'eventstoredb', connectionString: text };

/** Parses the environment; names the first wrong setting and warns of names that look like ours and are not. */
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
    throw new ConfigError(`${name}=${JSON.stringify(given[name])} is not valid: ${issue?.message}`);
  }
  const { data } = parsed;
  const dataFolder = resolve(data.REGISTRY_DATA);
  return {
    config: {
      host: data.HOST,
      port: data.PORT,
      dataFolder,
      store: storeSetting(data.REGISTRY_STORE, dataFolder),
      keysFolder: data.REGISTRY_KEYS === undefined ? join(dataFolder, 'keys') : resolve(data.REGISTRY_KEYS),
      origin: data.REGISTRY_ORIGIN,
      trustProxy: data.REGISTRY_TRUST_PROXY,
      rateLimit: data.REGISTRY_RATE_LIMIT,
      commandLimit: data.REGISTRY_COMMAND_LIMIT,
      delayLimitMs: data.REGISTRY_DELAY_LIMIT,
      stallLimitMs: data.REGISTRY_STALL_LIMIT,
      logLevel: data.LOG_LEVEL,
    },
    warnings: Object.keys(given)
      .filter((name) => name.startsWith('REGISTRY_') && !Object.hasOwn(settings.shape, name))
      .map((name) => `${name} is not a setting; the nearest is ${nearest(name)}`),
  };
};

const nearest = (name: string): string =>
  Object.keys(settings.shape).reduce((best, each) => (distance(name, each) < distance(name, best) ? each : best));

/** Levenshtein's edit distance. */
const distance = (a: string, b: string): number => {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const swap = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, swap));
    }
    row = next;
  }
  return row[b.length] ?? 0;
};
