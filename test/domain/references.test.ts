import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../domain/json.ts';
import { type Referred, referencesOf } from '../../domain/objections.ts';
import { type Action, annulled, corrected, given, type Known, nothingOf, whenReferring } from './given.ts';
import { criterion, factory, solution } from './vocabulary.ts';

const shanghaiElectric = '91310000132260250X';
const huawei = '914403001922038216';

const referred = (known: Known, action: Action): readonly Referred[] =>
  referencesOf(known.entry, { name: action.name, body: action.body(known) as JsonObject });

/** Only the given enterprises are enrolled, on any day. */
const enrolled =
  (...codes: readonly string[]) =>
  ({ key, register, exactOnly }: Referred): boolean =>
    register === 'enterprises' ? codes.includes(key) : exactOnly;

const factoryOf = (code: string) => given(factory.nominated('2020-01-10', { enterprise: code }));
const unknown = nothingOf(factory.register, 'f');

test('a code must belong to an enterprise that is enrolled on the day of the fact', () => {
  expect(referred(unknown, factory.nominate('2020-01-10', { enterprise: huawei }))).toEqual([
    { register: 'enterprises', key: huawei, on: '2020-01-10', exactOnly: false, pointer: '/enterprise' },
  ]);
  const nominate = factory.nominate('2020-01-10', { enterprise: huawei });
  expect(whenReferring(unknown, enrolled(), nominate)).toEqual({
    rejection: { code: 'unknown-reference', pointer: '/enterprise', reference: huawei },
  });
  expect(whenReferring(unknown, enrolled(huawei), nominate)).toMatchObject({ outcome: 'record' });
});

test('a fact that names no enterprise refers to none', () => {
  expect(referred(unknown, factory.nominate('2020-01-10'))).toEqual([]);
  expect(referred(factoryOf(huawei), factory.amend('2020-02-10', { enterprise: null }))).toEqual([]);
  expect(referred(factoryOf(huawei), factory.certify('2020-11-03'))).toEqual([]);
});

test('every lead organisation of a standard must be enrolled, and the refusal names the one that is not', () => {
  const propose = criterion.propose('2020-01-10', { leads: [shanghaiElectric, huawei] });
  expect(whenReferring(nothingOf(criterion.register, 'c'), enrolled(shanghaiElectric), propose)).toEqual({
    rejection: { code: 'unknown-reference', pointer: '/leads/1', reference: huawei },
  });
});

test('the successor of a standard and the supplier of a solution are references only if the text is exactly a key', () => {
  const published = given(criterion.published('2020-01-10', criterion.described));
  expect(referred(published, criterion.supersede('2021-01-10', { by: 'GB-T-39116-2025' }))).toEqual([
    { register: 'criteria', key: 'GB-T-39116-2025', on: '2021-01-10', exactOnly: true, pointer: '/by' },
  ]);
  expect(referred(nothingOf(solution.register, 's'), solution.sign('2020-01-10'))).toEqual([
    { register: 'suppliers', key: '上海某集成商', on: '2020-01-10', exactOnly: true, pointer: '/supplier' },
  ]);
  const free = criterion.supersede('2021-01-10', { by: 'GB/T 39116-2025' });
  expect(whenReferring(published, enrolled(), free)).toMatchObject({ outcome: 'record' });
});

test('a fact that does not fit is refused for that reason, whatever it refers to', () => {
  const known = given(factory.nominated('2020-01-10'), factory.certified('2020-11-03'));
  expect(whenReferring(known, enrolled(), factory.nominate('2021-01-10', { enterprise: huawei }))).toMatchObject({
    rejection: { code: 'transition-not-allowed' },
  });
});

describe('a correction', () => {
  test('is checked for the references of the corrected fact, on its corrected day', () => {
    const known = factoryOf(huawei);
    const action = corrected(0, { data: { enterprise: shanghaiElectric }, effectiveOn: '2020-02-10' });
    expect(referred(known, action)).toEqual([
      {
        register: 'enterprises',
        key: shanghaiElectric,
        on: '2020-02-10',
        exactOnly: false,
        pointer: '/data/enterprise',
      },
    ]);
    expect(whenReferring(known, enrolled(huawei), action)).toEqual({
      rejection: { code: 'unknown-reference', pointer: '/data/enterprise', reference: shanghaiElectric },
    });
    expect(whenReferring(known, enrolled(), corrected(0, { data: { enterprise: null } }))).toMatchObject({
      outcome: 'record',
    });
  });

  test('of the day alone checks again that the enterprise was enrolled on that day', () => {
    const known = factoryOf(huawei);
    const notYet = ({ on }: Referred) => on >= '2020-01-10';
    expect(whenReferring(known, notYet, corrected(0, { effectiveOn: '2020-01-09' }))).toMatchObject({
      rejection: { code: 'unknown-reference' },
    });
  });
});

test('an annulment refers to nothing', () => {
  expect(referred(factoryOf(huawei), annulled(0))).toEqual([]);
  expect(whenReferring(factoryOf(huawei), enrolled(), annulled(0))).toMatchObject({ outcome: 'record' });
});
