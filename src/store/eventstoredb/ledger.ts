import { setTimeout as pause } from 'node:timers/promises';
import { AccessDeniedError, BACKWARDS, END } from '@eventstore/db-client';
import { type Append, type Place, type PlacedEvent, placeAfter, start } from '../event-store.ts';
import type { Connection } from './connection.ts';
import { collected, type Read } from './read.ts';
import type { RecentAppends } from './recent-appends.ts';
import { commitOf, type StoredRecord } from './record.ts';
import type { StreamMetadata } from './stream-metadata.ts';
import { learnStreamMetadata, openTail, type Scanned } from './tail.ts';

/** An event in its place, with the append that it came with. */
type Placed = Read & { readonly event: PlacedEvent };

const longestPauseMs = 500;
/** How many records the search for the ledger's end reads in its first call, and in each further one. */
const firstPage = 32;
const furtherPage = 2_048;

/**
 * The registry's events among all events of the store: those in streams under a prefix, except the store's own, whose type
 * begins with `$` (such as a tombstone). An event's ordinal among them, from 0, is its entry number; its position is its
 * commit position, which no two events share.
 */
export const ledgerOn = (
  connection: Connection,
  recentAppends: RecentAppends,
  streamMetadata: StreamMetadata,
  prefix: string,
  patienceMs: number,
) => {
  /** The furthest part of the log known to hold no event of the registry; it is not read again. */
  let scanned: Scanned = { event: 0n, upTo: 0n };
  /** The furthest place up to which the events are counted. */
  let counted: Place = start;

  const isOurs = ({ streamId, type }: StoredRecord): boolean => streamId.startsWith(prefix) && !type.startsWith('$');
  const noteScanned = (newer: Scanned): void => {
    if (newer.upTo > scanned.upTo) scanned = newer;
  };

  /** The commit position of the registry's last event, 0 if there is none. */
  const findEnd = async (): Promise<bigint> => {
    let before: bigint | undefined;
    let newest = 0n;
    for (;;) {
      const from = before;
      const maxCount = from === undefined ? firstPage : furtherPage;
      const isEnough = (record: StoredRecord | undefined): boolean =>
        record !== undefined && (isOurs(record) || commitOf(record) <= scanned.upTo);
      const records = await connection.reading((client) =>
        collected(
          client.readAll({
            direction: BACKWARDS,
            fromPosition: from === undefined ? END : { commit: from, prepare: from },
            maxCount,
          }),
          connection.callMs,
          isEnough,
        ),
      );
      for (const record of records) {
        if (record === undefined) continue;
        const commit = commitOf(record);
        newest ||= commit;
        const last = isOurs(record) ? commit : commit <= scanned.upTo ? scanned.event : undefined;
        if (last !== undefined) {
          noteScanned({ event: last, upTo: newest });
          return last;
        }
        before = commit;
      }
      if (records.length < maxCount) return 0n;
    }
  };

  /** Gives the events after a place their numbers and times; leaves out those up to it. */
  const numbered = (reads: readonly Read[], after: Place): readonly Placed[] => {
    let { size, position, recordedAt = '' } = after;
    const placed: Placed[] = [];
    for (const { event, append, commit } of reads) {
      if (commit <= BigInt(position)) continue;
      if (event.recordedAt > recordedAt) recordedAt = event.recordedAt;
      position = String(commit);
      placed.push({ event: { ...event, recordedAt, entryNumber: size, position }, append, commit });
      size += 1;
    }
    if (size > counted.size) counted = { size, position, recordedAt };
    return placed;
  };

  /** The events after a place, without end, resumed after every disconnect; rejects if the store stays unavailable. */
  async function* batches(
    after: Place,
    signal: AbortSignal,
    { onConfirmed = () => {}, learnsMetadata = false } = {},
  ): AsyncGenerator<readonly Placed[]> {
    let place = after;
    if (after.size > counted.size) counted = after;
    let unavailableSince: number | undefined;
    for (let failures = 0; !signal.aborted; failures += 1) {
      const client = connection.client();
      const tail = openTail(client, prefix, place, scanned, streamMetadata, connection.callMs, signal, {
        isOurs,
        onScanned: noteScanned,
        onRead: recentAppends.add,
        onConfirmed,
      });
      const stopLearning = learnsMetadata ? learnStreamMetadata(client, prefix, streamMetadata, tail.from) : () => {};
      try {
        for (;;) {
          const reads = await tail.take();
          if (signal.aborted) return;
          unavailableSince = undefined;
          failures = 0;
          const placed = numbered(reads, place);
          const last = placed.at(-1);
          if (last === undefined) continue;
          place = placeAfter(last.event);
          yield placed;
        }
      } catch (error) {
        connection.failed(client, error);
        streamMetadata.lost();
        if (tail.wasConfirmed()) unavailableSince = undefined;
        unavailableSince ??= performance.now();
        const isOver = performance.now() - unavailableSince > patienceMs;
        if (isOver || error instanceof AccessDeniedError) throw await connection.unavailable(error);
      } finally {
        tail.close();
        stopLearning();
      }
      await pause(Math.min(longestPauseMs, 20 * 2 ** failures), undefined, { signal }).catch(() => {});
    }
  }

  /** Follows until the signal aborts; rejects once the store is closed. */
  async function* follow(
    after: Place,
    signal: AbortSignal,
    onReached?: () => void,
  ): AsyncGenerator<readonly PlacedEvent[]> {
    if (signal.aborted) return;
    connection.client();
    const until = AbortSignal.any([signal, connection.closed]);
    const all = batches(after, until, { onConfirmed: onReached, learnsMetadata: true });
    for await (const placed of all) yield placed.map(({ event }) => event);
    if (!signal.aborted) connection.client();
  }

  /** The events after a place up to the present end, in batches. */
  async function* upToEnd(after: Place): AsyncGenerator<readonly Placed[]> {
    const end = await findEnd();
    if (end <= BigInt(after.position)) return;
    for await (const placed of batches(after, connection.closed)) {
      const upTo = placed.filter(({ event }) => BigInt(event.position) <= end);
      if (upTo.length > 0) yield upTo;
      if (BigInt(placed.at(-1)?.event.position ?? 0) >= end) return;
    }
    connection.client();
  }

  return {
    follow,
    readAll: async (after: Place, limit: number): Promise<readonly PlacedEvent[]> => {
      connection.client();
      const found: PlacedEvent[] = [];
      if (limit <= 0) return found;
      for await (const placed of upToEnd(after)) {
        found.push(...placed.slice(0, limit - found.length).map(({ event }) => event));
        if (found.length === limit) break;
      }
      return found;
    },
    readAppends: async (after: Place, limit: number): Promise<readonly Append[]> => {
      connection.client();
      const appends: PlacedEvent[][] = [];
      if (limit <= 0) return appends;
      let count = 0;
      let together: string | undefined;
      for await (const placed of upToEnd(after)) {
        for (const { event, append } of placed) {
          if (append === undefined || append !== together) {
            if (count >= limit) return appends;
            appends.push([]);
          }
          appends.at(-1)?.push(event);
          together = append;
          count += 1;
        }
      }
      return appends;
    },
    size: async (): Promise<number> => {
      connection.client();
      let { size } = counted;
      for await (const placed of upToEnd(counted)) size += placed.length;
      return size;
    },
    end: async (): Promise<string> => {
      connection.client();
      return String(await findEnd());
    },
  };
};
