import { type Day, daysBetween } from './calendar.ts';
import type { Text } from './field.ts';
import type { Goal } from './registers/plans.ts';

export const paces = ['reached', 'ahead', 'on-track', 'behind', 'missed'] as const;
export type Pace = (typeof paces)[number];
export const paceTitles: Readonly<Record<Pace, Text>> = {
  reached: { zh: '已达标', en: 'Reached' },
  ahead: { zh: '超前', en: 'Ahead' },
  'on-track': { zh: '符合进度', en: 'On track' },
  behind: { zh: '滞后', en: 'Behind' },
  missed: { zh: '未达标', en: 'Missed' },
};

/**
 * The count expected on a day, to two decimals: on the straight line from 0 on the plan's first day to the goal on its
 * last. Null without a goal.
 */
export const expectedOn = (goal: Goal, from: Day, to: Day, on: Day): number | null => {
  if (goal === null) return null;
  const length = daysBetween(from, to);
  const elapsed = Math.min(Math.max(daysBetween(from, on), 0), length);
  return Math.round((length === 0 ? goal.min : (goal.min * elapsed) / length) * 100) / 100;
};

/**
 * `reached` from the goal's minimum on; after the plan's last day otherwise `missed`. Until then `on-track` within a tenth of the expected count or within half an entry,
 * whichever is more; otherwise `ahead` or `behind`. Null without a goal.
 */
export const paceOf = (goal: Goal, count: number, expected: number | null, hasEnded: boolean): Pace | null => {
  if (goal === null || expected === null) return null;
  if (count >= goal.min) return 'reached';
  if (hasEnded) return 'missed';
  const slack = Math.max(0.5, expected / 10);
  if (count > expected + slack) return 'ahead';
  return count < expected - slack ? 'behind' : 'on-track';
};

/**
 * The range in which the count will lie on the plan's last day with 80 % probability, if entries keep arriving at the
 * rate recorded since its first day. Arrivals are modelled as a Poisson process of unknown rate: with Jeffreys' prior, `gained` arrivals in `elapsed` days make the arrivals of the remaining days negative binomial (Gelman et al.,
 * Bayesian Data Analysis, 3rd ed., §2.6). Null before the plan has run for a day; the count itself once it has ended.
 */
export const projectedRange = (
  count: number,
  countAtStart: number,
  plan: { readonly from: Day; readonly to: Day },
  on: Day,
): { readonly low: number; readonly high: number } | null => {
  const remaining = Math.max(0, daysBetween(on, plan.to));
  if (remaining === 0) return { low: count, high: count };
  const elapsed = daysBetween(plan.from, on);
  if (elapsed < 1) return null;
  const shape = Math.max(0, count - countAtStart) + 0.5;
  const stays = elapsed / (elapsed + remaining);
  return {
    low: count + negativeBinomialQuantile(shape, stays, 0.1),
    high: count + negativeBinomialQuantile(shape, stays, 0.9),
  };
};

/** Above this mean a quantile is approximated, because summing it up would block other requests. */
const summedUpToMean = 50_000;

/** The smallest k whose cumulative probability reaches `share`, for P(k) = C(k+shape−1, k) p^shape (1−p)^k. */
const negativeBinomialQuantile = (shape: number, p: number, share: 0.1 | 0.9): number => {
  const mean = (shape * (1 - p)) / p;
  if (mean > summedUpToMean)
    return approximateQuantile(mean, Math.sqrt(mean / p), (2 - p) / Math.sqrt(shape * (1 - p)), share);
  let logTerm = shape * Math.log(p);
  let cumulative = Math.exp(logTerm);
  let k = 0;
  while (cumulative < share) {
    logTerm += Math.log((shape + k) / (k + 1)) + Math.log1p(-p);
    cumulative += Math.exp(logTerm);
    k += 1;
  }
  return k;
};

/** The normal quantile of 90 %. */
const z90 = 1.281_551_565_5;

/** Cornish and Fisher's expansion to the skewness. */
const approximateQuantile = (mean: number, deviation: number, skewness: number, share: 0.1 | 0.9): number => {
  const z = share < 0.5 ? -z90 : z90;
  return Math.max(0, Math.round(mean + deviation * (z + ((z * z - 1) / 6) * skewness)));
};
