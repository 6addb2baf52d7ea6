import { randomUUID } from 'node:crypto';
import { currentSchema, type NewEvent, streamOf } from '../../domain/event.ts';
import { type LedgerKeyEvent, ledgerKeyBody, ledgerKeys, ledgerRegister } from '../../domain/ledger-events.ts';
import { bodySha256 } from '../commands/command-ids.ts';
import type { Config } from '../config.ts';
import { openCheckpoint } from '../ledger/checkpoint.ts';
import { ledgerKeyOf, rememberedBy } from '../ledger/opening.ts';
import { addLedgerKey, keysThatSign, type LedgerKey, removeFormerKey } from '../ledger/signing-key.ts';
import type { EventStore, StreamEvent } from '../store/event-store.ts';

/** Rotating the key that signs: a new one signs beside the one before it, until that one is retired. */

type Keys = Pick<Config, 'store' | 'keysFolder' | 'origin'>;
type Records = Pick<EventStore, 'append' | 'readStream' | 'size'>;
type People = { readonly by: string; readonly approvedBy: string };

export type RotationRefused =
  /** The key before the one that signs has not been retired yet. */
  | { readonly refused: 'under-way'; readonly former: string }
  | { readonly refused: 'nothing-to-retire' }
  /** Not all that is recorded is signed by both keys. */
  | { readonly refused: 'not-signed-by-both'; readonly size: number; readonly signed: number };

/**
 * Makes a new key, and records that it signs. The key is durable before the event, so a command that was killed in between
 * is completed by repeating it.
 */
export const rotateKey = async (keys: Keys, store: Records, people: People): Promise<LedgerKey | RotationRefused> => {
  const key = ledgerKeyOf(keys);
  const { former } = key;
  if (former !== undefined && (await rotationTo(store, key.verifierKey)) !== undefined)
    return { refused: 'under-way', former: former.verifierKey };
  const rotated = former === undefined ? addLedgerKey(keys.keysFolder, keys.origin) : key;
  const data = { key: rotated.verifierKey, before: (former ?? key).verifierKey };
  await record(store, people, { type: 'LedgerKeyRotated', data });
  return rotated;
};

/** Records that the key before the one that signs is retired, and then deletes it. Repeating it completes it. */
export const retireKey = async (keys: Keys, store: Records, people: People): Promise<LedgerKey | RotationRefused> => {
  const key = ledgerKeyOf(keys);
  const { former, origin } = key;
  const rotation = former === undefined ? undefined : await rotationTo(store, key.verifierKey);
  if (former === undefined || rotation === undefined) return { refused: 'nothing-to-retire' };
  if ((await lastOf(store))?.type !== 'LedgerKeyRetired') {
    const needed = (rotation.entryNumber ?? (await store.size()) - 1) + 1;
    const remembered = await rememberedBy(keys);
    const note = await remembered.last().finally(remembered.close);
    const sizes = keysThatSign(key).map(({ verifier }) => {
      const opened = note instanceof Buffer ? openCheckpoint(note, { origin, keys: [verifier] }) : undefined;
      return opened === undefined || 'fault' in opened ? 0 : opened.size;
    });
    const signed = Math.min(...sizes);
    if (signed < needed) return { refused: 'not-signed-by-both', size: needed, signed };
    await record(store, people, { type: 'LedgerKeyRetired', data: { key: former.verifierKey } });
  }
  return removeFormerKey(keys.keysFolder, keys.origin);
};

const stream = streamOf(ledgerRegister, ledgerKeys);

const lastOf = async (store: Records): Promise<StreamEvent | undefined> => (await store.readStream(stream)).at(-1);

/** The event that says that a key signs from then on. */
const rotationTo = async (store: Records, key: string): Promise<StreamEvent | undefined> =>
  (await store.readStream(stream)).findLast(({ type, data }) => type === 'LedgerKeyRotated' && data.data.key === key);

const record = async (store: Records, { by, approvedBy }: People, said: LedgerKeyEvent): Promise<void> => {
  const data = ledgerKeyBody(said);
  const event: NewEvent = {
    id: randomUUID(),
    type: said.type,
    data,
    metadata: {
      schema: currentSchema,
      by,
      approvedBy,
      command: randomUUID(),
      bodySha256: bodySha256(ledgerRegister, data.data),
    },
  };
  for (;;) {
    const last = await lastOf(store);
    if (last?.type === said.type && last.data.data.key === said.data.key) return;
    if ((await store.append(stream, last?.revision ?? 'none', [event])).appended) return;
  }
};
