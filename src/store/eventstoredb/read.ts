import type { EventEmitter } from 'node:events';
import {
  BACKWARDS,
  END,
  type EventStoreDBClient,
  FORWARDS,
  type ResolvedEvent,
  START,
  StreamNotFoundError,
} from '@eventstore/db-client';
import { z } from 'zod';
import type { Body, Metadata } from '../../../domain/event.ts';
import { isObject } from '../../../domain/json.ts';
import { StoreDamaged, type StreamEvent, streamPosition } from '../event-store.ts';
import { type Connection, Silence } from './connection.ts';
import { commitOf, type StoredRecord } from './record.ts';
import { hidesEvents, isDeletedMark, type Marks, metadataOf, recentlyMs } from './stream-metadata.ts';

/** An event as the store gives it, with the append that it came with and where it stands; 0 where the store does not say. */
export type Read = { readonly event: StreamEvent; readonly append: string | undefined; readonly commit: bigint };

export type Reader = {
  /** All events of a stream in their order; none where there is no stream. */
  readonly whole: (stream: string) => Promise<readonly Read[]>;
  /** At most so many events of a stream from a revision on, as the leader has them. */
  readonly part: (stream: string, revision: number, count: number) => Promise<readonly Read[]>;
  /** The revision of a stream's last event, -1 where there is none. */
  readonly lastRevision: (stream: string) => Promise<number>;
  /** Rejects with `StoreDamaged` where the store would take an append to a stream though events of it are gone. */
  readonly assertWhole: (stream: string) => Promise<void>;
};

const rememberedLooks = 10_000;

export const readerOn = (connection: Connection, marks: Marks): Reader => {
  const looked = new Map<string, number>();
  const lookings = new Map<string, Promise<void>>();
  const look = (stream: string): void => {
    if (looked.size > rememberedLooks) looked.clear();
    looked.set(stream, performance.now());
  };
  const damaged = (why: string): StoreDamaged =>
    new StoreDamaged(`The event store ${connection.name} is damaged: ${why}, which an operator must mend.`);

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

  /** The stream's metadata; rejects where it says that the stream was deleted. */
  const undeleted = async (stream: string): Promise<unknown> => {
    const [metadata] = (await read(metadataOf(stream), { direction: BACKWARDS, fromRevision: END, maxCount: 1 })) ?? [];
    if (isDeletedMark(metadata?.data)) throw damaged(`the stream ${stream} was deleted`);
    return metadata?.data;
  };

  const whole = async (stream: string): Promise<readonly Read[]> => {
    const records = await read(stream, { direction: FORWARDS, fromRevision: START });
    if (records === undefined) {
      if (!marks.isClean(stream)) await undeleted(stream);
    } else if (records.length === 0) throw damaged(`the events of the stream ${stream} are gone`);
    const gap = (records ?? []).findIndex((record, index) => Number(record.revision) !== index);
    if (gap !== -1) throw damaged(`events of the stream ${stream} are gone, revision ${gap} among them`);
    look(stream);
    return (records ?? []).map(readOf);
  };

  const lookAtMarks = async (stream: string): Promise<void> => {
    if (hidesEvents(await undeleted(stream))) await whole(stream);
  };

  return {
    whole,
    part: async (stream, revision, count) => {
      const records = await read(stream, {
        direction: FORWARDS,
        fromRevision: BigInt(Math.max(0, revision)),
        maxCount: count,
      });
      return (records ?? []).map(readOf);
    },
    lastRevision: async (stream) => {
      const [last] = (await read(stream, { direction: BACKWARDS, fromRevision: END, maxCount: 1 })) ?? [];
      return last ? Number(last.revision) : -1;
    },
    assertWhole: async (stream) => {
      const sinceMs = performance.now() - (looked.get(stream) ?? Number.NEGATIVE_INFINITY);
      const isKnown = marks.isClean(stream) || (sinceMs < recentlyMs && !marks.isMarked(stream));
      if (isKnown) return;
      const looking = lookings.get(stream) ?? lookAtMarks(stream).finally(() => lookings.delete(stream));
      lookings.set(stream, looking);
      await looking;
      look(stream);
    },
  };
};

const instant = z.iso.datetime({ precision: 3 });

/** Servers before 22.6 do not say where an event of a stream stands in the log. */
const unknownPosition = 2n ** 64n - 1n;

export const readOf = (record: StoredRecord): Read => {
  const { id, streamId, revision, type, created, data, metadata } = record;
  const { append, recordedAt, ...rest } = isObject(metadata) ? metadata : {};
  const broughtAlong = recordedAt === undefined ? undefined : instant.safeParse(recordedAt).data;
  const commit = commitOf(record);
  return {
    event: {
      id,
      type,
      data: (isObject(data) ? data : { register: '', key: '', data: {} }) as Body,
      metadata: rest as Metadata,
      stream: streamId,
      revision: Number(revision),
      recordedAt: broughtAlong ?? created.toISOString(),
      position: commit > 0n && commit < unknownPosition ? String(commit) : streamPosition(streamId, revision),
    },
    append: typeof append === 'string' ? append : undefined,
    commit,
  };
};

type Source = Pick<EventEmitter, 'on' | 'removeAllListeners'> & { readonly cancel: () => Promise<void> };

/**
 * All that a read of the client gives, or what it gives until there is enough; rejects with `Silence` where nothing
 * comes for a while. The client's streams may fail after they have been left, so somebody has to go on listening. What
 * is more than enough passes unheard: servers close a connection on which many calls are cancelled.
 */
export const collected = (
  source: Source,
  silenceMs: number,
  enough: (record: StoredRecord | undefined) => boolean = () => false,
): Promise<readonly (StoredRecord | undefined)[]> =>
  new Promise((resolve, reject) => {
    const records: (StoredRecord | undefined)[] = [];
    const leave = (): void => {
      clearTimeout(timer);
      source.removeAllListeners('data');
      source.cancel().catch(() => {});
    };
    const timer = setTimeout(() => {
      leave();
      reject(new Silence(`nothing read for ${silenceMs} ms`));
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
