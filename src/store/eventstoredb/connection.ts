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
import { withoutCredentials } from '../connection-string.ts';
import { StoreDamaged, StoreUnavailable } from '../event-store.ts';
import { hostsAsked, needsName } from './host-faults.ts';
import { streamOfMetadata } from './stream-metadata.ts';

/** A client of the store, replaced by a new one when it is stuck. */
export type Connection = {
  /** The store without credentials, for messages. */
  readonly name: string;
  /** How long one call may go without an answer. */
  readonly callMs: number;
  /** Aborted when the store is closed. */
  readonly closed: AbortSignal;
  /** The client to use now; throws `StoreUnavailable` once closed. */
  readonly client: () => EventStoreDBClient;
  /** Reports that a call on a client has failed, so that the next call may get another client. */
  readonly failed: (client: EventStoreDBClient, error: unknown) => void;
  /** Runs a call that changes nothing, and repeats it if the connection failed; rejects with `StoreUnavailable`. */
  readonly reading: <T>(work: (client: EventStoreDBClient) => Promise<T>) => Promise<T>;
  /** An error of the client as an error of the port, once the hosts were asked why if no connection was made. */
  readonly unavailable: (error: unknown) => Promise<StoreUnavailable>;
  readonly close: () => Promise<void>;
};

/** The store has not answered in time; the call may still take effect. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
}

/** A call failed before anything was sent, and the client would go on failing. */
export class Unsent extends Error {
  override readonly name = 'Unsent';
}

/** After a failed connection a new client is opened this often, or every `callMs` if that is shorter. */
const longestReopenMs = 1_000;
const readingAttempts = 3;
const closingMs = 1_000;

/** Connects at the first call; throws if the connection string cannot be parsed. */
export const connectionTo = (
  connectionString: string,
  callMs: number,
  onRelease: (client: EventStoreDBClient) => void,
): Connection => {
  const name = withoutCredentials(connectionString).replace(/\/?\?.*$/, '');
  const askHosts = hostsAsked(connectionString);
  const reopenMs = Math.min(longestReopenMs, callMs);
  const closing = new AbortController();
  const released = new WeakSet<EventStoreDBClient>();
  let openedAt = 0;
  const open = (): EventStoreDBClient => {
    const client = EventStoreDBClient.connectionString(withOwnChannel(connectionString));
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

  const unavailable = async (error: unknown): Promise<StoreUnavailable> => {
    if (error instanceof StoreUnavailable) return error;
    if (error instanceof StreamDeletedError)
      return new StoreDamaged(`The event store ${name} is damaged: ${reasonOf(error)}.`, { cause: error });
    const fault = isUnconnected(error) && !closing.signal.aborted ? await askHosts() : undefined;
    const reason = fault ?? reasonOf(error);
    return new StoreUnavailable(`The event store ${name} is unavailable: ${reason}.`, { cause: error });
  };

  const client = (): EventStoreDBClient => {
    if (closing.signal.aborted) throw new StoreUnavailable(`The event store ${name} is closed.`);
    return current;
  };

  const failed = (used: EventStoreDBClient, error: unknown): void => {
    if (used !== current || closing.signal.aborted) return;
    const isStuck = error instanceof NoAnswer || error instanceof Unsent;
    const isAway = isTransient(error) && performance.now() - openedAt > reopenMs;
    if (!isStuck && !isAway) return;
    current = open();
    setTimeout(() => void release(used), callMs).unref(); // calls under way on it may still be answered
  };

  const reading = async <T>(work: (client: EventStoreDBClient) => Promise<T>): Promise<T> => {
    for (let attempt = 1; ; attempt += 1) {
      const used = client();
      try {
        const answer = await work(used);
        // If a read is cancelled, the client ends it as if it were complete (6.2.1, dist/streams/utils/ReadStream.js).
        if (released.has(used)) throw new NoAnswer('the read was cancelled');
        return answer;
      } catch (error) {
        failed(used, error);
        if (closing.signal.aborted) client();
        if (!(isTransient(error) || released.has(used)) || attempt === readingAttempts) throw await unavailable(error);
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

/** Whether the same call may succeed on another connection, or on this one later. */
export const isTransient = (error: unknown): boolean =>
  error instanceof UnavailableError || error instanceof CancelledError || error instanceof NotLeaderError;

/** Whether a call has surely not reached the store: there was no connection, or the node did not accept it. */
export const isUnsent = (error: unknown): boolean =>
  error instanceof Unsent ||
  error instanceof NotLeaderError ||
  (error instanceof Error &&
    /No connection established|Channel closed before call|Name resolution failed|Failed to discover|Is Not Ready|Is (Too )?Busy/.test(
      error.message,
    ));

/** Whether no connection was made, which may be for a reason that the client does not tell. */
const isUnconnected = (error: unknown): boolean =>
  error instanceof Unsent
    ? isUnconnected(error.cause)
    : error instanceof Error && /No connection established|Failed to discover|Connection dropped/.test(error.message);

/** Rejects with `NoAnswer` if a promise does not settle in time. */
export const within = <T>(timeMs: number, promise: Promise<T>): Promise<T> => {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new NoAnswer(`no answer within ${timeMs} ms`)), timeMs);
  return Promise.race([promise, late.promise]).finally(() => clearTimeout(timer));
};

/** The number of clients that this process has opened. */
let opened = 0;

/**
 * All clients in the process share the connection to an address under the same options, and with it the wait before it
 * reconnects, which grows to two minutes (@grpc/grpc-js subchannel-pool). If an option differs by a millisecond, the
 * client gets a connection of its own and connects at once.
 */
const withOwnChannel = (connectionString: string): string => {
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
    // A tombstone deletes the stream's metadata too, and that is what is read first.
    return `the stream ${streamOfMetadata(error.streamName)} was deleted; an operator must repair it`;
  if (error instanceof AccessDeniedError)
    return "it refuses the registry's user; check the credentials and the access lists";
  if (error instanceof MaxAppendSizeExceededError)
    return `it accepts no append of more than ${error.maxAppendSize} bytes`;
  if (error instanceof NotLeaderError) return 'its leader has changed';
  if (error instanceof DeadlineExceededError || error instanceof TimeoutError || error instanceof NoAnswer)
    return 'it did not answer in time';
  if (error instanceof Error && /TLS ServerName to an IP address/.test(error.message))
    return `its nodes are known to each other by IP addresses, and ${needsName}`;
  return error instanceof Error ? error.message.replace(/\.$/, '') : String(error);
};

const channelHolder = z.object({
  getChannel: z.custom<() => Promise<{ readonly close: () => void }>>((value) => typeof value === 'function'),
});

/** The client's own `dispose` ends its calls but leaves the channel open. */
const closeChannel = (client: EventStoreDBClient): void => {
  channelHolder
    .parse(client)
    .getChannel()
    .then((channel) => channel.close())
    .catch(() => {});
};
