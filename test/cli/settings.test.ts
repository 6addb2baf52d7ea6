import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, onTestFinished, test } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { asOrdinary, ending, newFolder, registry, start } from './command-line.ts';

test('every setting has a default', () => {
  const { config, warnings } = readConfig({ REGISTRY_DATA: '/srv/registry', PORT: '' });
  expect(warnings).toEqual([]);
  expect(config).toEqual({
    host: '127.0.0.1',
    port: 3000,
    dataFolder: '/srv/registry',
    store: { kind: 'sqlite', file: '/srv/registry/events.db' },
    keysFolder: '/srv/registry/keys',
    origin: 'localhost/upgrade-registry',
    basePath: '',
    trustProxy: [],
    rateLimit: 100,
    commandLimit: 256,
    delayLimitMs: 2_000,
    stallLimitMs: 60_000,
    corsOrigins: [],
    hstsSeconds: undefined,
    accessLog: true,
    signs: true,
    witnesses: [],
    oidc: undefined,
    logLevel: 'info',
  });
});

test('settings are used as given', () => {
  const given = {
    HOST: '0.0.0.0',
    PORT: '8080',
    REGISTRY_DATA: '/srv/registry',
    REGISTRY_STORE: 'sqlite:/var/ledger.db',
    REGISTRY_KEYS: '/etc/keys',
    REGISTRY_TRUST_PROXY: '10.0.0.0/8, ::1,loopback',
    REGISTRY_RATE_LIMIT: '20',
    REGISTRY_COMMAND_LIMIT: '64',
    REGISTRY_DELAY_LIMIT: '500',
    REGISTRY_STALL_LIMIT: '10',
    REGISTRY_CORS_ORIGINS: 'https://a.example, http://b.example:8080',
    REGISTRY_HSTS: '31536000',
    REGISTRY_ACCESS_LOG: 'off',
    REGISTRY_SIGNS: 'off',
    OIDC_ISSUER: 'https://id.example.org/realms/office',
    OIDC_CLIENT_ID: 'registry',
    OIDC_CLIENT_SECRET: 'secret',
    OIDC_AUDIENCE: 'https://registry.example.org/api',
    OIDC_ROLES_CLAIM: 'realm_access.roles',
    LOG_LEVEL: 'debug',
  };
  expect(readConfig(given).config).toMatchObject({
    port: 8080,
    store: { kind: 'sqlite', file: '/var/ledger.db' },
    keysFolder: '/etc/keys',
    trustProxy: ['10.0.0.0/8', '::1', 'loopback'],
    rateLimit: 20,
    commandLimit: 64,
    delayLimitMs: 500,
    stallLimitMs: 10_000,
    corsOrigins: ['https://a.example', 'http://b.example:8080'],
    hstsSeconds: 31_536_000,
    accessLog: false,
    signs: false,
    oidc: {
      issuer: 'https://id.example.org/realms/office',
      client: { id: 'registry', secret: 'secret' },
      audience: 'https://registry.example.org/api',
      rolesClaim: 'realm_access.roles',
    },
  });
  const off = { REGISTRY_TRUST_PROXY: 'off', REGISTRY_RATE_LIMIT: 'off', REGISTRY_DELAY_LIMIT: 'off' };
  expect(readConfig(off).config).toMatchObject({ trustProxy: [], rateLimit: undefined, delayLimitMs: undefined });
});

test.each([
  ['PORT', 'http', 'expected a port'],
  ['PORT', '65536', 'expected a port'],
  ['PORT', '0x50', 'expected a port'],
  ['REGISTRY_ORIGIN', 'our registry', 'expected a name without spaces'],
  ['REGISTRY_ORIGIN', 'a+b', 'expected a name without spaces and plus signs'],
  ['REGISTRY_ORIGIN', '登记册', 'expected a name without spaces and plus signs'],
  ['REGISTRY_TRUST_PROXY', 'proxy.example.org', 'expected off, or the addresses of proxies'],
  ['REGISTRY_RATE_LIMIT', 'fast', 'expected off, or a number'],
  ['REGISTRY_COMMAND_LIMIT', '0', 'expected a number of concurrent commands'],
  ['REGISTRY_DELAY_LIMIT', '2s', 'expected off, or a number of milliseconds'],
  ['REGISTRY_STALL_LIMIT', 'off', 'expected a number of seconds'],
  ['REGISTRY_CORS_ORIGINS', '*', 'expected none, or origins'],
  ['REGISTRY_CORS_ORIGINS', 'https://a.example/', 'expected none, or origins'],
  ['REGISTRY_CORS_ORIGINS', 'https://a.example:443', 'expected none, or origins'],
  ['REGISTRY_CORS_ORIGINS', 'null', 'expected none, or origins'],
  ['REGISTRY_HSTS', '1y', 'expected off, or a number of seconds'],
  ['REGISTRY_ACCESS_LOG', 'yes', 'expected on or off'],
  ['REGISTRY_SIGNS', 'yes', 'expected on or off'],
  ['REGISTRY_WITNESSES', 'https://witness.example.org', 'expected none, or pairs of a URL'],
  ['REGISTRY_WITNESSES', 'https://w.example.org w+00000000+BAAA', 'expected none, or pairs of a URL'],
  ['OIDC_ROLES_CLAIM', 'realm roles', 'expected the name of a claim'],
  ['OIDC_ROLES_CLAIM', 'realm_access.', 'expected the name of a claim'],
  ['LOG_LEVEL', 'loud', 'expected one of fatal, error, warn, info, debug, trace, silent'],
])('%s=%s is named in one line', (name, value, why) => {
  expect(() => readConfig({ [name]: value })).toThrow(`${name}="${value}" is not valid: ${why}`);
});

test.each(['postgres://registry:pass@db', 'esdb://registry:pa/ss@store-1', 'esdb://store-1?password=pass'])(
  'REGISTRY_STORE=%s is a wrong setting, and none of it is shown',
  (value) => {
    expect(() => readConfig({ REGISTRY_STORE: value })).toThrow(/^REGISTRY_STORE is not valid: expected (?!.*pa.?ss)/);
  },
);

test.each([
  ...['id.example.org', 'ftp://id.example.org', 'http://id.example.org', 'http://localhost.example.org', 'https://'],
  ...['http://127.0.0.1.example.org', 'http://10.0.0.1', 'https://id.example.org?x=1', 'https://id.example.org#x'],
  ...['https://user:password@id.example.org', 'https://id.example.org/a b', 'https:id.example.org', 'http://[::2]'],
  'https://id.example.org\\realm',
])('OIDC_ISSUER=%s is a wrong setting, and is not shown, since it may hold a password', (value) => {
  expect(() => readConfig({ OIDC_ISSUER: value, OIDC_AUDIENCE: 'x' })).toThrow(
    /^OIDC_ISSUER is not valid: expected an address with https:\/\/, without \?, # and @; http:\/\/ is for this machine alone$/,
  );
});

test.each(['http://localhost:8080/realms/x', 'http://127.0.0.1', 'http://[::1]:9000', 'https://id.example.org'])(
  'OIDC_ISSUER may be %s',
  (issuer) => {
    expect(readConfig({ OIDC_ISSUER: issuer, OIDC_AUDIENCE: 'x' }).config.oidc).toEqual({
      issuer,
      client: undefined,
      audience: 'x',
      rolesClaim: undefined,
    });
  },
);

test.each([
  [['OIDC_CLIENT_ID'], 'OIDC_CLIENT_ID is set, so OIDC_ISSUER must be set too'],
  [['OIDC_CLIENT_SECRET'], 'OIDC_CLIENT_SECRET is set, so OIDC_ISSUER must be set too'],
  [['OIDC_AUDIENCE'], 'OIDC_AUDIENCE is set, so OIDC_ISSUER must be set too'],
  [['OIDC_ROLES_CLAIM'], 'OIDC_ROLES_CLAIM is set, so OIDC_ISSUER must be set too'],
  [['OIDC_ISSUER'], 'OIDC_ISSUER is set, so OIDC_CLIENT_ID and OIDC_CLIENT_SECRET (for sign-in) or OIDC_AUDIENCE'],
  [['OIDC_ISSUER', 'OIDC_ROLES_CLAIM'], 'OIDC_ISSUER is set, so OIDC_CLIENT_ID and OIDC_CLIENT_SECRET'],
  [['OIDC_ISSUER', 'OIDC_CLIENT_ID'], 'OIDC_CLIENT_ID is set, so OIDC_CLIENT_SECRET must be set too'],
  [['OIDC_ISSUER', 'OIDC_CLIENT_SECRET'], 'OIDC_CLIENT_SECRET is set, so OIDC_CLIENT_ID must be set too'],
  [['OIDC_ISSUER', 'OIDC_AUDIENCE', 'OIDC_CLIENT_ID'], 'OIDC_CLIENT_ID is set, so OIDC_CLIENT_SECRET must be set too'],
])('of OpenID Connect, %j alone is half a setting', (names, why) => {
  expect(() => readConfig(Object.fromEntries(names.map((name) => [name, 'https://id.example.org'])))).toThrow(why);
});

test('a warning names the setting that an unknown name is closest to', () => {
  expect(readConfig({ REGISTRY_DTA: 'x', REGISTRY_RATELIMIT: '5', OTHER: 'y' }).warnings).toEqual([
    'REGISTRY_DTA is not a setting; did you mean REGISTRY_DATA?',
    'REGISTRY_RATELIMIT is not a setting; did you mean REGISTRY_RATE_LIMIT?',
  ]);
});

test('with a provider that is away a server starts all the same, says so, and prints no sign-up link', async () => {
  const environment = { OIDC_ISSUER: 'http://localhost:1', OIDC_CLIENT_ID: 'x', OIDC_CLIENT_SECRET: 'a-secret' };
  const child = start('./registry', ['serve'], newFolder(), environment);
  let told = '';
  for await (const chunk of child.stderr) {
    told += String(chunk);
    if (told.includes('until that changes')) break;
  }
  expect(told).toMatch(/^registry: http:\/\/localhost:1 cannot be used for OpenID Connect: .*; until that changes/m);
  expect(told).toMatch(/^registry: OIDC_ROLES_CLAIM is not set, so nobody has a role/m);
  expect(told).not.toMatch(/sign-up|a-secret/);
});

test('a wrong setting ends every command with one line and exit status 78', async () => {
  const folder = newFolder();
  for (const args of [['serve'], ['status']]) {
    expect(await registry(folder, args, { PORT: 'http' })).toEqual({
      code: 78,
      stdout: '',
      stderr: 'registry: PORT="http" is not valid: expected a port from 0 to 65535; 0 picks a free one\n',
    });
  }
});

test('a command with an unknown setting prints a warning and does its work', async () => {
  const folder = newFolder();
  await registry(folder, ['import', 'listings', 'samples/listings.csv', '--dry-run', '--as', 'x']);
  const run = await registry(folder, ['status', '--json'], { REGISTRY_DAAT: 'x' });
  expect(run).toMatchObject({
    code: 0,
    stderr: 'registry: REGISTRY_DAAT is not a setting; did you mean REGISTRY_DATA?\n',
  });
  expect(JSON.parse(run.stdout)).toMatchObject({ size: 1 });
});

/** Exactly one line on stderr, which contains the text. */
const oneLine = (text: string) => expect.stringMatching(new RegExp(`^registry: [^\\n]*${text}[^\\n]*\\n$`));

test('a data folder that cannot be created is a wrong setting', async () => {
  const folder = newFolder();
  writeFileSync(join(folder, 'file'), '');
  const environment = { REGISTRY_DATA: join(folder, 'file', 'data') };
  for (const args of [['serve'], ['token', '--subject', 'li.wei', '--role', 'clerk']])
    expect(await registry(folder, args, environment)).toEqual({ code: 78, stdout: '', stderr: oneLine('file/data') });
});

test('a data folder that is read-only is a wrong setting', async () => {
  const folder = newFolder();
  mkdirSync(join(folder, 'data'));
  chmodSync(join(folder, 'data'), 0o500);
  const [program = '', ...args] = [...asOrdinary, './registry', 'serve'];
  const run = await ending(start(program, args, folder));
  expect(run).toEqual({ code: 78, stdout: '', stderr: oneLine('cannot be written to') });
});

test('a port that is in use is a wrong setting', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void other.close());
  await new Promise((resolve) => other.once('listening', resolve));
  const { port } = other.address() as AddressInfo;
  expect(await registry(newFolder(), ['serve'], { PORT: String(port) })).toEqual({
    code: 78,
    stdout: '',
    stderr: `registry: PORT=${port} is already in use on 127.0.0.1\n`,
  });
});

test('an address that does not belong to this machine is a wrong setting', async () => {
  const run = await registry(newFolder(), ['serve'], { HOST: '192.0.2.1' });
  expect(run).toEqual({ code: 78, stdout: '', stderr: oneLine('HOST=192.0.2.1: cannot listen on it') });
});

test('a file that is not a ledger is left unchanged', async () => {
  const folder = newFolder();
  mkdirSync(join(folder, 'data'));
  writeFileSync(
    join(folder, 'data', 'events.db'),
    'not a ledger, but a text that is long enough to be looked at'.repeat(20),
  );
  for (const args of [['serve'], ['replay', '--json']])
    expect(await registry(folder, args)).toEqual({
      code: 78,
      stdout: '',
      stderr: expect.stringMatching(/^registry: .*events\.db .*It was left unchanged\.\n$/s),
    });
});

test('a key file that holds no key is a wrong setting', async () => {
  const folder = newFolder();
  mkdirSync(join(folder, 'data', 'keys'), { recursive: true });
  writeFileSync(join(folder, 'data', 'keys', 'token-signing.pem'), 'no key');
  const run = await registry(folder, ['token', '--subject', 'li.wei', '--role', 'clerk']);
  expect(run).toMatchObject({ code: 78, stdout: '', stderr: oneLine('is not a private key') });
});

test('a file of accounts that is none, or of a newer release, is a wrong setting and left unchanged', async () => {
  const folder = newFolder();
  const path = join(folder, 'data', 'accounts.db');
  mkdirSync(join(folder, 'data'));
  const text = 'not a database, but a text that is long enough to be looked at'.repeat(20);
  writeFileSync(path, text);
  for (const args of [['serve'], ['user', 'list']])
    expect(await registry(folder, args)).toEqual({
      code: 78,
      stdout: '',
      stderr: oneLine('accounts.db cannot be used'),
    });
  expect(readFileSync(path, 'utf8')).toBe(text);
  const foreign = [
    'CREATE TABLE account (subject TEXT)',
    'PRAGMA application_id = 1430342465; PRAGMA user_version = 3',
  ];
  for (const sql of foreign) {
    writeFileSync(path, '');
    const db = new DatabaseSync(path);
    db.exec(`CREATE TABLE other (x); ${sql}`);
    db.close();
    expect(await registry(folder, ['user', 'list'])).toMatchObject({ code: 78, stderr: oneLine('cannot be used') });
  }
});
