import type { Breakdown, Figure } from '../../answers.ts';

/** Two answers side by side: what either has, in the order of the first and then of the second. */
const pairs = <Item>(first: readonly Item[], second: readonly Item[], keyOf: (item: Item) => string) => {
  const firsts = new Map(first.map((item) => [keyOf(item), item]));
  const seconds = new Map(second.map((item) => [keyOf(item), item]));
  return [...new Set([...firsts.keys(), ...seconds.keys()])].map((key) => ({
    key,
    first: firsts.get(key),
    second: seconds.get(key),
  }));
};

/** Targets of two views; a target that a view's plans do not have is missing there. */
export const pairedTargets = (first: readonly Figure[], second: readonly Figure[]) =>
  pairs(first, second, ({ plan, id }) => `${plan}/${id}`);

type Cell = Breakdown['targets'][number]['cells'][number];

/** The places of two breakdowns whose counts differ come first, the largest difference at the top. */
export const pairedCells = (first: readonly Cell[], second: readonly Cell[], by: 'sector' | 'district' | 'area') =>
  pairs(first, second, (cell) => cell[by] ?? '')
    .map(({ key, first: one, second: two }) => ({
      place: key,
      first: one?.count ?? 0,
      second: two?.count ?? 0,
      change: (two?.count ?? 0) - (one?.count ?? 0),
    }))
    .filter((cell) => cell.first !== 0 || cell.second !== 0)
    .toSorted((a, b) => Math.abs(b.change) - Math.abs(a.change) || b.first - a.first);
