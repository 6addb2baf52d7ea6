import {
  AccessDeniedError,
  type EventStoreDBClient,
  jsonEvent,
  MaxAppendSizeExceededError,
  StreamDeletedError,
  WrongExpectedVersionError,
} from '@eventstore/db-client';
import type { NewEvent, RecordedEvent } from '../../../domain/event.ts';
import { type Appended, type ExpectedRevision, OutcomeUnknown, StoreUnavailable, storesOwn } from '../event-store.ts';
import { appendInBatch, offersBatches, type Proposal } from './batch.ts';
import { type Connection, isUnsent, Silence, Unsent, within } from './connection.ts';
import type { Read, Reader } from './read.ts';
import type { Sightings } from './recent-appends.ts';
import type { Marks } from './stream-metadata.ts';

/** How often an append that has surely not reached the store is tried before it is refused. */
const unsentAttempts = 3;
const longestPauseMs = 500;
/** So many appends of another store's have their streams looked at together. */
const looksAtOnce = 32;

/**
 * Appends by the rules of the port. The store's own idempotence knows ids and places only: it takes the beginning of an
 * earlier append, or two appends in one, for a repeat. So each event says in its metadata which append it came with
 * (`append`, hidden from readers), and what stands in the stream afterwards decides.
 */
export const appendingOn = (
  connection: Connection,
  reader: Reader,
  sightings: Sightings,
  marks: Marks,
  patienceMs: number,
) => {
  /** Whether a client's server takes batches, once it has been asked. */
  const offering = new WeakMap<EventStoreDBClient, boolean>();
  const ask = async (client: EventStoreDBClient): Promise<boolean> => {
    const offers = await within(connection.callMs, offersBatches(client)).catch((cause: unknown) => {
      // Once it could not be asked for, the client (6.2.1, dist/Client/index.js, `capabilities`) would never ask again.
      throw new Unsent('the features of the server are not known', { cause });
    });
    offering.set(client, offers);
    return offers;
  };

  const send = async (client: EventStoreDBClient, proposal: Proposal): Promise<bigint | undefined> => {
    if (offering.get(client) ?? (await ask(client))) return appendInBatch(client, proposal, connection.callMs);
    const { stream, expected, events } = proposal;
    const expectedRevision = expected === 'none' ? 'no_stream' : BigInt(expected);
    const options = { expectedRevision, requiresLeader: true, deadline: connection.callMs } as const;
    const asked = client.appendToStream(stream, events.map(clientEvent), options);
    const { success, nextExpectedRevision, position } = await within(connection.callMs, asked);
    if (!success) throw wrongVersion(stream, nextExpectedRevision); // `throwOnAppendFailure=false`
    return position?.commit;
  };

  /** What stands where the append would have put its events: the answer, or undefined where nothing does yet. */
  const recorded = async (
    append: string,
    stream: string,
    expected: ExpectedRevision,
    events: readonly NewEvent[],
  ): Promise<Appended | undefined> => {
    const first = expected === 'none' ? 0 : expected + 1;
    const found = await reader.part(stream, first, events.length);
    const isPart = found.every(({ event }, index) => event.id === events[index]?.id) && found.length < events.length;
    if (isPart) return undefined; // nothing, or less than an append: the store is asked again
    const answer = { appended: true, events: found.map(({ event }) => event) } as const;
    const appendIds = new Set(found.map((read) => read.append));
    if (isSame(found, events)) {
      if (appendIds.has(append)) return { ...answer, repeated: false };
      const [together] = appendIds;
      if (together === undefined) return { ...answer, repeated: true }; // recorded by somebody else than this adapter
      const around = await reader.part(stream, first - 1, events.length + 2);
      const isWhole = around.filter((read) => read.append === together).length === events.length;
      if (appendIds.size === 1 && isWhole) return { ...answer, repeated: true };
    }
    return { appended: false, current: await reader.lastRevision(stream) };
  };

  /**
   * Sends an append until its outcome is known: `confirm` says what is known once the store has taken it, else its
   * stream does. `times` are those of the events' recording elsewhere.
   */
  const settle = async <T>(
    { stream, expected, events, times = [] }: Asked,
    confirm: (append: string, commit: bigint | undefined, sentMs: number) => Promise<T | undefined>,
  ): Promise<Appended | T> => {
    const append = crypto.randomUUID();
    const proposal: Proposal = {
      stream,
      expected,
      events: events.map((event, index) => {
        return { ...event, metadata: { ...event.metadata, ...storesOwn, append, recordedAt: times[index] } };
      }),
    };
    const started = performance.now();
    let mayBeRecorded = false;
    for (let attempt = 1; ; attempt += 1) {
      let why: unknown;
      const client = connection.client();
      try {
        const sentMs = performance.now();
        const commit = await send(client, proposal);
        mayBeRecorded = true;
        const confirmed = await confirm(append, commit, sentMs);
        if (confirmed !== undefined) return confirmed;
      } catch (error) {
        if (error instanceof WrongExpectedVersionError) return { appended: false, current: currentOf(error) };
        connection.failed(client, error);
        why = error;
        mayBeRecorded ||= !isRefusal(error) && !isUnsent(error);
      }
      if (mayBeRecorded) {
        // Whatever the store said or did not say: its stream tells.
        const answer = await recorded(append, stream, expected, events).catch((error: unknown) => {
          why ??= error;
          return undefined;
        });
        if (answer) return answer;
        why ??= new Silence('what was appended does not show');
      }
      const isOver = mayBeRecorded ? performance.now() - started > patienceMs : attempt >= unsentAttempts;
      if (isOver || isRefusal(why) || connection.closed.aborted) {
        const { message } = connection.unavailable(why);
        if (!mayBeRecorded) throw new StoreUnavailable(message, { cause: why });
        throw new OutcomeUnknown(`${message} It is not known whether it was recorded.`, { cause: why });
      }
      await new Promise((resolve) => setTimeout(resolve, Math.min(longestPauseMs, 20 * 2 ** attempt)));
    }
  };

  const assertAllWhole = async (appends: readonly (readonly RecordedEvent[])[]): Promise<void> => {
    const streams = new Set(appends.flatMap((events) => events.map(({ stream }) => stream)));
    await Promise.all([...streams].map(reader.assertWhole));
  };

  return {
    append: async (stream: string, expected: ExpectedRevision, events: readonly NewEvent[]): Promise<Appended> => {
      connection.client();
      await reader.assertWhole(stream);
      return settle({ stream, expected, events }, async (append, commit, sentMs) => {
        if (events.length !== 1 || commit === undefined) return undefined;
        const seen = await sightings.at(commit, performance.now() - sentMs);
        if (seen) marks.appended(commit, sentMs);
        return seen?.append === append ? { appended: true, events: [seen.event], repeated: false } : undefined;
      });
    },

    /** Each append is answered before the next is sent, for the order in which they arrive is the ledger's. */
    appendRecorded: async (appends: readonly (readonly RecordedEvent[])[], end: bigint): Promise<boolean> => {
      connection.client();
      for (const [index, events] of appends.entries()) {
        if (index % looksAtOnce === 0) await assertAllWhole(appends.slice(index, index + looksAtOnce));
        const [first] = events;
        if (first === undefined) continue;
        const { stream, revision } = first;
        const expected = revision === 0 ? 'none' : revision - 1;
        const times = events.map(({ recordedAt }) => recordedAt);
        // What the store puts after the end was not there before; what it takes for a repeat is looked at.
        const answer = await settle({ stream, expected, events, times }, async (_, commit) =>
          commit !== undefined && commit > end ? 'new' : undefined,
        );
        if (answer !== 'new' && !answer.appended) return false;
      }
      return true;
    },
  };
};

type Asked = {
  readonly stream: string;
  readonly expected: ExpectedRevision;
  readonly events: readonly NewEvent[];
  readonly times?: readonly string[];
};

const isSame = (found: readonly Read[], events: readonly NewEvent[]): boolean =>
  found.length === events.length && found.every(({ event }, index) => event.id === events[index]?.id);

const clientEvent = ({ id, type, data, metadata }: Proposal['events'][number]) =>
  jsonEvent({ id, type, data: { ...data }, metadata: { ...metadata } });

/** The store has said no, and the events are not recorded by this attempt. */
const isRefusal = (error: unknown): boolean =>
  error instanceof AccessDeniedError ||
  error instanceof MaxAppendSizeExceededError ||
  error instanceof StreamDeletedError;

const wrongVersion = (streamName: string, current: bigint): WrongExpectedVersionError =>
  new WrongExpectedVersionError(undefined, { streamName, current, expected: 'no_stream' });

const currentOf = ({ actualVersion }: WrongExpectedVersionError): ExpectedRevision =>
  typeof actualVersion === 'bigint' && actualVersion >= 0n ? Number(actualVersion) : 'none';
