import { type Appended, type EventStore, StoreUnavailable } from './event-store.ts';
import { appendingOn } from './eventstoredb-append.ts';
import { cancelBatch } from './eventstoredb-batch.ts';
import { connectionTo } from './eventstoredb-connection.ts';
import { ledgerOn } from './eventstoredb-ledger.ts';
import { openMarks } from './eventstoredb-marks.ts';
import { readerOn } from './eventstoredb-read.ts';
import { sightingsOn } from './eventstoredb-sightings.ts';

export type EventStoreDbOptions = {
  /** The client's own, `esdb://…` or `esdb+discover://…`, with all its options. */
  readonly connectionString: string;
  /** The registry's streams begin with it; `upgrade.` unless told. */
  readonly prefix?: string;
  /** How long the store may be silent on one call; 5,000 unless told. */
  readonly callMs?: number;
  /** How long the outcome of an append, or a way back into the ledger, is looked for; 10,000 unless told. */
  readonly patienceMs?: number;
};

/**
 * The ledger in an EventStoreDB or KurrentDB node or cluster. Nothing is connected before the first call; throws where
 * the connection string can't be parsed. Appends and reads of a stream go to the leader, whatever `nodePreference` says.
 */
export const openEventStoreDb = (options: EventStoreDbOptions): EventStore => {
  const { connectionString, prefix = 'upgrade.', callMs = 5_000, patienceMs = 10_000 } = options;
  const connection = connectionTo(connectionString, callMs, cancelBatch);
  const marks = openMarks();
  const reader = readerOn(connection, marks);
  const sightings = sightingsOn(connection);
  const appendTo = appendingOn(connection, reader, sightings, marks, patienceMs);
  const ledger = ledgerOn(connection, sightings, marks, prefix, patienceMs);
  const underWay = new Set<Promise<Appended>>();
  let isClosing = false;

  return {
    ...ledger,
    append: async (stream, expected, events) => {
      if (isClosing) throw new StoreUnavailable(`The event store ${connection.name} is closed.`);
      const appending = appendTo(stream, expected, events);
      underWay.add(appending);
      return appending.finally(() => underWay.delete(appending));
    },
    readStream: async (stream) => (await reader.whole(stream)).map(({ event }) => event),
    close: async () => {
      isClosing = true;
      await Promise.allSettled(underWay);
      await connection.close();
    },
  };
};
