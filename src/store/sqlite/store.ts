import { setImmediate as nextTurn } from 'node:timers/promises';
import type { NewEvent, RecordedEvent } from '../../../domain/event.ts';
import {
  type Append,
  type Appended,
  assertIJson,
  type EventStore,
  type ExpectedRevision,
  type Place,
  type PlacedEvent,
  StoreUnavailable,
  storesOwn,
} from '../event-store.ts';
import { explaining, openFile, type SqliteFile } from './file.ts';

export { StoreCorrupt, StoreInUse, StoreTooNew } from './file.ts';

export type SqliteOptions = SqliteFile & {
  /** The clock, in epoch milliseconds. */
  readonly now: () => number;
  /** How often a follower checks for appends by other processes, 50 by default; this store's own wake it at once. */
  readonly pollMs?: number;
};

const batchEvents = 1_000;
const columns = 'entry_number, stream, revision, id, type, recorded_at, data, metadata';

type Row = readonly [
  entryNumber: number,
  stream: string,
  revision: number,
  id: string,
  type: string,
  recordedAt: number,
  data: string,
  metadata: string,
];

type Proposal = {
  readonly stream: string;
  /** -1 for none. */
  readonly expected: number;
  readonly events: readonly {
    readonly id: string;
    readonly type: string;
    readonly data: string;
    readonly metadata: string;
    /** Epoch milliseconds; defaults to the clock's. */
    readonly recordedAt?: number;
  }[];
};

type Pending = Proposal & {
  readonly resolve: (answer: Appended) => void;
  readonly reject: (reason: unknown) => void;
};

/**
 * Opens the ledger in one SQLite file, creating it if there is none; several processes may open the same file.
 * Throws `StoreCorrupt`, `StoreTooNew` or, if the file cannot be opened, `StoreUnavailable`.
 */
export const openSqliteStore = (options: SqliteOptions): EventStore => {
  const { file, now, pollMs = 50 } = options;
  const db = openFile(options);
  const sql = {
    begin: db.prepare('BEGIN IMMEDIATE'),
    commit: db.prepare('COMMIT'),
    rollback: db.prepare('ROLLBACK'),
    insert: db.prepare(`INSERT INTO events (${columns}, expected) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`),
    last: db.prepare('SELECT entry_number, recorded_at FROM events ORDER BY entry_number DESC LIMIT 1'),
    revision: db.prepare('SELECT max(revision) FROM events WHERE stream = ?'),
    appended: db.prepare(
      `SELECT ${columns} FROM events
       WHERE stream = ? AND revision > ? AND revision <= ? AND expected = ? ORDER BY revision`,
    ),
    rest: db.prepare(
      `SELECT ${columns} FROM events WHERE stream = ? AND expected = ? AND revision > ? ORDER BY revision`,
    ),
    stream: db.prepare(`SELECT ${columns} FROM events WHERE stream = ? AND revision >= ? ORDER BY revision`),
    page: db.prepare(`SELECT ${columns}, expected FROM events WHERE entry_number >= ? ORDER BY entry_number LIMIT ?`),
    dataVersion: db.prepare('PRAGMA data_version'),
  };
  const bell = appendBell(() => String(sql.dataVersion.get()), pollMs);
  let queue: Pending[] = [];
  let closed = false;

  const guarded = <T>(work: () => T): T => {
    if (closed) throw new StoreUnavailable(`The event store ${file} is closed.`);
    return explaining(file, work);
  };

  const lastPlace = () => (sql.last.get() ?? [-1, 0]) as unknown as readonly [entryNumber: number, recordedAt: number];

  /** Decides one append by the events before it, in the transaction of its group. */
  const record = ({ stream, expected, events }: Proposal): Appended => {
    const [revision] = sql.revision.get(stream) as unknown as readonly [number | null];
    const current = revision ?? -1;
    if (current !== expected) {
      const before = sql.appended.all(stream, expected, expected + events.length + 1, expected).map(eventFromRow);
      const same = before.length === events.length && before.every((event, index) => event.id === events[index]?.id);
      if (same && before.length > 0) return { appended: true, events: before, repeated: true };
      return { appended: false, current: current === -1 ? 'none' : current };
    }
    const [lastEntry, lastRecordedAt] = lastPlace();
    const clock = Math.trunc(now());
    let latest = lastRecordedAt;
    const rows = events.map(({ id, type, data, metadata, recordedAt = clock }, index): Row => {
      latest = Math.max(latest, recordedAt);
      return [lastEntry + 1 + index, stream, expected + 1 + index, id, type, latest, data, metadata];
    });
    for (const row of rows) sql.insert.run(...row, expected);
    return { appended: true, events: rows.map(eventFromRow), repeated: false };
  };

  /** Does all of the work or, if it throws, none. */
  const transact = <T>(work: () => T): T =>
    guarded(() => {
      sql.begin.run();
      try {
        const result = work();
        sql.commit.run();
        return result;
      } finally {
        if (db.isTransaction) sql.rollback.run();
      }
    });

  /** One transaction, and so one fsync, for all appends of a turn; none is answered before the commit. */
  const commitGroup = (): void => {
    const group = queue;
    queue = [];
    try {
      const answers = transact(() => group.map((pending) => ({ pending, answer: record(pending) })));
      for (const { pending, answer } of answers) pending.resolve(answer);
      bell.ring();
    } catch (error) {
      for (const { reject } of group) reject(error);
    }
  };

  const append = (stream: string, expected: ExpectedRevision, events: readonly NewEvent[]): Promise<Appended> =>
    new Promise((resolve, reject) => {
      assertIJson(events);
      const asText = events.map(serialized);
      if (queue.length === 0) setImmediate(() => queue.length > 0 && commitGroup());
      queue.push({ stream, expected: expected === 'none' ? -1 : expected, events: asText, resolve, reject });
    });

  const appendRecorded = async (appends: readonly (readonly RecordedEvent[])[]): Promise<boolean> => {
    const proposals = appends.flatMap((events): readonly Proposal[] => {
      const [first] = events;
      const asText = events.map((event) => ({ ...serialized(event), recordedAt: Date.parse(event.recordedAt) }));
      return first ? [{ stream: first.stream, expected: first.revision - 1, events: asText }] : [];
    });
    const areAll = transact(() => proposals.every((proposal) => record(proposal).appended));
    bell.ring();
    return areAll;
  };

  const page = (position: string, limit: number): readonly PlacedEvent[] =>
    guarded(() => sql.page.all(Number(position), limit).map(eventFromRow));

  const readAppends = async ({ position }: Place, limit: number): Promise<readonly Append[]> =>
    guarded(() => {
      const appends: PlacedEvent[][] = [];
      let last: { readonly stream: string; readonly revision: number; readonly expected: number } | undefined;
      for (const row of sql.page.all(Number(position), limit)) {
        const event = eventFromRow(row);
        const expected = (row as unknown as readonly [...Row, expected: number])[8];
        if (last?.stream !== event.stream || last.expected !== expected) appends.push([]);
        appends.at(-1)?.push(event);
        last = { stream: event.stream, revision: event.revision, expected };
      }
      if (last) appends.at(-1)?.push(...sql.rest.all(last.stream, last.expected, last.revision).map(eventFromRow));
      return appends;
    });

  async function* follow(
    after: Place,
    signal: AbortSignal,
    onReached = () => {},
  ): AsyncIterable<readonly PlacedEvent[]> {
    const leave = bell.enter();
    try {
      let { position } = after;
      while (!signal.aborted) {
        const batch = page(position, batchEvents);
        onReached();
        const last = batch.at(-1);
        if (last) {
          position = last.position;
          yield batch;
          await nextTurn(); // so that catching up with a long ledger does not hold up other work
        } else await bell.next(signal);
      }
    } finally {
      leave();
    }
  }

  return {
    append,
    appendRecorded,
    follow,
    readAppends,
    readStream: async (stream, from = 0) => guarded(() => sql.stream.all(stream, from).map(eventFromRow)),
    readAll: async (after, limit) => page(after.position, limit),
    size: async () => guarded(() => lastPlace()[0] + 1),
    end: async () => guarded(() => String(lastPlace()[0] + 1)),
    close: async () => {
      if (closed) return;
      if (queue.length > 0) commitGroup();
      closed = true;
      bell.ring();
      db.close();
    },
  };
};

const serialized = ({ id, type, data, metadata }: NewEvent): Proposal['events'][number] => ({
  id,
  type,
  data: JSON.stringify(data),
  metadata: JSON.stringify({ ...metadata, ...storesOwn }),
});

const eventFromRow = (row: unknown): PlacedEvent => {
  const [entryNumber, stream, revision, id, type, recordedAt, data, metadata] = row as Row;
  return {
    id,
    type,
    data: JSON.parse(data),
    metadata: JSON.parse(metadata),
    stream,
    revision,
    recordedAt: new Date(recordedAt).toISOString(),
    entryNumber,
    position: String(entryNumber + 1),
  };
};

/** Wakes followers that wait for appends. `dataVersion` changes when another connection has committed. */
const appendBell = (dataVersion: () => string, pollMs: number) => {
  const waiting = new Set<() => void>();
  let followers = 0;
  let timer: NodeJS.Timeout | undefined;
  let seen = '';

  const ring = (): void => {
    for (const wake of waiting) wake();
  };
  const poll = (): void => {
    try {
      const version = dataVersion();
      if (version !== seen) ring();
      seen = version;
    } catch {
      ring(); // the store is unavailable, as the followers will find out
    }
  };

  return {
    ring,
    /** Registers a follower; the function that it returns removes it again. */
    enter: () => {
      followers += 1;
      timer ??= setInterval(poll, pollMs).unref();
      return () => {
        followers -= 1;
        if (followers > 0) return;
        clearInterval(timer);
        timer = undefined;
      };
    },
    next: (signal: AbortSignal) =>
      new Promise<void>((resolve) => {
        const wake = () => {
          waiting.delete(wake);
          signal.removeEventListener('abort', wake);
          resolve();
        };
        waiting.add(wake);
        signal.addEventListener('abort', wake);
      }),
  };
};
