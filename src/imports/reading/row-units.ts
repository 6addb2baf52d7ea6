import type { Text } from '../../../domain/field.ts';
import { type Cell, cellText } from '../../spreadsheets/sheet.ts';
import { unitsStated } from './announcements.ts';
import { isEmpty } from './cells.ts';
import { type Column, normalHeader } from './columns.ts';
import type { TableHeader } from './table.ts';
import { agreed, together, type UnitOfTable, unitsIn, unreadUnit } from './units.ts';

/** The unit of a column's amounts in a row. */
export type UnitReader = (column: Column & { is: 'field' }, row: readonly Cell[]) => UnitOfTable;

/**
 * The unit of a row's amounts: what its column of units, the header, the table, its notes and its columns that are not
 * recognised say, if they agree; yuan if none says anything.
 */
export const unitReader = (
  { headers, unit: ofTable, hasUnits }: TableHeader,
  columns: readonly (Column | undefined)[],
): UnitReader => {
  const place = columns.findIndex((column) => column?.is === 'unit');
  const unitColumn = columns[place];
  const ofUnitColumn = unitColumn?.is === 'unit' ? unitColumn.unit : undefined;
  const telling = headers.flatMap((header, index) => {
    const column = columns[index];
    const isOfOthers = /(?:单位|币种|货币|unit|currency)$/.test(normalHeader(header));
    return column?.is === 'note' || column?.is === 'evidence' || (column === undefined && !isOfOthers) ? [index] : [];
  });
  return (column, row) => {
    const cell = row[place];
    const isBlank = isEmpty(cell);
    const own = cell === undefined || isBlank ? ofUnitColumn : unitOfCell(cell);
    const said = telling
      .flatMap((index) => (isEmpty(row[index]) ? [] : unitsStated(cellText(row[index]))))
      .filter((unit) => !('isUnclear' in unit && unit.isIncidental));
    return (
      together(own, column.unit, ofTable, agreed(said)) ??
      (hasUnits === true && isBlank ? { unclear: blankUnit } : { exponent: 0 })
    );
  };
};

/** The unit in a column of units; undefined if the cell says only that money is in yuan. Any other word may be one. */
const unitOfCell = (cell: Cell): UnitOfTable | undefined => {
  const units = unitsIn(cellText(cell));
  return units.length > 0 ? agreed(units) : { unclear: unreadUnit(cellText(cell).trim()) };
};

const blankUnit: Text = {
  zh: '此行的“单位”列为空，无法确定金额的单位：可能是元，也可能与其他行相同；请填写单位，或在金额后写明，如 120万元',
  en: 'The column of units is empty in this row, so its amounts may be in yuan or in the unit of other rows; enter the unit, or write it after the amount, such as 1.2 million yuan',
};
