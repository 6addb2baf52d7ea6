import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { personOf } from '../../domain/person.ts';
import { ConfigError } from '../config.ts';
import { beginWal, explaining } from '../store/sqlite/file.ts';
import { foreignIn, type Tables } from '../store/sqlite/schema.ts';
import { type Role, roles } from './identity.ts';

/** "UPGA" as SQLite's application id. */
const applicationId = 0x55504741;
/** The first had no people of an issuer; the second knew them by their subjects alone, and no deleted accounts. */
const layout = 3;

/** Times are epoch milliseconds. `person` and `folded` are in the form in which two of one person are equal. */
const tables: Tables = {
  account: `CREATE TABLE account (
    subject TEXT PRIMARY KEY,
    person TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    folded TEXT NOT NULL UNIQUE,
    roles TEXT NOT NULL,
    password TEXT,
    disabled INTEGER NOT NULL,
    ended_at INTEGER NOT NULL,
    last_sign_in_at INTEGER
  ) STRICT`,
  deleted: `CREATE TABLE deleted (person TEXT PRIMARY KEY) STRICT`,
  change: `CREATE TABLE change (
    number INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    by TEXT NOT NULL,
    subject TEXT NOT NULL,
    what TEXT NOT NULL,
    roles TEXT
  ) STRICT`,
  session: `CREATE TABLE session (
    hash TEXT PRIMARY KEY,
    subject TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    used_at INTEGER NOT NULL
  ) STRICT`,
  federated: `CREATE TABLE federated (
    person TEXT NOT NULL,
    subject TEXT NOT NULL,
    name TEXT NOT NULL,
    roles TEXT NOT NULL,
    signed_in_at INTEGER NOT NULL,
    PRIMARY KEY (person, subject)
  ) STRICT`,
  link: `CREATE TABLE link (
    hash TEXT PRIMARY KEY,
    subject TEXT,
    expires_at INTEGER NOT NULL
  ) STRICT`,
};

/** A file of accounts, with sessions and one-time links. */
export type AccountsFile = {
  /** Runs a statement that reads; rows as objects. Throws `StoreUnavailable` if the file cannot be read. */
  readonly all: (sql: string, ...values: readonly Value[]) => readonly unknown[];
  /** Runs the work in a transaction, which is on the disk when this returns if `durable`; else a power cut may undo it. */
  readonly change: <T>(durable: boolean, work: (run: Run) => T) => T;
  /** Overwrites what was deleted also where it was first written: in the write-ahead log. */
  readonly wipe: () => void;
  readonly close: () => void;
};
type Value = string | number | null;
/** Runs a statement that writes; the number of rows that it changed. */
export type Run = (sql: string, ...values: readonly Value[]) => number;

/** Opens the file, or makes one that only its owner can read. Throws `ConfigError` if it is no file of accounts. */
export const openAccountsFile = (file: string): AccountsFile => {
  const db = opened(file);
  const statements = new Map<string, ReturnType<DatabaseSync['prepare']>>();
  const prepared = (sql: string) => {
    const known = statements.get(sql) ?? db.prepare(sql);
    statements.set(sql, known);
    return known;
  };
  const run: Run = (sql, ...values) => Number(prepared(sql).run(...values).changes);
  return {
    all: (sql, ...values) => explaining(file, () => prepared(sql).all(...values)),
    change: (durable, work) =>
      explaining(file, () => {
        db.exec(`PRAGMA synchronous = ${durable ? 'FULL' : 'NORMAL'}; BEGIN IMMEDIATE`);
        try {
          const done = work(run);
          db.exec('COMMIT');
          return done;
        } finally {
          if (db.isTransaction) db.exec('ROLLBACK');
        }
      }),
    wipe: () => explaining(file, () => db.exec('PRAGMA wal_checkpoint(TRUNCATE)')),
    close: () => db.close(),
  };
};

const opened = (file: string): DatabaseSync => {
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    closeSync(openSync(file, 'a', 0o600)); // SQLite would make it as readable as the umask allows
    const db = new DatabaseSync(file, { timeout: 5_000 });
    try {
      prepareFile(db);
      return db;
    } catch (error) {
      db.close();
      throw error;
    }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new ConfigError(`${file} cannot be used as the file of accounts: ${why}. It was left unchanged`);
  }
};

const prepareFile = (db: DatabaseSync): void => {
  const number = (sql: string): number => Number(Object.values(db.prepare(sql).get() ?? {})[0]);
  const isNew = number('SELECT count(*) FROM sqlite_schema') === 0;
  if (!isNew && number('PRAGMA application_id') !== applicationId) throw new Error('it is another SQLite file');
  if (number('PRAGMA user_version') > layout) throw new Error('a newer release has written it');
  db.exec('PRAGMA trusted_schema = OFF; PRAGMA secure_delete = ON');
  beginWal(db);
  db.function('person_of', { deterministic: true }, (subject) => personOf(String(subject)));
  if (isNew || number('PRAGMA user_version') < layout) {
    db.exec('BEGIN IMMEDIATE');
    const hasEarlier = number('PRAGMA user_version') === 2;
    if (hasEarlier) db.exec('ALTER TABLE federated RENAME TO earlier');
    for (const sql of Object.values(tables)) db.exec(sql.replace('TABLE', 'TABLE IF NOT EXISTS'));
    if (hasEarlier)
      db.exec(`INSERT INTO federated SELECT person_of(subject), subject, name, roles, signed_in_at FROM earlier;
        DROP TABLE earlier`);
    db.exec(`PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${layout}; COMMIT`);
  }
  const rows = db.prepare('SELECT type, name, tbl_name, sql FROM sqlite_schema');
  rows.setReturnArrays(true);
  const foreign = foreignIn({ prepare: () => rows }, tables);
  if (foreign !== undefined) throw new Error(foreign);
};

const rolesText = z.string().transform((text) => z.array(z.enum(roles)).parse(JSON.parse(text)));

export const accountRow = z.object({
  subject: z.string(),
  person: z.string(),
  name: z.string(),
  folded: z.string(),
  roles: rolesText,
  password: z.string().nullable(),
  disabled: z.number().transform((flag) => flag !== 0),
  /** Tokens issued until then are refused: when the account was last disabled, or 0. */
  ended_at: z.number(),
  last_sign_in_at: z.number().nullable(),
});

export const changeRow = z.object({
  number: z.number(),
  at: z.number(),
  by: z.string(),
  subject: z.string(),
  what: z.enum(['made', 'signed-up', 'renamed', 'roles', 'disabled', 'enabled', 'password', 'deleted']),
  roles: rolesText.nullable(),
});

/** Adds a line to the accounts’ own log. */
export const logChange = (
  run: Run,
  {
    at,
    by,
    subject,
    what,
    roles,
  }: Omit<z.output<typeof changeRow>, 'number' | 'roles'> & { roles?: readonly Role[] | undefined },
): void => {
  run(
    'INSERT INTO change (at, by, subject, what, roles) VALUES (?, ?, ?, ?, ?)',
    at,
    by,
    subject,
    what,
    roles === undefined ? null : JSON.stringify(roles),
  );
};

export const federatedRow = z.object({
  person: z.string(),
  subject: z.string(),
  name: z.string(),
  roles: rolesText,
  signed_in_at: z.number(),
});

const deletedRow = z.object({ person: z.string() });

const backedUp = { account: accountRow, change: changeRow, federated: federatedRow, deleted: deletedRow } as const;
const tablesOfBackup = ['account', 'change', 'federated', 'deleted'] as const;

/** The rows of accounts, living and deleted, of their log and of the people of an issuer, as text for a backup; sessions and links stay out. */
export const exportAccounts = (file: string): string => {
  const from = openAccountsFile(file);
  try {
    return from.change(false, () =>
      JSON.stringify(
        Object.fromEntries(tablesOfBackup.map((name) => [name, from.all(`SELECT * FROM ${name} ORDER BY 1`)])),
      ),
    );
  } finally {
    from.close();
  }
};

/** A backup of an earlier release has not all of them, nor all of their columns. */
const rowsOf = z.partialRecord(
  z.enum(tablesOfBackup),
  z.array(z.record(z.string(), z.union([z.string(), z.number(), z.null()]))),
);

/** Makes a file of accounts from the rows in a backup, and takes nothing else from it. Throws if they are none. */
export const importAccounts = (file: string, text: string): void => {
  const rows = rowsOf.parse(JSON.parse(text));
  const into = openAccountsFile(file);
  try {
    into.change(true, (run) => {
      for (const name of tablesOfBackup)
        for (const given of rows[name] ?? []) {
          const row = name === 'federated' ? { person: personOf(String(given.subject)), ...given } : given;
          const columns = Object.keys(backedUp[name].parse(row));
          const places = columns.map(() => '?').join(', ');
          run(
            `INSERT INTO ${name} (${columns.join(', ')}) VALUES (${places})`,
            ...columns.map((column) => row[column] ?? null),
          );
        }
    });
  } finally {
    into.close();
  }
};
