import type { Logger } from 'pino';
import { commandsOn } from './commands/commands.ts';
import { seedEvent } from './commands/seed.ts';
import type { Config } from './config.ts';
import { kept, pathIn } from './data-folder.ts';
import type { App, Context } from './http/context.ts';
import { longReadsOn } from './http/long-reads.ts';
import { openPeople } from './identity/people.ts';
import { openTokens } from './identity/tokens.ts';
import { importsOn } from './imports/imports.ts';
import { pageIn } from './page/page.ts';
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

export type RegistryOptions = Pick<ReadModelOptions, 'evenAway' | 'inThread'> & { readonly sound?: Promise<void> };

/** Loaded only by servers: it takes as long as everything else together, and most commands serve nothing. */
const importApp = () => import('./http/app.ts');

/**
 * Wires a node together; in an empty store, the plan is adopted. Rejects with `StoreUnavailable` if the store is away,
 * unless `evenAway` is set: then the node serves what it has folded before, and continues once the store is back.
 * Nothing is recorded until `sound` is fulfilled.
 */
export const openRegistry = async (
  config: Config,
  log: Logger,
  now: Clock = Date.now,
  { sound = Promise.resolve(), ...options }: RegistryOptions = {},
): Promise<Registry> => {
  const { store, lastFault } = recordingFaults(afterIntegrityCheck(await openStore(config, now), sound), now, log);
  const lost = (error: unknown) =>
    log.error({ err: error }, 'a line of access.log or security.log could not be written');
  // Servers fold in a thread, and they alone rotate the logs: commands beside them may be writing.
  const people = openPeople(config, now, { rotates: options.inThread === true, lost });
  const own = openTokens(config.keysFolder, config.origin, now, people.accounts.tokensEndedAt);
  const issuer = config.oidc && (await import('./identity/issuer.ts')).openIssuer(config.oidc, own.hasEnded, now);
  const tokens = { ...own, verify: async (token: string) => (await own.verify(token)) ?? issuer?.verify(token) };
  const prepare = async () => {
    if ((await store.end()) !== start.position) return;
    const { stream, event } = seedEvent();
    await store.append(stream, 'none', [event]);
  };
  const opening = openReadModel(pathIn(config.dataFolder, kept.readModel), store, log, { prepare, ...options });
  if (options.inThread) void importApp().catch(() => {}); // while the thread starts
  const model = await opening.catch(async (error: unknown) => {
    people.close();
    await store.close();
    throw error;
  });
  const questions = questionsTo(model);
  const longReads = longReadsOn(model, questions);
  const commands = commandsOn(store, model, questions, now);
  const imports = importsOn(pathIn(config.dataFolder, kept.imports), store, model, commands, now, log);
  const reading = { model, questions, longReads, commands, imports };
  const node = {
    config,
    store,
    ledgerSize: store.size,
    lastFault,
    ...reading,
    people,
    tokens,
    page: pageIn(log),
    issuer,
    now,
  };
  return {
    ...node,
    app: async () => {
      const { buildApp } = await importApp();
      return buildApp(node, log);
    },
    close: async () => {
      await longReads.close();
      await imports.close();
      await model.close();
      people.close();
      await store.close();
    },
  };
};
