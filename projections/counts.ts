import { type Cell, changeBetween } from '../domain/contribution.ts';
import type { Projection, Query } from './projection.ts';
import { titlesOf } from './titles.ts';

/**
 * What each event changed in the counts: from a day on, a measure's count in a sector and district is higher or lower. A
 * count for any (`on`, size) is the sum of the rows up to that day and before that size. '' stands for no sector or district.
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
      SELECT day, measure, ${titlesOf('measure', 'measure', 'measure')},
        nullif(sector, '') AS sector, ${titlesOf('sector', 'sector', 'sector')},
        nullif(district, '') AS district, ${titlesOf('district', 'district', 'district')},
        lingang, change, sum(change) OVER (PARTITION BY cell ORDER BY day) AS count
      FROM (SELECT day, cell, sum(by) AS change FROM delta GROUP BY day, cell HAVING sum(by) <> 0)
        JOIN cell ON cell.id = cell;
  `,
  compared: { cell: 'id', delta: 'entry_number, day, cell' },
  *writes({ event, before, after }) {
    if (before === undefined || after === undefined) return;
    for (const { day, cell, by } of changeBetween(before, after)) {
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

/** All cells of the file, each with its id. */
export const allCells: Query<Omit<Cell, 'lingang'> & { readonly id: number; readonly lingang: number }> = {
  sql: `SELECT id, measure, nullif(sector, '') AS sector, nullif(district, '') AS district, lingang FROM cell`,
  params: [],
};

/** Rows of `delta`: each column is a JSON array, all of the same length. */
export type Changes = {
  readonly entry_numbers: string;
  readonly days: string;
  readonly cells: string;
  readonly bys: string;
};

/** The rows of `delta` from one entry number to before another, in the order of the events, as four columns in JSON. */
export const changesBetween = (from: number, to: number): Query<Changes> => ({
  sql: `SELECT json_group_array(entry_number) AS entry_numbers, json_group_array(day) AS days,
          json_group_array(cell) AS cells, json_group_array(by) AS bys
        FROM (SELECT * FROM delta WHERE entry_number >= ? AND entry_number < ? ORDER BY entry_number)`,
  params: [from, to],
});
