import {
  type AllStreamResolvedEvent,
  type EventStoreDBClient,
  START,
  streamNameFilter,
  UnavailableError,
} from '@eventstore/db-client';
import type { Place } from '../event-store.ts';
import { Silence } from './connection.ts';
import { type Read, readOf } from './read.ts';
import type { StoredRecord } from './record.ts';
import { type Marks, metadataOf } from './stream-metadata.ts';

/** Between the registry's event at one position and another position there is no event of the registry's. */
export type Quiet = { readonly event: bigint; readonly upTo: bigint };

export type Tail = {
  /** After which position it begins. */
  readonly from: bigint;
  /** The registry's events that have come in, at least one; none where the signal aborts. Rejects where the subscription ends. */
  readonly take: () => Promise<readonly Read[]>;
  /** Whether the store has taken the subscription. */
  readonly wasConfirmed: () => boolean;
  readonly leave: () => void;
};

const mostWaiting = 1_000;
/** A checkpoint comes after so many records that do not match. */
const searchWindow = 1_000;

/**
 * One subscription to all streams under a prefix and to their metadata, from a place on. It is confirmed within `callMs`; afterwards the
 * client's keep-alive notices a dead connection. Checkpoints say how far nothing of the registry's has come.
 */
export const openTail = (
  client: EventStoreDBClient,
  prefix: string,
  after: Place,
  quiet: Quiet,
  marks: Marks,
  callMs: number,
  signal: AbortSignal,
  hears: {
    readonly isOurs: (record: StoredRecord) => boolean;
    readonly onRead: (read: Read) => void;
    readonly onQuiet: (quiet: Quiet) => void;
    readonly onConfirmed: () => void;
  },
): Tail => {
  let lastOurs = BigInt(after.position);
  const quietUpTo = quiet.event <= lastOurs && lastOurs < quiet.upTo ? quiet.upTo : lastOurs;
  const known = marks.known();
  /** Not beyond what is known of deletions, so that no mark is missed in between. */
  const from = lastOurs <= known && known < quietUpTo ? known : quietUpTo;
  const watch = marks.watch(from);
  let queue: Read[] = [];
  let failure: Error | undefined;
  let confirmed = false;
  let woken = Promise.withResolvers<void>();
  const wake = (): void => woken.resolve();
  signal.addEventListener('abort', wake);

  const subscription = client.subscribeToAll({
    // The second event of an append has a prepare position before its own, from which it would come again.
    fromPosition: from === 0n ? START : { commit: from, prepare: from },
    filter: streamNameFilter({
      prefixes: [prefix, metadataOf(prefix)],
      maxSearchWindow: searchWindow,
      checkpointInterval: 1,
      checkpointReached: (_, { commit }) => {
        confirm();
        // Events before the checkpoint may still be on their way to us.
        if (subscription.readableLength > 0 || commit <= lastOurs) return;
        hears.onQuiet({ event: lastOurs, upTo: commit });
        watch.upTo(commit);
      },
    }),
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
    hears.onConfirmed();
  };
  const timer = setTimeout(() => fail(new Silence(`no subscription within ${callMs} ms`)), callMs);

  subscription.on('confirmation', confirm);
  subscription.on('data', ({ event: record }: AllStreamResolvedEvent) => {
    confirm();
    if (record === undefined) return;
    watch.record(record);
    if (!hears.isOurs(record)) return;
    const read = readOf(record);
    lastOurs = read.commit;
    queue.push(read);
    hears.onRead(read);
    if (queue.length >= mostWaiting) subscription.pause();
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
      const taken = queue;
      if (taken.length === 0 && failure) throw failure;
      queue = [];
      if (subscription.isPaused()) subscription.resume();
      return taken;
    },
    wasConfirmed: () => confirmed,
    leave: () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', wake);
      subscription.unsubscribe().catch(() => {});
    },
  };
};

/**
 * Looks for marks from where they are known up to a position, beside a tail that begins there, so that the two know them
 * without a gap. Where it fails, so does the tail, and with the next both begin anew. The answer ends it.
 */
export const learnMarks = (client: EventStoreDBClient, prefix: string, marks: Marks, upTo: bigint): (() => void) => {
  const known = marks.known();
  if (upTo <= known) return () => {};
  const watch = marks.watch(known);
  const leave = (): void => {
    subscription.unsubscribe().catch(() => {});
  };
  const subscription = client.subscribeToAll({
    fromPosition: known === 0n ? START : { commit: known, prepare: known },
    filter: streamNameFilter({
      prefixes: [metadataOf(prefix)],
      maxSearchWindow: searchWindow,
      checkpointInterval: 1,
      checkpointReached: (_, { commit }) => {
        if (subscription.readableLength > 0) return;
        watch.upTo(commit);
        if (marks.known() >= upTo) leave();
      },
    }),
  });
  subscription.on('data', ({ event: record }: AllStreamResolvedEvent) => {
    if (record !== undefined) watch.record(record);
  });
  subscription.on('error', () => {});
  return leave;
};

const ended = (): Error => {
  const error = new UnavailableError();
  error.message = 'the subscription ended';
  return error;
};
