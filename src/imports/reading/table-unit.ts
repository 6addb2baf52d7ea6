import type { Text } from '../../../domain/field.ts';
import { type Cell, cellText, type SheetRow } from '../../spreadsheets/sheet.ts';
import { isEmpty, visible } from './cells.ts';
import type { Column } from './columns.ts';
import { agreed, type UnitOfTable, unitsStated, unitText } from './units.ts';

/** Where a table states the unit of its amounts, and for which rows. */

const announcing =
  /^[([【]*(?:(?:注|备注|说明|附注|notes?)\d*[:.、]|(?:计量|货币|金额)?单位|货币|币种|units?|currency|amounts?)/;

/** Whether a text says in which unit amounts are, as a line of its own does: `单位：万元`. */
export const announcesUnit = (text: string): boolean => announcing.test(unitText(text)) && unitsStated(text).length > 0;

const unitsIn = (cells: readonly Cell[]) =>
  cells.filter((cell) => !isEmpty(cell)).flatMap((cell) => unitsStated(visible(cellText(cell))));

type Table = {
  readonly above: readonly string[];
  readonly headers: readonly string[];
  readonly columns: readonly (Column | undefined)[];
};

/**
 * The unit that lines above, beside and below a table state for all its amounts; yuan if there is none. One that is
 * stated between rows may be meant for those above it or below it.
 */
export const unitOfTable = async (
  { above, headers, columns }: Table,
  rows: AsyncIterable<SheetRow & { readonly isSkipped: boolean }>,
): Promise<UnitOfTable> => {
  const besideHeaders = headers.filter((header, index) => columns[index] === undefined && announcesUnit(header));
  const units = [...above, ...besideHeaders].flatMap(unitsStated);
  const first = agreed(units);
  let hasRow = false;
  let last: SheetRow | undefined;
  let between: SheetRow | undefined;
  for await (const row of rows) {
    const isWithin = (index: number) => headers[index] !== undefined && headers[index] !== '';
    const within = row.isSkipped ? unitsIn(row.cells.filter((_, index) => isWithin(index))) : [];
    units.push(...within, ...unitsIn(row.cells.filter((_, index) => !isWithin(index))));
    if (row.isSkipped) {
      if (within.length > 0 && hasRow) last ??= row;
    } else {
      hasRow = true;
      between ??= last;
    }
  }
  const unit = agreed(units) ?? { exponent: 0 };
  return between !== undefined && 'exponent' in unit && first === undefined ? { unclear: betweenRows(between) } : unit;
};

const betweenRows = ({ line, cells }: SheetRow): Text => {
  const text = cells
    .filter((cell) => !isEmpty(cell))
    .map((cell) => visible(cellText(cell)))
    .join(' ');
  return {
    zh: `第 ${line} 行“${text}”写明金额的单位，但它上下都有数据行，无法确定适用于哪些行；请在每个金额后写明单位，如 120万元`,
    en: `Line ${line}, “${text}”, states the unit of amounts between rows, so it may be meant for those above it or below it; write the unit after each amount, such as 1.2 million yuan`,
  };
};
