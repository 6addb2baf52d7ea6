import { describe, expect, test } from 'vitest';
import { addDays, daysBetween } from '../../domain/calendar.ts';
import { expectedOn, paceOf, projectedRange } from '../../domain/forecast.ts';

const plan = { from: '2019-06-24', to: '2021-12-31' };
const goal = { min: 100 };

describe('the count expected by a day', () => {
  const expected = (on: string) => expectedOn(goal, plan.from, plan.to, on);

  test('is a straight line from 0 on the first day to the goal on the last', () => {
    expect(expected(plan.from)).toBe(0);
    expect(expected(addDays(plan.from, 307))).toBe(33.33);
    expect(expected(plan.to)).toBe(100);
  });

  test('is 0 before the plan and the goal after it', () => {
    expect(expected('2018-01-01')).toBe(0);
    expect(expected('2030-01-01')).toBe(100);
  });

  test('never falls from one day to the next', () => {
    for (let day = plan.from; day < plan.to; day = addDays(day, 1))
      expect(expected(addDays(day, 1)) ?? 0).toBeGreaterThanOrEqual(expected(day) ?? 0);
  });

  test('is null if the target has no number, and follows the lower end of a range', () => {
    expect(expectedOn(null, plan.from, plan.to, plan.to)).toBeNull();
    expect(expectedOn({ min: 2, max: 3 }, plan.from, plan.to, plan.to)).toBe(2);
  });

  test('is the goal on the only day of a one-day plan', () => {
    expect(expectedOn(goal, plan.from, plan.from, plan.from)).toBe(100);
  });
});

describe('the pace', () => {
  test('is on track within a tenth of what is expected', () => {
    expect([44, 45, 50, 55, 56].map((count) => paceOf(goal, count, 50, false))).toEqual([
      'behind',
      'on-track',
      'on-track',
      'on-track',
      'ahead',
    ]);
  });

  test('is on track within half an entry if that is more', () => {
    expect([0, 1].map((count) => paceOf({ min: 10 }, count, 0.5, false))).toEqual(['on-track', 'on-track']);
    expect([0, 1].map((count) => paceOf({ min: 10 }, count, 0.51, false))).toEqual(['behind', 'on-track']);
    expect(paceOf({ min: 10 }, 1, 0, false)).toBe('ahead');
    expect(paceOf({ min: 10 }, 0, 0, false)).toBe('on-track');
  });

  test('is reached at the minimum of the goal, however early', () => {
    expect(paceOf(goal, 100, 10, false)).toBe('reached');
    expect(paceOf(goal, 99, 100, false)).toBe('on-track');
    expect(paceOf({ min: 2, max: 3 }, 4, 2, false)).toBe('reached');
  });

  test('is reached or missed once the plan has ended, however close', () => {
    expect([99, 100].map((count) => paceOf(goal, count, 100, true))).toEqual(['missed', 'reached']);
  });

  test('is null without a goal', () => {
    expect(paceOf(null, 5, null, true)).toBeNull();
    expect(paceOf(null, 5, null, false)).toBeNull();
  });
});

describe('the projected range', () => {
  const projected = (count: number, on: string, before = 0) => projectedRange(count, before, plan, on);

  test('contains the count that the rate so far leads to', () => {
    const half = addDays(plan.from, 461);
    const range = projected(50, half);
    expect(range?.low).toBeGreaterThan(80);
    expect(range?.low).toBeLessThan(100);
    expect(range?.high).toBeGreaterThan(100);
    expect(range?.high).toBeLessThan(120);
  });

  test('is never below the count, and its low end never above its high end', () => {
    for (const count of [0, 1, 7, 100, 5_000])
      for (const elapsed of [1, 30, 400, 900, 920]) {
        const range = projected(count, addDays(plan.from, elapsed));
        expect(range?.low).toBeGreaterThanOrEqual(count);
        expect(range?.high).toBeGreaterThanOrEqual(range?.low ?? Number.POSITIVE_INFINITY);
        expect(Number.isSafeInteger(range?.high)).toBe(true);
      }
  });

  test('rises with the count', () => {
    let before = { low: -1, high: -1 };
    for (const count of [0, 1, 2, 3, 5, 10, 20, 50, 100, 1_000, 10_000, 20_000, 30_000]) {
      const range = projected(count, '2020-01-01') ?? { low: 0, high: 0 };
      expect(range.low).toBeGreaterThanOrEqual(before.low);
      expect(range.high).toBeGreaterThan(before.high);
      before = range;
    }
  });

  test('narrows as the plan runs out', () => {
    const width = (on: string) => {
      const range = projected(50, on);
      return range === null ? Number.NaN : range.high - range.low;
    };
    expect(width('2021-12-01')).toBeLessThan(width('2021-01-01'));
    expect(width('2021-01-01')).toBeLessThan(width('2020-01-01'));
  });

  test('leaves room for a first entry if there is none yet', () => {
    expect(projected(0, '2020-01-01')?.low).toBe(0);
    expect(projected(0, '2020-01-01')?.high).toBeGreaterThan(0);
  });

  test('depends on the gain during the plan, not on the count before it', () => {
    expect(projected(50, '2020-06-01', 50)).toEqual({
      low: 50 + (projected(0, '2020-06-01')?.low ?? Number.NaN),
      high: 50 + (projected(0, '2020-06-01')?.high ?? Number.NaN),
    });
    expect(projected(40, '2020-06-01', 50)?.low).toBe(40);
  });

  test('is null before the plan has run for a day, and the count itself once it has ended', () => {
    expect(projected(0, '2019-06-23')).toBeNull();
    expect(projected(5, '2019-06-24')).toBeNull();
    expect(projected(5, '2019-06-25')).not.toBeNull();
    expect(projected(97, '2021-12-31')).toEqual({ low: 97, high: 97 });
    expect(projected(97, '2022-06-01')).toEqual({ low: 97, high: 97 });
    expect(projectedRange(3, 0, { from: plan.to, to: plan.to }, plan.to)).toEqual({ low: 3, high: 3 });
  });

  test('is close to the exact range if there are too many entries to sum up', () => {
    const elapsed = 100;
    const gained = 12_300;
    const on = addDays(plan.from, elapsed);
    const ratio = daysBetween(on, plan.to) / elapsed;
    const mean = (gained + 0.5) * ratio;
    const deviation = Math.sqrt(mean * (1 + ratio));
    const range = projected(gained, on);
    expect(Math.abs((range?.low ?? 0) - gained - (mean - 1.281_55 * deviation))).toBeLessThan(deviation / 100);
    expect(Math.abs((range?.high ?? 0) - gained - (mean + 1.281_55 * deviation))).toBeLessThan(deviation / 100);
  });

  test('is computed at once even for a hundred thousand entries on the first day', () => {
    const start = performance.now();
    expect(projected(100_000, '2019-06-25')?.high).toBeGreaterThan(90_000_000);
    expect(performance.now() - start).toBeLessThan(100);
  });
});
