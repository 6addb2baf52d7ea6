import { existsSync } from 'node:fs';
import type { Config } from '../config.ts';
import { kept, pathIn, restoring } from '../data-folder.ts';
import { type Accounts, accountsIn } from '../identity/accounts.ts';
import { openAccountsFile } from '../identity/accounts-file.ts';
import { openRegistry, type Registry } from '../registry.ts';
import { assertSealed, type EventStore } from '../store/event-store.ts';
import { openStoreAt } from '../store/open.ts';
import { storeName } from '../store/store-name.ts';
import { commandLogger, Refusal, settings } from './output.ts';

/** Opens the store of the settings for a command that only reads it, and closes it afterwards. */
export const withStore = async (work: (store: EventStore, config: Config) => Promise<void>): Promise<void> => {
  const config = settings();
  requireLedger(config);
  const store = await openStoreAt(config.store, 'REGISTRY_STORE', Date.now, config);
  try {
    await assertSealed(store, storeName(config.store));
    await work(store, config);
  } finally {
    await store.close();
  }
};

/** Throws a `Refusal` if there is no ledger; a command that only reads makes none, for its folder is probably mistyped. */
const requireLedger = ({ store }: Config): void => {
  if (store.kind !== 'sqlite' || [store.file, restoring(store.file)].some((file) => existsSync(file))) return;
  throw new Refusal(
    `there is no ledger ${store.file}; is REGISTRY_DATA or REGISTRY_STORE mistyped? Nothing was created`,
  );
};

/**
 * Opens the registry of the settings for a command, waits until its read model has caught up, and closes it afterwards.
 * With `existing`, it is a `Refusal` if there is no ledger yet.
 */
export const withRegistry = async (work: (registry: Registry) => Promise<void>, existing = false): Promise<void> => {
  const config = settings();
  if (existing) requireLedger(config);
  const registry = await openRegistry(config, commandLogger(config));
  try {
    await registry.model.caughtUp;
    await work(registry);
  } finally {
    await registry.close();
  }
};

/** Does the work with the accounts of this node; without them if there are none yet, and then makes no file. */
export const withAccounts = async (
  { dataFolder }: Config,
  work: (accounts: Accounts | undefined) => Promise<void>,
): Promise<void> => {
  const path = pathIn(dataFolder, kept.accounts);
  if (!existsSync(path)) return work(undefined);
  const file = openAccountsFile(path);
  try {
    await work(accountsIn(file, Date.now));
  } finally {
    file.close();
  }
};

/** Throws a `Refusal` if nobody may act as this subject any more. */
export const requireNotEnded = (accounts: Accounts | undefined, subject: string): void => {
  if (accounts?.tokensEndedAt(subject) === Number.POSITIVE_INFINITY)
    throw new Refusal(`the account ${subject} is disabled or was deleted`);
};
