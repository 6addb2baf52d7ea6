import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { changeBetween, contributionsBetween } from '../../domain/contribution.ts';
import type { RecordedEvent } from '../../domain/event.ts';
import { blank, type Entry, evolve, foldEntry } from '../../domain/history.ts';
import { counts } from '../../projections/counts.ts';
import { entries } from '../../projections/entries.ts';
import type { Change } from '../../projections/projection.ts';
import { submissions } from '../../projections/submissions.ts';
import { type Action, andThen, annulled, corrected, nothingOf, returnedBy, submittedBy, unsealed } from './given.ts';
import { factory } from './vocabulary.ts';

/**
 * An entry is folded on from where it was, and projections write what an event has changed only. Both must leave what
 * folding everything anew leaves, whether the facts fit into the history or not.
 */

const enterprise = '91310000132260250X';
const day = fc.integer({ min: 1, max: 9 }).map((number) => `2020-03-0${number}`);
const described = fc.record(
  {
    name: fc.constantFrom('甲', '乙'),
    sector: fc.constantFrom('automobiles', 'biomedicine'),
    district: fc.constantFrom('pudong', 'minhang'),
    lingang: fc.boolean(),
    enterprise: fc.constantFrom(enterprise, null),
  },
  { requiredKeys: [] },
);
const fact: fc.Arbitrary<Action> = fc
  .tuple(fc.constantFrom('nominate', 'certify', 'amend', 'amend', 'suspend', 'reinstate', 'revoke'), day, described)
  .map(([name, effectiveOn, fields]) => ({
    name,
    body: () => ({ effectiveOn, ...fields, ...(name === 'certify' ? { grade: 'benchmark' } : {}) }),
  }));
const first: Action = factory.nominated('2020-03-01', factory.described);

/** Later actions name one of the events so far. */
const action: fc.Arbitrary<(size: number) => Action> = fc.oneof(
  { weight: 6, arbitrary: fact.map((each) => () => each) },
  {
    weight: 3,
    arbitrary: fc.tuple(fc.nat(40), fc.option(day, { nil: undefined }), described).map(
      ([pick, effectiveOn, data]) =>
        (size: number) =>
          corrected(pick % size, { ...(effectiveOn === undefined ? {} : { effectiveOn }), data }),
    ),
  },
  {
    weight: 1,
    arbitrary: fc
      .array(fc.nat(40), { minLength: 1, maxLength: 3 })
      .map((picks) => (size: number) => annulled(...picks.map((pick) => pick % size))),
  },
  { weight: 1, arbitrary: fact.map((each) => () => submittedBy('li.wei', each)) },
  {
    weight: 1,
    arbitrary: fc.nat(40).map((pick) => (size: number) => returnedBy('wang.fang', pick % size, '缺证据')),
  },
);

const streams = fc
  .array(action, { minLength: 1, maxLength: 25, size: 'max' })
  .map((actions) =>
    actions.reduce(
      (known, make) => andThen(known, make(known.size)),
      andThen(nothingOf(factory.register, 'kangqiao'), first),
    ),
  );

const projections = [entries, counts, submissions];

/** The rows that projections write for a stream, by how the entries before and after each event are folded. */
const rowsOf = (events: readonly RecordedEvent[], pairs: readonly (readonly [before: Entry, after: Entry])[]) => {
  const db = new DatabaseSync(':memory:');
  for (const { tables } of projections) db.exec(tables);
  for (const [index, event] of events.entries()) {
    const [before, after] = pairs[index] ?? [];
    if (before === undefined || after === undefined) throw new Error(`No entry at ${index}`);
    const folded = { ...event, ...unsealed, entryNumber: event.revision, position: String(event.revision + 1) };
    const change: Change = { event: folded, known: true, before, after };
    for (const { writes } of projections) for (const { sql, params } of writes(change)) db.prepare(sql).run(...params);
  }
  const tables = projections.flatMap(({ compared }) => Object.entries(compared));
  return tables.map(([table, order]) => db.prepare(`SELECT * FROM ${table} ORDER BY ${order}`).all());
};

test('an entry that is folded on event by event is the entry that is folded anew, and its rows are the same', () => {
  fc.assert(
    fc.property(streams, ({ register, key, events }) => {
      const anew = [0, ...events.keys()].map((_, size) => foldEntry(register, key, events.slice(0, size)));
      const onwards = [blank(register, key)];
      for (const event of events) onwards.push(evolve(onwards.at(-1) ?? blank(register, key), event));
      const pairsOf = (all: readonly Entry[]) =>
        all.slice(1).map((after, index) => [all[index] ?? after, after] as const);
      for (const [size, entry] of onwards.entries()) if (size > 0) expect(entry).toEqual(anew[size]);
      expect(rowsOf(events, pairsOf(onwards))).toEqual(rowsOf(events, pairsOf(anew)));
      for (const [size, [before, after]] of pairsOf(onwards).entries()) {
        const [beforeAnew, afterAnew] = pairsOf(anew)[size] ?? [before, after];
        expect(changeBetween(before, after)).toEqual(changeBetween(beforeAnew, afterAnew));
        expect(contributionsBetween(before, after)).toEqual(contributionsBetween(beforeAnew, afterAnew));
      }
    }),
    { numRuns: 200 },
  );
});
