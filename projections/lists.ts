import type { Day } from '../domain/calendar.ts';
import { streamOfSql } from '../domain/event.ts';
import { comparedName } from '../domain/names.ts';
import { inCore } from './entries.ts';
import { foreverDay, foreverSize, type Query, type Value } from './projection.ts';
import { indexOf, lastIndexed, type Term, terms } from './search.ts';

export type EntryRow = {
  readonly key: string;
  readonly status: string;
  readonly name: string;
  readonly since: Day;
  readonly fields: string;
  readonly revision: number;
  readonly sorted: string;
};

export const sorts = ['key', '-key', 'name', '-name', 'status', '-status', 'since', '-since'] as const;
export type Sort = (typeof sorts)[number];

const columns = {
  key: { column: 'key', index: 'entry_place' },
  name: { column: 'name', index: 'entry_name' },
  status: { column: 'status', index: 'entry_status' },
  since: { column: 'status_since', index: 'entry_status_since' },
} as const;

export type EntryFilter = {
  readonly register: string;
  readonly on: Day;
  readonly size: number;
  readonly q?: string | undefined;
  readonly status?: string | undefined;
  readonly sector?: string | undefined;
  readonly district?: string | undefined;
  /** An area, with the districts of the belt. */
  readonly area?: { readonly name: 'core' | 'belt' | 'other'; readonly belt: readonly string[] } | undefined;
  /** Only entries that refer to another. */
  readonly refersTo?: readonly [register: string, key: string] | undefined;
  readonly flag?: 'dangling' | 'no-enterprise' | undefined;
  /** Only entries that count for this measure. */
  readonly measure?: string | undefined;
};

/** Which of the entries that match, and in which order. */
export type EntryPage = {
  readonly sort: Sort;
  /** The sorted value and the key of the last entry seen, exclusive. */
  readonly after?: readonly [sorted: string, key: string] | undefined;
  readonly limit: number;
};

/** Whether row `e` has a reference that does not hold: on its fact's day, or on the day asked for, the other entry is none or left. */
const dangling = `EXISTS (
  SELECT 1 FROM json_each(e.refs) r
  WHERE (json_extract(r.value, '$[3]') = 0 OR EXISTS (
      SELECT 1 FROM event v WHERE v.stream = ${streamOfSql("json_extract(r.value, '$[0]')", "json_extract(r.value, '$[1]')")}
        AND v.revision = 0 AND v.key = json_extract(r.value, '$[1]') AND v.entry_number < ?))
    AND EXISTS (
      SELECT 1 FROM (SELECT json_extract(r.value, '$[2]') AS day UNION SELECT ?) d
      WHERE NOT EXISTS (
        SELECT 1 FROM entry t WHERE t.register = json_extract(r.value, '$[0]') AND t.key = json_extract(r.value, '$[1]')
          AND t.from_day <= d.day AND d.day < t.to_day AND t.since < ? AND ? <= t.until AND t.status <> 'left')))`;

const referring = 'SELECT entry FROM entry_ref WHERE register = ? AND key = ?';

/** Up to this many rows, sorting all that match is faster than skipping those that do not in the order asked for. */
const fewRows = 12_000;
/** The same for texts: each is compared in full, and so are the rows that have it. */
const fewTexts = 3_000;

/** Answers a question; with `cached` the answer may be a few thousand events old. */
export type Ask = <Row>(question: Query<Row>, cached?: 'cached') => Row | undefined;

/** A way to all rows that may match, in an order of its own, and whether they are few enough for it. */
type Shortcut = {
  readonly isShort: (ask: Ask) => boolean;
  readonly by: string;
  readonly term?: Term;
};

const matching = (register: string, kind: Term['kind']): string =>
  `${indexOf(register, kind)} WHERE ${indexOf(register, kind)} MATCH ?`;

const atMost =
  (few: number, rows: string, ...params: readonly Value[]) =>
  (ask: Ask): boolean =>
    ask({ sql: `SELECT 1 FROM ${rows} LIMIT 1 OFFSET ${few}`, params }) === undefined;

/** The value up to which a register has more than `fewRows` rows; no row if it has no more altogether. */
const tooMany = <V extends Value>(register: string, index: string, column: string): Query<{ readonly upTo: V }> => ({
  sql: `SELECT ${column} AS upTo FROM entry INDEXED BY ${index} WHERE register = ?
        ORDER BY ${column} LIMIT 1 OFFSET ${fewRows}`,
  params: [register],
});

const shortcuts = ({ register, on, size, q = '', refersTo, area }: EntryFilter): readonly Shortcut[] => [
  ...(refersTo === undefined ? [] : [{ isShort: atMost(fewRows, `(${referring})`, ...refersTo), by: 'NOT INDEXED' }]),
  ...terms(q).map((term) => ({
    isShort: atMost(fewTexts, matching(register, term.kind), term.match),
    by: 'INDEXED BY entry_text_id',
    term,
  })),
  ...(area?.name === 'core'
    ? [{ isShort: atMost(fewRows, `entry WHERE ${inCore} AND register = ?`, register), by: 'INDEXED BY entry_core' }]
    : []),
  {
    isShort: (ask) => size <= (ask(tooMany<number>(register, 'entry_since', 'since'), 'cached')?.upTo ?? foreverSize),
    by: 'INDEXED BY entry_since',
  },
  {
    isShort: (ask) => on < (ask(tooMany<Day>(register, 'entry_from', 'from_day'), 'cached')?.upTo ?? foreverDay),
    by: 'INDEXED BY entry_from',
  },
];

/** The conditions on the rows `e` of entries that match on a day by the first `size` events, and a shortcut to them. */
const matchOf = (filter: EntryFilter, ask: Ask) => {
  const { register, on, size } = filter;
  const conditions = ['e.register = ?', 'e.from_day <= ?', '? < e.to_day', 'e.since < ?', '? <= e.until'];
  const params: Value[] = [register, on, on, size, size];
  const where = (condition: string, ...values: Value[]) => {
    conditions.push(condition);
    params.push(...values);
  };
  if (filter.status !== undefined) where('e.status = ?', filter.status);
  if (filter.sector !== undefined) where('e.sector = ?', filter.sector);
  if (filter.district !== undefined) where('e.district = ?', filter.district);
  if (filter.refersTo !== undefined) where(`e.id IN (${referring})`, ...filter.refersTo);
  if (filter.measure !== undefined) where(`e.measures <> '' AND instr(e.measures, ?) > 0`, ` ${filter.measure} `);
  if (filter.area !== undefined) where(...inArea(filter.area));
  if (filter.flag === 'dangling') where(dangling, size, on, size, size);
  if (filter.flag === 'no-enterprise') where('e.enterprise IS NULL');
  const shortcut = shortcuts(filter).find(({ isShort }) => isShort(ask));
  for (const { kind, match, term } of terms(filter.q ?? '')) {
    where('instr((SELECT t.text FROM entry_text t WHERE t.id = e.text_id), ?) > 0', term);
    if (term !== shortcut?.term?.term) continue;
    // The texts that are not indexed yet are found by id: the + keeps SQLite from going through the whole register.
    where(
      `e.text_id IN (SELECT rowid FROM ${matching(register, kind)} UNION ALL
         SELECT id FROM entry_text WHERE id > ${lastIndexed} AND +register = ?)`,
      match,
      register,
    );
  }
  return { conditions, params, by: shortcut?.by };
};

/** The values by which entries can be counted; an area follows from the district and the core. */
export type FacetValues = {
  readonly status: string;
  readonly sector: string | null;
  readonly district: string | null;
  readonly lingang: number;
};
export type Facet = keyof FacetValues;
export type EntryCount = FacetValues & { readonly count: number };

/** How many of the entries that match have each combination of some values, or none; a row has those values only. */
export const entryCounts = (filter: EntryFilter, by: readonly Facet[], ask: Ask): Query<EntryCount> => {
  const {
    conditions,
    params,
    by: way = `INDEXED BY ${selectiveIndex(filter) ?? 'entry_place'}`,
  } = matchOf(filter, ask);
  const columns = by.map((facet) => `e.${facet}`);
  const groups = columns.length === 0 ? '' : `GROUP BY ${columns.join(', ')}`;
  return {
    sql: `SELECT ${[...columns, 'count(*) AS count'].join(', ')} FROM entry e ${way} WHERE ${conditions.join(' AND ')} ${groups}`,
    params,
  };
};

/**
 * A page of the entries that match. They are found along an index in the order asked for or, if a shortcut is short
 * enough, by that and then sorted.
 */
export const entriesBy = (filter: EntryFilter & EntryPage, ask: Ask): Query<EntryRow> => {
  const { size, sort, after = [] } = filter;
  const { conditions, params, by } = matchOf(filter, ask);
  const descending = sort.startsWith('-');
  const { column, index } = columns[sort.replace('-', '') as keyof typeof columns];
  if (after.length > 0) conditions.push(`(e.${column}, e.key) ${descending ? '<' : '>'} (?, ?)`);
  const order = descending ? 'DESC' : 'ASC';
  const inOrder = column === 'key' ? (selectiveIndex(filter) ?? index) : index;
  return {
    sql: `SELECT l.key, l.status, l.name, l.since, l.fields, l.sorted,
            (SELECT max(v.revision) FROM event v
              WHERE v.stream = ${streamOfSql('l.register', 'l.key')} AND v.entry_number < ?) AS revision
          FROM (
            SELECT e.register, e.key, e.status, e.name, e.status_since AS since, e.fields, e.${column} AS sorted
            FROM entry e ${by ?? `INDEXED BY ${inOrder}`} WHERE ${conditions.join(' AND ')}
            ORDER BY ${[...new Set([column, 'key'])].map((each) => `e.${each} ${order}`).join(', ')} LIMIT ?) l
          ORDER BY l.sorted ${order}, l.key ${order}`,
    params: [size, ...params, ...after, filter.limit],
  };
};

export type Found = Pick<EntryRow, 'key' | 'status' | 'name'>;

/** The entries of a register that have a name, or a key, now. */
export const entriesCalled = (register: string, name: string): Query<Found> => {
  const now = `until = ${foreverSize} AND to_day = '${foreverDay}'`;
  return {
    sql: `SELECT key, status, name FROM entry INDEXED BY entry_plain_name
            WHERE register = ? AND plain_name = ? AND plain_name <> '' AND ${now}
          UNION SELECT key, status, name FROM entry INDEXED BY entry_open
            WHERE register = ? AND ${now} AND key IN (
              SELECT key FROM event INDEXED BY event_key WHERE register = ? AND key = ? COLLATE NOCASE)
          ORDER BY key LIMIT 50`,
    params: [register, comparedName(name), register, register, name],
  };
};

/** An index in the order of keys that fits the filter and has fewer rows than the whole register. */
const selectiveIndex = ({ measure, area, status }: EntryFilter): string | undefined => {
  if (measure !== undefined) return 'entry_counted';
  if (area?.name === 'core') return 'entry_core';
  return status === undefined ? undefined : 'entry_status';
};

const inArea = ({ name, belt }: NonNullable<EntryFilter['area']>): readonly [string, ...Value[]] => {
  const districts = belt.map(() => '?').join(', ');
  if (name === 'core') return [`e.${inCore}`];
  const known = 'e.lingang = 0 AND e.district IS NOT NULL';
  return [`${known} AND e.district ${name === 'belt' ? 'IN' : 'NOT IN'} (${districts})`, ...belt];
};
