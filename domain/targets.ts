import { addDays, type Day, earlier } from './calendar.ts';
import type { Counted } from './contribution.ts';
import type { Text } from './field.ts';
import { expectedOn, type Pace, paceOf, projectedRange } from './forecast.ts';
import { type Entry, stateOn, walk } from './history.ts';
import type { Goal, Target } from './registers/plans.ts';

/** A plan as it stands on a day. */
export type Plan = {
  readonly id: string;
  readonly title: Text;
  readonly from: Day;
  readonly to: Day;
  readonly sectors: readonly string[];
  readonly core: string | readonly string[];
  readonly belt: readonly string[];
  readonly targets: readonly Target[];
};

/** A plan on a day, or as adopted where the day lies before; undefined where no adoption holds. */
export const planOn = (entry: Entry, on: Day): Plan | undefined => {
  const { steps } = walk(entry);
  const first = steps[0];
  if (first === undefined) return undefined;
  const state = first.fact.effectiveOn > on ? first.state : stateOn(steps, on);
  return { id: entry.key, ...state.fields } as unknown as Plan;
};

/**
 * The plan in force on a day: the one that began last of those that run, else the one that ended last; before any has
 * ended, the one that will end last.
 */
export const planInForce = <P extends Pick<Plan, 'from' | 'to'>>(plans: readonly P[], on: Day): P | undefined => {
  const running = plans.filter((plan) => plan.from <= on && on <= plan.to);
  if (running.length > 0) return running.reduce((a, b) => (b.from > a.from ? b : a));
  const ended = plans.filter((plan) => plan.to < on);
  return (ended.length > 0 ? ended : plans).reduce<P | undefined>((a, b) => (a && a.to >= b.to ? a : b), undefined);
};

export type TargetFigure = {
  readonly id: string;
  readonly plan: string;
  readonly title: Text;
  readonly goal: Goal;
  readonly count: number;
  readonly countedOn: Day;
  readonly expected: number | null;
  readonly pace: Pace | null;
  readonly projected: { readonly low: number; readonly high: number } | null;
};

/** The count of a measure, or of one sector's or district's part of it, after all facts of a day. */
export type CountOn = (counted: Counted, on: Day) => number;

/** The day on which a plan's targets are counted: the one asked for, but never after the plan's last. */
export const countedOn = (plan: Pick<Plan, 'to'>, on: Day): Day => earlier(on, plan.to);

/** Every target of the plans with its count, what was expected by then, and where it is heading. */
export const targetFigures = (plans: readonly Plan[], on: Day, countOn: CountOn): readonly TargetFigure[] =>
  plans.flatMap((plan) => plan.targets.map((target) => targetFigure(plan, target, on, countOn)));

/** One of a plan's targets. */
export const targetFigure = (plan: Plan, target: Target, on: Day, countOn: CountOn): TargetFigure => {
  const day = countedOn(plan, on);
  const count = countOn(target, day);
  const expected = expectedOn(target.goal, plan.from, plan.to, day);
  return {
    id: target.id,
    plan: plan.id,
    title: target.title,
    goal: target.goal,
    count,
    countedOn: day,
    expected,
    pace: paceOf(target.goal, count, expected),
    projected: projectedRange(count, countOn(target, addDays(plan.from, -1)), plan, day),
  };
};

/** A target's count before and after a command, on one day. */
export type Impact = {
  readonly target: string;
  readonly plan: string;
  readonly on: Day;
  readonly before: number;
  readonly after: number;
};

/** Every target whose count a change would move, today and on its plan's last day. */
export const impactOf = (
  plans: readonly Plan[],
  today: Day,
  countOn: CountOn,
  moved: (counted: Counted, on: Day) => number,
): readonly Impact[] =>
  plans.flatMap((plan) =>
    plan.targets.flatMap((target) =>
      [...new Set([today, plan.to])].flatMap((on) => {
        const day = countedOn(plan, on);
        const by = moved(target, day);
        if (by === 0) return [];
        const before = countOn(target, day);
        return [{ target: target.id, plan: plan.id, on, before, after: before + by }];
      }),
    ),
  );
