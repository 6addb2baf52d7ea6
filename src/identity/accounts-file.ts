import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { ConfigError } from '../config.ts';
import { explaining } from '../store/sqlite/file.ts';
import { foreignIn, type Tables } from '../store/sqlite/schema.ts';
import { roles } from './identity.ts';

/** "UPGA" as SQLite's application id. */
const applicationId = 0x55504741;
/** The first had no people of an issuer. */
const layout = 2;

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
    subject TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    roles TEXT NOT NULL,
    signed_in_at INTEGER NOT NULL
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
  db.exec('PRAGMA trusted_schema = OFF; PRAGMA secure_delete = ON; PRAGMA journal_mode = WAL');
  if (isNew || number('PRAGMA user_version') < layout) {
    const creating = Object.values(tables).map((sql) => sql.replace('TABLE', 'TABLE IF NOT EXISTS'));
    db.exec(
      `BEGIN IMMEDIATE; ${creating.join(';')}; PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${layout}; COMMIT`,
    );
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
  what: z.enum(['made', 'signed-up', 'renamed', 'roles', 'disabled', 'enabled', 'password']),
  roles: rolesText.nullable(),
});

export const federatedRow = z.object({
  subject: z.string(),
  name: z.string(),
  roles: rolesText,
  signed_in_at: z.number(),
});

const backedUp = { account: accountRow, change: changeRow, federated: federatedRow } as const;

/** The rows of accounts, of their log and of the people of an issuer, as text for a backup; sessions and links stay out. */
export const exportAccounts = (file: string): string => {
  const from = openAccountsFile(file);
  try {
    return from.change(false, () =>
      JSON.stringify(
        Object.fromEntries(Object.keys(backedUp).map((name) => [name, from.all(`SELECT * FROM ${name} ORDER BY 1`)])),
      ),
    );
  } finally {
    from.close();
  }
};

/** A backup of an earlier release has no people of an issuer. */
const rowsOf = z.partialRecord(
  z.enum(['account', 'change', 'federated']),
  z.array(z.record(z.string(), z.union([z.string(), z.number(), z.null()]))),
);

/** Makes a file of accounts from the rows in a backup, and takes nothing else from it. Throws if they are none. */
export const importAccounts = (file: string, text: string): void => {
  const given = rowsOf.parse(JSON.parse(text));
  const into = openAccountsFile(file);
  try {
    into.change(true, (run) => {
      for (const name of ['account', 'change', 'federated'] as const)
        for (const row of given[name] ?? []) {
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
