import type { Day } from '../domain/calendar.ts';
import { type Cell, type Counted, countsFor, deltas, difference } from '../domain/contribution.ts';
import { once, type Projection, type Query } from './projection.ts';

/**
 * What each event changed in the counts: from a day on, a measure's count in a sector and district is more or less. A
 * count for any (`on`, size) is the sum of what lies before both. '' stands for no sector or district.
 */
export const counts: Projection = {
  name: 'counts',
  version: 2,
  tables: `
    CREATE TABLE cell (
      id INTEGER PRIMARY KEY,
      measure TEXT NOT NULL,
      sector TEXT NOT NULL,
      district TEXT NOT NULL,
      lingang INTEGER NOT NULL,
      UNIQUE (measure, sector, district, lingang)
    ) STRICT;
    CREATE TABLE delta (
      entry_number INTEGER NOT NULL,
      day TEXT NOT NULL,
      cell INTEGER NOT NULL REFERENCES cell (id),
      by INTEGER NOT NULL,
      PRIMARY KEY (entry_number, day, cell)
    ) STRICT, WITHOUT ROWID;
    CREATE VIEW v_measures AS
      SELECT measure, nullif(sector, '') AS sector, nullif(district, '') AS district, lingang, sum(by) AS count
      FROM delta JOIN cell ON cell.id = delta.cell GROUP BY measure, sector, district, lingang;
  `,
  compared: { cell: 'id', delta: 'entry_number, day, cell' },
  *writes({ event, before, after }) {
    if (before === undefined || after === undefined) return;
    for (const { day, cell, by } of difference(deltasOf(before), deltasOf(after))) {
      const place = [cell.measure, cell.sector ?? '', cell.district ?? '', cell.lingang ? 1 : 0];
      yield {
        sql: 'INSERT INTO cell (measure, sector, district, lingang) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING',
        params: place,
      };
      yield {
        sql: `INSERT INTO delta (entry_number, day, cell, by)
              SELECT ?, ?, id, ? FROM cell WHERE measure = ? AND sector = ? AND district = ? AND lingang = ?`,
        params: [event.entryNumber, day, by, ...place],
      };
    }
  },
};

const deltasOf = once(deltas);

/** The cells known by now, each with its id. */
export const allCells: Query<Omit<Cell, 'lingang'> & { readonly id: number; readonly lingang: number }> = {
  sql: `SELECT id, measure, nullif(sector, '') AS sector, nullif(district, '') AS district, lingang FROM cell`,
  params: [],
};

export type Changes = {
  readonly entry_numbers: string;
  readonly days: string;
  readonly cells: string;
  readonly bys: string;
};

/** What the events from one entry number to before another changed, in their order, as four columns in JSON. */
export const changesBetween = (from: number, to: number): Query<Changes> => ({
  sql: `SELECT json_group_array(entry_number) AS entry_numbers, json_group_array(day) AS days,
          json_group_array(cell) AS cells, json_group_array(by) AS bys
        FROM (SELECT * FROM delta WHERE entry_number >= ? AND entry_number < ? ORDER BY entry_number)`,
  params: [from, to],
});

/** What a measure's count changed by, in columns that grow with the ledger; read at a glance, whatever is asked. */
type Column = {
  length: number;
  entryNumbers: Uint32Array;
  /** Days as numbers that are in the same order. */
  days: Uint32Array;
  /** Index in `cells`. */
  cells: Uint16Array;
  bys: Int8Array;
};

export type CellCount = Cell & { readonly count: number };

/**
 * The changes of the first so many events, held in memory: a million of them take 11 MB and are summed in milliseconds,
 * so that no index need know which days and sizes will be asked for.
 */
export const countsInMemory = () => {
  const columns = new Map<string, Column>();
  const cellsById = new Map<number, { readonly cell: Cell; readonly column: Column; readonly index: number }>();
  const cellsOf = new Map<Column, Cell[]>();
  let size = 0;

  const columnOf = (measure: string): Column => {
    const known = columns.get(measure) ?? emptyColumn(64);
    columns.set(measure, known);
    return known;
  };

  const add = (changes: Changes, cells: readonly (Cell & { readonly id: number })[], to: number): void => {
    for (const { id, ...cell } of cells) {
      if (cellsById.has(id)) continue;
      const column = columnOf(cell.measure);
      const others = cellsOf.get(column) ?? [];
      cellsOf.set(column, others);
      cellsById.set(id, { cell, column, index: others.push(cell) - 1 });
    }
    const [entryNumbers, days, ids, bys] = [
      JSON.parse(changes.entry_numbers) as number[],
      JSON.parse(changes.days) as Day[],
      JSON.parse(changes.cells) as number[],
      JSON.parse(changes.bys) as number[],
    ];
    ids.forEach((id, row) => {
      const found = cellsById.get(id);
      if (found === undefined) throw new Error(`no cell ${id}`);
      const { column, index } = found;
      if (column.length === column.bys.length) grow(column);
      column.entryNumbers[column.length] = entryNumbers[row] ?? 0;
      column.days[column.length] = dayNumber(days[row] ?? '');
      column.cells[column.length] = index;
      column.bys[column.length] = bys[row] ?? 0;
      column.length += 1;
    });
    size = to;
  };

  /** Calls back with each change that counts for something, from an entry number to before another, up to a day. */
  const scan = (
    counted: Counted,
    on: Day,
    [since, until]: readonly [number, number],
    take: (by: number, cell: number, row: number, column: Column) => void,
  ): readonly Cell[] => {
    const column = columns.get(counted.measure);
    if (column === undefined) return [];
    const cells = cellsOf.get(column) ?? [];
    const wanted = cells.map((cell) => countsFor(counted, cell));
    const all = wanted.every(Boolean);
    const [first, end] = [rowFrom(column, since), rowFrom(column, until)];
    const last = dayNumber(on);
    for (let row = first; row < end; row++) {
      if ((column.days[row] ?? 0) > last) continue;
      const cell = column.cells[row] ?? 0;
      if (all || wanted[cell]) take(column.bys[row] ?? 0, cell, row, column);
    }
    return cells;
  };

  return {
    /** How many events' changes are here. */
    size: (): number => size,
    add,
    /** The count after all facts of a day, by the first `until` events. */
    countOn: (counted: Counted, on: Day, until: number): number => {
      let sum = 0;
      scan(counted, on, [0, until], (by) => {
        sum += by;
      });
      return sum;
    },
    /** The count in each sector, district, and in or out of the core, where it is not 0. */
    cellsOn: (counted: Counted, on: Day, until: number): readonly CellCount[] => {
      const sums: number[] = [];
      const cells = scan(counted, on, [0, until], (by, cell) => {
        sums[cell] = (sums[cell] ?? 0) + by;
      });
      return cells.map((cell, index) => ({ ...cell, count: sums[index] ?? 0 })).filter(({ count }) => count !== 0);
    },
    /** The count on each of some days. */
    countsOn: (counted: Counted, days: readonly Day[], until: number): readonly number[] => {
      const inOrder = [...new Set(days)].sort();
      const [first, last] = [dayNumber(inOrder[0] ?? ''), dayNumber(inOrder.at(-1) ?? '')];
      const moved = new Int32Array(Math.max(0, last - first) + 1);
      scan(counted, inOrder.at(-1) ?? '', [0, until], (by, _, row, column) => {
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
    },
    /** The events from entry number `since` to before `until` that moved the count for a day, each with its change. */
    movers: (
      counted: Counted,
      on: Day,
      since: number,
      until: number,
    ): readonly { readonly entryNumber: number; readonly change: number }[] => {
      const sums = new Map<number, number>();
      scan(counted, on, [since, until], (by, _, row, column) => {
        const entryNumber = column.entryNumbers[row] ?? 0;
        sums.set(entryNumber, (sums.get(entryNumber) ?? 0) + by);
      });
      return [...sums].filter(([, change]) => change !== 0).map(([entryNumber, change]) => ({ entryNumber, change }));
    },
  };
};

const emptyColumn = (capacity: number): Column => ({
  length: 0,
  entryNumbers: new Uint32Array(capacity),
  days: new Uint32Array(capacity),
  cells: new Uint16Array(capacity),
  bys: new Int8Array(capacity),
});

const grow = (column: Column): void => {
  const { length: _, ...larger } = emptyColumn(column.bys.length * 2);
  for (const name of ['entryNumbers', 'days', 'cells', 'bys'] as const) larger[name].set(column[name]);
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

const dayNumber = (day: Day): number =>
  (Number(day.slice(0, 4)) * 16 + Number(day.slice(5, 7))) * 32 + Number(day.slice(8));
