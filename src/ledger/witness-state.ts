import { DatabaseSync } from 'node:sqlite';
import type { Tree } from './tree.ts';
import type { WitnessState } from './witness.ts';

const table = `
  PRAGMA synchronous = EXTRA;
  CREATE TABLE IF NOT EXISTS signing (one INTEGER PRIMARY KEY CHECK (one = 1), key TEXT NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS latest (origin TEXT PRIMARY KEY, size INTEGER NOT NULL, root BLOB NOT NULL) STRICT;
`;

const treeOf = (row: Readonly<Record<string, unknown>> | undefined): Tree | undefined =>
  typeof row?.size === 'number' && row.root instanceof Uint8Array
    ? { size: row.size, root: Buffer.from(row.root) }
    : undefined;

/**
 * What a witness has cosigned, with its key, so that neither is ever without the other; in a file of SQLite, which several
 * processes may share: a replacement is one statement.
 */
export const openWitnessState = (
  path: string,
): WitnessState & {
  /** The witness’s signer key; `make` makes it at first use. */
  readonly key: (make: () => string) => string;
  readonly close: () => void;
} => {
  const database = new DatabaseSync(path, { timeout: 5_000 });
  database.exec(table);
  const latest = database.prepare('SELECT size, root FROM latest WHERE origin = ?');
  const first = database.prepare('INSERT INTO latest VALUES (?, ?, ?) ON CONFLICT DO NOTHING');
  const next = database.prepare('UPDATE latest SET size = ?, root = ? WHERE origin = ? AND size = ? AND root = ?');
  return {
    latest: (origin) => treeOf(latest.get(origin)),
    replace: (origin, was, now) => {
      const { changes } = was
        ? next.run(now.size, now.root, origin, was.size, was.root)
        : first.run(origin, now.size, now.root);
      return changes === 1;
    },
    key: (make) => {
      const kept = database.prepare('SELECT key FROM signing');
      if (kept.get() === undefined)
        database.prepare('INSERT INTO signing VALUES (1, ?) ON CONFLICT DO NOTHING').run(make());
      return String(kept.get()?.key);
    },
    close: () => database.close(),
  };
};
