import type { Readable } from 'node:stream';
import type { Text } from '../../domain/field.ts';
import { cellFaultsOf } from '../../domain/import-events.ts';
import { type Cell, cellText, type ShownNumber } from '../spreadsheets/sheet.ts';
import { type OutCell, xlsxOf } from '../spreadsheets/xlsx-writer.ts';
import { dayOf, groupFault, isEmpty } from './reading/cells.ts';
import { type Column, columnsOf, rejectionHeaders } from './reading/columns.ts';
import { withUnit } from './reading/money.ts';
import type { TableHeader } from './reading/table.ts';
import { together, type UnitOfTable, unknownUnit } from './reading/units.ts';
import { isNumeric } from './reading/values.ts';
import type { RefusedRows } from './refused.ts';

/**
 * An XLSX of rejected rows to fix and import again: the file's own columns, the cell with the problem marked, then the
 * line, the column and the reason. What the file said once for all rows, such as the unit of its amounts, is repeated
 * in each column.
 */
export const refusedSheet = ({ table, rows, ...of }: RefusedRows, language: keyof Text): Readable => {
  const { columns } = columnsOf(of, table.headers);
  const headers = table.headers.map((header, index) => headerWithUnit(header, columns[index], table.unit));
  const more = [
    { header: rejectionHeaders.line[language], width: 14 },
    { header: rejectionHeaders.column[language], width: 22 },
    { header: rejectionHeaders.reason[language], width: 90 },
  ];
  return xlsxOf({
    name: { zh: '未导入的行', en: 'Rejected rows' }[language],
    columns: [...headers.map((header) => ({ header })), ...more],
    rows: (async function* () {
      for await (const { cells, line, ...refusal } of rows) {
        const faults = cellFaultsOf(refusal);
        const own = table.headers.map((header, index): OutCell => {
          const value = outCell(cells[index], columns[index], table);
          return faults.some((fault) => fault.header === header) ? { value, look: 'faulty' } : value;
        });
        const columnsToMend = [...new Set(faults.flatMap((fault) => fault.header ?? []))].join(separator[language]);
        yield [...own, String(line), columnsToMend, faults.map(({ reason }) => reason[language]).join('; ')];
      }
    })(),
  });
};

const separator: Text = { zh: '、', en: ', ' };

const headerWithUnit = (header: string, column: Column | undefined, ofTable: UnitOfTable | undefined): string => {
  if (column?.is !== 'field' || column.field.kind !== 'money') return header;
  const unit = together(column.unit, ofTable);
  if (unit !== undefined && 'unclear' in unit) return `${header}（${unknownUnit}）`;
  return unit === undefined || column.unit !== undefined ? header : withUnit(header, unit.exponent);
};

const outCell = (
  cell: Cell | undefined,
  column: Column | undefined,
  { date1904, hasUnits, hasDecimalCommas }: TableHeader,
): string | number => {
  if (column?.is === 'unit' && hasUnits === true && isEmpty(cell)) return unknownUnit;
  const isDay = column?.is === 'effectiveOn' || (column?.is === 'field' && column.field.kind === 'day');
  // A day in any other column is rejected again until somebody has corrected it.
  if (!isDay && column !== undefined && typeof cell === 'object' && 'day' in cell)
    return `=DATE(${cell.day.split('-').map(Number).join(',')})`;
  if (typeof cell === 'object' && 'day' in cell && cell.onlyShows !== undefined)
    return `${cell.day}（${cell.onlyShows}）`;
  // So is text that was struck out or shown otherwise, which a new sheet would lose; the reason quotes it.
  if (typeof cell === 'object' && ('struckOut' in cell || 'held' in cell)) return '#N/A';
  // In an XLSX nobody sees that the file was separated by semicolons.
  const isGrouped = hasDecimalCommas === true && column?.is === 'field' && isNumeric(column.field);
  if (isGrouped && groupFault(cell ?? '') !== undefined) return `${cellText(cell)}（?）`;
  if (typeof cell === 'object' && 'shown' in cell) return shownAgain(cell, column);
  if (typeof cell !== 'number') return cellText(cell);
  return (isDay ? dayOf(cell, date1904) : undefined) ?? cell;
};

/** Text is written as text, which a code or a name may be: they, and what can be read in two ways, stay rejected. */
const shownAgain = ({ number, shown, isScaled }: ShownNumber, column: Column | undefined): string | number => {
  const isText =
    column?.is === 'key' || (column?.is === 'field' && ['text', 'reference', 'references'].includes(column.field.kind));
  if (isText) return number;
  return isScaled ? `${number}（${shown}）` : shown;
};
