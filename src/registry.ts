import { setTimeout as pause } from 'node:timers/promises';
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
import { standing } from './ledger/audit-state.ts';
import { ledgerKeyOf, openLedger } from './ledger/opening.ts';
import type { PublishedLedger } from './ledger/published.ts';
import { type AuditTimes, auditStanding, type SelfAudit } from './ledger/self-audit.ts';
import { pageIn } from './page/page.ts';
import { questionsTo } from './readmodel/questions.ts';
import { openReadModel, type ReadModel, type ReadModelOptions } from './readmodel/read-model.ts';
import { assertSealed, type EventStore, start } from './store/event-store.ts';
import { openStore } from './store/open.ts';
import { recordingFaults } from './store/recording-faults.ts';
import { afterIntegrityCheck } from './store/sqlite/integrity.ts';
import { storeName } from './store/store-name.ts';

export type Clock = () => number;

/** A node of the registry: one store, this node's read model, and what works on both. */
export type Registry = Context & {
  readonly store: EventStore;
  readonly app: () => Promise<App>;
  readonly close: () => Promise<void>;
};

export type RegistryOptions = Pick<ReadModelOptions, 'evenAway' | 'inThread' | 'swapLookMs'> & {
  readonly sound?: Promise<void>;
  /** Whether the entries are invented, as every page then says. */
  readonly isMadeUp?: boolean;
  readonly auditTimes?: AuditTimes | undefined;
};

/** How long to wait until this node has folded all that the store holds. */
const sizeMs = 2_000;
/** How long a start waits to see in which form the store's first event is. */
const formLookMs = 2_000;

/** The ledger as it is published, which is looked after each time that its hashes are. */
const ledgerOf = async (
  config: Config,
  model: ReadModel,
  store: EventStore,
  audit: SelfAudit,
  log: Logger,
): Promise<PublishedLedger> => {
  const sizeNow = async () => {
    const end = await store.end();
    return (await model.reached(end, sizeMs)) ? model.place().size : undefined;
  };
  const audited = () => standing(audit.state())[0];
  const ledger = await openLedger(config, { hashed: model.ledger, audited, sizeNow, log });
  model.onLedgerLook(() => {
    audit.look();
    void ledger.look();
  });
  return ledger;
};

/** So few events that are folded may not be hashed yet when the self-audit begins. */
const hashingEvents = 5_000;

/** The self-audit, which begins once the hashes have caught up, and in only one of the servers that share them. */
const auditOf = (config: Config, model: ReadModel, log: Logger, times: AuditTimes | undefined): SelfAudit => {
  const mayBegin = () => {
    const growth = model.ledger();
    return growth !== undefined && (growth.stopped !== undefined || growth.size + hashingEvents > model.place().size);
  };
  return auditStanding(config, mayBegin, log, times);
};

/** The store and, for a server, the ledger’s key: one whose key has another name than its origin must not start. */
const storeAndKey = async (config: Config, now: Clock, isServer: boolean): Promise<EventStore> => {
  const store = await openStore(config, now);
  try {
    if (isServer) ledgerKeyOf(config);
    return store;
  } catch (error) {
    await store.close();
    throw error;
  }
};

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
  { sound = Promise.resolve(), isMadeUp = false, auditTimes, ...options }: RegistryOptions = {},
): Promise<Registry> => {
  const { store, lastFault } = recordingFaults(
    afterIntegrityCheck(await storeAndKey(config, now, options.inThread === true), sound),
    now,
    log,
  );
  const lost = (error: unknown) =>
    log.error({ err: error }, 'a line of access.log or security.log could not be written');
  // Servers fold in a thread, and they alone rotate the logs: commands beside them may be writing.
  const people = openPeople(config, now, { rotates: options.inThread === true, lost });
  const own = openTokens(config.keysFolder, config.origin, now, people.accounts.tokensEndedAt);
  const issuer = config.oidc && (await import('./identity/issuer.ts')).openIssuer(config.oidc, own.hasEnded, now);
  const tokens = { ...own, verify: async (token: string) => (await own.verify(token)) ?? issuer?.verify(token) };
  const prepare = async () => {
    if ((await store.end()) !== start.position) {
      // A store that does not answer a read keeps nobody from starting; what it holds is looked at by the next start.
      const late = pause(formLookMs, undefined, { ref: false });
      return Promise.race([assertSealed(store, storeName(config.store)), late]);
    }
    const { stream, event } = seedEvent();
    await store.append(stream, 'none', [event]);
  };
  const ledgerFolder = pathIn(config.dataFolder, kept.leafHashes);
  const modelOptions = { prepare, ledgerFolder, ...options };
  const opening = openReadModel(pathIn(config.dataFolder, kept.readModel), store, log, modelOptions);
  if (options.inThread) void importApp().catch(() => {}); // while the thread starts
  const model = await opening.catch(async (error: unknown) => {
    people.close();
    await store.close();
    throw error;
  });
  const audit = auditOf(config, model, log, auditTimes);
  const ledger = await ledgerOf(config, model, store, audit, log);
  if (options.inThread) void ledger.look(); // what was signed before is published at once
  const questions = questionsTo(model);
  const longReads = longReadsOn(model, questions);
  const commands = commandsOn(store, model, questions, now);
  model.onErased(commands.forget);
  const imports = importsOn(pathIn(config.dataFolder, kept.imports), store, model, commands, now, log);
  const reading = { model, questions, longReads, commands, imports };
  const node = {
    config,
    store,
    ledgerSize: store.size,
    ledgerEnd: store.end,
    lastFault,
    ...reading,
    ledger,
    audit,
    people,
    tokens,
    page: pageIn(log),
    isMadeUp,
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
      await audit.close();
      await ledger.close();
      await model.close();
      people.close();
      await store.close();
    },
  };
};
