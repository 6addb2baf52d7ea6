import type { Text } from '../../../domain/field.ts';
import { type Cell, cellText } from '../../spreadsheets/sheet.ts';
import { unitsStated } from './announcements.ts';
import { isEmpty, quoted } from './cells.ts';
import { type Column, normalHeader } from './columns.ts';
import type { TableHeader } from './table.ts';
import { agreed, isShort, together, type UnitOfTable, unitsIn, unreadUnit } from './units.ts';

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
    const texts = telling.flatMap((index) => (isEmpty(row[index]) ? [] : cellText(row[index])));
    if (texts.reduce((characters, { length }) => characters + length, 0) > tellingLimitCharacters)
      return { unclear: tooMuchBeside };
    const said = texts.flatMap(unitsStated).filter((unit) => !('isUnclear' in unit && unit.isIncidental));
    return (
      together(own, column.unit, ofTable, agreed(said)) ??
      (hasUnits === true && isBlank ? { unclear: blankUnit } : { exponent: 0 })
    );
  };
};

/** In more text beside the amounts no unit is looked for: rows are read in the thread that takes commands. */
const tellingLimitCharacters = 10_000;

const tooMuchBeside: Text = {
  zh: `此行的备注及未识别的各列共超过 ${tellingLimitCharacters} 个字符，不从中查找金额的单位；请缩短或删去，或在金额后写明单位，如 120万元`,
  en: `The notes and the columns of this row that are not recognised have more than ${tellingLimitCharacters} characters in all, in which no unit of amounts is looked for; shorten or delete them, or write the unit after the amount, such as 1.2 million yuan`,
};

/** The unit in a column of units; undefined if the cell says only that money is in yuan. Any other word may be one. */
const unitOfCell = (cell: Cell): UnitOfTable | undefined => {
  const text = cellText(cell);
  const units = isShort(text) ? unitsIn(text) : [];
  return units.length > 0 ? agreed(units) : { unclear: unreadUnit(quoted(text.trim())) };
};

const blankUnit: Text = {
  zh: '此行的“单位”列为空，无法确定金额的单位：可能是元，也可能与其他行相同；请填写单位，或在金额后写明，如 120万元',
  en: 'The column of units is empty in this row, so its amounts may be in yuan or in the unit of other rows; enter the unit, or write it after the amount, such as 1.2 million yuan',
};
