import type { Readable } from 'node:stream';
import type { Text } from '../../domain/field.ts';
import type { Refusal } from '../../domain/import-events.ts';
import type { FactKind, Register } from '../../domain/register.ts';
import { type Cell, textOf } from '../spreadsheets/sheet.ts';
import { type OutCell, xlsxOf } from '../spreadsheets/xlsx-writer.ts';
import { dayOf } from './reading/cells.ts';
import { type Column, columnsOf, refusedHeads } from './reading/columns.ts';
import { withUnit } from './reading/money.ts';
import type { TableHead } from './reading/rows.ts';

/** A refused row with its cells as the file has them; none where this node no longer has the file. */
export type RefusedRow = Refusal & { readonly cells: readonly Cell[] };

export type RefusedRows = {
  readonly register: Register;
  readonly kind: FactKind;
  readonly table: TableHead;
  readonly rows: Iterable<RefusedRow> | AsyncIterable<RefusedRow>;
};

/**
 * The refused rows as a sheet to mend and import again: the file's own columns, the cell to blame marked, then the
 * line, the column and the reason. What only the whole file said, such as the unit of its amounts, each column says.
 */
export const refusedSheet = ({ register, kind, table, rows }: RefusedRows, language: keyof Text): Readable => {
  const { columns } = columnsOf(register, kind, table.heads);
  const heads = table.heads.map((head, index) => headWithUnit(head, columns[index], table.power));
  const more = [
    { head: refusedHeads.line[language], width: 14 },
    { head: refusedHeads.column[language], width: 22 },
    { head: refusedHeads.reason[language], width: 90 },
  ];
  return xlsxOf({
    name: { zh: '未导入的行', en: 'Refused rows' }[language],
    columns: [...heads.map((head) => ({ head })), ...more],
    rows: (async function* () {
      for await (const { cells, line, column, reason } of rows) {
        const own = table.heads.map((head, index): OutCell => {
          const value = outCell(cells[index], columns[index], table);
          return head === column ? { value, look: 'blamed' } : value;
        });
        yield [...own, String(line), column ?? '', reason[language]];
      }
    })(),
  });
};

const headWithUnit = (head: string, column: Column | undefined, power: number): string =>
  column?.is === 'field' && column.field.isYuan && column.power === undefined ? withUnit(head, power) : head;

const outCell = (cell: Cell | undefined, column: Column | undefined, { date1904 }: TableHead): string | number => {
  if (typeof cell !== 'number') return textOf(cell);
  const isDay = column?.is === 'effectiveOn' || (column?.is === 'field' && column.field.kind === 'day');
  return (isDay ? dayOf(cell, date1904) : undefined) ?? cell;
};
