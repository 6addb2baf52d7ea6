import { parseConnectionString } from '@eventstore/db-client/dist/Client/parseConnectionString.js';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ConfigError, readConfig, storeNamed } from '../../src/config.ts';
import { connectionFault, isConnectionString } from '../../src/store/connection-string.ts';
import { storeName } from '../../src/store/store-name.ts';

const nameOf = (connectionString: string): string => storeName({ kind: 'eventstoredb', connectionString });

test('a store in a file is named by its file', () => {
  expect(storeName({ kind: 'sqlite', file: '/var/lib/registry/events@home.db' })).toBe(
    'sqlite:/var/lib/registry/events@home.db',
  );
});

test.each([
  ['esdb://admin:changeit@localhost:2113?tls=false', 'esdb://localhost:2113?tls=false'],
  ['esdb+discover://admin:changeit@cluster.example', 'esdb+discover://cluster.example'],
  ['esdb://admin:changeit@one:2113,two:2113,three:2113', 'esdb://one:2113,two:2113,three:2113'],
  ['esdb://admin:c%40ngeit@localhost', 'esdb://localhost'],
])('the credentials in %s are not shown', (connectionString, name) => {
  expect(isConnectionString(connectionString)).toBe(true);
  expect(nameOf(connectionString)).toBe(name);
});

test.each([
  'esdb://localhost:2113',
  'esdb://localhost?tls=false&connectionName=registry%40node1',
  'esdb+discover://cluster.example/?nodePreference=leader',
  'esdb://localhost/?tls=true&tlsCAFile=/certificates/ca.crt&keepAliveInterval=-1&default-deadline=2000',
])('%s has no credentials and is shown whole', (connectionString) => {
  expect(isConnectionString(connectionString)).toBe(true);
  expect(nameOf(connectionString)).toBe(connectionString);
});

test.each([
  ['a slash in the password', 'esdb://registry:N3w/pass@store-1'],
  ['a slash and an @ in the password', 'esdb://registry:N3w/pass@2@store-1:2113,store-2:2113'],
  ['an @ in the password', 'esdb://registry:pass@2@store-1'],
  ['a colon in the password', 'esdb://registry:pass:word@store-1'],
  ['a question mark in the password', 'esdb://registry:pass?word@store-1'],
  ['a number sign in the password', 'esdb://registry:pass#word@store-1'],
  ['a percent sign in the password', 'esdb://registry:100%@store-1'],
  ['a space in the password', 'esdb://registry:pass word@store-1'],
  ['bytes that are not UTF-8 in the password', 'esdb://registry:%FF@store-1'],
  ['a password and no user', 'esdb://:password@store-1'],
  ['a user and no password', 'esdb://registry:@store-1'],
  ['a password alone', 'esdb://password@store-1'],
  ['credentials after the host', 'esdb://store-1/registry:password@'],
  ['credentials in an option', 'esdb://store-1:2113?connectionName=registry:password@2'],
  ['an option that the client does not know', 'esdb://registry:password@store-1?secret=true'],
  ['a value that the client does not take', 'esdb://registry:password@store-1?tls=yes'],
  ['a certificate that is not to be checked', 'esdb://registry:password@store-1?tlsVerifyCert=false'],
  ['no host', 'esdb://registry:password@'],
  ['an empty host', 'esdb://registry:password@store-1,,store-2'],
  ['a second address', 'esdb://registry:password@store-1 esdb://registry:password@store-2'],
  ['a port that is a word', 'esdb://registry:password@store-1:esdb'],
  ['another scheme', 'esdbs://registry:password@store-1'],
])('a connection string with %s is a wrong setting, and nothing of it is shown', (_, connectionString) => {
  expect(nameOf(connectionString)).toBe('esdb://…');
  const message = `REGISTRY_STORE is not valid: ${connectionFault}`;
  expect(() => readConfig({ REGISTRY_STORE: connectionString })).toThrow(new ConfigError(message));
  expect(() => storeNamed('--to', connectionString, '/srv')).toThrow(
    new ConfigError(message.replace('REGISTRY_STORE', '--to')),
  );
});

const rest = fc.constantFrom('store-1', 'store-1:2113,store-2:2113', 'store-1:2113?tls=true', '127.0.0.1/?tls=false');
const scheme = fc.constantFrom('esdb://', 'esdb+discover://');
const word = fc.string({ minLength: 1, maxLength: 12, unit: 'grapheme' }).filter((text) => text.isWellFormed());
const separators = fc.string({ minLength: 1, maxLength: 12, unit: fc.constantFrom(...'/@:?#&=,%[] 2aé密') });
const secret = fc.oneof(word, separators);

test('any user and password, percent-encoded, reach the store as they are and are shown nowhere', () => {
  fc.assert(
    fc.property(scheme, secret, secret, rest, (begin, user, password, end) => {
      const connectionString = `${begin}${encodeURIComponent(user)}:${encodeURIComponent(password)}@${end}`;
      expect(isConnectionString(connectionString)).toBe(true);
      expect(nameOf(connectionString)).toBe(`${begin}${end}`);
      expect(parseConnectionString(connectionString).defaultCredentials).toEqual({ username: user, password });
    }),
  );
});

test('any user and password as they are typed are either understood as they are or a wrong setting, and are shown nowhere', () => {
  fc.assert(
    fc.property(scheme, secret, secret, rest, (begin, user, password, end) => {
      const connectionString = `${begin}${user}:${password}@${end}`;
      if (isConnectionString(connectionString)) {
        expect(nameOf(connectionString)).toBe(`${begin}${end}`);
        const { username, password: sent } = parseConnectionString(connectionString).defaultCredentials ?? {};
        expect([username, sent]).toEqual([decodeURIComponent(user), decodeURIComponent(password)]);
      } else {
        expect(nameOf(connectionString)).toBe(`${begin}…`);
        expect(() => readConfig({ REGISTRY_STORE: connectionString })).toThrow(
          new ConfigError(`REGISTRY_STORE is not valid: ${connectionFault}`),
        );
      }
    }),
  );
});
