import { pipeline, Readable } from 'node:stream';
import { stringify } from 'csv-stringify';
import type { Text } from '../../domain/field.ts';
import { neutralised } from '../spreadsheets/csv.ts';
import { instantInShanghai } from '../spreadsheets/serial-days.ts';
import { type ColumnKind, placesOf, xlsxOf } from '../spreadsheets/xlsx-writer.ts';

/** Tables as files, written as they are read. */

export type Language = keyof Text;
export type Format = 'csv' | 'xlsx';

export type Cell = string | number;
export type Row = readonly Cell[];
export type Column = { readonly header: string; readonly kind?: ColumnKind | undefined };

export type Table = {
  /** The name of the sheet. */
  readonly name: string;
  readonly columns: readonly Column[];
  readonly rows: Iterable<Row> | AsyncIterable<Row>;
};

export const fileOf = (format: Format, table: Table): Readable => (format === 'xlsx' ? asXlsx(table) : asCsv(table));

const asCsv = ({ columns, rows }: Table): Readable => {
  const text = stringify({
    header: true,
    columns: columns.map(({ header }) => header),
    bom: true,
    quoted_match: /\\/, // unquoted, a backslash before a comma may be read as a part of the cell
    cast: { string: neutralised },
    record_delimiter: 'windows',
  });
  const cells = (async function* () {
    for await (const row of rows) yield row.map((cell, index) => asText(cell, columns[index]?.kind));
  })();
  return pipeline(Readable.from(cells), text, () => {}); // a reader who leaves early is no failure
};

const asText = (cell: Cell, kind: ColumnKind | undefined): Cell =>
  kind === 'instant' && typeof cell === 'string' && cell !== '' ? instantInShanghai(cell) : cell;

/** The widths of columns are those that their headers and this many rows need, within bounds, in characters. */
const rowsMeasured = 100;
const narrowest = 10;
const widest = 60;
/** What a date cell shows takes this many characters. */
const shownLength: Readonly<Partial<Record<ColumnKind, number>>> = { day: 10, instant: 19 };

const asXlsx = ({ name, columns, rows }: Table): Readable =>
  Readable.from(
    (async function* () {
      const first: Row[] = [];
      const rest = iterated(rows);
      for (let next = await rest.next(); !next.done; next = await rest.next()) {
        first.push(next.value);
        if (first.length === rowsMeasured) break;
      }
      const all = (async function* () {
        yield* first;
        yield* rest;
      })();
      const wide = columns.map((column, index) => ({ ...column, width: widthOf(column, index, first) }));
      yield* xlsxOf({ name, columns: wide, rows: all });
    })(),
  );

async function* iterated(rows: Table['rows']): AsyncGenerator<Row, undefined> {
  yield* rows;
}

const widthOf = ({ header, kind = 'text' }: Column, index: number, rows: readonly Row[]): number => {
  const places = rows.map((row) => shownLength[kind] ?? placesOf(String(row[index] ?? '')));
  return Math.min(widest, Math.max(narrowest, placesOf(header) + 2, ...places.map((each) => each + 2)));
};
