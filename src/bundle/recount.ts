import type { Day } from '../../domain/calendar.ts';
import { type Counted, counting, countsFor, type Delta, deltas } from '../../domain/contribution.ts';
import type { Entry } from '../../domain/history.ts';
import { plans as planRegister } from '../../domain/registers/index.ts';
import type { Target } from '../../domain/registers/plans.ts';
import { countedOn, type Plan, planOn, targetFigure } from '../../domain/targets.ts';
import { type Statement, statementOf } from './statement.ts';

/** A figure to count. */
export type Asked = { readonly plan: string; readonly target: string; readonly on: Day; readonly size: number };

/** The counts at one size, and what they are asked for. */
type Tally = {
  readonly asked: readonly Asked[];
  readonly plans: Entry[];
  /** By what a figure counts, how its count changes from day to day. */
  readonly moves: Map<string, Map<Day, number>>;
  /** The keys that each figure counts, and its plan and target. */
  readonly counted: Map<Asked, { readonly plan: Plan; readonly target: Target; readonly keys: string[] }>;
};

/** Counts figures entry by entry; all plans must come before other entries. */
export const recounting = (asked: readonly Asked[]) => {
  const tallies = new Map<number, Tally>(
    [...Map.groupBy(asked, ({ size }) => size)].map(([size, figures]) => [
      size,
      { asked: figures, plans: [], moves: new Map(), counted: new Map() },
    ]),
  );
  return {
    sizes: [...tallies.keys()],
    /** Adds an entry as it was known at a size. */
    add: (size: number, entry: Entry): void => {
      const tally = tallies.get(size);
      if (tally === undefined || entry.path.steps.length === 0) return;
      if (entry.register === planRegister) tally.plans.push(entry);
      else count(tally, entry);
    },
    /** The statement about a figure; undefined if there is no such plan or target on its day. */
    statement: (each: Asked, { root, time }: At): Statement | undefined => {
      const tally = tallies.get(each.size);
      const counts = tally && countsOf(tally, each);
      if (tally === undefined || counts === undefined) return undefined;
      const { on, size } = each;
      const target = targetFigure(counts.plan, counts.target, on, (counted, day) =>
        [...(tally.moves.get(nameOf(counted)) ?? [])].reduce((sum, [from, by]) => (from <= day ? sum + by : sum), 0),
      );
      return statementOf({ target, on, knownAt: time, size, root: root.toString('base64') }, counts.keys);
    },
  };
};

/** The root of the first events, and the time of the last of them. */
type At = { readonly root: Buffer; readonly time: string };

const count = (tally: Tally, entry: Entry): void => {
  const changes = deltas(entry);
  const added = new Set<string>();
  for (const each of tally.asked) {
    const counts = countsOf(tally, each);
    if (counts === undefined || !counts.target.measure.startsWith(`${entry.register.name}.`)) continue;
    const name = nameOf(counts.target);
    if (!added.has(name)) addTo(tally, name, counts.target, changes);
    added.add(name);
    const on = countedOn(counts.plan, each.on);
    if (counting(entry.register, entry.path.steps, counts.target, on) !== undefined) counts.keys.push(entry.key);
  }
};

const nameOf = ({ measure, sector, district }: Counted): string => `${measure} ${sector} ${district}`;

const addTo = (tally: Tally, name: string, counted: Counted, changes: readonly Delta[]): void => {
  const moves = tally.moves.get(name) ?? new Map<Day, number>();
  tally.moves.set(name, moves);
  for (const { day, cell, by } of changes) if (countsFor(counted, cell)) moves.set(day, (moves.get(day) ?? 0) + by);
};

/** What a figure counts; undefined if there is no such plan or target on its day. */
const countsOf = (tally: Tally, each: Asked) => {
  const found = tally.counted.get(each);
  if (found !== undefined) return found;
  const plan = tally.plans.flatMap((entry) => planOn(entry, each.on) ?? []).find(({ id }) => id === each.plan);
  const target = plan?.targets.find(({ id }) => id === each.target);
  if (plan === undefined || target === undefined) return undefined;
  const counts = { plan, target, keys: [] };
  tally.counted.set(each, counts);
  return counts;
};
