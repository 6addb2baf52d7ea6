import { type EventStore } from '../../src/store/event-store.ts';
import { openEventStoreDb } from '../../src/store/eventstoredb.ts';
import { storeContract } from './contract.ts';
import { startWireServer, type WireOptions } from './esdb-wire/server.ts';

const onWire = (options: WireOptions) => async () => {
  const server = await startWireServer(options);
  const handles: EventStore[] = [];
  const another = async (): Promise<EventStore> => {
    const store = openEventStoreDb({ connectionString: server.connectionString });
    handles.push(store);
    return store;
  };
  return {
    store: await another(),
    another,
    close: async () => {
      for (const store of handles) await store.close();
      await server.close();
    },
  };
};

storeContract('EventStoreDB over the wire server, as newer servers speak', onWire({}));
storeContract(
  'EventStoreDB over the wire server, as older servers speak',
  onWire({ batchAppend: false, caughtUp: false }),
);
