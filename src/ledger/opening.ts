import type { Config } from '../config.ts';
import { kept, pathIn } from '../data-folder.ts';
import { openCheckpoint } from './checkpoint.ts';
import { type PublishedLedger, type Publishing, publishLedger } from './published.ts';
import { beginRemembering, type Remembered, rememberedIn } from './remembered.ts';
import { hasLedgerKey, keysThatSign, type LedgerKey, openLedgerKey } from './signing-key.ts';
import type { Tree } from './tree.ts';

type Where = Pick<Config, 'store' | 'keysFolder' | 'origin'>;

/** The key of a node’s ledger, which is made at first use. Throws as `openLedgerKey` does. */
export const ledgerKeyOf = (config: Where): LedgerKey => openLedgerKey(config.keysFolder, config.origin, begun(config));

/** Notes, before a key is made, that it has signed nothing; an EventStoreDB needs no such note. */
export const begun =
  ({ store, keysFolder, origin }: Where) =>
  (): void => {
    if (store.kind === 'sqlite') beginRemembering(keysFolder, origin);
  };

/** What a node’s settings say is signed last: beside the keys or, for nodes on several machines, in their store. */
export const rememberedBy = async ({ store, keysFolder, origin }: Where): Promise<Remembered> => {
  if (store.kind === 'sqlite') return rememberedIn(keysFolder, origin);
  const { checkpointsOn } = await import('../store/eventstoredb/checkpoints.ts');
  return checkpointsOn(store.connectionString, origin);
};

/** The tree that was signed last; undefined if none was, and if that cannot be told, which the signing says. */
export const signedLast = async (config: Where): Promise<Tree | undefined> => {
  if (!hasLedgerKey(config.keysFolder)) return undefined;
  const key = ledgerKeyOf(config);
  const remembered = await rememberedBy(config);
  const last = await remembered.last().finally(remembered.close);
  const trust = { origin: key.origin, keys: keysThatSign(key).map(({ verifier }) => verifier) };
  const opened = last instanceof Buffer ? openCheckpoint(last, trust) : undefined;
  return opened === undefined || 'fault' in opened ? undefined : opened;
};

/** The ledger of a node, as it is shown to those who verify it. */
export const openLedger = async (
  config: Config,
  node: Pick<Publishing, 'hashed' | 'audited' | 'sizeNow' | 'log'>,
): Promise<PublishedLedger> =>
  publishLedger({
    ...node,
    signs: config.signs,
    witnesses: config.witnesses,
    key: () => ledgerKeyOf(config),
    remembered: await rememberedBy(config),
    folder: pathIn(config.dataFolder, kept.leafHashes),
  });
