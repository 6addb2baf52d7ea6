import { z } from 'zod';
import type { Text } from '../../../domain/field.ts';
import { type Cell, type Merge, type Sheet, SheetFault, type SheetRow } from '../../spreadsheets/sheet.ts';
import { asideFinder, isTurn } from './asides.ts';
import { isEmpty, quoted } from './cells.ts';
import { type Column, nameOf } from './columns.ts';
import { headerIn, headerMergesOf, isOneHeader, overAllColumns, type Tiers, tiersOf } from './header-tiers.ts';
import type { HasAll } from './needs.ts';
import { unitOf } from './units.ts';

/** The row of headers of a table. */
export type HeaderRow = {
  readonly line: number;
  readonly headers: readonly string[];
  /** How many of them are recognised. */
  readonly recognised: number;
  /** What stands above them. */
  readonly above: readonly string[];
  /** The rows that they were read from, which a list may repeat on every page. */
  readonly printed: readonly (readonly string[])[];
};

const unitSchema = z.union([
  z.object({ exponent: z.number() }),
  z.object({ unclear: z.object({ zh: z.string(), en: z.string() }) }),
]);

/**
 * What the first line of a kept table says about its rows; without a unit, none is stated outside headers and rows. Kept
 * tables name two of its members otherwise.
 */
export const tableHeader = z.codec(
  z.object({
    heads: z.array(z.string()),
    power: z.number(),
    isStated: z.boolean().exactOptional(),
    hasUnits: z.literal(true).exactOptional(),
    unclear: z.object({ zh: z.string(), en: z.string() }).exactOptional(),
    date1904: z.boolean(),
    hasDecimalCommas: z.literal(true).exactOptional(),
  }),
  z.object({
    headers: z.array(z.string()),
    unit: unitSchema.exactOptional(),
    /** Whether a column of units has one in any row: then it is missing in the others. */
    hasUnits: z.literal(true).exactOptional(),
    date1904: z.boolean(),
    /** Whether `1,500` may be one and a half. */
    hasDecimalCommas: z.literal(true).exactOptional(),
  }),
  {
    decode: ({ heads, power, isStated = power !== 0, unclear, ...rest }) => ({
      headers: heads,
      ...(unclear !== undefined ? { unit: { unclear } } : isStated ? { unit: { exponent: power } } : {}),
      ...rest,
    }),
    encode: ({ headers, unit, ...rest }) => ({
      heads: headers,
      power: unit !== undefined && 'exponent' in unit ? unit.exponent : 0,
      ...(unit !== undefined && 'unclear' in unit ? { unclear: unit.unclear } : {}),
      ...(unit !== undefined && 'exponent' in unit && unit.exponent === 0 ? { isStated: true } : {}),
      ...rest,
    }),
  },
);
export type TableHeader = z.infer<typeof tableHeader>;

/** Above the headers are titles and the like: the headers are within this many rows from the top. */
const rowsToSearch = 50;

/** Finds the row of headers: the one with the most recognised headers, or the fullest if none is recognised. */
export const headerRowIn = async (sheet: Sheet, find: Find): Promise<HeaderRow | undefined> => {
  const top: SheetRow[] = [];
  for await (const row of sheet.rows()) if (top.push(row) === rowsToSearch) break;
  const nameIn = (header: string) => {
    const column = find(header);
    return column === undefined || column.is === 'row' ? [] : [nameOf(column)];
  };
  const hasHeader = top.some(({ cells }) => cells.some((cell) => nameIn(headerIn(cell)).length > 0));
  const merges = hasHeader ? headerMergesOf(await sheet.merges(), top) : [];
  let best: (HeaderRow & { readonly tiers: Tiers }) | undefined;
  let bestFilled = 0;
  for (const [index, row] of top.entries()) {
    const tiers = tiersOf(row, top, merges, find);
    const { headers, fromAbove } = tiers;
    const { line } = row;
    const recognised = new Set(headers.flatMap(nameIn)).size;
    const filled = headers.filter((header) => header !== '').length;
    const isBetter =
      best === undefined ||
      recognised > best.recognised ||
      (recognised === best.recognised && recognised > 0 && isOneHeader(best.line, line, merges)) ||
      (recognised === 0 && best.recognised === 0 && filled > bestFilled);
    if (!isBetter) continue;
    bestFilled = filled;
    const taken = (cell: Cell, place: number) => fromAbove.has(place) && headerIn(cell) === headers[place];
    const above = top.slice(0, index).flatMap(({ cells }) => cells.filter((cell, place) => !taken(cell, place)));
    const printed = top.filter((each) => each.line <= line && each.line >= line - 2);
    const printedTexts = printed.map(({ cells }) => cells.map(headerIn));
    best = { line, headers, recognised, above: textsOf(above), printed: printedTexts, tiers };
  }
  if (best === undefined) return undefined;
  const { tiers, ...chosen } = best;
  refuseTableAbove(top, chosen.line, merges, find);
  const below = top.find(({ line }) => line === chosen.line + 1);
  const headers = await overAllColumns(sheet, chosen.line, tiers, below, merges, find);
  return withUnitsBelow({ ...chosen, headers }, below);
};

type Find = (header: string) => Column | undefined;

/** Whether most of a row's cells are headers: then the rows under it are read by it. */
const readsAsHeaders = (cells: readonly Cell[], find: Find): boolean => {
  const filled = cells.filter((cell) => !isEmpty(cell));
  const names = new Set<string>();
  let others = 0;
  for (const cell of filled) {
    const column = typeof cell === 'string' ? find(headerIn(cell)) : undefined;
    if (column !== undefined && column.is !== 'row') names.add(nameOf(column));
    else others += 1;
    if (others * 2 >= filled.length) return false;
  }
  return names.size >= 2;
};

/** Throws if rows of another table stand above the headers: with them they would be taken for titles. */
const refuseTableAbove = (top: readonly SheetRow[], line: number, merges: readonly Merge[], find: Find) => {
  const end = top.findIndex((row) => row.line === line);
  const own = top[end];
  const isTier = (row: SheetRow) => readsAsHeaders(row.cells, find) || isOneHeader(row.line, line, merges);
  const start = top.slice(0, end).findLastIndex((row) => !isTier(row));
  const other = top.slice(0, start + 1).find(({ cells }) => readsAsHeaders(cells, find));
  if (other !== undefined && own !== undefined) throw otherTable(other.line, own);
};

/** Throws if a later row is headers too and gives other columns than the table's, in which its rows would be read. */
const refuseOtherHeaders = (row: SheetRow, headerLine: number, headers: readonly string[], find: Find) => {
  const meaningOf = (header: string | undefined) => {
    const column = find(header ?? '');
    if (column === undefined || column.is === 'row') return '';
    return JSON.stringify([nameOf(column), 'unit' in column ? column.unit : undefined]);
  };
  const isSame = Array.from(
    { length: Math.max(headers.length, row.cells.length) },
    (_, index) => meaningOf(headers[index]) === meaningOf(headerIn(row.cells[index] ?? '')),
  ).every(Boolean);
  if (!isSame) throw otherTable(headerLine, row);
};

const textsOf = (cells: readonly Cell[]): readonly string[] => cells.filter((cell) => !isEmpty(cell)).map(headerIn);

/** The headers with the units of amounts that a row of nothing but units gives under them. */
const withUnitsBelow = (row: HeaderRow, below: SheetRow | undefined): HeaderRow => {
  if (below?.line !== row.line + 1) return row;
  const filled = below.cells.filter((cell) => !isEmpty(cell)).map(headerIn);
  const isUnits = filled.every((text) => unitOf(text) !== undefined || /^[（(【[].{1,6}[）)】\]]$/.test(text));
  if (!isUnits || !filled.some((text) => unitOf(text) !== undefined)) return row;
  const headers = row.headers.map((header, index) => {
    const unit = headerIn(below.cells[index] ?? '');
    return header !== '' && unitOf(unit) !== undefined
      ? `${header}（${unit.replace(/^[（(【[]|[）)】\]]$/g, '')}）`
      : header;
  });
  return { ...row, line: below.line, headers };
};

export type TableRow = SheetRow & {
  /** Whether it is not a row of the list but a sum, a note, the heading of a section or a template's example. */
  readonly isSkipped: boolean;
  /** Whether its texts may say something of the whole table, such as the unit of its amounts. */
  readonly mayState: boolean;
};

/** What the rows of a table are read by. */
export type TableReading = {
  readonly columns: readonly (Column | undefined)[];
  readonly find: Find;
  readonly hasAll: HasAll;
  /** The title of the command that the rows ask for. */
  readonly command: Text;
};

/**
 * The rows under the headers, with cells that are merged downwards filled in, and with what is beyond the headers. Throws
 * `SheetFault` at a line from which on the rows are those of another table.
 */
export async function* rowsUnder(
  sheet: Sheet,
  { line: headerLine, headers, printed }: HeaderRow,
  { columns, find, hasAll, command }: TableReading,
): AsyncIterable<TableRow> {
  const fill = mergedCellFiller(await sheet.merges(), headerLine, headers.length);
  const isExample = exampleFinder(columns);
  const asideOf = asideFinder(headers.length, hasAll);
  const repeats = ({ cells }: SheetRow, tier: readonly string[]) =>
    Array.from({ length: Math.max(tier.length, cells.length) }).every(
      (_, index) => headerIn(cells[index] ?? '') === (tier[index] ?? ''),
    );
  let turn: SheetRow | undefined;
  for await (const row of sheet.rows()) {
    if (row.line <= headerLine) continue;
    const cells = row.cells.slice(0, headers.length);
    const beyond = row.cells.slice(headers.length);
    const isWithin = beyond.every(isEmpty);
    const isBesideTable = cells.every(isEmpty);
    if (row.cells.every(isEmpty) || [headers, ...printed].some((tier) => repeats(row, tier))) continue;
    if (readsAsHeaders(row.cells, find)) refuseOtherHeaders(row, headerLine, headers, find);
    else if (isBesideTable) yield { ...row, isSkipped: true, mayState: true };
    else {
      const filled = fill(row.line, cells);
      const padding = Array.from({ length: headers.length - filled.length }, () => '');
      const aside = isExample(row) ? { isSkipped: true, mayState: true } : asideOf(row.cells, filled);
      if (isTurn(row.cells, command) && !hasAll(filled, false)) turn = row;
      else if (turn !== undefined && !aside.isSkipped && !aside.mayState) throw turned(turn);
      yield { ...row, cells: isWithin ? filled : [...filled, ...padding, ...beyond], ...aside };
    }
  }
}

const turned = ({ line, cells }: SheetRow): SheetFault => {
  const text = quoted(cells.find((cell) => !isEmpty(cell)) ?? '');
  return new SheetFault(
    `第 ${line} 行“${text}”说明其下各行可能不属于本名单；请将其下各行移到另一个文件，或删去该行`,
    `Line ${line}, “${text}”, says that the rows under it may not belong to this list; move those rows to another file, or delete the line`,
  );
};

/** Rows under other headers would be read under those of the first table. */
const otherTable = (headerLine: number, { line, cells }: SheetRow): SheetFault => {
  const found = textsOf(cells);
  return new SheetFault(
    `第 ${line} 行是另一个表的表头（${found.join('、')}），与第 ${headerLine} 行的不同；请将两个表分到不同的文件或工作表`,
    `Line ${line} has the headers of another table (${found.join(', ')}), which differ from those in line ${headerLine}; put each table into a file or a sheet of its own`,
  );
};

/** Fills the empty cells of merged ranges with the value at the top of their column. Lines must come in order. */
const mergedCellFiller = (merges: readonly Merge[], headerLine: number, width: number) => {
  const waiting = merges.filter(({ top, bottom }) => bottom > top && top > headerLine).sort((a, b) => b.top - a.top);
  const open = new Map<number, { readonly bottom: number; readonly value: Cell }>();
  return (line: number, cells: readonly Cell[]): readonly Cell[] => {
    for (let next = waiting.at(-1); next !== undefined && next.top <= line; next = waiting.at(-1)) {
      waiting.pop();
      if (next.top === line && next.left <= width)
        open.set(next.left, { bottom: next.bottom, value: cells[next.left - 1] ?? '' });
    }
    if (open.size === 0) return cells;
    const filled = [...cells];
    for (const [left, { bottom, value }] of open) {
      if (bottom < line) open.delete(left);
      else {
        while (filled.length < left) filled.push('');
        if (isEmpty(filled[left - 1])) filled[left - 1] = value;
      }
    }
    return filled;
  };
};

/** Words of templates for an example, which stand in the column of the rows' numbers. */
export const exampleMarker: Text = { zh: '示例', en: 'Example' };

/** Recognises a template's example by its mark; elsewhere the same word may be a key or a name. */
const exampleFinder = (columns: readonly (Column | undefined)[]) => {
  const marks: ReadonlySet<string> = new Set(Object.values(exampleMarker));
  return ({ cells }: SheetRow): boolean =>
    cells.some((cell, index) => columns[index]?.is === 'row' && marks.has(headerIn(cell)));
};
