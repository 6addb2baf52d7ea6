import type { Day } from '../domain/calendar.ts';
import { contribution } from '../domain/contribution.ts';
import { type Fact, type Step, statesByDay } from '../domain/history.ts';
import { isObject, type Json } from '../domain/json.ts';
import { fieldOf, type Register, type State } from '../domain/register.ts';
import {
  foreverDay,
  foreverSize,
  once,
  type Projection,
  type Query,
  type Statement,
  type Value,
} from './projection.ts';
import { folded, grams, terms } from './search.ts';

/** So many texts at a time go into the indexes of search, where one by one costs many times as much. */
const textStride = 512;
/** The last text that is in the indexes; later ones are looked through. */
const textsIndexed = `SELECT coalesce(max(id), 0) / ${textStride} * ${textStride} FROM entry_text`;

/**
 * Every state that an entry was ever known to be in: a rectangle of days (`from_day` to before `to_day`) and of ledger
 * sizes (more than `since`, up to `until`). One condition on each axis gives the entries of any (`on`, size).
 */
export const entries: Projection = {
  name: 'entries',
  version: 3,
  tables: `
    CREATE TABLE entry_text (
      id INTEGER PRIMARY KEY,
      register TEXT NOT NULL,
      key TEXT NOT NULL,
      text TEXT NOT NULL,
      grams TEXT NOT NULL,
      UNIQUE (register, key, text)
    ) STRICT;
    CREATE TABLE entry (
      id INTEGER PRIMARY KEY,
      register TEXT NOT NULL,
      key TEXT NOT NULL,
      from_day TEXT NOT NULL,
      to_day TEXT NOT NULL,
      since INTEGER NOT NULL,
      until INTEGER NOT NULL,
      status TEXT NOT NULL,
      name TEXT NOT NULL,
      plain_name TEXT NOT NULL,
      sector TEXT,
      district TEXT,
      lingang INTEGER NOT NULL,
      enterprise TEXT,
      measures TEXT NOT NULL,
      refs TEXT,
      fields TEXT NOT NULL,
      text_id INTEGER NOT NULL REFERENCES entry_text (id)
    ) STRICT;
    CREATE UNIQUE INDEX entry_place ON entry (register, key, until, from_day, since);
    CREATE VIEW v_entries AS
      SELECT register, key, status, name, sector, district, lingang, enterprise, fields
      FROM entry WHERE to_day = '${foreverDay}' AND until = ${foreverSize};
  `,
  indexes: `
    CREATE INDEX entry_plain_name ON entry (register, plain_name);
    CREATE INDEX entry_text_id ON entry (text_id);
    CREATE VIRTUAL TABLE entry_trigram USING fts5 (text, content='', tokenize='trigram', detail='full');
    CREATE VIRTUAL TABLE entry_gram USING fts5 (grams, content='', tokenize="unicode61 remove_diacritics 0", detail='none');
    INSERT INTO entry_trigram (rowid, text) SELECT id, text FROM entry_text WHERE id <= (${textsIndexed});
    INSERT INTO entry_gram (rowid, grams) SELECT id, grams FROM entry_text WHERE id <= (${textsIndexed});
    CREATE TRIGGER entry_text_indexed AFTER INSERT ON entry_text WHEN new.id % ${textStride} = 0 BEGIN
      INSERT INTO entry_trigram (rowid, text) SELECT id, text FROM entry_text WHERE id > new.id - ${textStride};
      INSERT INTO entry_gram (rowid, grams) SELECT id, grams FROM entry_text WHERE id > new.id - ${textStride};
    END;
  `,
  compared: { entry: 'id', entry_text: 'id' },
  *writes({ event, before, after }) {
    if (before === undefined || after === undefined) return;
    const { register, key } = after.entry;
    const was = spans(before);
    const is = spans(after);
    for (const [identity, span] of was) {
      if (is.has(identity)) continue;
      yield {
        sql: 'UPDATE entry SET until = ? WHERE register = ? AND key = ? AND until = ? AND from_day = ?',
        params: [event.entryNumber, register.name, key, foreverSize, span.from],
      };
    }
    const known = new Set([...was.values()].map(({ names }) => names));
    for (const [identity, span] of is) {
      if (was.has(identity)) continue;
      const text = searchedText(key, span);
      if (!known.has(span.names)) {
        yield {
          sql: 'INSERT INTO entry_text (register, key, text, grams) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING',
          params: [register.name, key, text, grams(text)],
        };
      }
      yield opened(register, key, span, text, event.entryNumber);
    }
  },
};

type Span = {
  readonly from: Day;
  readonly to: Day;
  readonly state: State;
  /** What is searched beside the key. */
  readonly names: string;
  readonly refs: readonly (readonly [register: string, key: string, since: Day, exactOnly: 0 | 1])[];
};

/** The stretches of days between an entry's changes, each by all that its row would say. */
const spans = once((register, steps): ReadonlyMap<string, Span> => {
  const days = statesByDay(steps);
  return new Map(
    days.map(({ from, state }, index) => {
      const span = { from, to: days[index + 1]?.from ?? foreverDay, state, refs: references(register, steps, from) };
      return [JSON.stringify(span), { ...span, names: searchedNames(register, state) }];
    }),
  );
});

/** What the entry refers to on a day, each with the day of the fact that says so. */
const references = (register: Register, steps: readonly Step[], on: Day): Span['refs'] => {
  const latest = new Map<string, Fact>();
  for (const { fact } of steps) {
    if (fact.effectiveOn > on) break;
    for (const name of Object.keys(fact.data)) if (fieldOf(register, name)?.reference) latest.set(name, fact);
  }
  return [...latest].flatMap(([name, fact]) => {
    const reference = fieldOf(register, name)?.reference;
    const value = fact.data[name];
    if (reference === undefined) return [];
    const keys = (Array.isArray(value) ? value : [value]).filter((each) => typeof each === 'string');
    return keys.map(
      (each) =>
        [reference.register, each, fact.effectiveOn, reference.exactOnly ? 1 : 0] satisfies Span['refs'][number],
    );
  });
};

const searchedNames = (register: Register, { fields }: State): string =>
  folded([register.named, ...(register.searched ?? [])].flatMap((name) => texts(fields[name])).join(' '));

const searchedText = (key: string, { names }: Span): string => `${names} ${folded(key)}`.trimStart();

const opened = (register: Register, key: string, span: Span, text: string, entryNumber: number): Statement => {
  const { state } = span;
  const { sector, district, lingang, enterprise } = state.fields;
  const name = texts(state.fields[register.named])[0] ?? key;
  return {
    sql: `INSERT INTO entry (register, key, from_day, to_day, since, until, status, name, plain_name, sector, district, lingang,
            enterprise, measures, refs, fields, text_id)
          VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,
            (SELECT id FROM entry_text WHERE register = ? AND key = ? AND text = ?))`,
    params: [
      register.name,
      key,
      span.from,
      span.to,
      entryNumber,
      foreverSize,
      state.status,
      name,
      plainName(name),
      textOrNull(sector),
      textOrNull(district),
      lingang === true ? 1 : 0,
      textOrNull(enterprise),
      contribution(register, state)
        .map(({ measure }) => ` ${measure} `)
        .join(''),
      span.refs.length > 0 ? JSON.stringify(span.refs) : null,
      JSON.stringify(state.fields),
      register.name,
      key,
      text,
    ],
  };
};

/** A name without what two spellings of it may differ in: width, case, white space and punctuation. */
export const plainName = (name: string): string => folded(name).replace(/[\s\p{P}\p{Cf}]/gu, '');

/** The keys under which a register knows a name now, other than one. */
export const sameName = (register: string, name: string, key: string): Query<{ key: string }> => ({
  sql: `SELECT key FROM entry WHERE register = ? AND plain_name = ? AND until = ${foreverSize}
          AND key <> ? COLLATE NOCASE LIMIT 1`,
  params: [register, plainName(name), key],
});

const textOrNull = (value: Json | undefined): string | null => (typeof value === 'string' ? value : null);

/** The texts in a field: itself, or those of a title in two languages. */
const texts = (value: Json | undefined): readonly string[] => {
  if (typeof value === 'string') return [value];
  return isObject(value) ? Object.values(value).filter((each) => typeof each === 'string') : [];
};

export type EntryRow = {
  readonly key: string;
  readonly status: string;
  readonly name: string;
  readonly from_day: Day;
  readonly fields: string;
  readonly revision: number;
  readonly sorted: string;
};

export const sorts = ['key', '-key', 'name', '-name', 'status', '-status', 'since', '-since'] as const;
export type Sort = (typeof sorts)[number];

const sortColumns = { key: 'key', name: 'name', status: 'status', since: 'from_day' } as const;

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
  readonly sort: Sort;
  /** The sorted value and the key of the last entry seen, exclusive. */
  readonly after?: readonly [sorted: string, key: string] | undefined;
  readonly limit: number;
};

/** A reference on row `e` that no longer holds: on its fact's day or on the day asked for the entry is none or left. */
const dangling = `EXISTS (
  SELECT 1 FROM json_each(e.refs) r
  WHERE (json_extract(r.value, '$[3]') = 0 OR EXISTS (
      SELECT 1 FROM event v WHERE v.stream = 'upgrade.' || json_extract(r.value, '$[0]') || '-' || lower(json_extract(r.value, '$[1]'))
        AND v.revision = 0 AND v.key = json_extract(r.value, '$[1]') AND v.entry_number < ?))
    AND EXISTS (
      SELECT 1 FROM (SELECT json_extract(r.value, '$[2]') AS day UNION SELECT ?) d
      WHERE NOT EXISTS (
        SELECT 1 FROM entry t WHERE t.register = json_extract(r.value, '$[0]') AND t.key = json_extract(r.value, '$[1]')
          AND t.from_day <= d.day AND d.day < t.to_day AND t.since < ? AND ? <= t.until AND t.status <> 'left')))`;

const refersTo = `EXISTS (
  SELECT 1 FROM json_each(e.refs) r WHERE json_extract(r.value, '$[0]') = ? AND json_extract(r.value, '$[1]') = ?)`;

/** The entries of a register that match, as they are on a day by the first `size` events. */
export const entriesBy = (filter: EntryFilter): Query<EntryRow> => {
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
  if (filter.refersTo !== undefined) where(refersTo, ...filter.refersTo);
  if (filter.measure !== undefined) where('instr(e.measures, ?) > 0', ` ${filter.measure} `);
  if (filter.area !== undefined) where(...inArea(filter.area));
  if (filter.flag === 'dangling') where(dangling, size, on, size, size);
  if (filter.flag === 'no-enterprise') where('e.enterprise IS NULL');
  for (const { index, match, term } of terms(filter.q ?? '')) {
    where(
      `e.text_id IN (SELECT rowid FROM ${index} WHERE ${index} MATCH ? UNION ALL
         SELECT id FROM entry_text WHERE id > (${textsIndexed}) AND instr(text, ?) > 0)`,
      match,
      term,
    );
  }
  const descending = filter.sort.startsWith('-');
  const column = `e.${sortColumns[filter.sort.replace('-', '') as keyof typeof sortColumns]}`;
  if (filter.after !== undefined) where(`(${column}, e.key) ${descending ? '<' : '>'} (?, ?)`, ...filter.after);
  const order = descending ? 'DESC' : 'ASC';
  return {
    sql: `SELECT e.key, e.status, e.name, e.from_day, e.fields, ${column} AS sorted,
            (SELECT max(v.revision) FROM event v
              WHERE v.stream = 'upgrade.' || e.register || '-' || lower(e.key) AND v.entry_number < ?) AS revision
          FROM entry e WHERE ${conditions.join(' AND ')}
          ORDER BY ${column} ${order}, e.key ${order} LIMIT ?`,
    params: [size, ...params, filter.limit],
  };
};

const inArea = ({ name, belt }: NonNullable<EntryFilter['area']>): readonly [string, ...Value[]] => {
  const districts = belt.map(() => '?').join(', ');
  if (name === 'core') return ['e.lingang = 1'];
  const known = 'e.lingang = 0 AND e.district IS NOT NULL';
  return [`${known} AND e.district ${name === 'belt' ? 'IN' : 'NOT IN'} (${districts})`, ...belt];
};
