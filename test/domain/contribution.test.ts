import fc from 'fast-check';
import { expect, test } from 'vitest';
import { changeBetween, contribution, contributionsBetween } from '../../domain/contribution.ts';
import { stateOn } from '../../domain/path.ts';
import { annulled, corrected, given, type Known, recorded } from './given.ts';
import { factory } from './vocabulary.ts';

const certified = given(factory.nominated('2020-01-10', factory.described), factory.certified('2020-11-03'));
const between = (before: Known, after: Known) => contributionsBetween(before.entry, after.entry);
const cell = (fields: object = {}) => ({
  measure: 'factories.certified',
  sector: factory.described.sector,
  district: factory.described.district,
  lingang: false,
  ...fields,
});

test('a move between districts, which changes no total, is seen', () => {
  const moved = recorded(certified, factory.amended('2021-02-01', { district: 'minhang' }));
  expect(between(certified, moved)).toEqual([
    { from: '2021-02-01', before: [cell()], after: [cell({ district: 'minhang' })] },
  ]);
});

test('a certification that turns out to be later is seen for the days in between', () => {
  const later = recorded(certified, corrected(1, { effectiveOn: '2020-12-22' }));
  expect(between(certified, later)).toEqual([{ from: '2020-11-03', before: [cell()], after: [] }]);
});

test('an annulment is seen from each day on which what it takes away was another', () => {
  const moved = recorded(certified, factory.amended('2021-02-01', { district: 'minhang' }));
  const gone = recorded(moved, annulled(1));
  expect(between(moved, gone)).toEqual([
    { from: '2020-11-03', before: [cell()], after: [] },
    { from: '2021-02-01', before: [cell({ district: 'minhang' })], after: [] },
  ]);
});

test('a change is listed if and only if a number moves on some day, and says what each day contributes', () => {
  const day = fc
    .integer({ min: 0, max: 40 })
    .map((days) => new Date(Date.UTC(2020, 10, 10 + days)).toISOString().slice(0, 10));
  const step = fc.record({ day, district: fc.constantFrom('pudong', 'minhang', 'jiading') });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 6 }), fc.array(step, { maxLength: 6 }), (some, others) => {
      const told = (steps: typeof some) =>
        steps.reduce((known, { day: on, district }) => recorded(known, factory.amended(on, { district })), certified);
      const [before, after] = [told(some), told(others)];
      const changes = between(before, after);
      expect(changes.length > 0).toBe(changeBetween(before.entry, after.entry).length > 0);
      const on = ({ entry, register }: Known, from: string) => contribution(register, stateOn(entry.path.steps, from));
      for (const change of changes) {
        expect([change.before, change.after]).toEqual([on(before, change.from), on(after, change.from)]);
        expect(change.before).not.toEqual(change.after);
      }
    }),
  );
});
