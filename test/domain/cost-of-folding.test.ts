import { expect, test } from 'vitest';
import { addDays } from '../../domain/calendar.ts';
import { decide } from '../../domain/decide.ts';
import { currentSchema, type RecordedEvent } from '../../domain/event.ts';
import { type Entry, evolve } from '../../domain/history.ts';
import { projections } from '../../projections/index.ts';
import { given, unsealed } from './given.ts';
import { factory } from './vocabulary.ts';

/** One more event costs nearly the same whatever the entry has already; if all were gone over, it would cost four times as much. */

const [few, many] = [400, 1_600];

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

type Work = (before: Entry, after: Entry) => void;
type DayOf = (revision: number) => string;

const enter = (facts: number, dayOf: DayOf, work: Work): void => {
  let entry = nominated;
  for (let revision = 1; revision <= facts; revision++) {
    const after = evolve(entry, amendment(revision, dayOf(revision)));
    work(entry, after);
    entry = after;
  }
};

/**
 * The CPU time of `work`, in µs for each fact, if an entry gets `facts` one after the other. As many facts are entered
 * whatever the size, so that both sizes collect as much garbage.
 */
const cpuOf = (facts: number, dayOf: DayOf, work: Work): number => {
  const start = process.cpuUsage();
  for (let entered = 0; entered < many; entered += facts) enter(facts, dayOf, work);
  return process.cpuUsage(start).user / many;
};

const writeRows: Work = (before, after) => {
  const event = { ...amendment(after.revision, '2020-01-01'), ...unsealed, entryNumber: after.revision, position: '0' };
  for (const { writes } of projections) for (const _ of writes({ event, known: true, before, after }));
};
const decideOne: Work = (_, entry) => {
  decide(entry, { name: 'amend', body: { effectiveOn: '2025-12-31', name: '新名' } }, () => true);
};

test.each([
  ['folded, each on a day of its own', writeRows, (revision: number) => addDays('1995-01-01', revision)],
  ['folded, all on one day', writeRows, () => '1995-01-02'],
  ['decided on', decideOne, (revision: number) => addDays('1995-01-01', revision)],
])(
  'a history of four times as many facts takes less than three times as long for each, if they are %s',
  (_, work, dayOf) => {
    cpuOf(few, dayOf, work); // so that both are compiled
    // Taken in turn, so that a busy machine slows both; the least of five is what the work itself costs.
    const rounds = Array.from({ length: 5 }, () => [few, many].map((facts) => cpuOf(facts, dayOf, work)));
    const [ofFew, ofMany] = [0, 1].map((size) => Math.min(...rounds.map((round) => round[size] ?? Number.NaN)));
    expect(ofMany).toBeLessThan(3 * (ofFew ?? Number.NaN));
  },
);
