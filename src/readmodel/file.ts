import { createHash } from 'node:crypto';
import { closeSync, fsyncSync, openSync } from 'node:fs';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { projections } from '../../projections/index.ts';
import type { Query, Statement } from '../../projections/projection.ts';
import { type Place, start } from '../store/event-store.ts';
import { beginWal, explaining, filePragmas, isDamage } from '../store/sqlite/file.ts';

const tables = projections.map(({ tables }) => tables);
const indexes = projections.map(({ indexes = '' }) => indexes);
const settling = projections.flatMap(({ settling = [] }) => settling);

/** A file with the same tables answers the same questions, so this release can read it. */
const currentTables: string = createHash('sha256')
  .update([...tables, ...indexes].join(';').replace(/\s+/g, ' '))
  .digest('hex');

/**
 * Names the projections of this release with their versions and tables, which grow with the registers. This release
 * folds into no file of another version.
 */
export const currentVersion: string = [
  ...projections.map(({ name, version }) => `${name}${version}`),
  currentTables.slice(0, 8),
].join('-');

/** A batch writes whole pages of many indexes to the log, so larger pages are fewer writes. Only a new file takes it. */
const largePages = 'PRAGMA page_size = 8192';

/** What refers to a row is made together with it, so a search for that row with each insert would find nothing wrong. */
const unchecked = { enableForeignKeyConstraints: false };

/** A read-model file: SQLite tables that the projections own, with the place in the ledger up to which they are folded. */
export type ReadModelFile = {
  readonly path: string;
  readonly version: string;
  /** Whether this release's questions fit the file's tables. */
  readonly readable: boolean;
  readonly all: <Row>(query: Query<Row>) => readonly Row[];
  readonly get: <Row>(query: Query<Row>) => Row | undefined;
  readonly run: (statement: Statement) => void;
  readonly place: () => Place;
  /** Runs writes and the checkpoint that they reach in one transaction; nothing is written if `write` throws. */
  readonly transact: (write: (place: Place) => Place) => void;
  /** Empties the write-ahead log, which may hold what was erased; false if another process reads the file and keeps it. */
  readonly emptyLog: () => boolean;
  /** Why the fold has stopped, and at which event; stored, so that other processes can say so. */
  readonly stopped: () => string | undefined;
  readonly setStopped: (why: string) => void;
  readonly close: () => void;
};

const meta = `
  CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
`;

/** Does work on a file; if the disk is full or fails, `StoreUnavailable` says so and names the file. */
export const onReadModel = <T>(path: string, work: () => T): T => {
  try {
    return work();
  } catch (error) {
    if (isDamage(error)) throw error;
    return explaining(
      path,
      () => {
        throw error;
      },
      'The read model',
    );
  }
};

/**
 * Opens an existing file; an empty one gets this release's tables. Throws if it is gone, and `StoreUnavailable` if it
 * cannot be opened or the disk is full.
 */
export const openReadModelFile = (path: string): ReadModelFile => {
  const url = pathToFileURL(path);
  url.searchParams.set('mode', 'rw');
  const db = onReadModel(path, () => new DatabaseSync(url, { ...unchecked, timeout: 10_000 }));
  return orClose(db, path, () => {
    db.exec(largePages);
    beginWal(db);
    db.exec(`PRAGMA synchronous = NORMAL; ${filePragmas}; PRAGMA temp_store = MEMORY`);
    if (!hasTables(db)) create(db, [...tables, ...indexes]);
    return fileOn(db, path, settling);
  });
};

const orClose = <T>(db: DatabaseSync, path: string, work: () => T): T => {
  try {
    return onReadModel(path, work);
  } catch (error) {
    db.close();
    throw error;
  }
};

/** Opens a read-model file for questions only, such as those of another thread. Throws if it is gone. */
export const readReadModelFile = (path: string): ReadModelFile => {
  const db = new DatabaseSync(path, { readOnly: true, timeout: 10_000 });
  db.exec(`${filePragmas}; PRAGMA temp_store = MEMORY`);
  return fileOn(db, path);
};

/**
 * Begins a new file for a whole log. It keeps no journal, so it is useless until it is finished, which also makes its
 * indexes.
 */
export const buildReadModelFile = (path: string): ReadModelFile & { readonly finish: () => void } => {
  const db = onReadModel(path, () => new DatabaseSync(path, { ...unchecked, defensive: false })); // only then may it do without a journal
  const file = orClose(db, path, () => {
    db.exec(`${largePages}; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; ${filePragmas}`);
    create(db, tables);
    return fileOn(db, path);
  });
  return {
    ...file,
    finish: () =>
      onReadModel(path, () => {
        db.exec(sorting);
        for (const sql of [...indexes, ...settling]) db.exec(sql);
        db.exec(filePragmas);
        db.exec('PRAGMA journal_mode = WAL');
        syncFile(path);
      }),
  };
};

/** What is sorted for an index fits the processor's cache then, which is faster than 32 MB of memory. */
const sorting = 'PRAGMA cache_size = -1024; PRAGMA threads = 2';

const syncFile = (path: string): void => {
  const file = openSync(path, 'r+');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
};

const fileOn = (db: DatabaseSync, path: string, settling: readonly string[] = []): ReadModelFile => {
  const statements = new Map<string, StatementSync>();
  const prepared = (sql: string): StatementSync => {
    const known = statements.get(sql);
    if (known !== undefined) return known;
    const statement = db.prepare(sql);
    statements.set(sql, statement);
    return statement;
  };
  const value = (name: string): string => {
    const row = prepared('SELECT value FROM meta WHERE name = ?').get(name);
    return typeof row?.value === 'string' ? row.value : '';
  };
  const setMeta = (name: string, text: string) =>
    prepared('INSERT INTO meta (name, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value').run(
      name,
      text,
    );
  const place = (): Place => ({
    size: Number(value('size')),
    position: value('position'),
    recordedAt: value('recordedAt') || undefined,
  });
  return {
    path,
    version: value('version'),
    readable: value('tables') === currentTables,
    all: <Row>({ sql, params }: Query<Row>) => prepared(sql).all(...params) as Row[],
    get: <Row>({ sql, params }: Query<Row>) => prepared(sql).get(...params) as Row | undefined,
    run: ({ sql, params }) => {
      prepared(sql).run(...params);
    },
    place,
    transact: (write) =>
      onReadModel(path, () => {
        db.exec('BEGIN IMMEDIATE');
        try {
          const { size, position, recordedAt = '' } = write(place());
          for (const sql of settling) prepared(sql).run();
          setMeta('size', String(size));
          setMeta('position', position);
          setMeta('recordedAt', recordedAt);
          setMeta('stopped', '');
          db.exec('COMMIT');
        } finally {
          if (db.isTransaction) db.exec('ROLLBACK'); // a full disk has ended the transaction already
        }
      }),
    emptyLog: () => onReadModel(path, () => db.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get()?.busy === 0),
    stopped: () => value('stopped') || undefined,
    setStopped: (why) => setMeta('stopped', why),
    close: () => db.close(),
  };
};

const hasTables = (db: DatabaseSync): boolean =>
  db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'meta'").get() !== undefined;

/** Does nothing if another process has made the tables meanwhile. */
const create = (db: DatabaseSync, schema: readonly string[]): void => {
  db.exec('BEGIN IMMEDIATE');
  if (!hasTables(db)) {
    db.exec(meta);
    for (const sql of schema) db.exec(sql);
    const insert = db.prepare('INSERT INTO meta (name, value) VALUES (?, ?)');
    insert.run('version', currentVersion);
    insert.run('tables', currentTables);
    insert.run('size', String(start.size));
    insert.run('position', start.position);
  }
  db.exec('COMMIT');
};
