import { join } from 'node:path';
import type { Logger } from 'pino';
import { commandsOn, seedEvent } from './commands/commands.ts';
import type { Config } from './config.ts';
import type { App, Context } from './http/context.ts';
import { openTokens } from './identity/tokens.ts';
import { importsOn } from './imports/imports.ts';
import { questionsTo } from './readmodel/questions.ts';
import { openReadModel, type ReadModelOptions } from './readmodel/read-model.ts';
import { type EventStore, start } from './store/event-store.ts';
import { openStore } from './store/open.ts';
import { recordingFaults } from './store/recording-faults.ts';
import { afterIntegrityCheck } from './store/sqlite/integrity.ts';

export type Clock = () => number;

/** A node of the registry: one store, this node's read model, and what works on both. */
export type Registry = Context & {
  readonly store: EventStore;
  readonly app: () => Promise<App>;
  readonly close: () => Promise<void>;
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
