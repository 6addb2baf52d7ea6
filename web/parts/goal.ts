import type { Figure, PlanEntry } from '../answers.ts';
import { useSpoken } from '../words/words.ts';

/** Where a count will end: a range, or one number once the plan has ended. */
export const useProjectedText = (): ((projected: NonNullable<Figure['projected']>) => string) => {
  const { words, number } = useSpoken();
  return ({ low, high }) => (low === high ? number(low) : words.plan.goalRange(number(low), number(high)));
};

/** What that is called: a projection, or from the plan's last day on what it came to. */
export const useProjectedTitle = (): ((figure: Pick<Figure, 'countedOn'>, plan: Pick<PlanEntry, 'to'>) => string) => {
  const { words } = useSpoken();
  return ({ countedOn }, { to }) => (countedOn < to ? words.plan.projected : words.plan.atEnd);
};

/** A goal as a line by itself: “Goal 100”, or that there is no number. */
export const useGoalLine = (): ((goal: Figure['goal']) => string) => {
  const { words } = useSpoken();
  const goalText = useGoalText();
  return (goal) => (goal === null ? words.plan.noGoalAtAll : `${words.plan.goal} ${goalText(goal)}`);
};

/** A goal in words: a number, a range, or that none is set. */
export const useGoalText = (): ((goal: Figure['goal']) => string) => {
  const { words, number } = useSpoken();
  return (goal) => {
    if (goal === null) return words.plan.noGoal;
    return goal.max === undefined ? number(goal.min) : words.plan.goalRange(number(goal.min), number(goal.max));
  };
};
