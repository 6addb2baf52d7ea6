import { expect, test } from 'vitest';
import { counting } from '../../domain/contribution.ts';
import { given, idAt, type Known } from './given.ts';
import { factory } from './vocabulary.ts';

const certified = { measure: 'factories.certified' };
const why = ({ register, entry }: Known, counted: { measure: string; district?: string }, on: string) =>
  counting(register, entry.path.steps, counted, on);

const known = given(
  factory.nominated('2020-01-10'),
  factory.certified('2020-11-03'),
  factory.amended('2020-12-01', { district: 'minhang' }),
  factory.suspended('2021-03-01'),
  factory.reinstated('2021-04-01'),
  factory.certified('2021-05-01', { grade: 'benchmark' }),
);

test('an entry says since when it counts, and by which facts', () => {
  expect(why(known, certified, '2020-11-02')).toBeUndefined();
  expect(why(known, certified, '2020-12-31')).toEqual({ since: '2020-11-03', events: [idAt(known, 1)] });
  expect(why(known, certified, '2021-03-31')).toBeUndefined();
  expect(why(known, certified, '2021-12-31')).toMatchObject({ since: '2021-04-01' });
  expect(why(known, certified, '2021-12-31')?.events).toContain(idAt(known, 4));
});

test('it counts for a district since it moved there, and for a grade since it got it', () => {
  expect(why(known, { ...certified, district: 'minhang' }, '2020-12-31')).toEqual({
    since: '2020-12-01',
    events: [idAt(known, 2)],
  });
  expect(why(known, { measure: 'factories.benchmark' }, '2021-12-31')).toEqual({
    since: '2021-05-01',
    events: [idAt(known, 5)],
  });
});

test('an entry that stops and starts counting on the same day has counted without a gap', () => {
  const same = given(
    factory.certified('2020-11-03', factory.described),
    factory.suspended('2021-03-01'),
    factory.reinstated('2021-03-01'),
  );
  expect(why(same, certified, '2021-03-01')).toMatchObject({ since: '2020-11-03' });
});
