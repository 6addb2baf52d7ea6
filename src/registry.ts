import { existsSync } from 'node:fs';
import { access, constants, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Logger } from 'pino';
import { commandsOn, seedEvent } from './commands/commands.ts';
import { type Config, ConfigError, type StoreSetting } from './config.ts';
import type { App, Context } from './http/context.ts';
import { openTokens } from './identity/tokens.ts';
import { importsOn } from './imports/imports.ts';
import { restoring } from './maintenance/restore.ts';
import { questionsTo } from './readmodel/questions.ts';
import { openReadModel, type ReadModelOptions } from './readmodel/read-model.ts';
import { type EventStore, start } from './store/event-store.ts';
import { recordingFaults } from './store/recording-faults.ts';
import { afterIntegrityCheck } from './store/sqlite/integrity.ts';
import { openSqliteStore } from './store/sqlite/store.ts';

export type Clock = () => number;

/** A node of the registry: one store, this node's read model, and what works on both. */
export type Registry = Context & {
  readonly store: EventStore;
  readonly app: () => Promise<App>;
  readonly close: () => Promise<void>;
};

/** Opens the node's store. Throws `ConfigError` where its folders can't be made or written to, or its address not read. */
export const openStore = async ({ dataFolder, store }: Config, now: Clock): Promise<EventStore> => {
  await makeFolder(dataFolder);
  return openStoreAt(store, 'REGISTRY_STORE', now);
};

/** Opens a store that a setting or an option has named; `alone` where nobody else on this machine may have it open. */
export const openStoreAt = async (
  store: StoreSetting,
  namedBy: string,
  now: Clock,
  alone = false,
): Promise<EventStore> => {
  if (store.kind === 'sqlite') {
    await makeFolder(dirname(store.file));
    if (existsSync(restoring(store.file)))
      throw new ConfigError(`${restoring(store.file)} is there: a restore has not ended, or was cut short`);
    if (existsSync(store.file)) await writable(store.file, constants.R_OK | constants.W_OK);
    return openSqliteStore({ file: store.file, now, alone });
  }
  try {
    // Loaded where it is asked for alone: gRPC takes longer than all the rest.
    const { openEventStoreDb } = await import('./store/eventstoredb/store.ts');
    return openEventStoreDb({ connectionString: store.connectionString });
  } catch (error) {
    throw new ConfigError(`${namedBy} is not valid: ${error instanceof Error ? error.message : String(error)}`);
  }
};

const makeFolder = async (folder: string): Promise<void> => {
  await mkdir(folder, { recursive: true }).catch(notWritable(folder));
  await writable(folder, constants.R_OK | constants.W_OK | constants.X_OK);
};

const writable = (path: string, mode: number): Promise<void> => access(path, mode).catch(notWritable(path));

const notWritable = (path: string) => (error: unknown) => {
  throw new ConfigError(`${path} can not be written to: ${error instanceof Error ? error.message : String(error)}`);
};

export const readModelFolder = (config: Config): string => join(config.dataFolder, 'readmodel');
export const importsFolder = (config: Config): string => join(config.dataFolder, 'imports');

export type RegistryOptions = Pick<ReadModelOptions, 'evenAway' | 'inThread'> & { readonly sound?: Promise<void> };

/** Loaded by servers alone: it takes as long as all the rest, and most commands serve nothing. */
const importApp = () => import('./http/app.ts');

/**
 * Wires a node together; an empty store gets the plan adopted. Rejects with `StoreUnavailable` where the store is away,
 * unless `evenAway`: then the node serves what it has folded before and goes on when the store is there. Nothing is
 * recorded before `sound` is fulfilled.
 */
export const openRegistry = async (
  config: Config,
  log: Logger,
  now: Clock = Date.now,
  { sound = Promise.resolve(), ...options }: RegistryOptions = {},
): Promise<Registry> => {
  const { store, lastFault } = recordingFaults(afterIntegrityCheck(await openStore(config, now), sound), now);
  const tokens = openTokens(config.keysFolder, config.origin, now);
  const prepare = async () => {
    if ((await store.end()) !== start.position) return;
    const { stream, event } = seedEvent();
    await store.append(stream, 'none', [event]);
  };
  const opening = openReadModel(readModelFolder(config), store, log, { prepare, ...options });
  if (options.inThread) void importApp().catch(() => {}); // while the thread begins
  const model = await opening.catch(async (error: unknown) => {
    await store.close();
    throw error;
  });
  const questions = questionsTo(model);
  const commands = commandsOn(store, model, questions, now);
  const imports = importsOn(importsFolder(config), store, model, commands, now, log);
  const node = { config, store, lastFault, model, questions, commands, imports, tokens, now };
  return {
    ...node,
    app: async () => {
      const { buildApp } = await importApp();
      return buildApp(node, log);
    },
    close: async () => {
      await imports.close();
      await model.close();
      await store.close();
    },
  };
};
