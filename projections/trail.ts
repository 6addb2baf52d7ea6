import { streamOf, submitted } from '../domain/event.ts';
import { type Counts, importsRegister } from '../domain/import-events.ts';
import { personOf } from '../domain/person.ts';
import { conditions, type FoldedEvent, type Projection, type Query } from './projection.ts';

/** An id is found by its first 32 bits: ids are random, and an index of whole ones would take four times the pages. */
const startOfId = (id: string): string => `substr(${id}, 1, 8)`;

/** Every event as it was recorded, known to this release or not. */
export const trail: Projection = {
  name: 'trail',
  version: 5,
  tables: `
    CREATE TABLE event (
      entry_number INTEGER PRIMARY KEY,
      position TEXT NOT NULL,
      id TEXT NOT NULL,
      type TEXT NOT NULL,
      register TEXT NOT NULL,
      key TEXT NOT NULL,
      stream TEXT NOT NULL,
      revision INTEGER NOT NULL,
      recorded_at TEXT NOT NULL,
      effective_on TEXT,
      by TEXT NOT NULL,
      approved_by TEXT,
      person TEXT NOT NULL,
      second_person TEXT,
      import TEXT,
      known INTEGER NOT NULL,
      source TEXT NOT NULL,
      data TEXT NOT NULL,
      seals TEXT,
      erased TEXT,
      metadata TEXT NOT NULL
    ) STRICT;
    CREATE UNIQUE INDEX event_stream ON event (stream, revision);
    CREATE VIEW v_events AS
      SELECT entry_number, id, type, register, key, revision, recorded_at, effective_on, by, approved_by, import, data
      FROM event;
  `,
  indexes: `
    CREATE INDEX event_id ON event (${startOfId('id')});
    CREATE INDEX event_recorded_at ON event (recorded_at);
    CREATE INDEX event_type ON event (type);
    CREATE INDEX event_person ON event (person);
    CREATE INDEX event_second_person ON event (second_person) WHERE second_person IS NOT NULL;
    CREATE INDEX event_key ON event (key COLLATE NOCASE);
    CREATE INDEX event_effective_on ON event (effective_on) WHERE effective_on IS NOT NULL;
    CREATE INDEX event_register ON event (register);
    CREATE INDEX event_import ON event (import) WHERE import IS NOT NULL;
    CREATE INDEX event_unknown ON event (type) WHERE known = 0;
  `,
  compared: { event: 'entry_number' },
  *writes({ event, known, erased }) {
    yield {
      sql: `INSERT INTO event (entry_number, position, id, type, register, key, stream, revision, recorded_at,
              effective_on, by, approved_by, person, second_person, import, known, source, data, seals, erased, metadata)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      params: [
        event.entryNumber,
        event.position,
        event.id,
        event.type,
        event.data.register,
        event.data.key,
        event.stream,
        event.revision,
        event.recordedAt,
        event.data.effectiveOn ?? null,
        event.metadata.by,
        event.metadata.approvedBy ?? null,
        personOf(event.metadata.by),
        event.metadata.approvedBy === undefined ? null : personOf(event.metadata.approvedBy),
        event.metadata.import ?? null,
        known ? 1 : 0,
        event.source,
        ...textsOf(event),
        JSON.stringify(event.metadata),
      ],
    };
    if (erased === undefined) return;
    yield {
      sql: 'UPDATE event SET data = ?, seals = ?, erased = ? WHERE entry_number = ?',
      params: [...textsOf(erased), erased.entryNumber],
    };
  },
};

/** The columns in which texts stand, or what is left of them. */
const textsOf = ({ data, seals, erased }: FoldedEvent) => [
  JSON.stringify(data),
  isEmpty(seals) ? null : JSON.stringify(seals),
  erased === undefined ? null : JSON.stringify(erased),
];

const isEmpty = (members: object): boolean => Object.keys(members).length === 0;

/** An event of a register or of a type, if the ledger holds any. */
export const firstEventWith = (
  column: 'register' | 'type',
  value: string,
): Query<{ readonly entry_number: number }> => ({
  sql: `SELECT entry_number FROM event WHERE ${column} = ? LIMIT 1`,
  params: [value],
});

export type EventRow = {
  readonly entry_number: number;
  readonly position: string;
  readonly id: string;
  readonly type: string;
  readonly stream: string;
  readonly revision: number;
  readonly recorded_at: string;
  readonly source: string;
  readonly data: string;
  readonly seals: string | null;
  readonly erased: string | null;
  readonly metadata: string;
};

/** An event as it was recorded. */
export const eventFromRow = (row: EventRow): FoldedEvent => ({
  id: row.id,
  type: row.type,
  stream: row.stream,
  revision: row.revision,
  recordedAt: row.recorded_at,
  entryNumber: row.entry_number,
  position: row.position,
  source: row.source,
  data: JSON.parse(row.data),
  seals: row.seals === null ? {} : JSON.parse(row.seals),
  ...(row.erased === null ? {} : { erased: JSON.parse(row.erased) }),
  metadata: JSON.parse(row.metadata),
});

export const columns =
  'entry_number, position, id, type, stream, revision, recorded_at, source, data, seals, erased, metadata';

/** The events of one stream, of the first `size` of the ledger, in their order. */
export const streamEvents = (stream: string, size: number): Query<EventRow> => ({
  sql: `SELECT ${columns} FROM event WHERE stream = ? AND entry_number < ? ORDER BY revision`,
  params: [stream, size],
});

/** One event by its entry number. */
export const eventNumbered = (entryNumber: number): Query<EventRow> => ({
  sql: `SELECT ${columns} FROM event WHERE entry_number = ?`,
  params: [entryNumber],
});

/** One event by its id. */
export const eventWithId = (id: string): Query<EventRow> => ({
  sql: `SELECT ${columns} FROM event WHERE ${startOfId('id')} = ${startOfId('?1')} AND id = ?1
        ORDER BY entry_number LIMIT 1`,
  params: [id],
});

/** One event by its stream and revision. */
export const eventAtRevision = (stream: string, revision: number): Query<EventRow> => ({
  sql: `SELECT ${columns} FROM event WHERE stream = ? AND revision = ?`,
  params: [stream, revision],
});

/** The streams that a register has at a size, in the order of their first event. */
export const streamsOf = (register: string, size: number): Query<{ stream: string; key: string }> => ({
  sql: `SELECT stream, key FROM event WHERE register = ? AND revision = 0 AND entry_number < ? ORDER BY entry_number`,
  params: [register, size],
});

/** How many events were recorded at or before an instant (RFC 3339, UTC, milliseconds). */
export const sizeAt = (instant: string): Query<{ size: number }> => ({
  sql: `SELECT entry_number + 1 AS size FROM event WHERE recorded_at <= ?
        ORDER BY recorded_at DESC, entry_number DESC LIMIT 1`,
  params: [instant],
});

/** When the last of the first `size` events was recorded. */
export const recordedAtOf = (size: number): Query<{ recorded_at: string }> => ({
  sql: 'SELECT recorded_at FROM event WHERE entry_number = ?',
  params: [size - 1],
});

/** The types of events that this release does not know, each with its number of events. */
export const unknownTypes: Query<{ type: string; count: number }> = {
  sql: 'SELECT type, count(*) AS count FROM event WHERE known = 0 GROUP BY type ORDER BY type',
  params: [],
};

export type TrailFilter = {
  /** Entry numbers, exclusive. */
  readonly after?: number | undefined;
  readonly before?: number | undefined;
  readonly register?: string | undefined;
  readonly key?: string | undefined;
  readonly type?: string | undefined;
  /** Subjects, in any spelling of the same person. */
  readonly by?: string | undefined;
  readonly approvedBy?: string | undefined;
  readonly import?: string | undefined;
  /** Instants of recording, RFC 3339, UTC, milliseconds; `from` inclusive, `until` exclusive. */
  readonly from?: string | undefined;
  readonly until?: string | undefined;
  /** Days, inclusive. */
  readonly effectiveFrom?: string | undefined;
  readonly effectiveTo?: string | undefined;
  /** Words that texts of the event have, all of them; the case of Latin letters does not matter. */
  readonly q?: string | undefined;
};

export type TrailOrder = 'asc' | 'desc';

const trailConditions = ({ q = '', ...filter }: TrailFilter) =>
  conditions([
    ['entry_number > ?', filter.after],
    ['entry_number < ?', filter.before],
    ['register = ?', filter.register],
    ['key = ? COLLATE NOCASE', filter.key],
    ['type = ?', filter.type],
    ['person = ?', named(filter.by)],
    ['second_person = ?', named(filter.approvedBy)],
    ['import = ?', filter.import],
    ['recorded_at >= ?', filter.from],
    ['recorded_at < ?', filter.until],
    ['effective_on >= ?', filter.effectiveFrom],
    ['effective_on <= ?', filter.effectiveTo],
    ...q
      .split(/\s+/)
      .filter((word) => word !== '')
      .flatMap((word) => hasWord(word)),
  ]);

const named = (subject: string | undefined) => (subject === undefined ? undefined : personOf(subject));

/** A word in a text of the event: the first condition is quick, the second leaves out names of fields. */
const hasWord = (word: string) =>
  [
    ["data LIKE ? ESCAPE '!'", containing(JSON.stringify(word).slice(1, -1))],
    [
      "EXISTS (SELECT 1 FROM json_tree(event.data) WHERE json_tree.type = 'text' AND atom LIKE ? ESCAPE '!')",
      containing(word),
    ],
  ] as const;

const containing = (text: string): string => `%${text.replace(/[!%_]/g, '!$&')}%`;

/** Events of the trail in the order of the ledger, or the newest first. */
export const trailEvents = (filter: TrailFilter, order: TrailOrder, limit: number): Query<EventRow> => {
  const { where, params } = trailConditions(filter);
  return {
    sql: `SELECT ${columns} FROM event WHERE ${where} ORDER BY entry_number ${order} LIMIT ?`,
    params: [...params, limit],
  };
};

/** How many events of the trail there are, up to a limit. */
export const trailCount = (filter: TrailFilter, limit: number): Query<{ count: number }> => {
  const { where, params } = trailConditions(filter);
  return {
    sql: `SELECT count(*) AS count FROM (SELECT 1 FROM event WHERE ${where} LIMIT ?)`,
    params: [...params, limit],
  };
};

/** The entry number of a register's last event at a size; −1 if there is none. */
export const lastOf = (register: string, size: number): Query<{ last: number }> => ({
  sql: 'SELECT coalesce(max(entry_number), -1) AS last FROM event WHERE register = ? AND entry_number < ?',
  params: [register, size],
});

/** The keys of the entries in which an import has recorded, in the order in which it first did. */
export const keysOfImport = (id: string): Query<{ key: string }> => ({
  sql: 'SELECT key FROM event WHERE import = ? GROUP BY stream ORDER BY min(entry_number)',
  params: [id],
});

/** How many events of an import are recorded, facts and submissions. */
export const takenSoFar = (id: string): Query<Pick<Counts, 'recorded' | 'submitted'>> => ({
  sql: `SELECT count(*) FILTER (WHERE type <> '${submitted}') AS recorded,
          count(*) FILTER (WHERE type = '${submitted}') AS submitted FROM event WHERE import = ?`,
  params: [id],
});

/** The ids of imports that have a decision which was started and is not finished. */
export const unfinishedDecisions: Query<{ key: string }> = {
  sql: `SELECT key FROM event WHERE register = '${importsRegister}' GROUP BY key
          HAVING sum(type = 'ImportDecisionStarted') > sum(type = 'ImportDecisionFinished')`,
  params: [],
};

/** When an import last recorded anything, of a row or in its own stream (RFC 3339). */
export const lastSignOfLife = (id: string): Query<{ at: string | null }> => ({
  sql: `SELECT max(at) AS at FROM (
          SELECT max(recorded_at) AS at FROM event WHERE import = ?
          UNION ALL SELECT max(recorded_at) FROM event WHERE stream = ?)`,
  params: [id, streamOf(importsRegister, id)],
});
