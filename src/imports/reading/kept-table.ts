import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Text } from '../../../domain/field.ts';
import type { CellFault, Hidden, SkippedLine } from '../../../domain/import-events.ts';
import { type Cell, cellText, type Sheet, SheetFault } from '../../spreadsheets/sheet.ts';
import { linesOf } from '../lines.ts';
import { isEmpty, quoted } from './cells.ts';
import { columnsOf, isNumberHeader, isRowNumber, nameOf } from './columns.ts';
import type { RowKind } from './needs.ts';
import { type RowReader, rowReader } from './rows.ts';
import { type HeaderRow, rowsUnder, type TableHeader, type TableReading, type TableRow, tableHeader } from './table.ts';
import { unitOfTable } from './table-unit.ts';

/**
 * The rows of a file as an import keeps them while it runs: a line of JSON for the header, then one for each row. After
 * that it makes no difference which kind of file they came in.
 */

/** A row of a kept table, with its place: among the rows under the headers, from 1, and in the file. */
export type Row = {
  readonly number: number;
  readonly line: number;
  readonly cells: readonly Cell[];
  readonly read: (today: string) => ReturnType<RowReader['read']>;
  readonly faultIn: (name: string, reason: Text) => CellFault;
};

const rowLimit = 100_000;
const pieceCharacters = 65_536;
/** The most skipped, and the most hidden lines that an import lists; a sound list has few. */
const listedLinesLimit = 50;

type TableLine = readonly [line: number, ...cells: Cell[]];

type Written = {
  /** How many lines are not rows, and the first of them. */
  readonly skipped: number;
  readonly skippedLines: readonly SkippedLine[];
  readonly total: number;
  /** Headers of columns for the rows' numbers that hold something else. */
  readonly unused: readonly string[];
  /** Names of what is set for the whole file although each row has its own. */
  readonly unusedSet: readonly string[];
  readonly hidden: Pick<Hidden, 'rows' | 'lines'>;
};

export type TableSource = {
  readonly sheet: Sheet;
  readonly headerRow: HeaderRow;
  readonly reading: TableReading;
  readonly date1904: boolean;
  /** Of what is set for the whole file. */
  readonly setNames: readonly string[];
  /** Of the file and the sheet, in which a unit may be. */
  readonly names: readonly string[];
};

/** Writes the rows of a sheet to the file `table`, the hidden ones too. Throws `SheetFault` if there are too many. */
export const writeTable = async (
  { sheet, headerRow, reading, date1904, setNames, names }: TableSource,
  table: string,
): Promise<Written> => {
  const skippedLines: SkippedLine[] = [];
  const hiddenLines: number[] = [];
  const unused = new Set<string>();
  const placeOf = (name: string) =>
    reading.columns.findIndex((column) => column !== undefined && nameOf(column) === name);
  const unusedSet = new Map(setNames.map((name) => [name, placeOf(name)] as const).filter(([, place]) => place !== -1));
  let hiddenRows = 0;
  let skipped = 0;
  let total = 0;
  const pieces = async function* () {
    const { headers } = headerRow;
    const numberPlaces = headers.flatMap((header, index) => (isNumberHeader(header) ? [[header, index] as const] : []));
    const rows = () => rowsUnder(sheet, headerRow, reading);
    const hasAmounts = reading.columns.some((column) => column?.is === 'field' && column.field.kind === 'money');
    const around = async () => [...names, ...(await sheet.around())];
    const units = hasAmounts ? await unitOfTable(reading, headerRow, await around(), rows()) : {};
    const more = sheet.hasDecimalCommas ? { hasDecimalCommas: sheet.hasDecimalCommas } : {};
    let piece = `${JSON.stringify(tableHeader.encode({ headers: [...headers], ...units, date1904, ...more }))}\n`;
    for await (const row of rows()) {
      if (row.isSkipped) {
        skipped += 1;
        if (skippedLines.length < listedLinesLimit) skippedLines.push(skippedLineOf(row));
        continue;
      }
      total += 1;
      for (const [name, place] of unusedSet) if (isEmpty(row.cells[place])) unusedSet.delete(name);
      for (const [header, index] of numberPlaces) {
        const cell = row.cells[index];
        if (cell !== undefined && !isEmpty(cell) && !isRowNumber(cellText(cell))) unused.add(header);
      }
      if (row.isHidden) {
        hiddenRows += 1;
        if (hiddenLines.length < listedLinesLimit) hiddenLines.push(row.line);
      }
      if (total > rowLimit) throw tooManyRows();
      const line: TableLine = [row.line, ...row.cells];
      piece += `${JSON.stringify(line)}\n`;
      if (piece.length < pieceCharacters) continue;
      yield piece;
      piece = '';
    }
    yield piece;
  };
  await pipeline(Readable.from(pieces()), createWriteStream(table, { flush: true }));
  return {
    skipped,
    skippedLines,
    total,
    unused: [...unused],
    unusedSet: total === 0 ? [] : [...unusedSet.keys()],
    hidden: { rows: hiddenRows, lines: hiddenLines },
  };
};

const tooManyRows = () =>
  new SheetFault(
    `表格超过 ${rowLimit} 行，请拆分后分别导入`,
    `The sheet has more than ${rowLimit} rows; split it and import the parts`,
  );

const skippedLineOf = ({ line, cells }: TableRow): SkippedLine => ({
  line,
  text: quoted(
    cells
      .map((cell) => cellText(cell).trim())
      .filter((text) => text !== '')
      .join(' '),
  ),
});

/** The header of a kept table; undefined if the file is empty. Rejects with ENOENT if there is no such file. */
export const tableHeaderOf = async (table: string): Promise<TableHeader | undefined> => {
  for await (const text of linesOf(table)) return tableHeader.parse(JSON.parse(text));
  return undefined;
};

/** The rows of a kept table. */
export async function* rowsOf(table: string, rowKind: RowKind): AsyncIterable<Row> {
  let reader: RowReader | undefined;
  let number = 0;
  for await (const text of linesOf(table)) {
    if (reader === undefined) {
      const header = tableHeader.parse(JSON.parse(text));
      reader = rowReader(rowKind, header, columnsOf(rowKind, header.headers));
      continue;
    }
    const [line, ...cells]: TableLine = JSON.parse(text);
    number += 1;
    const { read, faultIn } = reader;
    yield {
      ...{ number, line, cells },
      read: (today) => read(cells, today),
      faultIn: (name, reason) => faultIn(cells, name, reason),
    };
  }
}
