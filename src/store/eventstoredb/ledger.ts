import { setTimeout as pause } from 'node:timers/promises';
import { AccessDeniedError, BACKWARDS, END } from '@eventstore/db-client';
import { type Append, type Place, type PlacedEvent, placeAfter, start } from '../event-store.ts';
import type { Connection } from './connection.ts';
import { collected, type Read } from './read.ts';
import type { Sightings } from './recent-appends.ts';
import { commitOf, type StoredRecord } from './record.ts';
import type { Marks } from './stream-metadata.ts';
import { learnMarks, openTail, type Quiet } from './tail.ts';

/** An event in its place, with the append that it came with. */
type Placed = Read & { readonly event: PlacedEvent };

const longestPauseMs = 500;
/** How many records the search for the ledger's end looks at in one call, the first time and after. */
const firstLook = 32;
const furtherLook = 2_048;

/**
 * The registry's events among all of the store's: those of the streams under a prefix, but for the store's own (a type
 * that begins with `$`, as the record of a tombstone has), whatever else they are. The ordinal among them, from 0, is
 * the entry number; the position is the commit position, which no two of them share.
 */
export const ledgerOn = (
  connection: Connection,
  sightings: Sightings,
  marks: Marks,
  prefix: string,
  patienceMs: number,
) => {
  /** Where nothing of the registry's is, so that nobody need look there again. */
  let quiet: Quiet = { event: 0n, upTo: 0n };
  /** The furthest place that was reached by counting. */
  let counted: Place = start;

  const isOurs = ({ streamId, type }: StoredRecord): boolean => streamId.startsWith(prefix) && !type.startsWith('$');
  const seeQuiet = (seen: Quiet): void => {
    if (seen.upTo > quiet.upTo) quiet = seen;
  };

  /** The commit position of the last of the registry's events, 0 where there is none. */
  const findEnd = async (): Promise<bigint> => {
    let before: bigint | undefined;
    let newest = 0n;
    for (;;) {
      const from = before;
      const maxCount = from === undefined ? firstLook : furtherLook;
      const isEnough = (record: StoredRecord | undefined): boolean =>
        record !== undefined && (isOurs(record) || commitOf(record) <= quiet.upTo);
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
        const last = isOurs(record) ? commit : commit <= quiet.upTo ? quiet.event : undefined;
        if (last !== undefined) {
          seeQuiet({ event: last, upTo: newest });
          return last;
        }
        before = commit;
      }
      if (records.length < maxCount) return 0n;
    }
  };

  /** Gives events their numbers and times, from a place on; what was there before is left out. */
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

  /** The events after a place for ever, resumed after every disconnect; gives up where the store stays away. */
  async function* batches(
    after: Place,
    signal: AbortSignal,
    { onConfirmed = () => {}, learnsMarks = false } = {},
  ): AsyncGenerator<readonly Placed[]> {
    let place = after;
    if (after.size > counted.size) counted = after;
    let awaySince: number | undefined;
    for (let failures = 0; !signal.aborted; failures += 1) {
      const client = connection.client();
      const tail = openTail(client, prefix, place, quiet, marks, connection.callMs, signal, {
        isOurs,
        onQuiet: seeQuiet,
        onRead: sightings.pass,
        onConfirmed,
      });
      const leaveMarks = learnsMarks ? learnMarks(client, prefix, marks, tail.from) : () => {};
      try {
        for (;;) {
          const reads = await tail.take();
          if (signal.aborted) return;
          awaySince = undefined;
          failures = 0;
          const placed = numbered(reads, place);
          const last = placed.at(-1);
          if (last === undefined) continue;
          place = placeAfter(last.event);
          yield placed;
        }
      } catch (error) {
        connection.failed(client, error);
        if (tail.wasConfirmed()) awaySince = undefined;
        awaySince ??= performance.now();
        const isOver = performance.now() - awaySince > patienceMs;
        if (isOver || error instanceof AccessDeniedError) throw connection.unavailable(error);
      } finally {
        tail.leave();
        leaveMarks();
      }
      await pause(Math.min(longestPauseMs, 20 * 2 ** failures), undefined, { signal }).catch(() => {});
    }
  }

  /** Follows until the signal aborts, or rejects once the store is closed. */
  async function* follow(
    after: Place,
    signal: AbortSignal,
    onReached?: () => void,
  ): AsyncGenerator<readonly PlacedEvent[]> {
    if (signal.aborted) return;
    connection.client();
    const until = AbortSignal.any([signal, connection.closed]);
    const all = batches(after, until, { onConfirmed: onReached, learnsMarks: true });
    for await (const placed of all) yield placed.map(({ event }) => event);
    if (!signal.aborted) connection.client();
  }

  /** The events from a place up to the end as it is when asked, in batches. */
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
