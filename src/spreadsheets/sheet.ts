import type { Day } from '../../domain/calendar.ts';
import type { Text } from '../../domain/field.ts';

/**
 * A cell as a file holds it: text, a number, a number that the file shows otherwise, a day if it shows the number as one
 * (`onlyShows`: the part of it that its format shows, `2020年9月`), a cell without a value: an error such as #N/A, or a formula that was never calculated, one in which text is struck
 * out, or a text to which a number format adds words, `seen`.
 */
export type Cell =
  | string
  | number
  | ShownNumber
  | { readonly day: Day; readonly onlyShows?: string }
  | { readonly unreadable: string }
  | { readonly struckOut: string }
  | { readonly held: string; readonly seen: string };

/** A number as its format shows it, or a boolean, 1 or 0, as `TRUE` or `FALSE`: with words, a currency or a percent sign, or divided by powers of ten, `isScaled`. */
export type ShownNumber = { readonly number: number; readonly shown: string; readonly isScaled?: true };

export const booleanCell = (isTrue: boolean): ShownNumber =>
  isTrue ? { number: 1, shown: 'TRUE' } : { number: 0, shown: 'FALSE' };

/** A row that is not empty, with its line in the file, from 1. A filter hides rows, or a person does. */
export type SheetRow = { readonly line: number; readonly cells: readonly Cell[]; readonly isHidden?: true };

/** Merged cells, by line and column, both from 1 and inclusive. */
export type Merge = {
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
};

export type Sheet = {
  /** Undefined for a CSV, whose one sheet has no name. */
  readonly name?: string;
  /** Whether nobody sees it who opens the file. */
  readonly isHidden?: true;
  /** Whether it is a CSV separated by semicolons, as where a comma stands before the fraction of a number. */
  readonly hasDecimalCommas?: true;
  readonly rows: () => AsyncIterable<SheetRow>;
  readonly merges: () => Promise<readonly Merge[]>;
  /** What stands around its cells in an XLSX or XLS: comments, text boxes, and headers and footers of its pages. */
  readonly around: () => Promise<readonly string[]>;
  /** The columns that nobody sees who opens the file, from 1. */
  readonly hiddenColumns: () => Promise<readonly number[]>;
};

export type Workbook = {
  readonly sheets: readonly Sheet[];
  /** Whether numbers that may be days are counted from 1904 instead of 1900. */
  readonly date1904: boolean;
  readonly close: () => Promise<void>;
};

/** Why a file cannot be read as a spreadsheet. */
export class SheetFault extends Error {
  override readonly name = 'SheetFault';
  readonly fault: Text;

  constructor(zh: string, en: string) {
    super(en);
    this.fault = { zh, en };
  }
}

/** No list has more columns than this; a file with more is broken. */
export const columnLimit = 500;

export const tooManyColumns = (): SheetFault =>
  new SheetFault(`表格超过 ${columnLimit} 列`, `The sheet has more than ${columnLimit} columns`);

/** Spreadsheets hold no longer text in a cell, and cut it. */
const cellLimitCharacters = 32_767;

/** A row with more has lost its end: in a CSV a closing quotation mark, for instance. */
export const rowLimitCharacters = 1_048_576;

/** Throws if a row has more text than this, or a cell of it more than a spreadsheet holds. */
export const refuseLongRow = ({ line, cells }: SheetRow): void => {
  let characters = 0;
  for (const cell of cells) {
    const { length } = cellText(cell);
    characters += length;
    if (length > cellLimitCharacters)
      throw new SheetFault(
        `第 ${line} 行有单元格超过 ${cellLimitCharacters} 个字符，这是电子表格的上限；请缩短`,
        `Line ${line} has a cell of more than ${cellLimitCharacters} characters, which is all that a spreadsheet holds; shorten it`,
      );
  }
  if (characters > rowLimitCharacters)
    throw new SheetFault(
      `第 ${line} 行超过 ${rowLimitCharacters} 个字符，不予读取`,
      `Line ${line} has more than ${rowLimitCharacters} characters, so it is not read`,
    );
};

/** What stands around a sheet's cells is looked through for units of amounts. */
const aroundLimitCharacters = 1_000_000;

/** Throws if so many characters are in comments, boxes and pages' headers that looking through them would take long. */
export const refuseLongAround = (characters: number): void => {
  if (characters > aroundLimitCharacters)
    throw new SheetFault(
      `批注、文本框和页眉页脚超过 ${aroundLimitCharacters} 个字符；请删去后重新保存`,
      `Comments, text boxes, headers and footers have more than ${aroundLimitCharacters} characters; delete them and save the file again`,
    );
};

/** The most merged ranges that are kept in memory. */
export const mergeLimit = 200_000;

/** A cell as text, a day as YYYY-MM-DD; empty if there is no cell. */
export const cellText = (cell: Cell | undefined): string =>
  cell === undefined
    ? ''
    : typeof cell === 'object'
      ? 'day' in cell
        ? (cell.onlyShows ?? cell.day)
        : 'shown' in cell
          ? cell.shown
          : 'struckOut' in cell
            ? cell.struckOut
            : 'seen' in cell
              ? cell.seen
              : cell.unreadable
      : typeof cell === 'number'
        ? String(cell)
        : cell;
