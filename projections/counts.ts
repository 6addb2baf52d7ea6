import type { Day } from '../domain/calendar.ts';
import { type Counted, deltas, difference } from '../domain/contribution.ts';
import type { Projection, Query, Value } from './projection.ts';

/**
 * What each event changed in the counts: from a day on, a measure's count in a sector and district is more or less. A
 * count for any (`on`, size) is the sum of what lies before both. '' stands for no sector or district.
 */
export const counts: Projection = {
  name: 'counts',
  version: 1,
  tables: `
    CREATE TABLE delta (
      measure TEXT NOT NULL,
      day TEXT NOT NULL,
      entry_number INTEGER NOT NULL,
      sector TEXT NOT NULL,
      district TEXT NOT NULL,
      lingang INTEGER NOT NULL,
      by INTEGER NOT NULL,
      PRIMARY KEY (measure, day, entry_number, sector, district, lingang)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX delta_entry_number ON delta (entry_number);
    CREATE VIEW v_measures AS
      SELECT measure, nullif(sector, '') AS sector, nullif(district, '') AS district, lingang, sum(by) AS count
      FROM delta GROUP BY measure, sector, district, lingang;
  `,
  compared: { delta: 'measure, day, entry_number, sector, district, lingang' },
  *writes({ event, before, after }) {
    if (before === undefined || after === undefined) return;
    const register = after.entry.register;
    for (const { day, cell, by } of difference(deltas(register, before.steps), deltas(register, after.steps))) {
      yield {
        sql: `INSERT INTO delta (measure, day, entry_number, sector, district, lingang, by) VALUES (?, ?, ?, ?, ?, ?, ?)`,
        params: [
          cell.measure,
          day,
          event.entryNumber,
          cell.sector ?? '',
          cell.district ?? '',
          cell.lingang ? 1 : 0,
          by,
        ],
      };
    }
  },
};

const counted = ({ measure, sector, district }: Counted): { readonly where: string; readonly params: Value[] } => ({
  where: `measure = ?${sector === undefined ? '' : ' AND sector = ?'}${district === undefined ? '' : ' AND district = ?'}`,
  params: [measure, ...(sector === undefined ? [] : [sector]), ...(district === undefined ? [] : [district])],
});

/** The count after all facts of a day, by the first `size` events. */
export const countOn = (what: Counted, on: Day, size: number): Query<{ count: number }> => {
  const { where, params } = counted(what);
  return {
    sql: `SELECT coalesce(sum(by), 0) AS count FROM delta WHERE ${where} AND day <= ? AND entry_number < ?`,
    params: [...params, on, size],
  };
};

/** How the count moves from day to day, up to a day; the sum of all that comes before `from` stands on `from`. */
export const movesBetween = (what: Counted, from: Day, to: Day, size: number): Query<{ day: Day; by: number }> => {
  const { where, params } = counted(what);
  return {
    sql: `SELECT max(day, ?) AS day, sum(by) AS by FROM delta WHERE ${where} AND day <= ? AND entry_number < ?
          GROUP BY 1 ORDER BY 1`,
    params: [from, ...params, to, size],
  };
};

export type CellCount = {
  readonly sector: string;
  readonly district: string;
  readonly lingang: number;
  readonly count: number;
};

/** The count in each sector, district, and in or out of the core. */
export const cellsOn = (what: Counted, on: Day, size: number): Query<CellCount> => {
  const { where, params } = counted(what);
  return {
    sql: `SELECT sector, district, lingang, sum(by) AS count FROM delta WHERE ${where} AND day <= ? AND entry_number < ?
          GROUP BY sector, district, lingang HAVING count <> 0`,
    params: [...params, on, size],
  };
};

/** The events from entry number `since` up to `size` that moved the count for a day, each with its change. */
export const movers = (
  what: Counted,
  on: Day,
  since: number,
  size: number,
): Query<{ entry_number: number; change: number }> => {
  const { where, params } = counted(what);
  return {
    sql: `SELECT entry_number, sum(by) AS change FROM delta
          WHERE ${where} AND day <= ? AND entry_number >= ? AND entry_number < ?
          GROUP BY entry_number HAVING change <> 0 ORDER BY entry_number`,
    params: [...params, on, since, size],
  };
};
