import { type NewEvent, streamPrefix } from '../../../domain/event.ts';
import { stored } from '../../../domain/leaf.ts';
import { assertIJson, defaultOrigin, type EventStore, StoreUnavailable } from '../event-store.ts';
import { sealedBy } from '../sealing.ts';
import { appendingOn } from './append.ts';
import { cancelBatch } from './batch.ts';
import { connectionTo } from './connection.ts';
import { ledgerOn } from './ledger.ts';
import { readerOn } from './read.ts';
import { recentAppendsOn } from './recent-appends.ts';
import { openStreamMetadata } from './stream-metadata.ts';

export type EventStoreDbOptions = {
  /** The client's own, `esdb://…` or `esdb+discover://…`, with all its options. */
  readonly connectionString: string;
  /** The source of what it records. */
  readonly origin?: string;
  /** The registry's streams begin with it; defaults to `streamPrefix`. */
  readonly prefix?: string;
  /** How long one call may go without an answer; defaults to the connection string's `defaultDeadline`, or 5,000. */
  readonly callMs?: number;
  /** How long to try to learn the outcome of an append, or to resume a subscription; defaults to twice `callMs`. */
  readonly patienceMs?: number;
};

/**
 * The ledger in an EventStoreDB or KurrentDB node or cluster. It connects at the first call; throws if the connection
 * string cannot be parsed. Appends and reads of a stream go to the leader, whatever `nodePreference` says.
 */
export const openEventStoreDb = (options: EventStoreDbOptions): EventStore => {
  const { connectionString, origin = defaultOrigin, prefix = streamPrefix } = options;
  const { callMs = deadlineIn(connectionString) ?? 5_000, patienceMs = 2 * callMs } = options;
  const connection = connectionTo(connectionString, callMs, cancelBatch);
  const streamMetadata = openStreamMetadata();
  const reader = readerOn(connection, streamMetadata);
  const recentAppends = recentAppendsOn(connection);
  const seal = sealedBy(origin);
  const sealed = (event: NewEvent) => stored(seal(event));
  const appending = appendingOn(connection, reader, recentAppends, streamMetadata, patienceMs, sealed);
  const ledger = ledgerOn(connection, recentAppends, streamMetadata, prefix, patienceMs);
  const underWay = new Set<Promise<unknown>>();
  let isClosing = false;
  /** Starts work that closing the store waits for. */
  const tracked = async <T>(begin: () => Promise<T>): Promise<T> => {
    if (isClosing) throw new StoreUnavailable(`The event store ${connection.name} is closed.`);
    const work = begin();
    underWay.add(work);
    return work.finally(() => underWay.delete(work));
  };

  return {
    ...ledger,
    append: async (stream, expected, events) => {
      assertIJson(events);
      return tracked(() => appending.append(stream, expected, events));
    },
    appendRecorded: (appends) => tracked(async () => appending.appendRecorded(appends, BigInt(await ledger.end()))),
    readStream: async (stream, from) => (await reader.rest(stream, from)).map(({ event }) => event),
    isRemote: true,
    appendsFirst: streamMetadata.isRecent,
    close: async () => {
      isClosing = true;
      await Promise.allSettled(underWay);
      await connection.close();
    },
  };
};

/** The client's own setting of how long a call may take, in any spelling that it allows. */
const deadlineIn = (connectionString: string): number | undefined => {
  const given = /[?&]default[-_]?deadline=(\d+)/i.exec(connectionString)?.[1];
  return given === undefined ? undefined : Number(given);
};
