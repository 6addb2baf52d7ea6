import type { Text } from '../../../domain/field.ts';
import { type Cell, cellText } from '../../spreadsheets/sheet.ts';
import { isStatement, unitsStated } from './announcements.ts';
import { isEmpty, visible } from './cells.ts';
import type { HeaderRow, TableHeader, TableReading, TableRow } from './table.ts';
import { agreed, type MoneyUnit } from './units.ts';

/** Where a table states the unit of its amounts, and for which rows. */

/**
 * The unit that names, comments, pages and lines above, beside, within and below a table state for all its amounts; undefined if there is
 * none; and whether a column has units. One that is stated between rows may be meant for those above it or below it.
 */
export const unitOfTable = async (
  { columns }: TableReading,
  { headers, above }: HeaderRow,
  around: readonly string[],
  rows: AsyncIterable<TableRow>,
): Promise<Pick<TableHeader, 'unit' | 'hasUnits'>> => {
  const place = columns.findIndex((column) => column?.is === 'unit');
  let hasUnits = false;
  const inHeaders = columns.flatMap((column) =>
    column?.is === 'field' && column.field.kind === 'money' ? [column.unit] : [],
  );
  const isKnown = ({ mayBe }: { readonly mayBe?: number }) =>
    inHeaders.some((unit) => unit !== undefined && 'exponent' in unit && unit.exponent === mayBe);
  const stated = (texts: readonly string[]) =>
    texts.flatMap(unitsStated).filter((unit) => !('isUnclear' in unit && isKnown(unit)));
  const beside = headers.filter((header, index) => columns[index] === undefined && isStatement(header));
  /** Each once, for a long table may say the same on every page. */
  const found = new Map<string, MoneyUnit>();
  const hear = (units: readonly MoneyUnit[]) => {
    for (const unit of units) found.set(JSON.stringify(unit), unit);
  };
  hear(stated([...around, ...above, ...beside]));
  const first = agreed([...found.values()].filter(isAnnounced));
  let hasRow = false;
  let last: TableRow | undefined;
  let between: TableRow | undefined;
  for await (const row of rows) {
    const isWithin = (index: number) => headers[index] !== undefined && headers[index] !== '';
    const within = row.mayState ? stated(textsOf(row.cells.filter((_, index) => isWithin(index)))) : [];
    hear([...within, ...stated(textsOf(row.cells.filter((_, index) => !isWithin(index))))]);
    hasUnits ||= !row.isSkipped && !isEmpty(row.cells[place]);
    if (row.isSkipped || row.mayState) {
      if (within.some(isAnnounced) && hasRow) last ??= row;
    } else {
      hasRow = true;
      between ??= last;
    }
  }
  const units = [...found.values()];
  const isSettled = units.some(isAnnounced) || inHeaders.every((unit) => unit !== undefined);
  const unit = agreed(isSettled ? units.filter(isAnnounced) : units);
  const isOfSome = first === undefined && unit !== undefined && 'exponent' in unit;
  const ofTable = between !== undefined && isOfSome ? { unclear: betweenRows(between) } : unit;
  return { ...(ofTable === undefined ? {} : { unit: ofTable }), ...(hasUnits ? { hasUnits } : {}) };
};

const isAnnounced = (unit: MoneyUnit): boolean => !('isUnclear' in unit && unit.isIncidental);

const textsOf = (cells: readonly Cell[]): readonly string[] =>
  cells.filter((cell) => !isEmpty(cell)).map((cell) => visible(cellText(cell)));

const betweenRows = ({ line, cells }: TableRow): Text => {
  const text = textsOf(cells).join(' ');
  return {
    zh: `第 ${line} 行“${text}”写明金额的单位，但它上下都有数据行，无法确定适用于哪些行；请在每个金额后写明单位，如 120万元`,
    en: `Line ${line}, “${text}”, states the unit of amounts between rows, so it may be meant for those above it or below it; write the unit after each amount, such as 1.2 million yuan`,
  };
};
