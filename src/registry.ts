import { access, constants, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Logger } from 'pino';
import { type Commands, commandsOn, seedEvent } from './commands.ts';
import { type Config, ConfigError, type StoreSetting } from './config.ts';
import type { App } from './http/context.ts';
import { openTokens, type Tokens } from './identity/tokens.ts';
import { type Imports, importsOn } from './imports/imports.ts';
import { type Questions, questionsTo } from './readmodel/questions.ts';
import { openReadModel, type ReadModel } from './readmodel/read-model.ts';
import { type EventStore, start } from './store/event-store.ts';
import { notingFaults, type StoreFault } from './store/faults-noted.ts';
import { openSqliteStore } from './store/sqlite.ts';

export type Clock = () => number;

/** A node of the registry: one store, this node's read model, and what works on both. */
export type Registry = {
  readonly config: Config;
  readonly store: EventStore;
  readonly lastFault: () => StoreFault | undefined;
  readonly model: ReadModel;
  readonly questions: Questions;
  readonly commands: Commands;
  readonly imports: Imports;
  readonly tokens: Tokens;
  readonly now: Clock;
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
    return openSqliteStore({ file: store.file, now, alone });
  }
  try {
    // Loaded where it is asked for alone: gRPC takes longer than all the rest.
    const { openEventStoreDb } = await import('./store/eventstoredb.ts');
    return openEventStoreDb({ connectionString: store.connectionString });
  } catch (error) {
    throw new ConfigError(`${namedBy} is not valid: ${error instanceof Error ? error.message : String(error)}`);
  }
};

const makeFolder = async (folder: string): Promise<void> => {
  try {
    await mkdir(folder, { recursive: true });
    await access(folder, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new ConfigError(`${folder} can not be written to: ${error instanceof Error ? error.message : String(error)}`);
  }
};

export const readModelFolder = (config: Config): string => join(config.dataFolder, 'readmodel');

/**
 * Wires a node together; an empty store gets the plan adopted. Rejects with `StoreUnavailable` where the store is away,
 * unless `evenAway`: then the node serves what it has folded before and goes on when the store is there.
 */
export const openRegistry = async (
  config: Config,
  log: Logger,
  now: Clock = Date.now,
  { evenAway = false }: { readonly evenAway?: boolean } = {},
): Promise<Registry> => {
  const { store, lastFault } = notingFaults(await openStore(config, now), now);
  const tokens = openTokens(config.keysFolder, config.origin, now);
  const prepare = async () => {
    if ((await store.end()) !== start.position) return;
    const { stream, event } = seedEvent();
    await store.append(stream, 'none', [event]);
  };
  const model = await openReadModel(readModelFolder(config), store, log, { prepare, evenAway }).catch(
    async (error: unknown) => {
      await store.close();
      throw error;
    },
  );
  const questions = questionsTo(model);
  const commands = commandsOn(store, model, questions, now);
  const imports = importsOn(join(config.dataFolder, 'imports'), store, model, commands, now, log);
  const node = { config, store, lastFault, model, questions, commands, imports, tokens, now };
  return {
    ...node,
    app: async () => {
      // Loaded by servers alone: it takes as long as all the rest, and most commands serve nothing.
      const { buildApp } = await import('./http/app.ts');
      return buildApp(node, log);
    },
    close: async () => {
      await imports.close();
      await model.close();
      await store.close();
    },
  };
};
