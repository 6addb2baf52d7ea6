import { addDays, type Day, earlier } from './calendar.ts';
import type { Counted } from './contribution.ts';
import type { Text } from './field.ts';
import { expectedOn, type Pace, paceOf, projectedRange } from './forecast.ts';
import type { Entry } from './history.ts';
import { stateOn } from './path.ts';
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

/** A plan on a day, or as adopted if the day lies before its adoption; undefined while no adoption holds. */
export const planOn = (entry: Entry, on: Day): Plan | undefined => {
  const { steps } = entry.path;
  const first = steps[0];
  if (first === undefined) return undefined;
  const state = first.fact.effectiveOn > on ? first.state : stateOn(steps, on);
  return { id: entry.key, ...state.fields } as unknown as Plan;
};

/**
 * The plan in force on a day: of those that run, the one that began last; if none runs, the one that ended last; if none
 * has ended either, the one that will end last.
 */
export const planInForce = <P extends Pick<Plan, 'from' | 'to'>>(plans: readonly P[], on: Day): P | undefined => {
  const running = plans.filter((plan) => plan.from <= on && on <= plan.to);
  if (running.length > 0) return running.reduce((a, b) => (b.from > a.from ? b : a));
  const ended = plans.filter((plan) => plan.to < on);
  return (ended.length > 0 ? ended : plans).reduce<P | undefined>((a, b) => (a && a.to >= b.to ? a : b), undefined);
};

/** The plan of a key, whose case does not matter; all plans if no key is given. */
export const plansNamed = <P extends Pick<Plan, 'id'>>(
  plans: readonly P[],
  planKey: string | undefined,
): readonly P[] =>
  planKey === undefined ? plans : plans.filter(({ id }) => id.toLowerCase() === planKey.toLowerCase());

/**
 * The target of an id, and its plan: the plan of that key or else, among the plans that have such a target, the one in
 * force on the day. Undefined if no plan has it.
 */
export const targetNamed = (
  plans: readonly Plan[],
  id: string,
  planKey: string | undefined,
  on: Day,
): { readonly plan: Plan; readonly target: Target } | undefined => {
  const having = plansNamed(plans, planKey).filter(({ targets }) => targets.some((target) => target.id === id));
  const plan = planInForce(having, on);
  const target = plan?.targets.find((each) => each.id === id);
  return plan && target && { plan, target };
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

/** The count of a measure, or of its part in one sector or district, after all facts of a day. */
export type CountOn = (counted: Counted, on: Day) => number;

/** The day on which a plan's targets are counted: the one asked for, or the plan's last if that is earlier. */
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
    pace: paceOf(target.goal, count, expected, on > plan.to),
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

/** Every target whose count a change would move, today or on its plan's last day. */
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
