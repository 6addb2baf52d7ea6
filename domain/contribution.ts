import type { Day } from './calendar.ts';
import type { Entry } from './history.ts';
import { lastOfDays, partingOf, type Step, statesByDay } from './path.ts';
import { measureId, type Register, type State } from './register.ts';

/** Where a count is kept: a measure in a sector and a district (null for entries without one), in the core or not. */
export type Cell = {
  readonly measure: string;
  readonly sector: string | null;
  readonly district: string | null;
  readonly lingang: boolean;
};

/** From a day on, a cell's count is higher by `by`, or lower if that is negative. */
export type Delta = { readonly day: Day; readonly cell: Cell; readonly by: number };

/** What an entry in a state contributes: one cell for each of its measures. */
export const contribution = (register: Register, state: State): readonly Cell[] => {
  if (state.status === 'none') return [];
  const { sector, district, lingang } = state.fields;
  const cells: Cell[] = [];
  for (const [name, measure] of Object.entries(register.measures)) {
    if (!measure.when(state)) continue;
    cells.push({
      measure: measureId(register, name),
      sector: typeof sector === 'string' ? sector : null,
      district: typeof district === 'string' ? district : null,
      lingang: lingang === true,
    });
  }
  return cells;
};

/** How an entry's contribution changes from day to day, in order of the days; a day without a change is not listed. */
export const deltas = ({ register, path }: Entry): readonly Delta[] =>
  deltasAfter(register, undefined, lastOfDays(path.steps));

/** The same from some day on; `last` is the last step before it, and `ends` are the last ones of the days. */
const deltasAfter = (register: Register, last: Step | undefined, ends: readonly Step[]): readonly Delta[] => {
  const result: Delta[] = [];
  let before = cellsAfter(register, last);
  for (const { fact, state } of ends) {
    const after = contribution(register, state);
    const day = fact.effectiveOn;
    for (const cell of after) if (!before.some((other) => sameCell(cell, other))) result.push({ day, cell, by: 1 });
    for (const cell of before) if (!after.some((other) => sameCell(cell, other))) result.push({ day, cell, by: -1 });
    before = after;
  }
  return result;
};

const cellsAfter = (register: Register, step: Step | undefined): readonly Cell[] =>
  step === undefined ? [] : contribution(register, step.state);

/** From a day on, what an entry contributes before and after a change. */
export type ContributionChange = {
  readonly from: Day;
  readonly before: readonly Cell[];
  readonly after: readonly Cell[];
};

/** Every day from which on an entry would contribute anything else than before, in order; a move shows as well. */
export const contributionsBetween = (before: Entry, after: Entry): readonly ContributionChange[] => {
  const parting = partingOf(before.path, after.path);
  const was = contributionByDay(after.register, parting.was);
  const is = contributionByDay(after.register, parting.is);
  const changes: ContributionChange[] = [];
  let old = cellsAfter(after.register, parting.last);
  let now = old;
  for (const from of [...new Set([...was.keys(), ...is.keys()])].sort()) {
    const [oldThen, nowThen] = [was.get(from) ?? old, is.get(from) ?? now];
    const isNews = !sameCells(old, oldThen) || !sameCells(now, nowThen);
    if (isNews && !sameCells(oldThen, nowThen)) changes.push({ from, before: oldThen, after: nowThen });
    [old, now] = [oldThen, nowThen];
  }
  return changes;
};

const contributionByDay = (register: Register, ends: readonly Step[]): ReadonlyMap<Day, readonly Cell[]> =>
  new Map(ends.map(({ fact, state }) => [fact.effectiveOn, contribution(register, state)]));

const sameCells = (a: readonly Cell[], b: readonly Cell[]): boolean =>
  a.length === b.length && a.every((cell) => b.some((other) => sameCell(cell, other)));

/** What changes in the counts if an entry goes from one state of its stream to another; empty if no number moves on any day. */
export const changeBetween = (before: Entry, after: Entry): readonly Delta[] => {
  const { last, was, is } = partingOf(before.path, after.path);
  return difference(deltasAfter(after.register, last, was), deltasAfter(after.register, last, is));
};

const difference = (before: readonly Delta[], after: readonly Delta[]): readonly Delta[] => {
  const sums = new Map<string, Delta>();
  const add = (delta: Delta, sign: 1 | -1) => {
    const key = deltaKey(delta);
    sums.set(key, { ...delta, by: (sums.get(key)?.by ?? 0) + sign * delta.by });
  };
  for (const delta of after) add(delta, 1);
  for (const delta of before) add(delta, -1);
  return [...sums.values()].filter(({ by }) => by !== 0).sort((a, b) => (deltaKey(a) < deltaKey(b) ? -1 : 1));
};

const sameCell = (a: Cell, b: Cell): boolean => cellKey(a) === cellKey(b);
const cellKey = ({ measure, sector, district, lingang }: Cell): string => `${measure}|${sector}|${district}|${lingang}`;
const deltaKey = ({ day, cell }: Delta): string => `${day}|${cellKey(cell)}`;

/** Whether two changes are equal. */
export const sameChange = (a: readonly Delta[], b: readonly Delta[]): boolean =>
  a.length === b.length && a.every((delta, index) => b[index] !== undefined && sameDelta(delta, b[index]));

const sameDelta = (a: Delta, b: Delta): boolean => a.by === b.by && deltaKey(a) === deltaKey(b);

/** What a target counts: a measure, perhaps in one sector or district only. */
export type Counted = {
  readonly measure: string;
  readonly sector?: string | undefined;
  readonly district?: string | undefined;
};

export const countsFor = (counted: Counted, cell: Cell): boolean =>
  cell.measure === counted.measure &&
  (counted.sector === undefined || counted.sector === cell.sector) &&
  (counted.district === undefined || counted.district === cell.district);

/** By how much a change moves a count on a day. */
export const movement = (change: readonly Delta[], counted: Counted, on: Day): number =>
  change.reduce((sum, { day, cell, by }) => (day <= on && countsFor(counted, cell) ? sum + by : sum), 0);

/** The day since which an entry has counted on a day, and the ids of the facts that made it count; undefined if it does not count. */
export const counting = (
  register: Register,
  steps: readonly Step[],
  counted: Counted,
  on: Day,
): { readonly since: Day; readonly events: readonly string[] } | undefined => {
  const counts = (state: State) => contribution(register, state).some((cell) => countsFor(counted, cell));
  const days = statesByDay(steps).filter(({ from }) => from <= on);
  let since: Day | undefined;
  for (const { from, state } of days) since = counts(state) ? (since ?? from) : undefined;
  if (since === undefined) return undefined;
  const events = steps
    .filter(({ fact, state }, index) => {
      const before = steps[index - 1]?.state;
      return fact.effectiveOn <= on && counts(state) && !(before !== undefined && counts(before));
    })
    .map(({ fact }) => fact.id);
  return { since, events };
};
