import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { entries, sameName } from '../../projections/entries.ts';
import { entriesCalled } from '../../projections/lists.ts';
import { trail } from '../../projections/trail.ts';

test.each([
  ['a row of an import looks for its name', sameName('factories', '甲厂', 'a')],
  ['a search looks for what is called exactly so', entriesCalled('factories', '甲厂')],
])('%s in indexes, so that it takes the same time in a register of any size', (_, { sql, params }) => {
  const db = new DatabaseSync(':memory:');
  db.exec(trail.tables + trail.indexes + entries.tables + entries.indexes);
  const steps = db.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...params);
  const tables = steps.map(({ detail }) => String(detail)).filter((detail) => /^(SCAN|SEARCH)/.test(detail));
  expect(tables).not.toEqual([]);
  for (const each of tables) expect(each).toMatch(/^SEARCH .*\b(plain_name|key)=\?/);
});
