import type { DatabaseSync } from 'node:sqlite';

/** "UPGR" as SQLite's application id (https://sqlite.org/fileformat.html §1.3.17). */
export const applicationId = 0x55504752;
/** 2: free texts are sealed, each event with its source. */
export const layout = 2;

/** Harmless if another process has created the table meanwhile. */
export const schema = `
  BEGIN IMMEDIATE;
  CREATE TABLE IF NOT EXISTS events (
    entry_number INTEGER PRIMARY KEY,
    stream       TEXT    NOT NULL,
    revision     INTEGER NOT NULL,
    expected     INTEGER NOT NULL, -- the revision that its append expected, -1 for none: tells which events came together
    id           TEXT    NOT NULL,
    type         TEXT    NOT NULL,
    recorded_at  INTEGER NOT NULL, -- epoch milliseconds
    data         TEXT    NOT NULL, -- JSON
    metadata     TEXT    NOT NULL, -- JSON
    UNIQUE (stream, revision)
  ) STRICT;
  PRAGMA application_id = ${applicationId};
  PRAGMA user_version = ${layout};
  COMMIT`;

/** The tables of a file of ours, by name, each with the SQL that creates it. */
export type Tables = Readonly<Record<string, string>>;

export const ledgerTables: Tables = { events: /CREATE TABLE.*STRICT/s.exec(schema)?.[0] ?? '' };

type Item = readonly [type: string, name: string, table: string, sql: string | null];

/**
 * What a file has besides or instead of the given tables, in words; undefined if it has exactly these. SQLite runs the
 * triggers, views, defaults and generated columns of a file that it opens, so one that is not ours is not used. What
 * `ANALYZE` leaves is harmless. A row that stands for nothing but an index of a table's own constraint has no SQL.
 */
export const foreignIn = (
  db: Pick<DatabaseSync, 'prepare'>,
  tables: Tables,
  mayHaveMore = false,
): string | undefined => {
  const items = db.prepare('SELECT type, name, tbl_name, sql FROM sqlite_schema').all() as unknown as readonly Item[];
  const isOurs = ([type, name, table, sql]: Item): boolean => {
    if (sql === null) return type === 'index' && Object.hasOwn(tables, table);
    if (type === 'table' && /^sqlite_stat[14]$/.test(name)) return true;
    return type === 'table' && plain(sql) === plain(tables[name] ?? '');
  };
  const foreign = items.find((item) => !isOurs(item) && (!mayHaveMore || Object.hasOwn(tables, item[1])));
  if (foreign !== undefined) {
    const [type, name] = foreign;
    return Object.hasOwn(tables, name)
      ? `its ${type} ${name} is defined differently than a registry's`
      : `it has a ${type} ${name}, which no registry has`;
  }
  const missing = Object.keys(tables).find((name) => !items.some((item) => item[1] === name));
  return missing === undefined ? undefined : `it has no table ${missing}`;
};

/** SQL without comments, IF NOT EXISTS, and differences in white space. Quotes stay, so nothing can hide in a text. */
const plain = (sql: string): string =>
  sql
    .replace(/--[^\n]*/g, ' ')
    .replace(/^\s*CREATE TABLE IF NOT EXISTS/i, 'CREATE TABLE')
    .replace(/\s+/g, ' ')
    .trim();
