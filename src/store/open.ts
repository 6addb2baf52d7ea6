import { existsSync } from 'node:fs';
import { access, constants, mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Config, ConfigError, type StoreSetting } from '../config.ts';
import { restoring } from '../data-folder.ts';
import type { EventStore } from './event-store.ts';
import { openSqliteStore } from './sqlite/store.ts';

/**
 * Opens the node's store; `now` is the clock in epoch milliseconds. Throws `ConfigError` if the data folder cannot be
 * made or written to, and what `openStoreAt` throws.
 */
export const openStore = async ({ dataFolder, store, origin }: Config, now: () => number): Promise<EventStore> => {
  await makeFolder(dataFolder);
  return openStoreAt(store, 'REGISTRY_STORE', now, { origin });
};

/**
 * Opens a store that the setting or option `namedBy` has named; `origin` is the source of what it records. With `alone`, nobody else on this machine may have its
 * file open. Throws `ConfigError` if its folder cannot be written to or its address cannot be parsed; for a file also
 * `StoreCorrupt`, `OtherForm` and `StoreUnavailable`.
 */
export const openStoreAt = async (
  store: StoreSetting,
  namedBy: string,
  now: () => number,
  { origin, alone = false }: { readonly origin?: string; readonly alone?: boolean },
): Promise<EventStore> => {
  if (store.kind === 'sqlite') {
    await makeFolder(dirname(store.file));
    if (existsSync(restoring(store.file)))
      throw new ConfigError(`${restoring(store.file)} exists: a restore is still running, or was interrupted`);
    if (existsSync(store.file)) await assertWritable(store.file, constants.R_OK | constants.W_OK);
    return openSqliteStore({ file: store.file, now, alone, ...(origin && { origin }) });
  }
  try {
    // Loaded only if it is asked for: gRPC takes longer to load than everything else together.
    const { openEventStoreDb } = await import('./eventstoredb/store.ts');
    return openEventStoreDb({ connectionString: store.connectionString, ...(origin && { origin }) });
  } catch (error) {
    throw new ConfigError(`${namedBy} is not valid: ${error instanceof Error ? error.message : String(error)}`);
  }
};

const makeFolder = async (folder: string): Promise<void> => {
  await mkdir(folder, { recursive: true }).catch(notWritable(folder));
  await assertWritable(folder, constants.R_OK | constants.W_OK | constants.X_OK);
};

const assertWritable = (path: string, mode: number): Promise<void> => access(path, mode).catch(notWritable(path));

const notWritable = (path: string) => (error: unknown) => {
  throw new ConfigError(`${path} cannot be written to: ${error instanceof Error ? error.message : String(error)}`);
};
