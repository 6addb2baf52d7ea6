import { expect, test } from 'vitest';
import { addDays } from '../../domain/calendar.ts';
import { decide } from '../../domain/decide.ts';
import { currentSchema, type RecordedEvent } from '../../domain/event.ts';
import { type Entry, evolve } from '../../domain/history.ts';
import { projections } from '../../projections/index.ts';
import { given } from './given.ts';
import { factory } from './vocabulary.ts';

/** One more event costs nearly the same whatever the entry has already; if all were gone over, it would cost four times as much. */

const { entry: nominated } = given(factory.nominated('1995-01-01', factory.described));

const amendment = (revision: number, effectiveOn: string): RecordedEvent => ({
  id: `amendment ${revision}`,
  type: 'FactoryAmended',
  data: { register: nominated.register.name, key: nominated.key, effectiveOn, data: { name: `第${revision}名` } },
  metadata: { schema: currentSchema, by: 'li.wei', command: `command ${revision}`, bodySha256: '' },
  stream: 'upgrade.factories-kangqiao',
  revision,
  recordedAt: '2026-01-01T00:00:00.000Z',
});

/** The CPU time, in µs, of `work` with N facts, one after the other: the least of three. */
const cpuOf = (facts: number, dayOf: (revision: number) => string, work: (before: Entry, after: Entry) => void) =>
  Math.min(
    ...Array.from({ length: 3 }, () => {
      const start = process.cpuUsage();
      let entry = nominated;
      for (let revision = 1; revision <= facts; revision++) {
        const after = evolve(entry, amendment(revision, dayOf(revision)));
        work(entry, after);
        entry = after;
      }
      return process.cpuUsage(start).user;
    }),
  );

const writeRows = (before: Entry, after: Entry): void => {
  const event = { ...amendment(after.revision, '2020-01-01'), entryNumber: after.revision, position: '0' };
  for (const { writes } of projections) for (const _ of writes({ event, known: true, before, after }));
};
const decideOne = (_: Entry, entry: Entry): void => {
  decide(entry, { name: 'amend', body: { effectiveOn: '2025-12-31', name: '新名' } }, () => true);
};

const [few, many] = [700, 2_800];

test.each([
  ['folded, each on a day of its own', writeRows, (revision: number) => addDays('1995-01-01', revision)],
  ['folded, all on one day', writeRows, () => '1995-01-02'],
  ['decided on', decideOne, (revision: number) => addDays('1995-01-01', revision)],
])(
  'a history of four times as many facts takes less than three times as long for each, if they are %s',
  (_, work, dayOf) => {
    cpuOf(few, dayOf, work); // so that both are compiled
    expect(cpuOf(many, dayOf, work) / many).toBeLessThan(3 * (cpuOf(few, dayOf, work) / few));
  },
);
