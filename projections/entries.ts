import type { Day } from '../domain/calendar.ts';
import { contribution } from '../domain/contribution.ts';
import type { Json, JsonObject } from '../domain/json.ts';
import { memo } from '../domain/memo.ts';
import { comparedName, foldedName } from '../domain/names.ts';
import { partingOf, type Step } from '../domain/path.ts';
import { fieldOf, nameOf, type Register, type State, textsIn } from '../domain/register.ts';
import { registers } from '../domain/registers/index.ts';
import { foreverDay, foreverSize, type Projection, type Query, type Statement } from './projection.ts';
import { grams, indexTexts, searchIndexes } from './search.ts';
import { titlesOf } from './titles.ts';

/** The condition on a row of an entry that lies in the plan's core. */
export const inCore = 'lingang = 1';

/**
 * Every state that an entry was ever known to be in: a rectangle of days (`from_day` to before `to_day`) and of ledger
 * sizes (more than `since`, up to `until`). One condition on each axis gives the entries of any (`on`, size).
 */
export const entries: Projection = {
  name: 'entries',
  version: 7,
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
      status_since TEXT NOT NULL,
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
    CREATE VIEW v_entry_days AS
      SELECT register, key, from_day, nullif(to_day, '${foreverDay}') AS to_day,
        status, ${titlesOf('status', "register || '.' || status", 'status')}, status_since, name,
        sector, ${titlesOf('sector', 'sector', 'sector')},
        district, ${titlesOf('district', 'district', 'district')}, lingang, enterprise, fields
      FROM entry WHERE until = ${foreverSize};
    CREATE VIEW v_entries AS SELECT * FROM v_entry_days WHERE to_day IS NULL;
  `,
  indexes: `
    CREATE INDEX entry_place ON entry
      (register, key, until, from_day, since, to_day, status, sector, district, lingang);
    CREATE INDEX entry_name ON entry
      (register, name, key, until, from_day, since, to_day, status, sector, district, lingang);
    CREATE INDEX entry_counted ON entry
      (register, key, until, from_day, since, to_day, sector, district, lingang, measures) WHERE measures <> '';
    CREATE INDEX entry_core ON entry
      (register, key, until, from_day, since, to_day, status, sector, district) WHERE ${inCore};
    CREATE INDEX entry_status ON entry (register, status, key);
    CREATE INDEX entry_from ON entry (register, from_day, key);
    CREATE INDEX entry_status_since ON entry (register, status_since, key);
    CREATE INDEX entry_since ON entry (register, since);
    CREATE INDEX entry_plain_name ON entry (register, plain_name);
    CREATE INDEX entry_text_id ON entry (text_id);
    CREATE TABLE entry_ref (
      register TEXT NOT NULL,
      key TEXT NOT NULL,
      entry INTEGER NOT NULL REFERENCES entry (id),
      PRIMARY KEY (register, key, entry)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE entry_referring (up_to INTEGER NOT NULL) STRICT;
    INSERT INTO entry_referring VALUES (0);
    CREATE TRIGGER entry_refers AFTER UPDATE ON entry_referring BEGIN
      INSERT OR IGNORE INTO entry_ref
        SELECT json_extract(r.value, '$[0]'), json_extract(r.value, '$[1]'), entry.id
        FROM entry, json_each(entry.refs) r WHERE entry.id > old.up_to AND entry.id <= new.up_to;
    END;
    ${searchIndexes(registers.map(({ name }) => name))}
  `,
  settling: [
    'UPDATE entry_referring SET up_to = (SELECT max(id) FROM entry) WHERE up_to < (SELECT max(id) FROM entry)',
    indexTexts,
  ],
  compared: { entry: 'id', entry_text: 'id' },
  *writes({ event, before, after }) {
    if (before === undefined || after === undefined) return;
    const { register, key } = after;
    const parting = partingOf(before.path, after.path);
    const was = spans(register, parting.last, parting.was);
    const is = spans(register, parting.last, parting.is);
    for (const span of was.values()) {
      if (isSame(span, is.get(span.from))) continue;
      yield {
        // By id: SQLite would otherwise collect the rows first, since the update changes the index that finds them.
        sql: `UPDATE entry SET until = ? WHERE id = (SELECT id FROM entry INDEXED BY entry_open
                WHERE register = ? AND key = ? AND from_day = ? AND until = ${foreverSize})`,
        params: [event.entryNumber, register.name, key, span.from],
      };
    }
    const known = new Set([...was.values()].map(({ content }) => content.texts.searched));
    for (const span of is.values()) {
      if (isSame(span, was.get(span.from))) continue;
      const text = searchedText(key, span);
      if (!known.has(span.content.texts.searched)) {
        yield {
          sql: 'INSERT INTO entry_text (register, key, text, grams) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING',
          params: [register.name, key, text, grams(text)],
        };
      }
      yield insertRow(register, key, span, text, event.entryNumber);
    }
  },
};

/** The days between two changes of an entry, `from` to before `to`. */
type Span = { readonly from: Day; readonly to: Day; readonly content: Content };

/** What the row of a span holds beside its days. */
type Content = {
  readonly state: State;
  /** The day since which it has had its status. */
  readonly since: Day;
  readonly refs: readonly (readonly [register: string, key: string, since: Day, exactOnly: 0 | 1])[];
  readonly texts: Texts;
};

/** What a row holds of an entry's fields as text. */
type Texts = {
  readonly fields: string;
  readonly name: string | undefined;
  readonly plainName: string | undefined;
  /** The text that is searched together with the key. */
  readonly searched: string;
};

/** The spans that begin with steps of different days, by the day on which they begin; `last` is the step before them. */
const spans = (register: Register, last: Step | undefined, ends: readonly Step[]): ReadonlyMap<Day, Span> => {
  const steps = last === undefined ? ends : [last, ...ends];
  return new Map(
    steps.map((step, index) => {
      const from = step.fact.effectiveOn;
      const to = steps[index + 1]?.fact.effectiveOn ?? foreverDay;
      return [from, { from, to, content: contentAfter(step, register) }];
    }),
  );
};

const isSame = (span: Span, other: Span | undefined): boolean =>
  span.to === other?.to && (span.content === other.content || identityOf(span.content) === identityOf(other.content));

/** Equal if and only if the state, its day and the references are. */
const identityOf = ({ state, since, refs }: Content): string => JSON.stringify([state, since, refs]);

/** The content after a step, the last of its day. */
const contentAfter = memo((step: Step, register: Register): Content => {
  const { state, since } = step;
  return { state, since, refs: references(register, step), texts: textsOf(state.fields, register) };
});

const textsOf = memo((fields: JsonObject, register: Register): Texts => {
  const name = nameOf(register, fields);
  const names = [register.named, ...(register.searched ?? [])].flatMap((each) => textsIn(fields[each]));
  return {
    fields: JSON.stringify(fields),
    name,
    plainName: name && comparedName(name),
    searched: foldedName(names.join(' ')),
  };
});

/** What the entry refers to after a step, each with the day of the fact that says so. */
const references = (register: Register, { referring }: Step): Content['refs'] =>
  [...referring].flatMap(([name, fact]) => {
    const reference = fieldOf(register, name)?.reference;
    const value = fact.data[name];
    if (reference === undefined) return [];
    const keys = (Array.isArray(value) ? value : [value]).filter((each) => typeof each === 'string');
    return keys.map(
      (each) =>
        [reference.register, each, fact.effectiveOn, reference.exactOnly ? 1 : 0] satisfies Content['refs'][number],
    );
  });

const searchedText = (key: string, { content }: Span): string =>
  `${content.texts.searched} ${foldedName(key)}`.trimStart();

const insertRow = (register: Register, key: string, span: Span, text: string, entryNumber: number): Statement => {
  const { state, since, refs, texts } = span.content;
  const { sector, district, lingang, enterprise } = state.fields;
  const { name = key, plainName = comparedName(key) } = texts;
  return {
    sql: `INSERT INTO entry (register, key, from_day, to_day, since, until, status, status_since, name, plain_name, sector,
            district, lingang, enterprise, measures, refs, fields, text_id)
          VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,
            (SELECT id FROM entry_text WHERE register = ? AND key = ? AND text = ?))`,
    params: [
      register.name,
      key,
      span.from,
      span.to,
      entryNumber,
      foreverSize,
      state.status,
      since,
      name,
      plainName,
      textOrNull(sector),
      textOrNull(district),
      lingang === true ? 1 : 0,
      textOrNull(enterprise),
      contribution(register, state)
        .map(({ measure }) => ` ${measure} `)
        .join(''),
      refs.length > 0 ? JSON.stringify(refs) : null,
      texts.fields,
      register.name,
      key,
      text,
    ],
  };
};

/** A key, other than the one given, under which a register knows a name now. */
export const sameName = (register: string, name: string, key: string): Query<{ key: string }> => ({
  sql: `SELECT key FROM entry WHERE register = ? AND plain_name = ? AND until = ${foreverSize}
          AND key <> ? COLLATE NOCASE LIMIT 1`,
  params: [register, comparedName(name), key],
});

const textOrNull = (value: Json | undefined): string | null => (typeof value === 'string' ? value : null);
