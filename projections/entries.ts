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
import { folded, grams, type Term, terms } from './search.ts';

/** A register's texts are numbered on from a multiple of this, so that a search goes through those of its register alone. */
const textsPerRegister = 2 ** 32;
/** So many texts of a register at a time go into the indexes of search, where one by one costs many times as much. */
const textStride = 512;
/** The last text, of those up to one, that is in the indexes; later ones are looked through. */
const lastIndexed = (upTo: string): string =>
  `SELECT max(m.id) / ${textStride} * ${textStride} FROM entry_text m WHERE m.id <= ${upTo}`;
const isIndexed = `t.id <= (${lastIndexed(`t.id / ${textsPerRegister} * ${textsPerRegister} + ${textsPerRegister - 1}`)})`;

/** The first and the last number that a register's texts may have: by its name, which no other register's hashes as. */
export const textIds = (register: string): readonly [first: number, last: number] => {
  const hash = [...register].reduce((sum, character) => (Math.imul(sum, 31) + character.charCodeAt(0)) & 0xfffff, 1);
  return [hash * textsPerRegister + 1, (hash + 1) * textsPerRegister - 1];
};

/** What some rows of entries refer to. */
const referencesIn = (rows: string): string =>
  `SELECT json_extract(r.value, '$[0]'), json_extract(r.value, '$[1]'), entry.id FROM ${rows}, json_each(entry.refs) r`;

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
    CREATE INDEX entry_open ON entry (register, key, from_day) WHERE until = ${foreverSize};
    CREATE VIEW v_entries AS
      SELECT register, key, status, name, sector, district, lingang, enterprise, fields
      FROM entry WHERE to_day = '${foreverDay}' AND until = ${foreverSize};
  `,
  indexes: `
    CREATE INDEX entry_place ON entry
      (register, key, until, from_day, since, to_day, status, sector, district, lingang);
    CREATE INDEX entry_name ON entry
      (register, name, key, until, from_day, since, to_day, status, sector, district, lingang);
    CREATE INDEX entry_counted ON entry
      (register, key, until, from_day, since, to_day, sector, district, lingang, measures) WHERE measures <> '';
    CREATE INDEX entry_status ON entry (register, status, key);
    CREATE INDEX entry_from ON entry (register, from_day, key);
    CREATE INDEX entry_since ON entry (register, since);
    CREATE INDEX entry_plain_name ON entry (register, plain_name);
    CREATE INDEX entry_text_id ON entry (text_id);
    CREATE TABLE entry_ref (
      register TEXT NOT NULL,
      key TEXT NOT NULL,
      entry INTEGER NOT NULL REFERENCES entry (id),
      PRIMARY KEY (register, key, entry)
    ) STRICT, WITHOUT ROWID;
    INSERT OR IGNORE INTO entry_ref ${referencesIn('entry')};
    CREATE TRIGGER entry_refers AFTER INSERT ON entry WHEN new.refs IS NOT NULL BEGIN
      INSERT OR IGNORE INTO entry_ref ${referencesIn('(SELECT new.id, new.refs) entry')};
    END;
    CREATE VIRTUAL TABLE entry_trigram USING fts5 (text, content='', tokenize='trigram', detail='none');
    CREATE VIRTUAL TABLE entry_gram USING fts5 (grams, content='', tokenize="unicode61 remove_diacritics 0", detail='none');
    INSERT INTO entry_trigram (rowid, text) SELECT id, text FROM entry_text t WHERE ${isIndexed};
    INSERT INTO entry_gram (rowid, grams) SELECT id, grams FROM entry_text t WHERE ${isIndexed};
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
        // By its id, so that SQLite need not gather the rows before it changes what it finds them by.
        sql: `UPDATE entry SET until = ? WHERE id = (SELECT id FROM entry INDEXED BY entry_open
                WHERE register = ? AND key = ? AND from_day = ? AND until = ${foreverSize})`,
        params: [event.entryNumber, register.name, key, span.from],
      };
    }
    const [first, last] = textIds(register.name);
    const known = new Set([...was.values()].map(({ names }) => names));
    for (const [identity, span] of is) {
      if (was.has(identity)) continue;
      const text = searchedText(key, span);
      if (!known.has(span.names)) {
        yield {
          sql: `INSERT INTO entry_text (id, register, key, text, grams)
                SELECT coalesce(max(id) + 1, ?), ?, ?, ?, ? FROM entry_text WHERE id BETWEEN ? AND ?
                ON CONFLICT DO NOTHING`,
          params: [first, register.name, key, text, grams(text), first, last],
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
      const to = days[index + 1]?.from ?? foreverDay;
      const refs = references(register, steps, from);
      const { json, names } = textsOf(register, state);
      return [`${from} ${to} ${JSON.stringify(refs)} ${json}`, { from, to, state, refs, names }];
    }),
  );
});

const statesKnown = new WeakMap<State, { readonly json: string; readonly names: string }>();

/** What is made of a state, once: an entry shares its earlier states with the one that it has come of. */
const textsOf = (register: Register, state: State) => {
  const known = statesKnown.get(state) ?? { json: JSON.stringify(state), names: searchedNames(register, state) };
  statesKnown.set(state, known);
  return known;
};

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

const columns = {
  key: { column: 'key', index: 'entry_place' },
  name: { column: 'name', index: 'entry_name' },
  status: { column: 'status', index: 'entry_status' },
  since: { column: 'from_day', index: 'entry_from' },
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

const referring = 'SELECT entry FROM entry_ref WHERE register = ? AND key = ?';

/** Rows that are few enough to be sorted faster than many others are passed over in the order asked for. */
const fewRows = 12_000;
/** The same of texts, each of which has to be looked at, and of the rows that have it. */
const fewTexts = 3_000;

/** All that may match, come by without the order asked for, with the question whether that is more than `few`. */
type Shortcut = {
  readonly more: Query<{ more: number }>;
  readonly by: string;
  readonly term?: Term;
};

const moreThan = (few: number, rows: string, ...params: readonly Value[]): Query<{ more: number }> => ({
  sql: `SELECT EXISTS (SELECT 1 FROM ${rows} LIMIT 1 OFFSET ${few}) AS more`,
  params,
});

const shortcuts = ({ register, on, size, q = '', refersTo }: EntryFilter): readonly Shortcut[] => [
  ...(refersTo === undefined ? [] : [{ more: moreThan(fewRows, `(${referring})`, ...refersTo), by: 'NOT INDEXED' }]),
  ...terms(q).map((term) => ({
    more: moreThan(
      fewTexts,
      `${term.index} WHERE ${term.index} MATCH ? AND rowid BETWEEN ? AND ?`,
      term.match,
      ...textIds(register),
    ),
    by: 'INDEXED BY entry_text_id',
    term,
  })),
  {
    more: moreThan(fewRows, 'entry INDEXED BY entry_since WHERE register = ? AND since < ?', register, size),
    by: 'INDEXED BY entry_since',
  },
  {
    more: moreThan(fewRows, 'entry INDEXED BY entry_from WHERE register = ? AND from_day <= ?', register, on),
    by: 'INDEXED BY entry_from',
  },
];

/**
 * The entries of a register that match, as they are on a day by the first `size` events: found in the order asked for
 * or, where `isMore` says of a shortcut that it is none too long, all that may match and then sorted.
 */
export const entriesBy = (
  filter: EntryFilter,
  isMore: (question: Query<{ more: number }>) => boolean,
): Query<EntryRow> => {
  const { register, on, size, sort } = filter;
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
  const [first, last] = textIds(register);
  const shortcut = shortcuts(filter).find(({ more }) => !isMore(more));
  for (const { index, match, term } of terms(filter.q ?? '')) {
    where('instr((SELECT t.text FROM entry_text t WHERE t.id = e.text_id), ?) > 0', term);
    if (term !== shortcut?.term?.term) continue;
    where(
      `e.text_id IN (SELECT rowid FROM ${index} WHERE ${index} MATCH ? AND rowid BETWEEN ? AND ? UNION ALL
         SELECT id FROM entry_text WHERE id > max(?, coalesce((${lastIndexed('?')}), 0)) AND id <= ?)`,
      match,
      ...[first, last],
      ...[first - 1, last, last],
    );
  }
  const descending = sort.startsWith('-');
  const { column, index } = columns[sort.replace('-', '') as keyof typeof columns];
  if (filter.after !== undefined) where(`(e.${column}, e.key) ${descending ? '<' : '>'} (?, ?)`, ...filter.after);
  const order = descending ? 'DESC' : 'ASC';
  const byKey = filter.measure !== undefined ? 'entry_counted' : filter.status !== undefined ? 'entry_status' : index;
  const inOrder = column === 'key' ? byKey : index;
  return {
    sql: `SELECT l.key, l.status, l.name, l.from_day, l.fields, l.sorted,
            (SELECT max(v.revision) FROM event v
              WHERE v.stream = 'upgrade.' || l.register || '-' || lower(l.key) AND v.entry_number < ?) AS revision
          FROM (
            SELECT e.register, e.key, e.status, e.name, e.from_day, e.fields, e.${column} AS sorted
            FROM entry e ${shortcut?.by ?? `INDEXED BY ${inOrder}`} WHERE ${conditions.join(' AND ')}
            ORDER BY ${[...new Set([column, 'key'])].map((each) => `e.${each} ${order}`).join(', ')} LIMIT ?) l
          ORDER BY l.sorted ${order}, l.key ${order}`,
    params: [size, ...params, filter.limit],
  };
};

const inArea = ({ name, belt }: NonNullable<EntryFilter['area']>): readonly [string, ...Value[]] => {
  const districts = belt.map(() => '?').join(', ');
  if (name === 'core') return ['e.lingang = 1'];
  const known = 'e.lingang = 0 AND e.district IS NOT NULL';
  return [`${known} AND e.district ${name === 'belt' ? 'IN' : 'NOT IN'} (${districts})`, ...belt];
};
