import { dayIn } from './days.ts';
import type { Shower } from './number-formats.ts';
import { raised, type Shift } from './raised.ts';
import {
  booleanCell,
  type Cell,
  cellText,
  columnLimit,
  type Merge,
  refuseLongRow,
  type SheetRow,
  tooManyColumns,
} from './sheet.ts';
import { type Handlers, notValid } from './xml.ts';

/** The XML of a worksheet (ECMA-376 part 1, 18.3). */

/** What a workbook says about the cells of all its sheets. */
export type Reading = {
  readonly date1904: boolean;
  /** How each style shows numbers; undefined if as they are. */
  readonly formats: readonly (Shower | undefined)[];
  /** What it makes of texts, likewise. */
  readonly textFormats: readonly (((text: string) => string) | undefined)[];
  /** The styles whose text is struck out. */
  readonly struckOut: ReadonlySet<number>;
  readonly shared: readonly RichText[];
};

/** A text, and whether any of it is struck out. */
export type RichText = { readonly text: string; readonly isStruckOut: boolean };

/** Gathers the text of `t` elements, except in phonetic runs; superscript and subscript as such characters. */
export const textGatherer = () => {
  let gathered = '';
  let inText = false;
  let inPhonetic = false;
  let inStruckOut = false;
  let isStruckOut = false;
  let shift: Shift | undefined;
  return {
    clear: () => {
      gathered = '';
      inStruckOut = false;
      shift = undefined;
      isStruckOut = false;
    },
    open: (tag: string, attributes: Readonly<Record<string, string>>) => {
      if (tag === 'rPh') inPhonetic = true;
      else if (tag === 't') inText = !inPhonetic;
      else if (tag === 'r') [inStruckOut, shift] = [false, undefined];
      else if (tag === 'vertAlign') shift = shiftIn(attributes.val);
      else if (isStrike(tag, attributes)) inStruckOut = true;
    },
    add: (piece: string) => {
      if (!inText) return;
      gathered += raised(piece, shift);
      isStruckOut ||= inStruckOut && piece.trim() !== '';
    },
    close: (tag: string) => {
      if (tag === 'rPh') inPhonetic = false;
      else if (tag === 't') inText = false;
    },
    whole: (): RichText => ({ text: withCharacters(gathered), isStruckOut }),
  };
};

const shiftIn = (value: string | undefined): Shift | undefined =>
  value === 'superscript' || value === 'subscript' ? value : undefined;

/** Whether an element says that text is struck out (ECMA-376 part 1, 18.4.10). */
export const isStrike = (tag: string, { val }: Readonly<Record<string, string>>): boolean =>
  tag === 'strike' && !isFalse(val ?? '');

/** `_x000D_` stands for a character that XML cannot hold (ECMA-376 part 1, 22.4.2.4). */
const withCharacters = (text: string): string =>
  text.replace(/_x([0-9A-Fa-f]{4})_/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));

type CellSeen = {
  readonly column: number;
  readonly type: string;
  readonly style: number;
  hasFormula: boolean;
  hasValue: boolean;
  value: string;
};

/** Follows the elements of a worksheet and calls `row` with each row that is not empty. */
export const rowHandlers = (reading: Reading, row: (row: SheetRow) => void): Handlers => {
  const text = textGatherer();
  let hasRows = false;
  let line = 0;
  let column = 0;
  let isHidden = false;
  let isHiddenUnlessSized = false;
  let cells: Cell[] = [];
  let cell: CellSeen | undefined;
  let inValue = false;
  return {
    open: (tag, attributes) => {
      switch (tag) {
        case 'sheetData':
          if (hasRows) throw notValid(); // which of both are the rows?
          hasRows = true;
          return;
        case 'sheetFormatPr':
          isHiddenUnlessSized = isSet(attributes.zeroHeight);
          return;
        case 'row':
          line = lineAfter(line, attributes.r);
          column = 0;
          isHidden = isHiddenRow(attributes, isHiddenUnlessSized);
          cells = [];
          return;
        case 'c': {
          column = columnAfter(column, attributes.r, line);
          const style = Number(attributes.s ?? 0);
          cell = { column, type: attributes.t ?? 'n', style, hasFormula: false, hasValue: false, value: '' };
          text.clear();
          return;
        }
        case 'f':
          if (cell !== undefined) cell.hasFormula = true;
          return;
        case 'v':
          inValue = true;
          if (cell?.hasValue === true) throw notValid(); // which of both is meant?
          if (cell !== undefined) cell.hasValue = true;
          return;
        case 'is':
          if (text.whole().text !== '') throw notValid();
          return;
        default:
          text.open(tag, attributes);
      }
    },
    text: (piece) => {
      if (inValue && cell !== undefined) cell.value += piece;
      text.add(piece);
    },
    close: (tag) => {
      text.close(tag);
      if (tag === 'v') inValue = false;
      if (tag === 'c' && cell !== undefined) {
        const value = cellOf(cell, text.whole(), reading);
        if (value !== undefined && cell.column > columnLimit) throw tooManyColumns();
        if (value !== undefined) {
          if (cells[cell.column - 1]) throw notValid(); // which of both is meant?
          while (cells.length < cell.column) cells.push('');
          cells[cell.column - 1] = value;
        }
        cell = undefined;
      }
      if (tag !== 'row' || cells.length === 0) return;
      refuseLongRow({ line, cells });
      row({ line, cells, ...(isHidden ? { isHidden } : {}) });
    },
  };
};

/** Rows are in order, and each is there once. */
const lineAfter = (line: number, reference: string | undefined): number => {
  const next = reference === undefined ? line + 1 : Number(reference);
  if (!(next > line)) throw notValid();
  return next;
};

/** The column of a cell: where its reference says, which is in its row, or the next. */
const columnAfter = (column: number, reference: string | undefined, line: number): number => {
  if (reference === undefined) return column + 1;
  const [, letters, row] = /^([A-Z]{1,3})(\d+)$/i.exec(reference) ?? [];
  const found = columnIn(letters?.toUpperCase());
  if (found === undefined || Number(row) !== line) throw notValid();
  return found;
};

/** A cell; if any of its text is struck out, only that. */
const cellOf = (seen: CellSeen, inline: RichText, reading: Reading): Cell | undefined => {
  const value = valueIn(seen, inline.text, reading);
  const shared = seen.type === 's' ? reading.shared[Number(seen.value)] : undefined;
  const isStruckOut = reading.struckOut.has(seen.style) || inline.isStruckOut || shared?.isStruckOut === true;
  if (value !== undefined && isStruckOut) return { struckOut: cellText(value) };
  const isText = ['s', 'str', 'inlineStr'].includes(seen.type);
  return isText && typeof value === 'string' ? asSeen(value, reading.textFormats[seen.style]) : value;
};

/** A text, or with the words that its format adds. */
export const asSeen = (text: string, shower: ((text: string) => string) | undefined): Cell => {
  const seen = shower?.(text) ?? text;
  return seen.trim() === text.trim() ? text : { held: text, seen };
};

const valueIn = (seen: CellSeen, inline: string, reading: Reading): Cell | undefined => {
  const { type, hasFormula, hasValue } = seen;
  if (inline !== '' && (type !== 'inlineStr' || seen.value !== '')) throw notValid(); // which of both is meant?
  if (type === 'inlineStr' && !hasValue) return inline || undefined;
  if (type === 'inlineStr' || (type === 'str' && hasValue)) return inline || withCharacters(seen.value) || undefined;
  const value = seen.value.trim();
  if (value === '') return hasFormula ? { unreadable: '=' } : undefined;
  switch (type) {
    case 's':
      return sharedText(value, reading.shared) || undefined;
    case 'e':
      return { unreadable: value };
    case 'b':
      return isTrue(value) || isFalse(value) ? booleanCell(isTrue(value)) : { unreadable: value };
    case 'd': {
      const day = dayIn(value);
      return day === undefined ? { unreadable: value } : { day };
    }
    case 'n':
      // Without its style, a day and an amount look the same.
      if (seen.style !== 0 && !(seen.style in reading.formats)) throw notValid();
      return numberOf(value, reading.formats[seen.style], reading.date1904);
    default:
      throw notValid();
  }
};

/** A number, or as what its format shows it. */
const numberOf = (value: string, shower: Shower | undefined, date1904: boolean): Cell => {
  const number = isNumber.test(value) ? Number(value) : Number.NaN;
  if (!Number.isFinite(number)) return { unreadable: value };
  return shower === undefined ? number : shower(number, date1904);
};

/** XML Schema's doubles, without infinity. */
const isNumber = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** XML Schema's booleans are 1, 0, true and false; programs also write TRUE and FALSE. */
const isTrue = (value: string): boolean => /^(1|true)$/i.test(value);
const isFalse = (value: string): boolean => /^(0|false)$/i.test(value);

/** Whether an attribute that is yes or no is yes; no if there is none. Anything else could be either. */
export const isSet = (attribute: string | undefined): boolean => {
  const value = attribute?.trim() ?? '0';
  if (!isTrue(value) && !isFalse(value)) throw notValid();
  return isTrue(value);
};

const sharedText = (index: string, shared: Reading['shared']): string => {
  const text = /^\d+$/.test(index) ? shared[Number(index)]?.text : undefined;
  if (text === undefined) throw notValid();
  return text;
};

/** A row without a height has that of the sheet, which may be none (ECMA-376 part 1, 18.3.1.81). */
const isHiddenRow = (
  { hidden, ht: height }: Readonly<Record<string, string>>,
  isHiddenUnlessSized: boolean,
): boolean =>
  hidden === undefined ? (height === undefined ? isHiddenUnlessSized : Number(height) === 0) : isSet(hidden);

/** The hidden columns among those that an element tells of (ECMA-376 part 1, 18.3.1.13), from 1. */
export const hiddenColumnsIn = (
  tag: string,
  { min, max, hidden, width }: Readonly<Record<string, string>>,
): number[] => {
  if (tag !== 'col' || !(isSet(hidden) || (width !== undefined && Number(width) === 0))) return [];
  const [from, to] = [Number(min), Math.min(Number(max), columnLimit)];
  return Array.from({ length: Math.max(0, to - from + 1) || 0 }, (_, index) => from + index);
};

/** The column of a reference such as `AB12`, from 1. */
const columnIn = (reference: string | undefined): number | undefined => {
  const [, letters] = /^([A-Z]{1,3})\d*$/.exec(reference ?? '') ?? [];
  return letters === undefined
    ? undefined
    : [...letters].reduce((column, letter) => column * 26 + letter.charCodeAt(0) - 64, 0);
};

/** The cells of a reference such as `A1:C3`. */
export const rangeIn = (reference: string): Merge | undefined => {
  const [, from, top, to, bottom] = /^([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})$/.exec(reference) ?? [];
  const left = columnIn(from);
  const right = columnIn(to);
  return left === undefined || right === undefined
    ? undefined
    : { top: Number(top), bottom: Number(bottom), left, right };
};

/** Whether an element is what a sheet's pages have above or below (ECMA-376 part 1, 18.3.1.46). */
export const isPageText = (tag: string): boolean => /^(odd|even|first)(Header|Footer)$/.test(tag);

/** The left, middle and right text of a header or footer, without the codes for fonts, sizes, colours and page numbers. */
export const textsOfPage = (text: string): readonly string[] =>
  text
    .split(/&[LCR]/)
    .map((each) => each.replace(/&"[^"]*"|&K[0-9A-F]{6}|&\d+|&[A-Z+-]/gi, '').trim())
    .filter((each) => each !== '');
