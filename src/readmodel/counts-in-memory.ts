import type { Day } from '../../domain/calendar.ts';
import { type Cell, type Counted, countsFor } from '../../domain/contribution.ts';
import type { Changes } from '../../projections/counts.ts';

/** The changes of one measure's count, row by row in the order of the events, in arrays that grow with the ledger. */
type Column = {
  readonly cells: Cell[];
  length: number;
  entryNumbers: Uint32Array;
  /** Days as numbers, see `dayNumber`. */
  days: Uint32Array;
  /** Indexes in `cells`. */
  cellIndexes: Uint16Array;
  bys: Int8Array;
};

/**
 * The changes of the first `size` events, held in memory: a million of them take 11 MB and are summed in milliseconds,
 * so that no index need know which days and sizes will be asked for.
 */
export type CountsInMemory = {
  size: number;
  /** By measure. */
  readonly columns: Map<string, Column>;
  /** By the cell's id in the file. */
  readonly cells: Map<number, { readonly column: Column; readonly index: number }>;
};

export const emptyCounts = (): CountsInMemory => ({ size: 0, columns: new Map(), cells: new Map() });

/** Adds the changes of the events from `counts.size` to before `to`. `cells` are all of the file, or at least the new ones. */
export const addChanges = (
  counts: CountsInMemory,
  changes: Changes,
  cells: readonly (Cell & { readonly id: number })[],
  to: number,
): void => {
  for (const { id, ...cell } of cells) {
    if (counts.cells.has(id)) continue;
    const column = counts.columns.get(cell.measure) ?? emptyColumn();
    counts.columns.set(cell.measure, column);
    counts.cells.set(id, { column, index: column.cells.push(cell) - 1 });
  }
  const [entryNumbers, days, ids, bys] = [
    JSON.parse(changes.entry_numbers) as number[],
    JSON.parse(changes.days) as Day[],
    JSON.parse(changes.cells) as number[],
    JSON.parse(changes.bys) as number[],
  ];
  ids.forEach((id, row) => {
    const cell = counts.cells.get(id);
    if (cell === undefined) throw new Error(`no cell ${id}`);
    addRow(cell.column, entryNumbers[row] ?? 0, dayNumber(days[row] ?? ''), cell.index, bys[row] ?? 0);
  });
  counts.size = to;
};

/** The count on a day, after all facts of that day, by the first `size` events. */
export const countOn = (counts: CountsInMemory, counted: Counted, on: Day, size: number): number => {
  let sum = 0;
  scan(counts, counted, on, [0, size], (by) => {
    sum += by;
  });
  return sum;
};

export type CellCount = Cell & { readonly count: number };

/** The count in each cell in which it is not 0. */
export const cellsOn = (counts: CountsInMemory, counted: Counted, on: Day, size: number): readonly CellCount[] => {
  const sums: number[] = [];
  scan(counts, counted, on, [0, size], (by, cell) => {
    sums[cell] = (sums[cell] ?? 0) + by;
  });
  const cells = counts.columns.get(counted.measure)?.cells ?? [];
  return cells.map((cell, index) => ({ ...cell, count: sums[index] ?? 0 })).filter(({ count }) => count !== 0);
};

/** The count on each of some days, in their order. */
export const countsOn = (
  counts: CountsInMemory,
  counted: Counted,
  days: readonly Day[],
  size: number,
): readonly number[] => {
  const inOrder = [...new Set(days)].sort();
  const [first, last] = [dayNumber(inOrder[0] ?? ''), dayNumber(inOrder.at(-1) ?? '')];
  const moved = new Int32Array(Math.max(0, last - first) + 1);
  scan(counts, counted, inOrder.at(-1) ?? '', [0, size], (by, _, row, column) => {
    const day = Math.max(0, (column.days[row] ?? 0) - first); // what moved before the first day counts from there
    moved[day] = (moved[day] ?? 0) + by;
  });
  let [next, sum] = [0, 0];
  const sums = new Map<Day, number>();
  for (const day of inOrder) {
    const end = dayNumber(day) - first;
    for (; next <= end; next++) sum += moved[next] ?? 0;
    sums.set(day, sum);
  }
  return days.map((day) => sums.get(day) ?? 0);
};

export type Mover = { readonly entryNumber: number; readonly change: number };

/** The events from entry number `since` to before `until` that moved the count for a day, each with its change. */
export const moversOn = (
  counts: CountsInMemory,
  counted: Counted,
  on: Day,
  since: number,
  until: number,
): readonly Mover[] => {
  const sums = new Map<number, number>();
  scan(counts, counted, on, [since, until], (by, _, row, column) => {
    const entryNumber = column.entryNumbers[row] ?? 0;
    sums.set(entryNumber, (sums.get(entryNumber) ?? 0) + by);
  });
  return [...sums].filter(([, change]) => change !== 0).map(([entryNumber, change]) => ({ entryNumber, change }));
};

/** Calls back with each change of a count by the events from entry number `since` to before `until`, up to a day. */
const scan = (
  { columns }: CountsInMemory,
  counted: Counted,
  on: Day,
  [since, until]: readonly [number, number],
  onChange: (by: number, cell: number, row: number, column: Column) => void,
): void => {
  const column = columns.get(counted.measure);
  if (column === undefined) return;
  const wanted = column.cells.map((cell) => countsFor(counted, cell));
  const all = wanted.every(Boolean);
  const [first, end] = [rowFrom(column, since), rowFrom(column, until)];
  const last = dayNumber(on);
  for (let row = first; row < end; row++) {
    if ((column.days[row] ?? 0) > last) continue;
    const cell = column.cellIndexes[row] ?? 0;
    if (all || wanted[cell]) onChange(column.bys[row] ?? 0, cell, row, column);
  }
};

const arraysOf = (capacity: number) => ({
  entryNumbers: new Uint32Array(capacity),
  days: new Uint32Array(capacity),
  cellIndexes: new Uint16Array(capacity),
  bys: new Int8Array(capacity),
});

const emptyColumn = (): Column => ({ cells: [], length: 0, ...arraysOf(64) });

const addRow = (column: Column, entryNumber: number, day: number, cellIndex: number, by: number): void => {
  if (column.length === column.bys.length) grow(column);
  column.entryNumbers[column.length] = entryNumber;
  column.days[column.length] = day;
  column.cellIndexes[column.length] = cellIndex;
  column.bys[column.length] = by;
  column.length += 1;
};

const grow = (column: Column): void => {
  const larger = arraysOf(column.bys.length * 2);
  for (const name of ['entryNumbers', 'days', 'cellIndexes', 'bys'] as const) larger[name].set(column[name]);
  Object.assign(column, larger);
};

/** The first row of an entry number or a later one. */
const rowFrom = ({ entryNumbers, length }: Column, entryNumber: number): number => {
  let [low, high] = [0, length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((entryNumbers[middle] ?? 0) < entryNumber) low = middle + 1;
    else high = middle;
  }
  return low;
};

/** A day as a number; numbers are in the order of the days, with gaps. */
const dayNumber = (day: Day): number =>
  (Number(day.slice(0, 4)) * 16 + Number(day.slice(5, 7))) * 32 + Number(day.slice(8));
