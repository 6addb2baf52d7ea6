import { plain } from '../../../domain/identifiers.ts';
import { type Cell, type Merge, type Sheet, type SheetRow, textOf } from '../../spreadsheets/sheet.ts';
import { isEmpty, visible } from './cells.ts';
import { type Column, nameOf } from './columns.ts';
import { unitOfTable } from './money.ts';

/** Where the heads of a table stand, and what stands above them says. */
export type Heads = {
  readonly line: number;
  readonly heads: readonly string[];
  /** How many of them are understood. */
  readonly understood: number;
  /** The power of ten of the unit that a line above the heads gives for all amounts. */
  readonly power: number;
};

/** Titles and the like: the heads are among so many rows from the top. */
const rowsAbove = 50;

/** Finds the row of heads: the one of which most is understood, where none is the fullest. */
export const headsIn = async (sheet: Sheet, find: (head: string) => Column | undefined): Promise<Heads | undefined> => {
  const top: SheetRow[] = [];
  for await (const row of sheet.rows()) if (top.push(row) === rowsAbove) break;
  const nameIn = (head: string) => {
    const column = find(head);
    return column === undefined || column.is === 'row' ? [] : [nameOf(column)];
  };
  let best: Heads | undefined;
  let bestFilled = 0;
  for (const [index, { line, cells }] of top.entries()) {
    const heads = withTierAbove(cells.map(headIn), top[index - 1], line, find);
    const understood = new Set(heads.flatMap(nameIn)).size;
    const filled = heads.filter((head) => head !== '').length;
    const isBetter =
      best === undefined ||
      understood > best.understood ||
      (understood === 0 && best.understood === 0 && filled > bestFilled);
    if (!isBetter) continue;
    bestFilled = filled;
    best = { line, heads, understood, power: powerAbove(top.slice(0, index)) };
  }
  return best;
};

const headIn = (cell: Cell): string => visible(textOf(cell));

/** A head that is merged over two rows stands in the upper one. */
const withTierAbove = (
  heads: readonly string[],
  above: SheetRow | undefined,
  line: number,
  find: (head: string) => Column | undefined,
): readonly string[] => {
  if (above?.line !== line - 1) return heads;
  const width = Math.max(heads.length, above.cells.length);
  return Array.from({ length: width }, (_, index) => {
    const upper = headIn(above.cells[index] ?? '');
    return heads[index] || (find(upper) === undefined ? '' : upper);
  });
};

const powerAbove = (rows: readonly SheetRow[]): number =>
  rows
    .flatMap(({ cells }) => cells)
    .map((cell) => unitOfTable(plain(textOf(cell)).toLowerCase().replace(/\s+/g, '')))
    .find((power) => power !== undefined) ?? 0;

export type TableRow = SheetRow & {
  /** Not a row of the list: a sum, a note under it, or a template's example. */
  readonly isAside: boolean;
};

/** The rows under the heads with cells that are merged downwards filled in. */
export async function* rowsUnder(sheet: Sheet, { line: headLine, heads }: Heads): AsyncIterable<TableRow> {
  const fill = filler(await sheet.merges(), headLine, heads.length);
  const isAside = asideFinder(heads.length);
  for await (const row of sheet.rows()) {
    if (row.line <= headLine) continue;
    const cells = row.cells.slice(0, heads.length);
    const isBeside = cells.every(isEmpty);
    const repeatsHeads = !isBeside && cells.every((cell, index) => isEmpty(cell) || headIn(cell) === heads[index]);
    if (row.cells.every(isEmpty) || repeatsHeads) continue;
    if (isBeside) yield { ...row, isAside: true };
    else yield { line: row.line, cells: fill(row.line, cells), isAside: isAside(row) };
  }
}

/** Fills the empty cells of merged ranges with what stands at their top, a column for itself. */
const filler = (merges: readonly Merge[], headLine: number, width: number) => {
  const waiting = merges.filter(({ top, bottom }) => bottom > top && top > headLine).sort((a, b) => b.top - a.top);
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

const sum = /^(合计|总计|小计|共计|累计|本页小计|本页合计|total|subtotal|grandtotal)($|[:(\d共])/;
const note =
  /^(注|备注|说明|附注|附|填表人?|制表人?|审核人?|负责人|联系人|填报人|填报单位|(数据|资料)?来源|notes?|sources?|remarks?)[\d一二三四五六]*[:.、]/;
const example = /^(示例|例|example|e\.g\.)($|[:(])/;
const section = /^([一二三四五六七八九十]+[、.]|\([一二三四五六七八九十\d]+\))/;

/** Tells sums, notes, examples and headings of sections from rows: by their words, and by standing alone in their row. */
const asideFinder = (width: number) => {
  let isUnderNotes = false;
  return ({ cells }: SheetRow): boolean => {
    const filled = cells.filter((cell) => !isEmpty(cell));
    const first = plain(textOf(filled[0] ?? ''))
      .toLowerCase()
      .replace(/\s+/g, '');
    if (sum.test(first) || example.test(first)) return true;
    if (note.test(first)) {
      isUnderNotes = true;
      return true;
    }
    const standsAlone = filled.length === 1 && width >= 3 && !isEmpty(cells[0]);
    return standsAlone && (isUnderNotes || section.test(first) || /[。;:!?]/.test(first));
  };
};
