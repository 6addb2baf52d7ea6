import {
  type EventStore,
  type PlacedEvent,
  placeAfter,
  StoreUnavailable,
  start,
} from '../../../src/store/event-store.ts';
import { type EventStoreDbOptions, openEventStoreDb } from '../../../src/store/eventstoredb/store.ts';
import { startWireServer, type WireOptions, type WireServer } from './server.ts';

/** Stores on wire servers for the tests. */

/** Wire servers of two generations, by what they offer. */
export const generations: readonly [string, WireOptions][] = [
  ['as on newer servers', {}],
  ['as on older servers', { batchAppend: false, caughtUp: false, positions: false }],
];

const servers: WireServer[] = [];
const stores: EventStore[] = [];

export const startServer = async (options: WireOptions = {}): Promise<WireServer> => {
  const server = await startWireServer(options);
  servers.push(server);
  return server;
};

/** Opens a store with short timeouts, so that it soon gives up on a silent server. */
export const open = (server: WireServer, options: Partial<EventStoreDbOptions> = {}): EventStore => {
  const { connectionString } = server;
  const store = openEventStoreDb({ connectionString, callMs: 1_000, patienceMs: 10_000, ...options });
  stores.push(store);
  return store;
};

export const closeAll = async (): Promise<void> => {
  await Promise.all(stores.splice(0).map((store) => store.close()));
  await Promise.all(servers.splice(0).map((server) => server.close()));
};

export const idsIn = (server: WireServer, stream: string): readonly string[] =>
  server.log.records.filter((record) => record.stream === stream).map(({ id }) => id);

/** Repeats work until the store is available. */
export const patiently = async <T>(work: () => Promise<T>): Promise<T> => {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
};

export type Followed = {
  readonly seen: readonly PlacedEvent[];
  /** Resolves once `total` events were seen. */
  readonly until: (total: number) => Promise<void>;
  /** Settles when following has ended. */
  readonly done: Promise<void>;
  readonly stop: () => Promise<void>;
};

/** Follows in the background; `again` resumes after the last event if the store was unavailable for too long. */
export const followed = (store: EventStore, again = false): Followed => {
  const abort = new AbortController();
  const seen: PlacedEvent[] = [];
  let wanted = Promise.withResolvers<void>();
  let count = Number.POSITIVE_INFINITY;
  wanted.promise.catch(() => {});
  const follow = async (): Promise<void> => {
    const last = seen.at(-1);
    for await (const batch of store.follow(last ? placeAfter(last) : start, abort.signal)) {
      seen.push(...batch);
      if (seen.length >= count) wanted.resolve();
    }
  };
  const done = again ? patiently(follow) : follow();
  done.catch((error) => wanted.reject(error));
  return {
    seen,
    until: (total) => {
      wanted = Promise.withResolvers();
      count = total;
      if (seen.length >= total) wanted.resolve();
      return wanted.promise;
    },
    done,
    stop: async () => {
      abort.abort();
      await done;
    },
  };
};
