import type { Day } from '../../domain/calendar.ts';
import type { Text } from '../../domain/field.ts';

/**
 * A cell as a file carries it: text, a number, a day where the file shows the number as one, or what has no value to
 * read: an error such as #N/A, or a formula that was never calculated.
 */
export type Cell = string | number | { readonly day: Day } | { readonly unreadable: string };

/** A row that has a cell with something in it, with its line in the file, from 1. */
export type SheetRow = { readonly line: number; readonly cells: readonly Cell[] };

/** Cells that are shown as one, by line and column, both from 1 and inclusive. */
export type Merge = {
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
};

export type Sheet = {
  /** Undefined in a file that is one sheet and no more. */
  readonly name?: string;
  readonly rows: () => AsyncIterable<SheetRow>;
  readonly merges: () => Promise<readonly Merge[]>;
};

export type Workbook = {
  readonly sheets: readonly Sheet[];
  /** Whether the days of numbers that are not shown as days are counted from 1904. */
  readonly date1904: boolean;
  readonly close: () => Promise<void>;
};

/** Why a file can't be read as a spreadsheet. */
export class SheetFault extends Error {
  override readonly name = 'SheetFault';
  readonly fault: Text;

  constructor(zh: string, en: string) {
    super(en);
    this.fault = { zh, en };
  }
}

/** More columns than any list has: what lies beyond is a file gone wrong. */
export const columnLimit = 500;

export const tooManyColumns = (): SheetFault =>
  new SheetFault(`表格超过 ${columnLimit} 列`, `The sheet has more than ${columnLimit} columns`);

/** As many merged ranges as are kept in memory. */
export const mergeLimit = 200_000;

export const textOf = (cell: Cell | undefined): string =>
  cell === undefined
    ? ''
    : typeof cell === 'object'
      ? 'day' in cell
        ? cell.day
        : cell.unreadable
      : typeof cell === 'number'
        ? String(cell)
        : cell;
