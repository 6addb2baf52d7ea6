import { describe, expect, test } from 'vitest';
import { impactOf, type Plan, planInForce, planOn, targetFigures, targetNamed } from '../../domain/targets.ts';
import { annulled, corrected, given, idAt, nothingOf, recorded, when } from './given.ts';
import { plan as words } from './vocabulary.ts';

const adopted = given(words.adopted('2019-06-24'));
const target = (id: string, more: object = {}) => ({
  id,
  title: { zh: id, en: id },
  measure: 'factories.certified',
  goal: { min: 100 },
  ...more,
});
const planned = (fields: Partial<Plan>): Plan => ({
  id: 'p',
  title: { zh: '计划', en: 'Plan' },
  from: '2019-06-24',
  to: '2021-12-31',
  sectors: [],
  core: '临港',
  belt: [],
  targets: [target('model-factories')],
  ...fields,
});
const goals = (plan: Plan | undefined) => plan?.targets.map(({ goal }) => goal);

describe('a plan', () => {
  const revised = recorded(adopted, words.revise('2020-06-24'));

  test('is what it was on each day', () => {
    expect(planOn(revised.entry, '2020-06-23')).toMatchObject({ id: words.key, from: '2019-06-24', to: '2021-12-31' });
    expect(goals(planOn(revised.entry, '2020-06-23'))).toEqual([{ min: 100 }]);
    expect(goals(planOn(revised.entry, '2020-06-24'))).toEqual([{ min: 120 }]);
  });

  test('is listed as adopted for days before its adoption', () => {
    expect(goals(planOn(revised.entry, '2018-01-01'))).toEqual([{ min: 100 }]);
  });

  test('does not exist without an adoption that holds', () => {
    expect(planOn(nothingOf(words.register, 'p').entry, '2020-01-01')).toBeUndefined();
    expect(planOn(recorded(adopted, annulled(0)).entry, '2020-01-01')).toBeUndefined();
  });

  test('can revise a target that it has, to a number, a range or no number', () => {
    for (const goal of [{ min: 2, max: 3 }, { min: 0 }, null])
      expect(goals(planOn(recorded(adopted, words.revise('2020-06-24', { goal })).entry, '2020-06-24'))).toEqual([
        goal,
      ]);
    for (const goal of [{ min: 3, max: 2 }, { min: -1 }, { max: 3 }, { min: 1.5 }, 100])
      expect(when(adopted, words.revise('2020-06-24', { goal }))).toMatchObject({
        rejection: { code: 'invalid-request' },
      });
    expect(when(adopted, words.revise('2020-06-24', { target: 'benchmark-factories' }))).toEqual({
      rejection: { code: 'unknown-reference', pointer: '/target', reference: 'benchmark-factories' },
    });
  });

  test('cannot lose a target that was revised later', () => {
    const amend = words.amend('2020-01-01', { targets: [target('other')] });
    expect(when(revised, amend)).toMatchObject({
      rejection: { code: 'breaks-history', breaks: { event: idAt(revised, 1) } },
    });
    expect(when(revised, corrected(1, { data: { target: 'other' } }))).toMatchObject({
      rejection: { code: 'breaks-history', breaks: { event: idAt(revised, 1) } },
    });
  });

  test('may last one day, but cannot end before it starts', () => {
    const adopt = (fields: object) => when(nothingOf(words.register, 'p'), words.adopt('2019-06-24', { ...fields }));
    expect(adopt({ from: '2022-01-01' })).toMatchObject({
      rejection: { code: 'invalid-request', errors: [{ pointer: '/to' }] },
    });
    expect(adopt({ from: '2021-12-31' })).toMatchObject({ outcome: 'submit' });
    expect(when(adopted, words.amend('2020-01-01', { to: '2019-01-01' }))).toMatchObject({
      rejection: { code: 'invalid-request', errors: [{ pointer: '/to' }] },
    });
  });

  test('has targets of known measures, each with an id of its own', () => {
    const adopt = (...targets: readonly object[]) =>
      when(nothingOf(words.register, 'p'), words.adopt('2019-06-24', JSON.parse(JSON.stringify({ targets }))));
    const refused = { rejection: { code: 'invalid-request' } };
    expect(adopt(target('a'), target('b', { sector: 'automobiles', district: 'minhang', goal: null }))).toMatchObject({
      outcome: 'submit',
    });
    expect(adopt(target('a'), target('a'))).toMatchObject(refused);
    expect(adopt(target('a', { measure: 'factories.painted' }))).toMatchObject(refused);
    expect(adopt(target('a', { sector: 'shipbuilding' }))).toMatchObject(refused);
    expect(adopt(target('A b'))).toMatchObject(refused);
    expect(adopt()).toMatchObject(refused);
  });
});

describe('the plan in force', () => {
  const first = planned({ id: 'first' });
  const second = planned({ id: 'second', from: '2020-01-01', to: '2022-12-31' });
  const third = planned({ id: 'third', from: '2024-01-01', to: '2025-12-31' });
  const inForce = (on: string, ...plans: readonly Plan[]) => planInForce(plans, on)?.id;

  test('is the one that runs, from its first day to its last', () => {
    expect(inForce('2019-06-24', first, third)).toBe('first');
    expect(inForce('2021-12-31', third, first)).toBe('first');
    expect(inForce('2024-01-01', first, third)).toBe('third');
  });

  test('is the one that began last if several run', () => {
    expect(inForce('2020-06-01', first, second)).toBe('second');
    expect(inForce('2020-06-01', second, first)).toBe('second');
    expect(inForce('2019-12-31', second, first)).toBe('first');
  });

  test('is otherwise the one that ended last, and not one that is still to begin', () => {
    expect(inForce('2030-01-01', first, third, second)).toBe('third');
    expect(inForce('2023-06-01', first, second, third)).toBe('second');
    expect(inForce('2023-06-01', third, second, first)).toBe('second');
  });

  test('is one that is still to begin if none has begun, and none if there are no plans', () => {
    expect(inForce('2018-01-01', first)).toBe('first');
    expect(inForce('2018-01-01')).toBeUndefined();
  });
});

describe('the target of an id', () => {
  const first = planned({ id: 'first', targets: [target('shared'), target('old')] });
  const second = planned({ id: 'Second', from: '2022-01-01', to: '2024-12-31', targets: [target('shared')] });
  const named = (id: string, planKey?: string) => {
    const found = targetNamed([first, second], id, planKey, '2022-06-01');
    return found && [found.plan.id, found.target.id];
  };

  test('is that of the plan in force if no plan is named', () => {
    expect(named('shared')).toEqual(['Second', 'shared']);
  });

  test('is that of another plan if the plan in force has no such target', () => {
    expect(named('old')).toEqual(['first', 'old']);
  });

  test('is that of the plan named, whatever the case of its key', () => {
    expect(named('shared', 'first')).toEqual(['first', 'shared']);
    expect(named('shared', 'FIRST')).toEqual(['first', 'shared']);
    expect(named('shared', 'second')).toEqual(['Second', 'shared']);
  });

  test('is none if the plan named lacks it, if there is no such plan, or if no plan has it', () => {
    expect(named('old', 'second')).toBeUndefined();
    expect(named('shared', 'third')).toBeUndefined();
    expect(named('SHARED')).toBeUndefined();
  });
});

describe('the figures', () => {
  /** One more certified factory each month, the first on the plan's first day. */
  const countOn = (_: unknown, on: string) =>
    on < '2019-06-24' ? 0 : 1 + (Number(on.slice(0, 4)) - 2019) * 12 + Number(on.slice(5, 7)) - 6;

  test('are counted on the day asked for, but never after the plan', () => {
    expect(targetFigures([planned({})], '2020-06-24', countOn)).toMatchObject([
      { id: 'model-factories', plan: 'p', count: 13, countedOn: '2020-06-24', expected: 39.74, pace: 'behind' },
    ]);
    expect(targetFigures([planned({})], '2030-01-01', countOn)).toMatchObject([
      { count: 31, countedOn: '2021-12-31', expected: 100, pace: 'missed', projected: { low: 31, high: 31 } },
    ]);
  });

  test('of a target without a number have neither pace nor expectation', () => {
    const plan = planned({ targets: [target('solution-exports', { goal: null })] });
    expect(targetFigures([plan], '2020-06-24', countOn)).toMatchObject([{ goal: null, expected: null, pace: null }]);
  });

  test('project from the count on the day before the plan', () => {
    const stock = () => 1_000;
    expect(targetFigures([planned({})], '2021-06-30', stock)[0]?.projected?.high).toBeLessThan(1_005);
  });
});

describe('the impact', () => {
  test('names every target that would move, today and on the last day of its plan', () => {
    const plan = planned({
      targets: [target('all'), target('minhang', { district: 'minhang' }), target('pudong', { district: 'pudong' })],
    });
    const impact = impactOf(
      [plan],
      '2021-05-01',
      () => 20,
      (counted, on) => (counted.district === 'pudong' || on < '2021-06-01' ? 0 : 1),
    );
    expect(impact).toEqual([
      { target: 'all', plan: 'p', on: '2021-12-31', before: 20, after: 21 },
      { target: 'minhang', plan: 'p', on: '2021-12-31', before: 20, after: 21 },
    ]);
  });

  test('names each day once, and no day after the plan', () => {
    const moved = (_: unknown, on: string) => (on <= '2021-12-31' ? 1 : 5);
    expect(impactOf([planned({})], '2021-12-31', () => 7, moved)).toEqual([
      { target: 'model-factories', plan: 'p', on: '2021-12-31', before: 7, after: 8 },
    ]);
    expect(impactOf([planned({})], '2023-01-01', () => 7, moved).map(({ after }) => after)).toEqual([8, 8]);
  });
});
