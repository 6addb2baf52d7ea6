/**
 * Connection strings of EventStoreDB's client, read strictly. The client (6.2.1, dist/Client/parseConnectionString.js)
 * guesses: it takes what follows an unencoded `@` or `/` in a password for a host, cuts a password at a `:`, and prints
 * the whole string, password included, if it does not know an option. A string that can be read in two ways is refused.
 */

/** A user name and a password, each with every character that separates parts percent-encoded. */
const secret = String.raw`(?:[^\s:/?#@%\[\]\p{Cc}]|%[0-9A-Fa-f]{2})+`;
const host = String.raw`[A-Za-z0-9._-]+(?::\d{1,5})?`;
const wholeNumber = String.raw`\d{1,9}`;
const bool = 'true|false';
const text = String.raw`[^\s&?#@=\p{Cc}]+`;

/** The options that the client knows, in lower case without `-` and `_`, and their values. */
const options: Readonly<Record<string, string>> = {
  tls: bool,
  throwonappendfailure: bool,
  tlsverifycert: 'true', // the client does not support `false`
  nodepreference: 'leader|follower|read[-_]?only[-_]?replica|random',
  maxdiscoverattempts: `-?${wholeNumber}`,
  discoveryinterval: wholeNumber,
  gossiptimeout: wholeNumber,
  defaultdeadline: wholeNumber,
  keepaliveinterval: `-?${wholeNumber}`,
  keepalivetimeout: `-?${wholeNumber}`,
  connectionname: text,
  tlscafile: text,
  usercertfile: text,
  userkeyfile: text,
};

const form = new RegExp(
  `^(?<scheme>esdb(?:\\+discover)?://)(?:(?<user>${secret}):(?<password>${secret})@)?(?<rest>${host}(?:,${host})*/?(?:\\?(?<options>.+))?)$`,
  'u',
);

/** Why a connection string is refused. It says nothing of the string itself, any part of which may be a password. */
export const connectionFault =
  'expected esdb://USER:PASSWORD@HOST:PORT,…?OPTION=VALUE&…, with the options of the client; in USER and PASSWORD, write % as %25, / as %2F, @ as %40, : as %3A, ? as %3F, # as %23, [ as %5B, ] as %5D and a space as %20';

/** Whether a connection string can be read in one way only, by the client too. */
export const isConnectionString = (connectionString: string): boolean => restOf(connectionString) !== undefined;

/** A connection string without its user and password; one that cannot be read cleanly is shown as its scheme alone. */
export const withoutCredentials = (connectionString: string): string => {
  const scheme = /^esdb(?:\+discover)?:\/\//.exec(connectionString)?.[0] ?? 'esdb://';
  return `${scheme}${restOf(connectionString) ?? '…'}`;
};

/** The hosts and options of a connection string; undefined if it cannot be read cleanly. */
const restOf = (connectionString: string): string | undefined => {
  const parts = form.exec(connectionString)?.groups;
  if (parts === undefined || ![parts.user, parts.password].every(isDecodable)) return undefined;
  return parts.options === undefined || parts.options.split('&').every(isOption) ? parts.rest : undefined;
};

const isDecodable = (encoded: string | undefined): boolean => {
  try {
    decodeURIComponent(encoded ?? '');
    return true;
  } catch {
    return false;
  }
};

const isOption = (option: string): boolean => {
  const [, name = '', value = ''] = /^([A-Za-z_-]+)=(.+)$/.exec(option) ?? [];
  const known = name.toLowerCase().replace(/[-_]/g, '');
  if (!Object.hasOwn(options, known) || !isDecodable(value)) return false;
  return new RegExp(`^(?:${options[known]})$`, options[known] === text ? 'u' : 'iu').test(value);
};
