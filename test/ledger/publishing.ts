import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { streamOf } from '../../domain/event.ts';
import { openLevelFiles } from '../../src/ledger/level-files.ts';
import { type Publishing, publishLedger } from '../../src/ledger/published.ts';
import { beginRemembering, rememberedIn } from '../../src/ledger/remembered.ts';
import { openLedgerKey } from '../../src/ledger/signing-key.ts';
import { leafHash } from '../../src/ledger/tree.ts';
import type { PlacedEvent } from '../../src/store/event-store.ts';
import { recordedElsewhere } from '../store/events.ts';
import { sound } from './signing.ts';

export const origin = 'example.org/ledger';

/** The first events of one ledger, always the same. */
export const ledgerOf = (size: number): readonly PlacedEvent[] =>
  Array.from({ length: size }, (_, n) => {
    const event = recordedElsewhere(streamOf('factories', `f-${n}`), 0, n, Date.UTC(2022, 2, 1) + n);
    const data = { ...event.data, key: `f-${n}` };
    const id = `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
    return { ...event, id, data, metadata: { ...event.metadata, command: id }, position: String(n + 1) };
  });

const silent = { info: () => {}, error: () => {} };

/** A folder of keys, and the key in it. */
export const newKeys = (folder = mkdtempSync(join(tmpdir(), 'registry-keys-')), of = origin) => ({
  keys: folder,
  key: openLedgerKey(folder, of, () => beginRemembering(folder, of)),
});

export type Keys = ReturnType<typeof newKeys>;

/** A node with hashes of its own, which signs with these keys; `leaf` says what it holds at each number. */
export const newNode = (
  { keys, key }: Keys,
  more: Partial<Publishing> = {},
  leaf: (n: number) => string = (n) => `leaf ${n}`,
) => {
  const folder = more.folder ?? mkdtempSync(join(tmpdir(), 'registry-ledger-'));
  const files = sound(openLevelFiles(folder));
  let size = files.written();
  const ledger = publishLedger({
    signs: true,
    witnesses: [],
    key: () => key,
    remembered: rememberedIn(keys, key.origin),
    folder,
    hashed: () => ({ size, since: 0 }),
    sizeNow: async () => size,
    log: silent,
    ...more,
  });
  return {
    folder,
    ledger,
    /** Adds leaves up to a size, and looks once. */
    growTo: async (to: number) => {
      files.append(Buffer.concat(Array.from({ length: to - size }, (_, n) => leafHash(Buffer.from(leaf(size + n))))));
      size = files.sync();
      await ledger.look();
      return ledger.published();
    },
  };
};
