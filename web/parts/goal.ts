import type { Figure } from '../answers.ts';
import { useSpoken } from '../words/words.ts';

/** A goal in words: a number, a range, or that none is set. */
export const useGoalText = (): ((goal: Figure['goal']) => string) => {
  const { words, number } = useSpoken();
  return (goal) => {
    if (goal === null) return words.plan.noGoal;
    return goal.max === undefined ? number(goal.min) : words.plan.goalRange(number(goal.min), number(goal.max));
  };
};
