import type { EventEmitter } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import {
  BACKWARDS,
  END,
  type EventStoreDBClient,
  FORWARDS,
  type ResolvedEvent,
  START,
  StreamNotFoundError,
} from '@eventstore/db-client';
import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import { isObject } from '../../../domain/json.ts';
import { restored } from '../../../domain/leaf.ts';
import { StoreDamaged, type StreamEvent, streamPosition } from '../event-store.ts';
import { type Connection, NoAnswer } from './connection.ts';
import { commitOf, type StoredRecord } from './record.ts';
import { hidesEvents, metadataOf, recentlyMs, type StreamMetadata, saysDeleted } from './stream-metadata.ts';

/** An event as read, with the append that it came with and its commit position; 0 if the store does not give one. */
export type Read = { readonly event: StreamEvent; readonly append: string | undefined; readonly commit: bigint };

export type Reader = {
  /** All events of a stream in order, or those from a revision on; none if there is no stream. */
  readonly rest: (stream: string, from?: number) => Promise<readonly Read[]>;
  /** At most `count` events of a stream from a revision on, as the leader has them. */
  readonly part: (stream: string, revision: number, count: number) => Promise<readonly Read[]>;
  /**
   * The store compares appends with this revision of a stream, which may not be replicated yet: the next read of the
   * stream waits until it is shown. If that takes long, the stream is read as it is shown.
   */
  readonly awaitRevision: (stream: string, revision: number) => void;
  /** The revision of a stream's last event, -1 if there is none. */
  readonly lastRevision: (stream: string) => Promise<number>;
  /** Rejects with `StoreDamaged` if events of a stream are gone, though the store would accept an append to it. */
  readonly assertWhole: (stream: string) => Promise<void>;
};

const keptChecks = 10_000;
const longestPauseMs = 500;

export const readerOn = (connection: Connection, streamMetadata: StreamMetadata): Reader => {
  /** Streams that were found whole. */
  const foundWhole = new LRUCache<string, true>({ max: keptChecks, ttl: recentlyMs, ttlResolution: 0 });
  const checksUnderWay = new Map<string, Promise<void>>();
  const awaited = new LRUCache<string, number>({ max: keptChecks });
  const damaged = (why: string): StoreDamaged =>
    new StoreDamaged(`The event store ${connection.name} is damaged: ${why}; an operator must repair it.`);

  const read = (stream: string, options: Parameters<EventStoreDBClient['readStream']>[1]) =>
    connection.reading(async (client) => {
      try {
        const found = await collected(
          client.readStream(stream, { requiresLeader: true, ...options }),
          connection.callMs,
        );
        return found.flatMap((record) => record ?? []);
      } catch (error) {
        if (error instanceof StreamNotFoundError) return undefined;
        throw error;
      }
    });

  /** A stream's metadata; rejects if it says that the stream was deleted. */
  const metadataUnlessDeleted = async (stream: string): Promise<unknown> => {
    const [metadata] = (await read(metadataOf(stream), { direction: BACKWARDS, fromRevision: END, maxCount: 1 })) ?? [];
    if (saysDeleted(metadata?.data)) throw damaged(`the stream ${stream} was deleted`);
    return metadata?.data;
  };

  const rest = async (stream: string, from = 0): Promise<readonly Read[]> => {
    const ask = () => read(stream, { direction: FORWARDS, fromRevision: from === 0 ? START : BigInt(from) });
    const records = await untilShown(ask, awaited.get(stream) ?? -1, connection);
    awaited.delete(stream);
    if (records === undefined) {
      if (!streamMetadata.isSurelyWhole(stream)) await metadataUnlessDeleted(stream);
    } else if (records.length === 0 && from === 0) throw damaged(`the events of the stream ${stream} are gone`);
    const gap = (records ?? []).findIndex((record, index) => Number(record.revision) !== from + index);
    if (gap !== -1) throw damaged(`events of the stream ${stream} are gone, revision ${from + gap} among them`);
    if (from === 0) foundWhole.set(stream, true);
    return (records ?? []).map(readOf);
  };

  const checkMetadata = async (stream: string): Promise<void> => {
    if (hidesEvents(await metadataUnlessDeleted(stream))) await rest(stream);
  };

  return {
    rest,
    part: async (stream, revision, count) => {
      const records = await read(stream, {
        direction: FORWARDS,
        fromRevision: BigInt(Math.max(0, revision)),
        maxCount: count,
      });
      return (records ?? []).map(readOf);
    },
    awaitRevision: (stream, revision) => void awaited.set(stream, revision),
    lastRevision: async (stream) => {
      const [last] = (await read(stream, { direction: BACKWARDS, fromRevision: END, maxCount: 1 })) ?? [];
      return last ? Number(last.revision) : -1;
    },
    assertWhole: async (stream) => {
      if (streamMetadata.isSurelyWhole(stream)) return;
      if (foundWhole.has(stream) && !streamMetadata.hidesEventsOf(stream)) return;
      const check = checksUnderWay.get(stream) ?? checkMetadata(stream).finally(() => checksUnderWay.delete(stream));
      checksUnderWay.set(stream, check);
      await check;
      foundWhole.set(stream, true);
    },
  };
};

/** Reads until a revision is shown or, if that takes longer than a call may, what is shown. */
const untilShown = async (
  read: () => Promise<readonly StoredRecord[] | undefined>,
  revision: number,
  { callMs, closed }: Connection,
) => {
  const began = performance.now();
  for (let pauseMs = 5; ; pauseMs = Math.min(longestPauseMs, 2 * pauseMs)) {
    const records = await read();
    const isShown = Number(records?.at(-1)?.revision ?? -1) >= revision;
    if (isShown || closed.aborted || performance.now() - began >= callMs) return records;
    await pause(pauseMs);
  }
};

const instant = z.iso.datetime({ precision: 3 });

/** Servers before 22.6 do not give the position of a stream's event in the log. */
const unknownPosition = 2n ** 64n - 1n;

export const readOf = (record: StoredRecord): Read => {
  const { id, streamId, revision, type, created, data, metadata } = record;
  const { append, recordedAt, ...rest } = isObject(metadata) ? metadata : {};
  const recordedElsewhere = recordedAt === undefined ? undefined : instant.safeParse(recordedAt).data;
  const commit = commitOf(record);
  return {
    event: {
      id,
      type,
      ...restored(data, rest),
      stream: streamId,
      revision: Number(revision),
      recordedAt: recordedElsewhere ?? created.toISOString(),
      position: commit > 0n && commit < unknownPosition ? String(commit) : streamPosition(streamId, revision),
    },
    append: typeof append === 'string' ? append : undefined,
    commit,
  };
};

type Source = Pick<EventEmitter, 'on' | 'removeAllListeners'> & { readonly cancel: () => Promise<void> };

/**
 * All records of a read, or those up to the first for which `enough` is true; rejects with `NoAnswer` if none comes for
 * `silenceMs`. The client's stream may fail even after that, so its errors stay handled. A read that has shown enough is
 * not cancelled, its other records are ignored: servers close a connection on which many calls are cancelled.
 */
export const collected = (
  source: Source,
  silenceMs: number,
  enough: (record: StoredRecord | undefined) => boolean = () => false,
): Promise<readonly (StoredRecord | undefined)[]> =>
  new Promise((resolve, reject) => {
    const records: (StoredRecord | undefined)[] = [];
    const timer = setTimeout(() => {
      source.removeAllListeners('data');
      source.cancel().catch(() => {});
      reject(new NoAnswer(`no data for ${silenceMs} ms`));
    }, silenceMs);
    source.on('data', ({ event }: ResolvedEvent) => {
      timer.refresh();
      records.push(event);
      if (!enough(event)) return;
      source.removeAllListeners('data');
      resolve(records);
    });
    source.on('end', () => {
      clearTimeout(timer);
      resolve(records);
    });
    source.on('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
  });
