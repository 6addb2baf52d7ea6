import { type Day, daysBetween, earlier } from './calendar.ts';
import type { Goal } from './registers/plans.ts';

export type Pace = 'reached' | 'ahead' | 'on-track' | 'behind';

/**
 * What the straight line from 0 on the plan's first day to the goal on its last wants by a day, to two decimals.
 * Null without a goal.
 */
export const expectedOn = (goal: Goal, from: Day, to: Day, on: Day): number | null => {
  if (goal === null) return null;
  const length = daysBetween(from, to);
  const elapsed = Math.min(Math.max(daysBetween(from, on), 0), length);
  return Math.round((length === 0 ? goal.min : (goal.min * elapsed) / length) * 100) / 100;
};

/**
 * Reached at the goal's minimum; on track within a tenth of what is expected, or within half an entry where that is
 * more; ahead or behind beyond. Null without a goal.
 */
export const paceOf = (goal: Goal, count: number, expected: number | null): Pace | null => {
  if (goal === null || expected === null) return null;
  if (count >= goal.min) return 'reached';
  const slack = Math.max(0.5, expected / 10);
  if (count > expected + slack) return 'ahead';
  return count < expected - slack ? 'behind' : 'on-track';
};

/** The share of futures that the projected range leaves out at each end. */
const tail = 0.1;

/**
 * The range in which the count will lie on the plan's last day with 80 % probability, if entries go on arriving at the
 * rate recorded since its first day. Arrivals are taken as a Poisson process whose rate is unknown: with Jeffreys'
 * prior, `gained` arrivals in `elapsed` days make the arrivals of the remaining days negative binomial (Gelman et al.,
 * Bayesian Data Analysis, 3rd ed., §2.6). Null before the plan has run for a day; the count itself once it has ended.
 */
export const projectedRange = (
  count: number,
  countAtStart: number,
  plan: { readonly from: Day; readonly to: Day },
  on: Day,
): { readonly low: number; readonly high: number } | null => {
  const elapsed = daysBetween(plan.from, earlier(on, plan.to));
  if (elapsed < 1) return null;
  const remaining = Math.max(0, daysBetween(on, plan.to));
  if (remaining === 0) return { low: count, high: count };
  const shape = Math.max(0, count - countAtStart) + 0.5;
  const stays = elapsed / (elapsed + remaining);
  return {
    low: count + negativeBinomialQuantile(shape, stays, tail),
    high: count + negativeBinomialQuantile(shape, stays, 1 - tail),
  };
};

/** The smallest k whose cumulative probability reaches `share`, for P(k) = C(k+shape−1, k) p^shape (1−p)^k. */
const negativeBinomialQuantile = (shape: number, p: number, share: number): number => {
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
