import { describe, expect, test } from 'vitest';
import { movement, sameChange } from '../../domain/contribution.ts';
import { type Action, annulled, corrected, given, type Known, nothingOf, when } from './given.ts';
import { criterion, enterprise, factory, listing, plan, platform, solution, supplier } from './vocabulary.ts';

const outcome = (known: Known, action: Action): string => {
  const result = when(known, action);
  return 'rejection' in result ? result.rejection.code : result.outcome;
};

const nominated = given(factory.nominated('2020-01-10'));
const certified = given(factory.nominated('2020-01-10'), factory.certified('2020-11-03'));
const revoked = given(factory.nominated('2020-01-10'), factory.certified('2020-11-03'), factory.revoked('2021-05-01'));
const enrolled = given(enterprise.enrolled('2019-07-01'));
const small = given(enterprise.enrolled('2019-07-01', { aboveDesignatedSize: false }));
const published = given(criterion.published('2020-10-11', criterion.described));

describe('recorded at once, because no number would move:', () => {
  test.each<readonly [string, Known, Action]>([
    ['a nomination', nothingOf(factory.register, 'f'), factory.nominate('2020-01-10')],
    ['an assessment', nominated, factory.assess('2020-02-10')],
    [
      'moving a factory that does not count to another district',
      nominated,
      factory.amend('2020-02-10', { district: 'minhang' }),
    ],
    ['naming the operator of a factory that counts', certified, factory.amend('2021-02-10', { operator: '甲' })],
    [
      'saying that a factory that counts does not lie in Lingang',
      certified,
      factory.amend('2021-02-10', { lingang: false }),
    ],
    ['moving a factory away after it was revoked', revoked, factory.amend('2021-06-01', { district: 'minhang' })],
    ['a nomination found late, before a certification', certified, factory.assess('2020-02-10')],
    ['a transformation below the designated size', small, enterprise['complete-upgrade']('2020-06-01')],
    [
      'another transformation of the same enterprise',
      given(enterprise.enrolled('2019-07-01'), enterprise.completedUpgrade('2020-06-01')),
      enterprise['complete-upgrade']('2021-06-01'),
    ],
    ['superseding a criterion', published, criterion.supersede('2021-01-01')],
    [
      'designating a platform at the municipal level',
      nothingOf(platform.register, 'p'),
      platform.designate('2020-01-10', { ...platform.described, level: 'municipal' }),
    ],
    [
      'correcting the panel of an assessment',
      given(factory.nominated('2020-01-10'), factory.assessed('2020-02-10'), factory.certified('2020-11-03')),
      corrected(1, { data: { panel: '乙组' } }),
    ],
    ['correcting the day of a nomination', certified, corrected(0, { effectiveOn: '2020-01-20' })],
    ['annulling the only nomination', nominated, annulled(0)],
    [
      'an amendment that an older one on the same day would have undone',
      given(factory.certified('2020-11-03', factory.described), factory.amended('2020-11-03', { district: 'minhang' })),
      factory.nominate('2020-11-03'),
    ],
  ])('%s', (_, known, action) => expect(outcome(known, action)).toBe('record'));
});

describe('submitted to a second person, because a number would move:', () => {
  test.each<readonly [string, Known, Action]>([
    ['a certification', nominated, factory.certify('2020-11-03')],
    [
      'a certification as benchmark of a factory that counts already',
      certified,
      factory.certify('2021-11-03', { grade: 'benchmark' }),
    ],
    ['a suspension', certified, factory.suspend('2021-03-01')],
    ['a revocation', certified, factory.revoke('2021-03-01')],
    [
      'moving a factory that counts to another district',
      certified,
      factory.amend('2021-02-10', { district: 'minhang' }),
    ],
    ['moving it to another sector', certified, factory.amend('2021-02-10', { sector: 'automobiles' })],
    ['moving it into Lingang', certified, factory.amend('2021-02-10', { lingang: true })],
    ['moving it, found late, before it counted', certified, factory.amend('2020-02-10', { district: 'minhang' })],
    [
      'moving a revoked factory for days on which it counted',
      revoked,
      factory.amend('2021-02-01', { district: 'minhang' }),
    ],
    [
      'an enterprise that turns out to be below the designated size',
      given(enterprise.enrolled('2019-07-01'), enterprise.completedUpgrade('2020-06-01')),
      enterprise.amend('2021-01-01', { aboveDesignatedSize: false }),
    ],
    [
      'an enterprise of which the size is no longer known',
      given(
        enterprise.enrolled('2019-07-01', { aboveDesignatedSize: false }),
        enterprise.completedUpgrade('2020-06-01'),
      ),
      enterprise.amend('2021-01-01', { aboveDesignatedSize: null }),
    ],
    ['the transformation of an enterprise of unknown size', enrolled, enterprise['complete-upgrade']('2020-06-01')],
    ['the abolition of a criterion', published, criterion.abolish('2021-01-01')],
    ['a correction of the day of a certification', certified, corrected(1, { effectiveOn: '2020-12-22' })],
    ['a correction of the district with which it counts', certified, corrected(0, { data: { district: 'minhang' } })],
    ['the annulment of a certification', certified, annulled(1)],
    ['the annulment of a revocation', revoked, annulled(2)],
    ['the annulment of all', certified, annulled(0, 1)],
    ['a delivery', nothingOf(solution.register, 's'), solution.deliver('2020-01-10', solution.described)],
    ['a listing', nothingOf(listing.register, '688012'), listing.list('2020-01-10', listing.described)],
    [
      'another tier',
      given(supplier.designated('2020-01-10', supplier.described)),
      supplier.designate('2021-01-10', { tier: '10bn' }),
    ],
    [
      'a platform that falls back to the municipal level',
      given(platform.designated('2020-01-10', platform.described)),
      platform.designate('2021-01-10', { level: 'municipal' }),
    ],
  ])('%s', (_, known, action) => expect(outcome(known, action)).toBe('submit'));
});

test('every record of a plan needs a second person, whether a number moves or not', () => {
  const adopted = given(plan.adopted('2019-06-24'));
  expect(outcome(nothingOf(plan.register, 'p'), plan.adopt('2019-06-24'))).toBe('submit');
  expect(outcome(adopted, plan.revise('2020-06-24'))).toBe('submit');
  expect(outcome(adopted, plan.amend('2020-06-24', { to: '2022-12-31' }))).toBe('submit');
  expect(outcome(adopted, corrected(0, { data: {} }))).toBe('submit');
  expect(outcome(adopted, annulled(0))).toBe('submit');
});

describe('the change that the second person is shown', () => {
  const changeOf = (known: Known, action: Action) => {
    const result = when(known, action);
    return 'rejection' in result ? [] : result.change;
  };

  test('says day by day what the counts gain and lose', () => {
    const cell = { measure: 'factories.certified', sector: 'high-end-manufacturing', lingang: false };
    expect(changeOf(certified, factory.amend('2021-02-10', { district: 'minhang' }))).toEqual([
      { day: '2021-02-10', cell: { ...cell, district: 'minhang' }, by: 1 },
      { day: '2021-02-10', cell: { ...cell, district: 'pudong' }, by: -1 },
    ]);
  });

  test('moves a target from its day on, and a target of a district only if it touches that district', () => {
    const change = changeOf(certified, factory.amend('2021-02-10', { district: 'minhang' }));
    const measure = 'factories.certified';
    expect(movement(change, { measure }, '2021-12-31')).toBe(0);
    expect(movement(change, { measure, district: 'minhang' }, '2021-02-09')).toBe(0);
    expect(movement(change, { measure, district: 'minhang' }, '2021-02-10')).toBe(1);
    expect(movement(change, { measure, district: 'pudong' }, '2021-02-10')).toBe(-1);
    expect(movement(change, { measure: 'factories.benchmark' }, '2021-12-31')).toBe(0);
  });

  test('is a loss until the new day if the fact is moved to a later day', () => {
    const change = changeOf(certified, corrected(1, { effectiveOn: '2020-12-22' }));
    const on = (day: string) => movement(change, { measure: 'factories.certified' }, day);
    expect([on('2020-11-02'), on('2020-11-03'), on('2020-12-21'), on('2020-12-22')]).toEqual([0, -1, -1, 0]);
  });

  test('is the same change only if every part of it is', () => {
    const change = changeOf(nominated, factory.certify('2020-11-03'));
    expect(sameChange(change, changeOf(nominated, factory.certify('2020-11-03')))).toBe(true);
    expect(sameChange(change, changeOf(nominated, factory.certify('2020-11-04')))).toBe(false);
    expect(sameChange(change, changeOf(nominated, factory.certify('2020-11-03', { grade: 'benchmark' })))).toBe(false);
    expect(sameChange(change, [])).toBe(false);
    expect(sameChange([], change)).toBe(false);
  });
});
