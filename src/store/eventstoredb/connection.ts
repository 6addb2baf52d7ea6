import {
  AccessDeniedError,
  CancelledError,
  DeadlineExceededError,
  EventStoreDBClient,
  MaxAppendSizeExceededError,
  NotLeaderError,
  StreamDeletedError,
  TimeoutError,
  UnavailableError,
} from '@eventstore/db-client';
import { z } from 'zod';
import { StoreDamaged, StoreUnavailable } from '../event-store.ts';
import { withoutCredentials } from '../store-name.ts';

/** The client in use, and a new one when the old one is stuck. */
export type Connection = {
  /** The store without credentials, for messages. */
  readonly name: string;
  /** How long one call may be silent. */
  readonly callMs: number;
  /** Aborted when the store is closed. */
  readonly closed: AbortSignal;
  /** The client to use now; throws `StoreUnavailable` once closed. */
  readonly client: () => EventStoreDBClient;
  /** Says that a call on a client has failed, so that the next call may get another one. */
  readonly failed: (client: EventStoreDBClient, error: unknown) => void;
  /** Runs a call that changes nothing, again where the connection failed; rejects with `StoreUnavailable`. */
  readonly reading: <T>(work: (client: EventStoreDBClient) => Promise<T>) => Promise<T>;
  /** What an error of the client means to the registry. */
  readonly unavailable: (error: unknown) => StoreUnavailable;
  readonly close: () => Promise<void>;
};

/** The store has not answered in time; whatever was asked may still happen. */
export class Silence extends Error {
  override readonly name = 'Silence';
}

/** What went wrong before anything was sent, in a way that the client would remember. */
export class Unsent extends Error {
  override readonly name = 'Unsent';
}

/** A node that was away is asked again this often, or as often as a call may take, by a client of its own. */
const longestReopenMs = 1_000;
const readingAttempts = 3;
const closingMs = 1_000;

/** Opens no connection yet; throws where the connection string can't be parsed. */
export const connectionTo = (
  connectionString: string,
  callMs: number,
  onRelease: (client: EventStoreDBClient) => void,
): Connection => {
  const name = withoutCredentials(connectionString).replace(/\/?\?.*$/, '');
  const reopenMs = Math.min(longestReopenMs, callMs);
  const closing = new AbortController();
  const released = new WeakSet<EventStoreDBClient>();
  let openedAt = 0;
  const open = (): EventStoreDBClient => {
    const client = EventStoreDBClient.connectionString(freshly(connectionString));
    openedAt = performance.now();
    return client;
  };
  const release = async (client: EventStoreDBClient): Promise<void> => {
    released.add(client);
    onRelease(client);
    await within(closingMs, client.dispose()).catch(() => {});
    closeChannel(client);
  };
  let current = open();

  const unavailable = (error: unknown): StoreUnavailable => {
    if (error instanceof StoreUnavailable) return error;
    if (error instanceof StreamDeletedError)
      return new StoreDamaged(`The event store ${name} is damaged: ${reasonOf(error)}.`, { cause: error });
    return new StoreUnavailable(`The event store ${name} is away: ${reasonOf(error)}.`, { cause: error });
  };

  const client = (): EventStoreDBClient => {
    if (closing.signal.aborted) throw new StoreUnavailable(`The event store ${name} is closed.`);
    return current;
  };

  const failed = (used: EventStoreDBClient, error: unknown): void => {
    if (used !== current || closing.signal.aborted) return;
    const isStuck = error instanceof Silence || error instanceof Unsent;
    const isAway = isPassing(error) && performance.now() - openedAt > reopenMs;
    if (!isStuck && !isAway) return;
    current = open();
    setTimeout(() => void release(used), callMs).unref(); // what is under way on it may still get its answer
  };

  const reading = async <T>(work: (client: EventStoreDBClient) => Promise<T>): Promise<T> => {
    for (let attempt = 1; ; attempt += 1) {
      const used = client();
      try {
        const answer = await work(used);
        // The client ends a read that it cancels as if it were complete (6.2.1, dist/streams/utils/ReadStream.js).
        if (released.has(used)) throw new Silence('the read was given up');
        return answer;
      } catch (error) {
        failed(used, error);
        if (closing.signal.aborted) client();
        if (!(isPassing(error) || released.has(used)) || attempt === readingAttempts) throw unavailable(error);
        await new Promise((resolve) => setTimeout(resolve, 20 * attempt));
      }
    }
  };

  return {
    name,
    callMs,
    closed: closing.signal,
    client,
    failed,
    reading,
    unavailable,
    close: async () => {
      closing.abort();
      await release(current);
    },
  };
};

/** Whether the same call may succeed on another connection, or on this one a little later. */
export const isPassing = (error: unknown): boolean =>
  error instanceof UnavailableError || error instanceof CancelledError || error instanceof NotLeaderError;

/** Whether the call has surely not reached the store: there was no connection, or the node asked would not take it. */
export const isUnsent = (error: unknown): boolean =>
  error instanceof Unsent ||
  error instanceof NotLeaderError ||
  (error instanceof Error &&
    /No connection established|Channel closed before call|Name resolution failed|Failed to discover|Is Not Ready|Is (Too )?Busy/.test(
      error.message,
    ));

/** Rejects with `Silence` where a promise does not settle in time. */
export const within = <T>(timeMs: number, promise: Promise<T>): Promise<T> => {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Silence(`no answer within ${timeMs} ms`)), timeMs);
  return Promise.race([promise, late.promise]).finally(() => clearTimeout(timer));
};

/** Clients of this process so far. */
let opened = 0;

/**
 * Connections to one address with the same options are shared throughout the process, and with them the time to wait
 * before connecting again, which grows to two minutes (@grpc/grpc-js subchannel-pool). An option that differs by a
 * millisecond makes a connection that is tried at once.
 */
const freshly = (connectionString: string): string => {
  opened += 1;
  const given = /keep[-_]?alive[-_]?timeout=(-?\d+)/i.exec(connectionString)?.[1];
  const timeoutMs = Number(given ?? 10_000);
  if (timeoutMs < 0) return connectionString;
  const trimmed = connectionString.trim().replace(/\/+$/, '');
  return `${trimmed}${trimmed.includes('?') ? '&' : '?'}keepAliveTimeout=${timeoutMs + (opened % 1_000)}`;
};

const reasonOf = (error: unknown): string => {
  if (error instanceof Unsent) return reasonOf(error.cause);
  if (error instanceof StreamDeletedError)
    return `the stream ${error.streamName} was deleted in the store, which an operator must mend`;
  if (error instanceof AccessDeniedError)
    return "it refuses the registry's user; check the credentials and the access lists";
  if (error instanceof MaxAppendSizeExceededError)
    return `it takes no append of more than ${error.maxAppendSize} bytes`;
  if (error instanceof NotLeaderError) return 'its leader has changed';
  if (error instanceof DeadlineExceededError || error instanceof TimeoutError || error instanceof Silence)
    return 'it did not answer in time';
  return error instanceof Error ? error.message.replace(/\.$/, '') : String(error);
};

const channelHolder = z.object({
  getChannel: z.custom<() => Promise<{ readonly close: () => void }>>((value) => typeof value === 'function'),
});

/** The client's own `dispose` ends its calls and leaves the channel open. */
const closeChannel = (client: EventStoreDBClient): void => {
  channelHolder
    .parse(client)
    .getChannel()
    .then((channel) => channel.close())
    .catch(() => {});
};
