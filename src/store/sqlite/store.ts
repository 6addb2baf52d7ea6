import { setImmediate as nextTurn } from 'node:timers/promises';
import { textErased } from '../../../domain/erasure.ts';
import type { NewEvent, SealedEvent } from '../../../domain/event.ts';
import {
  type Append,
  type Appended,
  assertIJson,
  defaultOrigin,
  type EventStore,
  type ExpectedRevision,
  type Place,
  type PlacedEvent,
  StoreUnavailable,
  type StreamErasure,
} from '../event-store.ts';
import { sealedBy } from '../sealing.ts';
import { appendBell } from './append-bell.ts';
import { emptyLog, erasingIn } from './erasing.ts';
import { explaining, openFile, type SqliteFile } from './file.ts';
import { columns, eventFromRow, type Proposed, placed, proposed, type Row } from './rows.ts';

export { StoreCorrupt, StoreInUse } from './file.ts';

export type SqliteOptions = SqliteFile & {
  /** The clock, in epoch milliseconds. */
  readonly now: () => number;
  /** The source of what it records. */
  readonly origin?: string;
  /** How often a follower checks for appends by other processes, 50 by default; this store's own wake it at once. */
  readonly pollMs?: number;
};

const batchEvents = 1_000;
/** A group of appends gathers for so many turns of the event loop at most. */
const groupTurns = 8;
/** So many of the events that were recorded here last are kept for followers at most, so that these need not read them back. */
const keptEvents = 4_000;
type Proposal = {
  readonly stream: string;
  /** -1 for none. */
  readonly expected: number;
  readonly events: readonly Proposed[];
};

/** The end of the ledger in a transaction: its last event, and the events that the transaction has appended. */
type End = { entryNumber: number; recordedAt: number; readonly appended: PlacedEvent[] };

type Pending = Proposal & {
  readonly resolve: (answer: Appended) => void;
  readonly reject: (reason: unknown) => void;
};

/**
 * Opens the ledger in one SQLite file, creating it if there is none; several processes may open the same file.
 * Throws `StoreCorrupt`, `OtherForm` or, if the file cannot be opened, `StoreUnavailable`.
 */
export const openSqliteStore = (options: SqliteOptions): EventStore => {
  const { file, now, origin = defaultOrigin, pollMs = 50 } = options;
  const sealed = sealedBy(origin);
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
  const erase = erasingIn(db);
  const bell = appendBell(() => String(sql.dataVersion.get()), pollMs);
  let queue: Pending[] = [];
  /** How many appends were committed together last. */
  let lastGroup = 0;
  /** The events that were recorded here last, without a gap, and that a follower has not had yet. */
  let recent: PlacedEvent[] = [];
  /** The entry number that each follower asks for next. */
  const followers = new Set<{ next: number }>();
  let closed = false;

  const guarded = <T>(work: () => T): T => {
    if (closed) throw new StoreUnavailable(`The event store ${file} is closed.`);
    return explaining(file, work);
  };

  const endNow = (): End => {
    const [entryNumber, recordedAt] = (sql.last.get() ?? [-1, 0]) as unknown as readonly [number, number];
    return { entryNumber, recordedAt, appended: [] };
  };

  /** Decides one append by the events before it, in the transaction of its group, and moves the end on. */
  const record = ({ stream, expected, events }: Proposal, end: End): Appended => {
    const [revision] = sql.revision.get(stream) as unknown as readonly [number | null];
    const current = revision ?? -1;
    if (current !== expected) {
      const before = sql.appended.all(stream, expected, expected + events.length + 1, expected).map(eventFromRow);
      const same =
        before.length === events.length && before.every((event, index) => event.id === events[index]?.event.id);
      if (same && before.length > 0) return { appended: true, events: before, repeated: true };
      return { appended: false, current: current === -1 ? 'none' : current };
    }
    const clock = Math.trunc(now());
    const recorded = events.map(({ event, data, metadata, recordedAt = clock }, index): PlacedEvent => {
      end.entryNumber += 1;
      end.recordedAt = Math.max(end.recordedAt, recordedAt);
      const revision = expected + 1 + index;
      const { id, type } = event;
      sql.insert.run(end.entryNumber, stream, revision, id, type, end.recordedAt, data, metadata, expected);
      return placed(event, stream, revision, end.entryNumber, end.recordedAt);
    });
    end.appended.push(...recorded);
    return { appended: true, events: recorded, repeated: false };
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

  /** One transaction, and so one fsync, for a group of appends; none is answered before the commit. */
  const commitGroup = (): void => {
    const group = queue;
    queue = [];
    lastGroup = group.length;
    try {
      const { answers, appended } = transact(() => {
        const end = endNow();
        return { answers: group.map((pending) => ({ pending, answer: record(pending, end) })), appended: end.appended };
      });
      keep(appended);
      for (const { pending, answer } of answers) pending.resolve(answer);
      bell.ring();
    } catch (error) {
      for (const { reject } of group) reject(error);
    }
  };

  /** Commits as soon as a turn of the event loop brings no further append; one alone after another alone waits for no turn. */
  const commitSoon = (turns = groupTurns, had = lastGroup === 1 ? 1 : 0): void => {
    setImmediate(() => {
      if (queue.length > had && turns > 1) commitSoon(turns - 1, queue.length);
      else if (queue.length > 0) commitGroup();
    });
  };

  const append = (stream: string, expected: ExpectedRevision, events: readonly NewEvent[]): Promise<Appended> =>
    new Promise((resolve, reject) => {
      assertIJson(events);
      const asText = events.map((event) => proposed(sealed(event)));
      if (queue.length === 0) commitSoon();
      queue.push({ stream, expected: expected === 'none' ? -1 : expected, events: asText, resolve, reject });
    });

  const appendRecorded = async (appends: readonly (readonly SealedEvent[])[]): Promise<boolean> => {
    const proposals = appends.flatMap((events): readonly Proposal[] => {
      const [first] = events;
      const asText = events.map((event) => ({ ...proposed(event), recordedAt: Date.parse(event.recordedAt) }));
      return first ? [{ stream: first.stream, expected: first.revision - 1, events: asText }] : [];
    });
    const areAll = transact(() => {
      const end = endNow();
      return proposals.every((proposal) => record(proposal, end).appended);
    });
    bell.ring();
    return areAll;
  };

  const keep = (appended: readonly PlacedEvent[]): void => {
    const [first] = appended;
    const isNext = first !== undefined && recent.at(-1)?.position === String(first.entryNumber);
    recent = isNext ? [...recent, ...appended] : [...appended];
    if (recent.length > keptEvents || followers.size === 0) recent = [];
  };

  const page = (from: number, limit: number): readonly PlacedEvent[] =>
    guarded(() => sql.page.all(from, limit).map(eventFromRow));

  /** A page that a follower asks for, from what was recorded here if that is all of it. */
  const nextPage = (follower: { next: number }): readonly PlacedEvent[] => {
    const from = follower.next - (recent[0]?.entryNumber ?? Number.POSITIVE_INFINITY);
    const isKept = from >= 0 && from < recent.length;
    const batch = isKept ? guarded(() => recent.slice(from, from + batchEvents)) : page(follower.next, batchEvents);
    follower.next = (batch.at(-1)?.entryNumber ?? follower.next - 1) + 1;
    const behind = Math.min(...[...followers].map(({ next }) => next));
    recent = recent.filter(({ entryNumber }) => entryNumber >= behind); // what lives on costs the garbage collector most
    return batch;
  };

  const eraseTexts = async (erasures: readonly StreamErasure[]): Promise<boolean> => {
    transact(() => erasures.forEach(erase));
    recent = [];
    return guarded(() => emptyLog(db));
  };

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
    const follower = { next: Number(after.position) };
    followers.add(follower);
    try {
      while (!signal.aborted) {
        const batch = nextPage(follower);
        onReached();
        if (batch.some(({ type }) => type === textErased)) recent = []; // which have the text
        if (batch.length > 0) {
          yield batch;
          await nextTurn(); // so that catching up with a long ledger does not hold up other work
        } else await bell.next(signal);
      }
    } finally {
      followers.delete(follower);
      leave();
    }
  }

  return {
    append,
    appendRecorded,
    follow,
    readAppends,
    readStream: async (stream, from = 0) => guarded(() => sql.stream.all(stream, from).map(eventFromRow)),
    readAll: async (after, limit) => page(Number(after.position), limit),
    size: async () => guarded(() => endNow().entryNumber + 1),
    end: async () => guarded(() => String(endNow().entryNumber + 1)),
    isRemote: false,
    appendsFirst: () => true,
    eraseTexts,
    close: async () => {
      if (closed) return;
      if (queue.length > 0) commitGroup();
      closed = true;
      bell.ring();
      db.close();
    },
  };
};
