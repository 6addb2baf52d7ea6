import { describe, expect, test } from 'vitest';
import { corrected, count, given, nothingOf, recorded, stateAt, when } from './given.ts';
import { breakthrough, criterion, enterprise, factory, supplier } from './vocabulary.ts';

describe('descriptive fields', () => {
  test('hold from the fact that gives them; fields not given stay as they were', () => {
    const known = given(
      factory.nominated('2020-01-10', { operator: '上海电气', sector: 'automobiles' }),
      factory.amended('2020-06-01', { district: 'minhang' }),
      factory.certified('2020-08-01'),
      factory.revoked('2020-09-01'),
      factory.nominated('2020-10-01', { name: '新工厂', district: 'jiading' }),
    );
    const fieldsOn = (on: string) => stateAt(known, on).fields;
    expect(fieldsOn('2020-01-09')).toEqual({});
    expect(fieldsOn('2020-01-10')).toMatchObject({ operator: '上海电气', sector: 'automobiles', district: 'pudong' });
    expect(fieldsOn('2020-05-31')).toMatchObject({ district: 'pudong' });
    expect(fieldsOn('2020-06-01')).toMatchObject({ district: 'minhang', operator: '上海电气' });
    expect(fieldsOn('2020-10-01')).toMatchObject({ name: '新工厂', district: 'jiading', operator: '上海电气' });
  });

  test('recorded late hold from their effective date until a later fact changes them', () => {
    const known = given(
      factory.nominated('2020-01-10'),
      factory.amended('2020-09-01', { operator: '丙' }),
      factory.amended('2020-05-01', { operator: '乙' }),
    );
    expect(stateAt(known, '2020-04-30').fields.operator).toBeUndefined();
    expect(stateAt(known, '2020-05-01').fields.operator).toBe('乙');
    expect(stateAt(known, '2020-09-01').fields.operator).toBe('丙');
  });

  test('may come with a fact that could start a history, even if it does not', () => {
    const known = given(factory.nominated('2020-01-10'));
    const certified = recorded(known, factory.certify('2020-11-03', { operator: '上海电气' }));
    expect(stateAt(certified, '2020-11-03').fields).toMatchObject({ ...factory.described, operator: '上海电气' });
  });

  test('cannot come with a fact that could not start a history', () => {
    expect(
      when(given(factory.nominated('2020-01-10')), factory.assess('2020-02-10', { operator: '丁' })),
    ).toMatchObject({
      rejection: { code: 'invalid-request' },
    });
  });
});

describe('the first command', () => {
  test('requires the descriptive fields even when it is repeated', () => {
    const known = given(
      factory.nominated('2020-01-10'),
      factory.certified('2020-02-01'),
      factory.revoked('2020-03-01'),
    );
    const again = (fields: object) =>
      when(known, { ...factory.nominate('2021-01-10'), body: () => ({ effectiveOn: '2021-01-10', ...fields }) });
    expect(again({})).toMatchObject({ rejection: { code: 'invalid-request' } });
    expect(again(factory.described)).toMatchObject({ outcome: 'record' });
  });
});

describe('an amendment', () => {
  const known = given(factory.nominated('2020-01-10', { operator: '上海电气', lingang: true }));

  test('with null clears an optional field', () => {
    const cleared = recorded(known, factory.amend('2020-02-01', { operator: null, lingang: null }));
    expect(stateAt(cleared, '2020-01-31').fields).toMatchObject({ operator: '上海电气', lingang: true });
    expect(stateAt(cleared, '2020-02-01').fields).toEqual(factory.described);
  });

  test('cannot clear a field that an entry must have', () => {
    expect(when(known, factory.amend('2020-02-01', { name: null }))).toMatchObject({
      rejection: { code: 'invalid-request', errors: [{ pointer: '/name' }] },
    });
  });

  test('must name a field, and only descriptive ones', () => {
    expect(when(known, factory.amend('2020-02-01'))).toMatchObject({ rejection: { code: 'invalid-request' } });
    expect(when(known, factory.amend('2020-02-01', { note: '无' }))).toMatchObject({
      rejection: { code: 'invalid-request' },
    });
    expect(when(known, factory.amend('2020-02-01', { grade: 'benchmark' }))).toMatchObject({
      rejection: { code: 'invalid-request' },
    });
  });

  test('is possible from the day of the first fact on', () => {
    expect(when(known, factory.amend('2020-01-10', { operator: '乙' }))).toMatchObject({ outcome: 'record' });
    expect(when(known, factory.amend('2020-01-09', { operator: '乙' }))).toEqual({
      rejection: { code: 'transition-not-allowed', entryStatus: 'none', allowed: ['nominate', 'certify'] },
    });
  });

  test('comes last on its day, whenever it was recorded', () => {
    const late = given(factory.amended('2020-01-10', { name: '更名' }), factory.nominated('2020-01-10'));
    expect(stateAt(late, '2020-01-10').fields.name).toBe('更名');
    const two = recorded(late, factory.amend('2020-01-10', { name: '再更名' }));
    expect(stateAt(two, '2020-01-10').fields.name).toBe('再更名');
  });
});

test('an upgraded enterprise that starts another upgrade stays upgraded', () => {
  const known = given(
    enterprise.enrolled('2019-07-01'),
    enterprise.completedUpgrade('2020-06-01'),
    enterprise.startedUpgrade('2020-09-01'),
  );
  expect(stateAt(known, '2020-09-01').status).toBe('upgraded');
  expect(count(known, 'enterprises.upgraded', { on: '2020-09-01' })).toBe(1);
});

test('a diagnosis does not change the status, and its maturity level stays', () => {
  const known = given(
    enterprise.enrolled('2019-07-01'),
    enterprise.diagnosed('2019-08-01', { maturityLevel: 2 }),
    enterprise.startedUpgrade('2019-09-01'),
  );
  expect(stateAt(known, '2019-08-01')).toMatchObject({ status: 'enrolled', fields: { maturityLevel: 2 } });
  expect(stateAt(known, '2019-09-01')).toMatchObject({ status: 'upgrading', fields: { maturityLevel: 2 } });
});

test('an upgraded enterprise counts unless it is known to be below the designated size', () => {
  const upgraded = (fields: object) =>
    given(enterprise.completedUpgrade('2020-06-01', { ...enterprise.described, ...fields }));
  const counted = (fields: object) => count(upgraded(fields), 'enterprises.upgraded', { on: '2020-06-01' });
  expect([counted({}), counted({ aboveDesignatedSize: true }), counted({ aboveDesignatedSize: false })]).toEqual([
    1, 1, 0,
  ]);
});

test('a factory counts as a benchmark by its latest grade', () => {
  const known = given(
    factory.certified('2020-11-03', { ...factory.described, grade: 'benchmark' }),
    factory.certified('2021-03-01', { grade: 'demonstration' }),
    factory.suspended('2021-04-01'),
    factory.reinstated('2021-05-01'),
    factory.certified('2021-06-01', { grade: 'benchmark' }),
    factory.revoked('2021-07-01'),
    factory.nominated('2021-08-01'),
    factory.certified('2021-09-01', { grade: 'benchmark' }),
  );
  const on = (measure: string) =>
    [
      '2020-11-03',
      '2021-03-01',
      '2021-04-01',
      '2021-05-01',
      '2021-06-01',
      '2021-07-01',
      '2021-08-01',
      '2021-09-01',
    ].map((day) => count(known, measure, { on: day }));
  expect(on('factories.certified')).toEqual([1, 1, 0, 1, 1, 0, 0, 1]);
  expect(on('factories.benchmark')).toEqual([1, 0, 0, 0, 1, 0, 0, 1]);
});

test('a supplier of 10 billion counts as a supplier as well', () => {
  const known = given(
    supplier.designated('2020-11-03', supplier.described),
    supplier.designated('2021-11-03', { tier: '10bn' }),
  );
  const counts = (on: string) =>
    ['suppliers.designated', 'suppliers.designated-10bn'].map((measure) => count(known, measure, { on }));
  expect(counts('2021-11-02')).toEqual([1, 0]);
  expect(counts('2021-11-03')).toEqual([1, 1]);
});

test('a superseded standard still counts, an abolished one does not', () => {
  const known = given(
    criterion.published('2020-10-11', criterion.described),
    criterion.superseded('2021-01-01'),
    criterion.abolished('2021-06-01'),
  );
  expect(
    ['2020-10-10', '2020-10-11', '2021-01-01', '2021-06-01'].map((on) => count(known, 'criteria.published', { on })),
  ).toEqual([0, 1, 1, 0]);
});

test('a history that starts with an outcome accepts the skipped facts later', () => {
  const published = given(criterion.published('2020-10-11', criterion.described));
  const completed = recorded(
    published,
    criterion.propose('2018-01-01'),
    criterion.draft('2019-03-01'),
    criterion.ratify('2020-09-01'),
  );
  expect(stateAt(completed, '2019-03-01').status).toBe('drafting');
  expect(count(completed, 'criteria.published', { on: '2020-10-11' })).toBe(1);
});

test('a fact without the descriptive fields cannot become the first of its history', () => {
  const known = given(breakthrough.claimed('2020-01-10'), breakthrough.verified('2020-05-01'));
  expect(when(known, corrected(0, { effectiveOn: '2020-06-01' }))).toMatchObject({
    rejection: { code: 'breaks-history', breaks: { type: 'BreakthroughVerified', effectiveOn: '2020-05-01' } },
  });
  expect(when(nothingOf(breakthrough.register, 'x'), breakthrough.verify('2020-05-01'))).toMatchObject({
    rejection: {
      code: 'invalid-request',
      errors: ['title', 'category', 'sector'].map((name) => ({ pointer: `/${name}` })),
    },
  });
});
