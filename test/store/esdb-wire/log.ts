import { setTimeout as pause } from 'node:timers/promises';

/**
 * A test fixture, not EventStoreDB: the wire server's log in memory, by the published rules of the server for expected
 * revisions and idempotence (IndexWriter.CheckCommit in EventStore/EventStore).
 */

export type WireRecord = {
  /** Where the record begins; positions leave gaps. */
  readonly commit: number;
  /** Where the first event of the same append begins (as the server says on reading). */
  readonly prepare: number;
  readonly stream: string;
  /** Decimal; a tombstone's is the largest possible revision. */
  readonly revision: string;
  readonly id: string;
  readonly type: string;
  readonly contentType: string;
  readonly data: Uint8Array;
  readonly metadata: Uint8Array;
  /** 100 ns since 1970. */
  readonly created: bigint;
};

export type Proposed = Pick<WireRecord, 'id' | 'type' | 'contentType' | 'data' | 'metadata'>;
/** A revision, -1 for no stream. */
export type Expected = number | 'any' | 'exists';
export type Written =
  | { readonly kind: 'success'; readonly last: number; readonly position: number }
  | { readonly kind: 'wrong'; readonly current: number }
  | { readonly kind: 'deleted' }
  /** A repeat of events that are not replicated yet, which the server does not answer. */
  | { readonly kind: 'dropped' };

export type WireLog = ReturnType<typeof openWireLog>;

const largestRevision = '9223372036854775807';
/** Whether `$tb` says that its stream was deleted but not tombstoned; JSON.parse rounds it. */
const saysDeleted = (truncateBefore: number): boolean => truncateBefore >= 2 ** 62;

/** A stream's limits by its metadata; `$maxAge` in seconds. */
type Limits = { readonly $tb?: number; readonly $maxCount?: number; readonly $maxAge?: number };

export type WireLogOptions = {
  /** The server's clock, in epoch milliseconds; it may go backwards. */
  readonly now?: () => number;
  /** After every N appends, others append events too. */
  readonly foreignEvery?: number;
  /** How long it takes to replicate what was appended; until then it is neither answered nor shown to readers. */
  readonly replicationMs?: number;
};

export const openWireLog = ({ now = Date.now, foreignEvery = 3, replicationMs = 0 }: WireLogOptions = {}) => {
  const records: WireRecord[] = [];
  const streams = new Map<string, WireRecord[]>();
  const limits = new Map<string, Limits>();
  const tombstones = new Set<string>();
  const listeners = new Set<() => void>();
  let nextPosition = 577;
  let appends = 0;
  let replicatedUpTo = 0;
  let replicating: Promise<void> | undefined;

  const publish = (written: readonly WireRecord[]): void => {
    records.push(...written);
    replicatedUpTo = written.at(-1)?.commit ?? replicatedUpTo;
    for (const listener of listeners) listener();
  };

  const lastRevision = (stream: string): number => Number(streams.get(stream)?.at(-1)?.revision ?? -1);
  const isSoftDeleted = (stream: string): boolean => saysDeleted(limits.get(stream)?.$tb ?? 0);

  const write = (stream: string, events: readonly Proposed[], tombstone = false): number => {
    const first = nextPosition;
    const of = streams.get(stream) ?? [];
    streams.set(stream, of);
    const created = BigInt(Math.trunc(now())) * 10_000n + 1_234n;
    const written: WireRecord[] = [];
    for (const event of events) {
      const revision = tombstone ? largestRevision : String(of.length);
      const record = { ...event, commit: nextPosition, prepare: first, stream, revision, created };
      written.push(record);
      of.push(record);
      nextPosition += 120 + event.data.length + event.metadata.length;
    }
    if (stream.startsWith('$$')) {
      limits.set(stream.slice(2), JSON.parse(Buffer.from(events.at(-1)?.data ?? []).toString() || '{}'));
    }
    if (replicationMs === 0) publish(written);
    else replicating = pause(replicationMs).then(() => publish(written));
    return written.at(-1)?.commit ?? 0;
  };

  const writeMetadata = (stream: string, json: string): number =>
    write(`$$${stream}`, [proposed('$metadata', Buffer.from(json))]);

  /** Whether each of the events is at the revision that the append would give it. */
  const check = (stream: string, expected: number, events: readonly Proposed[]) => {
    const of = streams.get(stream) ?? [];
    const differs = events.findIndex((event, index) => of[expected + 1 + index]?.id !== event.id);
    if (differs === -1) return events.length > 0 ? 'idempotent' : 'wrong';
    return differs === 0 && expected === -1 && isSoftDeleted(stream) ? 'ok' : 'wrong';
  };

  const append = (stream: string, expected: Expected, events: readonly Proposed[]): Written => {
    if (tombstones.has(stream)) return { kind: 'deleted' };
    const current = lastRevision(stream);
    if (expected === 'exists' && isSoftDeleted(stream)) return { kind: 'deleted' };
    if (expected === 'exists' && current === -1) return { kind: 'wrong', current };
    if (typeof expected === 'number') {
      if (expected > current) return { kind: 'wrong', current };
      const decision = expected < current ? check(stream, expected, events) : 'ok';
      if (decision === 'wrong') return { kind: 'wrong', current };
      const last = expected + events.length;
      if (decision === 'idempotent') {
        const position = streams.get(stream)?.[last]?.commit ?? -1;
        return position > replicatedUpTo ? { kind: 'dropped' } : { kind: 'success', last, position };
      }
    }
    if (isSoftDeleted(stream)) writeMetadata(stream, `{"$tb":${current + 1}}`);
    const position = write(stream, events);
    appends += 1;
    if (appends % foreignEvery === 0) write('$stats-127.0.0.1:2113', [proposed('$statsCollected', Buffer.from('{}'))]);
    if (appends % foreignEvery === 1) {
      write(`other-${appends % 7}`, [proposed('Othered', Buffer.from('\u0000not json'), 'application/octet-stream')]);
      write(`other-upgrade.${appends % 5}`, [proposed('Othered', Buffer.from('{}'))]);
    }
    return { kind: 'success', last: current + events.length, position };
  };

  return {
    records,
    append,
    /** Resolves once everything that was appended is replicated. */
    replicated: (): Promise<void> | undefined => replicating,
    /** The records that a reader of a stream gets, or why it gets none. */
    stream: (stream: string): readonly WireRecord[] | 'none' | 'deleted' => {
      if (tombstones.has(stream)) return 'deleted';
      const { $tb = 0, $maxCount = Number.POSITIVE_INFINITY, $maxAge } = limits.get(stream) ?? {};
      const of = streams.get(stream);
      if (of === undefined || saysDeleted($tb) || (of[0]?.commit ?? 0) > replicatedUpTo) return 'none';
      const from = Math.max($tb, of.length - $maxCount);
      const since = $maxAge === undefined ? 0n : BigInt(Math.trunc(now()) - $maxAge * 1_000) * 10_000n;
      return of.filter(
        ({ revision, created, commit }) => Number(revision) >= from && created >= since && commit <= replicatedUpTo,
      );
    },
    /** Deletes a stream; a client may undo that until it is scavenged. */
    softDelete: (stream: string): number => writeMetadata(stream, `{"$tb":${largestRevision}}`),
    tombstone: (stream: string): number => {
      const position = write(stream, [proposed('$streamDeleted', new Uint8Array())], true);
      tombstones.add(stream);
      tombstones.add(`$$${stream}`); // the server tombstones the stream's metadata too
      return position;
    },
    /** Hides the events before a revision by `$tb`. */
    truncate: (stream: string, before: number): number => writeMetadata(stream, `{"$tb":${before}}`),
    /** Appends events of another program. */
    foreign: (count: number): void => {
      for (let index = 0; index < count; index += 1) write('other-many', [proposed('Othered', Buffer.from('{}'))]);
    },
    onWritten: (listener: () => void): (() => void) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
};

const proposed = (type: string, data: Uint8Array, contentType = 'application/json'): Proposed => ({
  id: crypto.randomUUID(),
  type,
  contentType,
  data,
  metadata: new Uint8Array(),
});
