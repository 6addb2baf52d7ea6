import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { blank, evolve } from '../../domain/history.ts';
import { entries } from '../../projections/entries.ts';
import { foreverSize } from '../../projections/projection.ts';
import { type Action, corrected, given } from '../domain/given.ts';
import { factory } from '../domain/vocabulary.ts';

const enterprise = '91310000132260250X';

/** The rows that an entry's stream leaves, in the order in which they were made, each with the sizes since and until which it holds. */
const rowsOf = (...commands: readonly Action[]) => {
  const db = new DatabaseSync(':memory:');
  db.exec(entries.tables);
  const { register, key, events } = given(...commands);
  let before = blank(register, key);
  for (const event of events) {
    const after = evolve(before, event);
    const folded = { ...event, entryNumber: event.revision, position: String(event.revision + 1) };
    for (const { sql, params } of entries.writes({ event: folded, known: true, before, after }))
      db.prepare(sql).run(...params);
    before = after;
  }
  const rows = db.prepare('SELECT from_day, to_day, since, until, status, refs FROM entry ORDER BY id').all();
  return rows.map(({ from_day: from, to_day: to, since, until, status, refs }) => {
    const known = until === foreverSize ? [since] : [since, until];
    return [`${from} to ${to}`, status, known, ...(refs === null ? [] : [JSON.parse(String(refs))])];
  });
};

const nominated = factory.nominated('2020-01-10', factory.described);

test('a fact opens a row and closes the one before it, a late one those around it; what has not changed keeps its row', () => {
  const [assessed, amended] = [factory.assessed('2020-09-01'), factory.amended('2020-06-01', { name: '康桥' })];
  expect(rowsOf(nominated, assessed, amended)).toEqual([
    ['2020-01-10 to 9999-99-99', 'nominated', [0, 1]],
    ['2020-01-10 to 2020-09-01', 'nominated', [1, 2]],
    ['2020-09-01 to 9999-99-99', 'assessed', [1, 2]],
    ['2020-01-10 to 2020-06-01', 'nominated', [2]],
    ['2020-06-01 to 2020-09-01', 'nominated', [2]],
    ['2020-09-01 to 9999-99-99', 'assessed', [2]],
  ]);
  const lastly = factory.amended('2020-12-01', { name: '康桥' });
  expect(rowsOf(nominated, assessed, lastly).slice(1)).toEqual([
    ['2020-01-10 to 2020-09-01', 'nominated', [1]],
    ['2020-09-01 to 9999-99-99', 'assessed', [1, 2]],
    ['2020-09-01 to 2020-12-01', 'assessed', [2]],
    ['2020-12-01 to 9999-99-99', 'assessed', [2]],
  ]);
});

test('a correction that changes nothing in a row leaves all rows as they are', () => {
  const facts = [nominated, factory.assessed('2020-09-01')];
  const { sector } = factory.described;
  expect(rowsOf(...facts, corrected(0, { data: { sector: String(sector) } }))).toEqual(rowsOf(...facts));
});

test('a row is replaced if another fact now refers to the same entry, even though the state is the same', () => {
  const first = factory.nominated('2020-01-10', { ...factory.described, enterprise });
  const again = factory.amended('2020-06-01', { enterprise, name: String(factory.described.name) });
  const by = (day: string) => [['enterprises', enterprise, day, 0]];
  expect(rowsOf(first, again, corrected(1, { data: { enterprise: null } })).slice(1)).toEqual([
    ['2020-01-10 to 2020-06-01', 'nominated', [1], by('2020-01-10')],
    ['2020-06-01 to 9999-99-99', 'nominated', [1, 2], by('2020-06-01')],
    ['2020-06-01 to 9999-99-99', 'nominated', [2], by('2020-01-10')],
  ]);
});
