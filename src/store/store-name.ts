import type { StoreSetting } from '../config.ts';
import { withoutCredentials } from './connection-string.ts';

/** A store as people are shown it: its setting without credentials. */
export const storeName = (store: StoreSetting): string =>
  store.kind === 'sqlite' ? `sqlite:${store.file}` : withoutCredentials(store.connectionString);
