import { EventStoreDBClient } from '@eventstore/db-client';
import { describe, expect, test } from 'vitest';
import { type EventStore, StoreUnavailable } from '../../src/store/event-store.ts';
import { openEventStoreDb } from '../../src/store/eventstoredb.ts';
import { type OpenedStore, readOn, recorded, storeContract } from './contract.ts';
import { startWireServer } from './esdb-wire/server.ts';
import { speaking } from './esdb-wire/stores.ts';
import { newEvent, newStream } from './events.ts';

/**
 * The suite runs against a real server too, where `REGISTRY_TEST_ESDB` is its connection string
 * (`npm run test:eventstoredb`). It may hold anything and be in use, but not by a registry whose ledger matters: the
 * streams that the suite leaves behind, `upgrade.contract-<uuid>`, count in that ledger for ever, for entry numbers are
 * ordinals among all events under `upgrade.`; those under `upgrade-copy-<uuid>.` do not. The user must be allowed to
 * append and delete there, to read `$all`.
 */
const realServer = process.env.REGISTRY_TEST_ESDB;

type Opened = OpenedStore & { readonly connectionString: string };

const opened = (connectionString: string, closeServer: () => Promise<void>): Opened => {
  const handles: EventStore[] = [];
  const open = (prefix?: string): EventStore => {
    const store = openEventStoreDb({ connectionString, ...(prefix === undefined ? {} : { prefix }) });
    handles.push(store);
    return store;
  };
  return {
    connectionString,
    store: open(),
    another: async () => open(),
    empty: async () => {
      const prefix = `upgrade-copy-${crypto.randomUUID()}.`;
      return { store: open(prefix), other: open(prefix), prefix };
    },
    close: async () => {
      for (const store of handles) await store.close();
      await closeServer();
    },
  };
};

const places: [string, () => Promise<Opened>][] = speaking.map(([how, options]) => [
  `EventStoreDB over the wire server, ${how}`,
  async () => {
    const server = await startWireServer(options);
    return opened(server.connectionString, server.close);
  },
]);
if (realServer !== undefined) places.push(['EventStoreDB itself', async () => opened(realServer, async () => {})]);

for (const [name, open] of places) storeContract(name, open);

describe.each(places)('a stream behind our back on %s', (_, open) => {
  const using = async (work: (opened: Opened, admin: EventStoreDBClient) => Promise<void>): Promise<void> => {
    const place = await open();
    const admin = EventStoreDBClient.connectionString(place.connectionString);
    try {
      await work(place, admin);
    } finally {
      await admin.dispose();
      await place.close();
    }
  };

  test('that was deleted is not taken for one that never was, and its events stay in the ledger', () =>
    using(async ({ store, another }, admin) => {
      const stream = newStream();
      const events = recorded(await store.append(stream, 'none', [newEvent(), newEvent()]));
      await admin.deleteStream(stream, { expectedRevision: 1n });
      const other = await another();
      const says = `the stream ${stream} was deleted`;
      await expect(other.readStream(stream)).rejects.toThrow(says);
      await expect(other.append(stream, 'none', [newEvent()])).rejects.toThrow(says);
      await expect(other.append(stream, 1, [newEvent()])).rejects.toThrow(says);
      await expect(other.append(stream, 1, [newEvent()])).rejects.toBeInstanceOf(StoreUnavailable);
      const inLedger = (await readOn(other, { size: 0, position: '0' })).filter((event) => event.stream === stream);
      expect(inLedger.map(({ id }) => id)).toEqual(events.map(({ id }) => id));
    }));

  test('that was tombstoned is said to be deleted, and the tombstone has no entry number', () =>
    using(async ({ store, another }, admin) => {
      const stream = newStream();
      const [first] = recorded(await store.append(stream, 'none', [newEvent()]));
      const before = await store.size();
      await admin.tombstoneStream(stream, { expectedRevision: 0n });
      const other = await another();
      const says = `the stream ${stream} was deleted`;
      await expect(other.readStream(stream)).rejects.toThrow(says);
      await expect(other.append(stream, 0, [newEvent()])).rejects.toThrow(says);
      const [next] = recorded(await other.append(newStream(), 'none', [newEvent()]));
      const ledger = await readOn(other, { size: 0, position: '0' });
      const shown = ledger.filter((event) => event.stream === stream || event.id === next?.id);
      expect(shown.map(({ id, entryNumber }) => [id, entryNumber])).toEqual([
        [first?.id, before - 1],
        [next?.id, before],
      ]);
    }));

  test.each([2, 3])('whose first %i of 3 events were truncated is not taken for the whole', (before) =>
    using(async ({ store }, admin) => {
      const stream = newStream();
      await store.append(stream, 'none', [newEvent(), newEvent(), newEvent()]);
      await admin.setStreamMetadata(stream, { truncateBefore: before });
      await expect(store.readStream(stream)).rejects.toThrow(`events of the stream ${stream} are gone`);
    }),
  );
});
