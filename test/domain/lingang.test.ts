import { expect, test } from 'vitest';
import { corrected, count, given, nothingOf, recorded, stateAt, when } from './given.ts';
import { enterprise, factory } from './vocabulary.ts';

const outside = { rejection: { code: 'invalid-request', errors: [{ in: 'body', pointer: '/lingang' }] } };

test('a factory outside Pudong cannot be in Lingang', () => {
  expect(
    when(nothingOf(factory.register, 'f'), factory.nominate('2020-01-10', { district: 'minhang', lingang: true })),
  ).toMatchObject(outside);
  expect(
    when(nothingOf(factory.register, 'f'), factory.nominate('2020-01-10', { district: 'minhang', lingang: false })),
  ).toMatchObject({ outcome: 'record' });
  expect(when(nothingOf(factory.register, 'f'), factory.nominate('2020-01-10', { lingang: true }))).toMatchObject({
    outcome: 'record',
  });
  expect(
    when(
      nothingOf(enterprise.register, enterprise.key),
      enterprise.enroll('2020-01-10', { district: 'minhang', lingang: true }),
    ),
  ).toMatchObject(outside);
});

test('a factory in Lingang cannot move out of Pudong and stay there', () => {
  const known = given(factory.nominated('2020-01-10', { lingang: true }));
  expect(when(known, factory.amend('2020-02-01', { district: 'minhang' }))).toMatchObject(outside);
  const moved = recorded(known, factory.amend('2020-02-01', { district: 'minhang', lingang: null }));
  expect(stateAt(moved, '2020-02-01').fields).toMatchObject({ district: 'minhang' });
  expect(when(known, factory.amend('2020-02-01', { district: 'minhang', lingang: false }))).toMatchObject({
    outcome: 'record',
  });
});

test('a late fact that leaves a later one in Lingang outside Pudong breaks the history', () => {
  const known = given(factory.nominated('2020-01-10'), factory.amended('2020-06-01', { district: 'minhang' }));
  expect(when(known, factory.amend('2020-03-01', { lingang: true }))).toEqual({
    rejection: {
      code: 'breaks-history',
      breaks: { event: known.events[1]?.id, type: 'FactoryAmended', effectiveOn: '2020-06-01' },
    },
  });
});

test('a correction that puts its own fact in Lingang outside Pudong is refused at the field, one that puts a later fact there breaks the history', () => {
  const known = given(factory.nominated('2020-01-10'), factory.amended('2020-06-01', { district: 'minhang' }));
  expect(when(known, corrected(1, { data: { lingang: true } }))).toMatchObject({
    rejection: { code: 'invalid-request', errors: [{ pointer: '/data/lingang' }] },
  });
  expect(when(known, corrected(0, { data: { lingang: true } }))).toMatchObject({
    rejection: { code: 'breaks-history', breaks: { effectiveOn: '2020-06-01' } },
  });
});

test('the core is counted separately within its sector and district', () => {
  const known = given(factory.certified('2020-11-03', { ...factory.described, lingang: true }));
  const part = (fields: object) => count(known, 'factories.certified', { on: '2020-11-03', ...fields });
  expect([part({}), part({ district: 'pudong' }), part({ district: 'minhang' })]).toEqual([1, 1, 0]);
  expect([part({ sector: 'high-end-manufacturing' }), part({ sector: 'automobiles' })]).toEqual([1, 0]);
});
