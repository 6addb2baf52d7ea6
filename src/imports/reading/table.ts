import { z } from 'zod';
import type { Text } from '../../../domain/field.ts';
import { plain } from '../../../domain/identifiers.ts';
import { type Cell, cellText, type Merge, type Sheet, SheetFault, type SheetRow } from '../../spreadsheets/sheet.ts';
import { isEmpty } from './cells.ts';
import { type Column, nameOf } from './columns.ts';
import { headerIn, headerMergesOf, isOneHeader, overAllColumns, type Tiers, tiersOf } from './header-tiers.ts';
import { announcesUnit } from './table-unit.ts';
import { unitOf } from './units.ts';

/** The row of headers of a table. */
export type HeaderRow = {
  readonly line: number;
  readonly headers: readonly string[];
  /** How many of them are recognised. */
  readonly recognised: number;
  /** What stands above them. */
  readonly above: readonly string[];
};

const unitSchema = z.union([
  z.object({ exponent: z.number() }),
  z.object({ unclear: z.object({ zh: z.string(), en: z.string() }) }),
]);

/** What the first line of a kept table says about its rows. Kept tables name two of its members otherwise. */
export const tableHeader = z.codec(
  z.object({
    heads: z.array(z.string()),
    power: z.number(),
    unclear: z.object({ zh: z.string(), en: z.string() }).exactOptional(),
    date1904: z.boolean(),
  }),
  z.object({ headers: z.array(z.string()), unit: unitSchema, date1904: z.boolean() }),
  {
    decode: ({ heads, power, unclear, date1904 }) => ({
      headers: heads,
      unit: unclear === undefined ? { exponent: power } : { unclear },
      date1904,
    }),
    encode: ({ headers, unit, date1904 }) => ({
      heads: headers,
      ...('exponent' in unit ? { power: unit.exponent } : { power: 0, unclear: unit.unclear }),
      date1904,
    }),
  },
);
export type TableHeader = z.infer<typeof tableHeader>;

/** Above the headers are titles and the like: the headers are within this many rows from the top. */
const rowsToSearch = 50;

/** Finds the row of headers: the one with the most recognised headers, or the fullest if none is recognised. */
export const headerRowIn = async (
  sheet: Sheet,
  find: (header: string) => Column | undefined,
): Promise<HeaderRow | undefined> => {
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
  const headerRows: SheetRow[] = [];
  for (const [index, row] of top.entries()) {
    const tiers = tiersOf(row, top, merges, find);
    const { headers, fromAbove } = tiers;
    const { line } = row;
    const recognised = new Set(headers.flatMap(nameIn)).size;
    const filled = headers.filter((header) => header !== '').length;
    if (recognised >= 3 && recognised * 2 > filled) headerRows.push(row);
    const isBetter =
      best === undefined ||
      recognised > best.recognised ||
      (recognised === best.recognised && recognised > 0 && isOneHeader(best.line, line, merges)) ||
      (recognised === 0 && best.recognised === 0 && filled > bestFilled);
    if (!isBetter) continue;
    bestFilled = filled;
    const taken = (cell: Cell, place: number) => fromAbove.has(place) && headerIn(cell) === headers[place];
    const above = top.slice(0, index).flatMap(({ cells }) => cells.filter((cell, place) => !taken(cell, place)));
    best = { line, headers, recognised, above: textsOf(above), tiers };
  }
  if (best === undefined) return undefined;
  const { tiers, ...chosen } = best;
  const other = headerRows.find(({ line }) => line < chosen.line - 1 && !isOneHeader(line, chosen.line, merges));
  const own = headerRows.find(({ line }) => line === chosen.line);
  if (other !== undefined && own !== undefined) throw otherTable(other.line, own);
  const below = top.find(({ line }) => line === chosen.line + 1);
  const headers = await overAllColumns(sheet, chosen.line, tiers, below, merges, find);
  return withUnitsBelow({ ...chosen, headers }, below);
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
};

/** What the cells of a row are for its command. */
export type Judging = {
  /** Whether they have all that it needs, with what is set for the whole file or without it. */
  readonly hasAll: (cells: readonly Cell[], withSet: boolean) => boolean;
  /** Whether they are headers of it. */
  readonly areHeaders: (cells: readonly Cell[]) => boolean;
};

/** The rows under the headers, with cells that are merged downwards filled in, and with what is beyond the headers. */
export async function* rowsUnder(
  sheet: Sheet,
  { line: headerLine, headers }: HeaderRow,
  columns: readonly (Column | undefined)[],
  { hasAll, areHeaders }: Judging,
): AsyncIterable<TableRow> {
  const fill = mergedCellFiller(await sheet.merges(), headerLine, headers.length);
  const known: ReadonlySet<Cell> = new Set(headers.filter((header) => header !== ''));
  const isExample = exampleFinder(columns);
  const isAside = asideFinder(headers.length, hasAll);
  for await (const row of sheet.rows()) {
    if (row.line <= headerLine) continue;
    const cells = row.cells.slice(0, headers.length);
    const beyond = row.cells.slice(headers.length);
    const isWithin = beyond.every(isEmpty);
    const isBesideTable = cells.every(isEmpty);
    const repeatsHeaders =
      !isBesideTable && isWithin && cells.every((cell, index) => isEmpty(cell) || headerIn(cell) === headers[index]);
    if (row.cells.every(isEmpty) || repeatsHeaders) continue;
    if (row.cells.filter((cell) => known.has(cell)).length > 1 && areHeaders(row.cells))
      throw otherTable(headerLine, row);
    if (isBesideTable) yield { ...row, isSkipped: true };
    else {
      const filled = fill(row.line, cells);
      const padding = Array.from({ length: headers.length - filled.length }, () => '');
      yield {
        ...row,
        cells: isWithin ? filled : [...filled, ...padding, ...beyond],
        isSkipped: isExample(row) || isAside(row, filled),
      };
    }
  }
}

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

const sum = /^(合计|总计|小计|共计|累计|本页小计|本页合计|total|subtotal|grandtotal)($|[:(\d共])/;
const note =
  /^(注|备注|说明|附注|附|填表人?|制表人?|审核人?|负责人|联系人|填报人|填报单位|(数据|资料)?来源|notes?|sources?|remarks?)[\d一二三四五六]*[:.、]/;
const section = /^([一二三四五六七八九十]+[、.]|\([一二三四五六七八九十\d]+\))/;

/**
 * Recognises sums, notes and headings of sections, by their first words and because they lack something that a row
 * needs; text of its own under a note continues it. What is set for the whole file does not make a row of a bare 合计.
 */
const asideFinder = (width: number, hasAll: Judging['hasAll']) => {
  let isUnderNotes = false;
  return ({ cells }: SheetRow, filled: readonly Cell[]): boolean => {
    const own = cells.filter((cell) => !isEmpty(cell));
    const first = plain(cellText(own[0] ?? ''))
      .toLowerCase()
      .replace(/\s+/g, '');
    const isBareSum = sum.exec(first)?.[1] === first.replace(/:$/, '');
    if (hasAll(filled, !isBareSum)) return false;
    if (sum.test(first)) return true;
    if (note.test(first)) {
      isUnderNotes = true;
      return true;
    }
    if (own.length === 1 && announcesUnit(cellText(own[0] ?? ''))) return true;
    const isOnlyText = own.length === 1 && width >= 3 && !isEmpty(cells[0]);
    return isOnlyText && (isUnderNotes || section.test(first));
  };
};
