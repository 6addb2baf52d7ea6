import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { entries, sameName } from '../../projections/entries.ts';

test('a name is looked up in the index of names, so that every row of an import takes the same time', () => {
  const db = new DatabaseSync(':memory:');
  db.exec(entries.tables + entries.indexes);
  const { sql, params } = sameName('factories', '甲厂', 'a');
  const [step] = db.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...params);
  expect(step).toMatchObject({ detail: expect.stringContaining('entry_plain_name (register=? AND plain_name=?)') });
});
