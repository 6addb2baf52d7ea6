import {
  type AllStreamResolvedEvent,
  type EventStoreDBClient,
  START,
  streamNameFilter,
  UnavailableError,
} from '@eventstore/db-client';
import type { Place } from '../event-store.ts';
import { NoAnswer } from './connection.ts';
import { type Read, readOf } from './read.ts';
import type { StoredRecord } from './record.ts';
import { metadataOf, type StreamMetadata } from './stream-metadata.ts';

/** The registry has no event between its event at the position `event` and the position `upTo`. */
export type Scanned = { readonly event: bigint; readonly upTo: bigint };

export type Tail = {
  /** The position after which it begins. */
  readonly from: bigint;
  /**
   * The registry's events received since the last call, at least one; none if the signal aborts. Rejects if the
   * subscription ends.
   */
  readonly take: () => Promise<readonly Read[]>;
  /** Whether the store has confirmed the subscription. */
  readonly wasConfirmed: () => boolean;
  readonly close: () => void;
};

type Listener = {
  readonly isOurs: (record: StoredRecord) => boolean;
  readonly onRead: (read: Read) => void;
  readonly onScanned: (scanned: Scanned) => void;
  readonly onConfirmed: () => void;
};

const longestQueue = 1_000;
/** The store sends a checkpoint after this many records that do not match. */
const searchWindow = 1_000;

/**
 * One subscription to all streams under a prefix and to their metadata, from a place on. It is confirmed within
 * `callMs`; afterwards the client's keep-alive notices a dead connection. Checkpoints show how far the log was scanned.
 */
export const openTail = (
  client: EventStoreDBClient,
  prefix: string,
  after: Place,
  scanned: Scanned,
  streamMetadata: StreamMetadata,
  callMs: number,
  signal: AbortSignal,
  listener: Listener,
): Tail => {
  let lastOurs = BigInt(after.position);
  const from = beginningAfter(lastOurs, scanned, streamMetadata.knownUpTo());
  const watch = streamMetadata.watch(from);
  let queue: Read[] = [];
  let failure: Error | undefined;
  let confirmed = false;
  let woken = Promise.withResolvers<void>();
  const wake = (): void => woken.resolve();
  signal.addEventListener('abort', wake);

  const subscription = subscribeAfter(client, from, [prefix, metadataOf(prefix)], (commit) => {
    confirm();
    // Events before the checkpoint may still be in the subscription's buffer.
    if (subscription.readableLength > 0 || commit <= lastOurs) return;
    listener.onScanned({ event: lastOurs, upTo: commit });
    watch.upTo(commit);
  });
  const fail = (error: Error): void => {
    failure ??= error;
    clearTimeout(timer);
    wake();
  };
  const confirm = (): void => {
    clearTimeout(timer);
    if (confirmed) return;
    confirmed = true;
    listener.onConfirmed();
  };
  const timer = setTimeout(() => fail(new NoAnswer(`no subscription within ${callMs} ms`)), callMs);

  subscription.on('confirmation', confirm);
  subscription.on('data', ({ event: record }: AllStreamResolvedEvent) => {
    confirm();
    if (record === undefined) return;
    watch.record(record);
    if (!listener.isOurs(record)) return;
    const read = readOf(record);
    lastOurs = read.commit;
    queue.push(read);
    listener.onRead(read);
    if (queue.length >= longestQueue) subscription.pause();
    wake();
  });
  subscription.on('error', fail);
  subscription.on('end', () => fail(ended()));

  return {
    from,
    take: async () => {
      while (queue.length === 0 && failure === undefined && !signal.aborted) {
        woken = Promise.withResolvers();
        await woken.promise;
      }
      if (signal.aborted) return [];
      const reads = queue;
      if (reads.length === 0 && failure) throw failure;
      queue = [];
      if (subscription.isPaused()) subscription.resume();
      return reads;
    },
    wasConfirmed: () => confirmed,
    close: () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', wake);
      subscription.unsubscribe().catch(() => {});
    },
  };
};

/**
 * Where a tail begins: after the registry's last event or, if the log is scanned further, after that, but not beyond the
 * known metadata of streams, so that none is missed in between.
 */
const beginningAfter = (lastOurs: bigint, scanned: Scanned, knownUpTo: bigint): bigint => {
  const scannedUpTo = scanned.event <= lastOurs && lastOurs < scanned.upTo ? scanned.upTo : lastOurs;
  return lastOurs <= knownUpTo && knownUpTo < scannedUpTo ? knownUpTo : scannedUpTo;
};

/**
 * Reads the metadata of streams from where it is known up to a position, beside a tail that begins there, so that there
 * is no gap between the two. If it fails, so does the tail, and both begin anew with the next. The function that it
 * returns ends it. Servers from 23.10 on say when a subscription has caught up; from others, only checkpoints tell, of
 * which there is one for each `searchWindow` of records.
 */
export const learnStreamMetadata = (
  client: EventStoreDBClient,
  prefix: string,
  streamMetadata: StreamMetadata,
  upTo: bigint,
): (() => void) => {
  const knownUpTo = streamMetadata.knownUpTo();
  if (upTo <= knownUpTo) return () => {};
  const watch = streamMetadata.watch(knownUpTo);
  const close = (): void => {
    subscription.unsubscribe().catch(() => {});
  };
  /** Records before a place that is told may still be in the subscription's buffer. */
  let told = 0n;
  const reach = (commit: bigint): void => {
    if (commit > told) told = commit;
    if (subscription.readableLength > 0) return;
    watch.upTo(told);
    if (streamMetadata.knownUpTo() >= upTo) close();
  };
  // The leader has all that this process has followed.
  const subscription = subscribeAfter(client, knownUpTo, [metadataOf(prefix)], reach, { requiresLeader: true });
  subscription.on('caughtUp', () => reach(upTo));
  subscription.on('data', ({ event: record }: AllStreamResolvedEvent) => {
    if (record !== undefined) watch.record(record);
    reach(told);
  });
  subscription.on('error', () => {});
  return close;
};

/** Subscribes to the streams under prefixes, after a position in the log. */
const subscribeAfter = (
  client: EventStoreDBClient,
  commit: bigint,
  prefixes: string[],
  onCheckpoint: (commit: bigint) => void,
  options: { readonly requiresLeader?: boolean } = {},
) =>
  client.subscribeToAll({
    ...options,
    // The second event of an append has an earlier prepare position, from which it would be sent again.
    fromPosition: commit === 0n ? START : { commit, prepare: commit },
    filter: streamNameFilter({
      prefixes,
      maxSearchWindow: searchWindow,
      checkpointInterval: 1,
      checkpointReached: (_, position) => onCheckpoint(position.commit),
    }),
  });

const ended = (): Error => {
  const error = new UnavailableError();
  error.message = 'the subscription ended';
  return error;
};
