import { expect, test } from 'vitest';
import { andThen, count, given, idAt, knownAt, recorded, stateAt, when } from './given.ts';
import { enterprise, factory } from './vocabulary.ts';

test('a factory certified late counts from its effective date, but not in what was known before', () => {
  const known = given(factory.nominated('2020-01-10'));
  const certified = recorded(known, factory.certify('2020-11-03'));
  expect(count(certified, 'factories.certified', { on: '2020-11-02' })).toBe(0);
  expect(count(certified, 'factories.certified', { on: '2020-11-03' })).toBe(1);
  expect(count(certified, 'factories.certified', { on: '2020-11-03', at: known.size })).toBe(0);
});

test('a suspension found late takes the factory out of the count for the days it lasted, and only from then on', () => {
  const known = given(factory.nominated('2020-01-10'), factory.certified('2020-11-03'));
  const found = recorded(known, factory.suspend('2021-03-01'), factory.reinstate('2021-04-01'));
  expect(count(found, 'factories.certified', { on: '2021-03-15', at: known.size })).toBe(1);
  expect(count(found, 'factories.certified', { on: '2021-03-15' })).toBe(0);
  expect(count(found, 'factories.certified', { on: '2021-02-28' })).toBe(1);
  expect(count(found, 'factories.certified', { on: '2021-04-01' })).toBe(1);
});

test('a late fact that does not fit on its day is refused with the status and the possible commands of that day', () => {
  const known = given(factory.nominated('2020-01-10'), factory.certified('2020-11-03'), factory.revoked('2021-05-01'));
  expect(when(known, factory.reinstate('2020-12-01'))).toEqual({
    rejection: {
      code: 'transition-not-allowed',
      entryStatus: 'certified',
      allowed: ['certify', 'suspend', 'revoke', 'amend', 'correct', 'annul'],
    },
  });
  expect(when(known, factory.suspend('2020-01-09'))).toMatchObject({
    rejection: { entryStatus: 'none', allowed: ['nominate', 'certify'] },
  });
});

test('a late fact after which later ones no longer fit breaks the history, and the refusal names the first of them', () => {
  const known = given(
    factory.nominated('2020-01-10'),
    factory.certified('2020-11-03'),
    factory.suspended('2021-03-01'),
    factory.reinstated('2021-04-01'),
  );
  expect(when(known, factory.revoke('2020-12-01'))).toEqual({
    rejection: {
      code: 'breaks-history',
      breaks: { event: idAt(known, 2), type: 'ModelCertificationSuspended', effectiveOn: '2021-03-01' },
    },
  });
});

test('a late certification with the same grade as the next one breaks the history', () => {
  const known = given(
    factory.certified('2020-11-03', factory.described),
    factory.certified('2021-11-03', { grade: 'benchmark' }),
  );
  expect(when(known, factory.certify('2021-05-01', { grade: 'benchmark' }))).toMatchObject({
    rejection: { code: 'breaks-history', breaks: { event: idAt(known, 1) } },
  });
});

test('a late fact may become the first of the history', () => {
  const known = given(factory.certified('2020-11-03', factory.described));
  const nominated = recorded(known, factory.nominate('2020-01-10', { name: '旧名' }));
  expect(nominated.outcome).toBe('record');
  expect(stateAt(nominated, '2020-01-10')).toMatchObject({ status: 'nominated', fields: { name: '旧名' } });
  expect(stateAt(nominated, '2020-11-03').fields.name).toBe(factory.described.name);
});

test('facts of one day are in the order of the register’s table, whenever they were recorded', () => {
  const day = '2020-11-03';
  const known = given(factory.certified(day, factory.described));
  const all = recorded(known, factory.nominate(day), factory.suspend(day), factory.reinstate(day), factory.revoke(day));
  expect(stateAt(all, day).status).toBe('revoked');
  expect(when(all, factory.assess(day))).toMatchObject({ outcome: 'record' });
});

test('the count of a day includes all facts of that day', () => {
  const known = given(
    factory.certified('2020-11-03', factory.described),
    factory.suspended('2021-03-01'),
    factory.reinstated('2021-03-01'),
  );
  expect(count(known, 'factories.certified', { on: '2021-03-01' })).toBe(1);
});

test('facts of one day and one command are in the order of recording, and a new one may break those after it', () => {
  const day = '2020-11-03';
  const known = given(factory.certified(day, factory.described));
  const twice = recorded(known, factory.certify(day, { grade: 'benchmark' }));
  expect(count(twice, 'factories.benchmark', { on: day })).toBe(1);
  expect(when(twice, factory.certify(day, { grade: 'benchmark' }))).toMatchObject({
    rejection: { code: 'transition-not-allowed' },
  });
  const left = given(enterprise.enrolled(day), enterprise.left(day));
  expect(when(left, enterprise['complete-upgrade'](day))).toMatchObject({ outcome: 'record' });
});

test('what was known at size N is the first N events', () => {
  const known = given(factory.nominated('2020-01-10'), factory.certified('2020-11-03'));
  const more = andThen(known, factory.suspended('2020-12-01'));
  expect(knownAt(more, known.size).entry).toEqual(known.entry);
  expect(knownAt(more, 0).entry.revision).toBe(-1);
});
