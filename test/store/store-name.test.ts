import { expect, test } from 'vitest';
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
  ['esdb://admin:change/it?@localhost', 'esdb://localhost'],
  ['esdb://admin@localhost', 'esdb://localhost'],
])('the credentials in %s are not shown', (connectionString, name) => {
  expect(nameOf(connectionString)).toBe(name);
});

test.each([
  'esdb://localhost:2113',
  'esdb://localhost?tls=false&connectionName=registry@node1',
  'esdb+discover://cluster.example/?nodePreference=leader',
])('%s has no credentials and is shown whole', (connectionString) => {
  expect(nameOf(connectionString)).toBe(connectionString);
});
