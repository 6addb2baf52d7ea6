import { streamPrefix } from '../../../domain/event.ts';
import { type EventStore, StoreUnavailable } from '../event-store.ts';
import { appendingOn } from './append.ts';
import { cancelBatch } from './batch.ts';
import { connectionTo } from './connection.ts';
import { ledgerOn } from './ledger.ts';
import { readerOn } from './read.ts';
import { sightingsOn } from './recent-appends.ts';
import { openMarks } from './stream-metadata.ts';

export type EventStoreDbOptions = {
  /** The client's own, `esdb://…` or `esdb+discover://…`, with all its options. */
  readonly connectionString: string;
  /** The registry's streams begin with it; `upgrade.` unless told. */
  readonly prefix?: string;
  /** How long the store may be silent on one call; unless told, `defaultDeadline` of the connection string or 5,000. */
  readonly callMs?: number;
  /** How long the outcome of an append, or a way back into the ledger, is looked for; twice `callMs` unless told. */
  readonly patienceMs?: number;
};

/**
 * The ledger in an EventStoreDB or KurrentDB node or cluster. Nothing is connected before the first call; throws where
 * the connection string can't be parsed. Appends and reads of a stream go to the leader, whatever `nodePreference` says.
 */
export const openEventStoreDb = (options: EventStoreDbOptions): EventStore => {
  const { connectionString, prefix = streamPrefix } = options;
  const { callMs = deadlineIn(connectionString) ?? 5_000, patienceMs = 2 * callMs } = options;
  const connection = connectionTo(connectionString, callMs, cancelBatch);
  const marks = openMarks();
  const reader = readerOn(connection, marks);
  const sightings = sightingsOn(connection);
  const appending = appendingOn(connection, reader, sightings, marks, patienceMs);
  const ledger = ledgerOn(connection, sightings, marks, prefix, patienceMs);
  const underWay = new Set<Promise<unknown>>();
  let isClosing = false;
  /** Begins what closing waits for. */
  const finishing = async <T>(begin: () => Promise<T>): Promise<T> => {
    if (isClosing) throw new StoreUnavailable(`The event store ${connection.name} is closed.`);
    const work = begin();
    underWay.add(work);
    return work.finally(() => underWay.delete(work));
  };

  return {
    ...ledger,
    append: (stream, expected, events) => finishing(() => appending.append(stream, expected, events)),
    appendRecorded: (appends) => finishing(async () => appending.appendRecorded(appends, BigInt(await ledger.end()))),
    readStream: async (stream) => (await reader.whole(stream)).map(({ event }) => event),
    close: async () => {
      isClosing = true;
      await Promise.allSettled(underWay);
      await connection.close();
    },
  };
};

/** The client's own setting of how long a call may take, by the spellings that it allows. */
const deadlineIn = (connectionString: string): number | undefined => {
  const given = /[?&]default[-_]?deadline=(\d+)/i.exec(connectionString)?.[1];
  return given === undefined ? undefined : Number(given);
};
