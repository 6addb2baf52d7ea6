import { setTimeout as pause } from 'node:timers/promises';
import {
  AccessDeniedError,
  type EventStoreDBClient,
  jsonEvent,
  MaxAppendSizeExceededError,
  StreamDeletedError,
  WrongExpectedVersionError,
} from '@eventstore/db-client';
import type { NewEvent, SealedEvent } from '../../../domain/event.ts';
import { type StoredEvent, stored } from '../../../domain/leaf.ts';
import { type Appended, type ExpectedRevision, OutcomeUnknown, storesOwn } from '../event-store.ts';
import { appendInBatch, offersBatches, type Proposal } from './batch.ts';
import { type Connection, isUnsent, NoAnswer, Unsent, within } from './connection.ts';
import type { Read, Reader } from './read.ts';
import type { RecentAppends } from './recent-appends.ts';
import type { StreamMetadata } from './stream-metadata.ts';

/** How often to try an append that has surely not reached the store. */
const unsentAttempts = 3;
const longestPauseMs = 500;
/**
 * How long to wait for an answer before looking at the stream, at first; the pause doubles. The store does not answer a repeat of events that are not
 * replicated yet.
 */
const lookAfterMs = 250;
/** The streams of this many copied appends are checked at the same time. */
const appendsCheckedAtOnce = 32;

/**
 * Appends by the rules of the port. The store's own idempotence compares only ids and revisions: it takes the beginning
 * of an earlier append, or two appends in one, for a repeat. So each event's metadata names the append that it came with
 * (`append`, hidden from readers), and the events in the stream afterwards decide.
 */
export const appendingOn = (
  connection: Connection,
  reader: Reader,
  recentAppends: RecentAppends,
  streamMetadata: StreamMetadata,
  patienceMs: number,
  sealed: (event: NewEvent) => StoredEvent,
) => {
  /** Whether a client's server offers batches, once it has been asked. */
  const knownOffers = new WeakMap<EventStoreDBClient, boolean>();
  const askForBatches = async (client: EventStoreDBClient): Promise<boolean> => {
    const offers = await within(connection.callMs, offersBatches(client)).catch((cause: unknown) => {
      // If this fails once, the client (6.2.1, dist/Client/index.js, `capabilities`) never asks again.
      throw new Unsent('the server did not say what it supports', { cause });
    });
    knownOffers.set(client, offers);
    return offers;
  };

  const send = async (client: EventStoreDBClient, proposal: Proposal): Promise<bigint | undefined> => {
    if (knownOffers.get(client) ?? (await askForBatches(client)))
      return appendInBatch(client, proposal, connection.callMs);
    const { stream, expected, events } = proposal;
    const expectedRevision = expected === 'none' ? 'no_stream' : BigInt(expected);
    const options = { expectedRevision, requiresLeader: true, deadline: connection.callMs } as const;
    const appending = client.appendToStream(stream, events.map(clientEvent), options);
    const { success, nextExpectedRevision, position } = await within(connection.callMs, appending);
    if (!success) throw wrongVersion(stream, nextExpectedRevision); // `throwOnAppendFailure=false`
    return position?.commit;
  };

  /** Answers an append by the events at its revisions; undefined if they are not all there yet. */
  const recorded = async (
    append: string,
    stream: string,
    expected: ExpectedRevision,
    events: readonly StoredEvent[],
  ): Promise<Appended | undefined> => {
    const first = expected === 'none' ? 0 : expected + 1;
    const found = await reader.part(stream, first, events.length);
    const isPart = found.every(({ event }, index) => event.id === events[index]?.id) && found.length < events.length;
    if (isPart) return undefined; // no events or not all of them: the store is asked again
    const answer = { appended: true, events: found.map(({ event }) => event) } as const;
    const appendIds = new Set(found.map((read) => read.append));
    if (isSame(found, events)) {
      if (appendIds.has(append)) return { ...answer, repeated: false };
      const [together] = appendIds;
      if (together === undefined) return { ...answer, repeated: true }; // not recorded by this adapter
      const around = await reader.part(stream, first - 1, events.length + 2);
      const isWhole = around.filter((read) => read.append === together).length === events.length;
      if (appendIds.size === 1 && isWhole) return { ...answer, repeated: true };
    }
    return { appended: false, current: await reader.lastRevision(stream) };
  };

  /**
   * Sends an append until its outcome is known: `confirm` may tell once the store has accepted it, otherwise its stream
   * does. `times` are those at which another store recorded the events.
   */
  const settle = async <T>(
    { stream, expected, events, times = [] }: Request,
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
        const answer = await answerOrLook(send(client, proposal), () => recorded(append, stream, expected, events));
        mayBeRecorded = true;
        if ('appended' in answer) return answer;
        const { commit } = answer;
        const confirmed = await confirm(append, commit, sentMs);
        if (confirmed !== undefined) return confirmed;
      } catch (error) {
        if (error instanceof WrongExpectedVersionError) {
          const current = currentOf(error);
          if (current !== 'none') reader.awaitRevision(stream, current);
          return { appended: false, current };
        }
        connection.failed(client, error);
        streamMetadata.lost();
        why = error;
        mayBeRecorded ||= !isRefusal(error) && !isUnsent(error);
      }
      if (mayBeRecorded) {
        // Whether or not the store has answered, its stream shows the outcome.
        const answer = await recorded(append, stream, expected, events).catch((error: unknown) => {
          why ??= error;
          return undefined;
        });
        if (answer) return answer;
        why ??= new NoAnswer('the stream does not show the appended events');
      }
      const isOver = mayBeRecorded ? performance.now() - started > patienceMs : attempt >= unsentAttempts;
      if (isOver || isRefusal(why) || connection.closed.aborted) {
        const unavailable = await connection.unavailable(why);
        if (!mayBeRecorded) throw unavailable;
        throw new OutcomeUnknown(`${unavailable.message} The append may have been recorded.`, { cause: why });
      }
      await pause(Math.min(longestPauseMs, 20 * 2 ** attempt));
    }
  };

  const assertAllWhole = async (appends: readonly (readonly SealedEvent[])[]): Promise<void> => {
    const streams = new Set(appends.flatMap((events) => events.map(({ stream }) => stream)));
    await Promise.all([...streams].map(reader.assertWhole));
  };

  return {
    append: async (stream: string, expected: ExpectedRevision, events: readonly NewEvent[]): Promise<Appended> => {
      connection.client();
      await reader.assertWhole(stream);
      return settle({ stream, expected, events: events.map(sealed) }, async (append, commit, sentMs) => {
        if (events.length !== 1 || commit === undefined) return undefined;
        const seen = await recentAppends.at(commit, performance.now() - sentMs);
        if (seen) streamMetadata.appended(commit, sentMs);
        return seen?.append === append ? { appended: true, events: [seen.event], repeated: false } : undefined;
      });
    },

    /** Each append is answered before the next is sent: the order in which they arrive is the ledger's. */
    appendRecorded: async (appends: readonly (readonly SealedEvent[])[], end: bigint): Promise<boolean> => {
      connection.client();
      for (const [index, events] of appends.entries()) {
        if (index % appendsCheckedAtOnce === 0)
          await assertAllWhole(appends.slice(index, index + appendsCheckedAtOnce));
        const [first] = events;
        if (first === undefined) continue;
        const { stream, revision } = first;
        const expected = revision === 0 ? 'none' : revision - 1;
        const times = events.map(({ recordedAt }) => recordedAt);
        // Events beyond the former end are new. If the store says it is a repeat, the stream decides.
        const answer = await settle({ stream, expected, events: events.map(stored), times }, async (_, commit) =>
          commit !== undefined && commit > end ? 'new' : undefined,
        );
        if (answer !== 'new' && !answer.appended) return false;
      }
      return true;
    },
  };
};

/** The store's answer or, if it does not come soon and the stream shows the outcome, that outcome. */
const answerOrLook = async (
  sending: Promise<bigint | undefined>,
  look: () => Promise<Appended | undefined>,
): Promise<Appended | { readonly commit: bigint | undefined }> => {
  const answer = sending.then((commit) => ({ commit }));
  answer.catch(() => {}); // nobody waits for it once the stream has told
  for (let pauseMs = lookAfterMs; ; pauseMs *= 2) {
    const soon = await Promise.race([answer, pause(pauseMs, undefined, { ref: false })]);
    const known = soon ?? (await Promise.race([answer, look().catch(() => undefined)]));
    if (known !== undefined) return known;
  }
};

type Request = {
  readonly stream: string;
  readonly expected: ExpectedRevision;
  readonly events: readonly StoredEvent[];
  readonly times?: readonly string[];
};

const isSame = (found: readonly Read[], events: readonly StoredEvent[]): boolean =>
  found.length === events.length && found.every(({ event }, index) => event.id === events[index]?.id);

const clientEvent = ({ id, type, data, metadata }: Proposal['events'][number]) =>
  jsonEvent({ id, type, data: { ...data }, metadata: { ...metadata } });

/** Whether the store has refused an append, so that this attempt did not record it. */
const isRefusal = (error: unknown): boolean =>
  error instanceof AccessDeniedError ||
  error instanceof MaxAppendSizeExceededError ||
  error instanceof StreamDeletedError;

const wrongVersion = (streamName: string, current: bigint): WrongExpectedVersionError =>
  new WrongExpectedVersionError(undefined, { streamName, current, expected: 'no_stream' });

const currentOf = ({ actualVersion }: WrongExpectedVersionError): ExpectedRevision =>
  typeof actualVersion === 'bigint' && actualVersion >= 0n ? Number(actualVersion) : 'none';
