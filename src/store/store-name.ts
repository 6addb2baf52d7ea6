import type { StoreSetting } from '../config.ts';

/** A store as people are shown it: its setting without credentials. */
export const storeName = (store: StoreSetting): string =>
  store.kind === 'sqlite' ? `sqlite:${store.file}` : withoutCredentials(store.connectionString);

/**
 * A connection string without what the client of EventStoreDB takes for credentials, `USER:PASSWORD@`, whatever the
 * password contains (6.2.1, dist/Client/parseConnectionString.js), and without a user's name alone.
 */
export const withoutCredentials = (connectionString: string): string =>
  connectionString.replace(/^([^:]+:\/\/)(?:[^:]+:[^@]+|[^@/?]*)@/, '$1');
