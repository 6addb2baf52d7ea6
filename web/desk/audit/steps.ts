import type { Changes } from '../../answers.ts';

type Change = Changes['changes'][number];

/** The count before the first step and after each. */
export const countsOf = (before: number, changes: readonly Pick<Change, 'change'>[]): readonly number[] => {
  const counts = [before];
  for (const { change } of changes) counts.push((counts.at(-1) ?? 0) + change);
  return counts;
};

/** The step that an address asks for, within what there is; the last by default. */
export const stepIn = (text: string | undefined, last: number): number =>
  text === undefined || !/^\d{1,9}$/.test(text) ? last : Math.min(last, Number(text));
