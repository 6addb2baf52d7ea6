import { onTestFinished } from 'vitest';
import { type Remembered, rememberedIn } from '../../src/ledger/remembered.ts';
import { checkpointsOn } from '../../src/store/eventstoredb/checkpoints.ts';
import { startWireServer } from '../store/esdb-wire/server.ts';
import { type Keys, origin } from './publishing.ts';

/** Where nodes remember together: beside the keys on one machine, and in a store. */
export const memories: readonly (readonly [string, (keys: Keys) => Promise<() => Remembered>])[] = [
  [
    'a file beside the keys',
    async ({ keys }) =>
      () =>
        rememberedIn(keys, origin),
  ],
  [
    'a stream of the store',
    async () => {
      const store = await startWireServer();
      onTestFinished(store.close);
      return () => {
        const remembered = checkpointsOn(store.connectionString, origin);
        onTestFinished(remembered.close);
        return remembered;
      };
    },
  ],
];
