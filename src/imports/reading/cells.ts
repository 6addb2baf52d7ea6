import type { Day } from '../../../domain/calendar.ts';
import type { Field, Option, Text } from '../../../domain/field.ts';
import { plain } from '../../../domain/identifiers.ts';
import type { Json } from '../../../domain/json.ts';
import { exactNumber } from '../../exact-number.ts';
import { scanJson } from '../../scan-json.ts';
import { unclearCurrency } from '../../spreadsheets/currencies.ts';
import { dayIn } from '../../spreadsheets/days.ts';
import { firstDay, plausibleDay } from '../../spreadsheets/serial-days.ts';
import { type Cell, cellText, type ShownNumber } from '../../spreadsheets/sheet.ts';
import { yuanIn } from './money.ts';
import { foreignIn, foreignMoney, type UnitOfTable } from './units.ts';

/** How the numbers of a column are read: days from 1904 or 1900, and amounts in which unit. */
export type NumberReading = { readonly date1904: boolean; readonly unit: UnitOfTable };

export const asWritten: NumberReading = { date1904: false, unit: { exponent: 0 } };

/** The value of a cell as a field takes it; undefined if the cell holds no value that the field could have. */
export const cellValue = (
  field: Pick<Field, 'kind' | 'options' | 'isCode'>,
  cell: Cell,
  { date1904, unit }: NumberReading = asWritten,
): Json | undefined => {
  switch (field.kind) {
    case 'day':
      return dayOf(cell, date1904);
    case 'money':
      return amountIn(cell, unit);
    case 'number':
    case 'integer':
      return numberIn(cell);
    case 'boolean':
      return yesNoIn(cellText(cell));
    case 'choice':
      return optionIn(field.options ?? {}, cellText(cell));
    case 'choices': {
      const values = listIn(cell).map((name) => optionIn(field.options ?? {}, name));
      return values.every((value) => value !== undefined) ? values : undefined;
    }
    case 'references':
      return listIn(cell, /[,;、\s]+/);
    case 'titles':
    case 'targets':
    case 'range':
      return jsonIn(cellText(cell));
    default:
      return field.isCode ? narrow(withoutZeroWidth(cellText(cell))) : visible(cellText(cell));
  }
};

/** The values of a cell that holds several. */
const listIn = (cell: Cell, separator = /[,;、]/): readonly string[] =>
  plain(cellText(cell))
    .split(separator)
    .map((value) => value.trim())
    .filter((value) => value !== '');

/** Text on one line, without the zero-width characters that spreadsheets leave in it. */
export const visible = (text: string): string =>
  withoutZeroWidth(text).replace(/\s+/g, (space) => (/[\r\n\t]/.test(space) ? ' ' : space));

export const withoutZeroWidth = (text: string): string => text.replace(/[\u200B-\u200D\u2060\uFEFF]/g, '').trim();

/** A code in plain letters, digits and signs instead of full-width ones; all else, such as № and Ⅲ, stays as typed. */
const narrow = (text: string): string =>
  text.replace(/[\uFF01-\uFF5E\u3000]/g, (character) => character.normalize('NFKC'));

/** Whether a cell is empty, which people also write as a dash. */
export const isEmpty = (cell: Cell | undefined): boolean =>
  cell === undefined || (typeof cell === 'string' && /^[-–—―－/／]*$/.test(withoutZeroWidth(cell)));

/** The day of a cell: its own, that of a number that may be one, or the one in its text; none before 1990. */
export const dayOf = (cell: Cell, date1904: boolean): Day | undefined => {
  if (typeof cell === 'object' && 'day' in cell)
    return cell.day < firstDay || cell.onlyShows !== undefined ? undefined : cell.day;
  // In a workbook that counts from 1904 a serial number that is text could be of either system.
  if (date1904 && /^\d{5}(\.\d+)?$/.test(plain(cellText(cell))) && typeof cell !== 'number') return undefined;
  return (typeof cell === 'number' ? plausibleDay(cell, date1904) : undefined) ?? dayIn(cellText(cell));
};

/** What a column of days takes, as a rejection says it. */
export const daysTaken: Text = {
  zh: '；请填写 1990 年以后的日期，如 2020-09-27 或 2020年9月27日，时间不超过 24:00',
  en: '; enter a day from 1990 on, such as 2020-09-27 or 2020年9月27日, with a time up to 24:00 at most',
};

/**
 * A field with a shape of its own is written as JSON, without a member twice (which of both is meant?) and without a number
 * that would be kept as another one.
 */
const jsonIn = (text: string): Json | undefined => {
  try {
    const { repeated, inexact } = scanJson(text);
    return repeated === undefined && inexact === undefined ? JSON.parse(text) : undefined;
  } catch {
    return undefined;
  }
};

/** That a cell of JSON has a member twice, so that either value may be meant; undefined if it has not. */
export const repeatFault = (cell: Cell): Text | undefined => {
  const { repeated } = scanJson(cellText(cell));
  return repeated === undefined
    ? undefined
    : {
        zh: `“${quoted(cell)}”中“${quoted(repeated)}”出现两次，无法确定以哪个为准；请只保留一个`,
        en: `“${quoted(cell)}” has “${quoted(repeated)}” twice, so either may be meant; keep one of them`,
      };
};

/** Spreadsheets calculate with 15 digits; further ones come from binary fractions, not from a person. */
const digitsOf = (cell: Cell): string =>
  typeof cell === 'number' ? String(Number(cell.toPrecision(15))) : cellText(cell);

const isShown = (cell: Cell): cell is ShownNumber => typeof cell === 'object' && 'shown' in cell;

/** A word that a format adds to a number and that does not change it: `0"分"`. */
const countedWord = /(?<=\d)(?:分|级|项|个|家|人|points?)$/;

const numberIn = (cell: Cell): number | undefined => {
  if (isShown(cell) && cell.isScaled && cell.number !== 0) return undefined;
  const digits = isShown(cell) ? cell.shown.replace(countedWord, '') : plain(digitsOf(cell));
  if (!/^-?([1-9]\d{0,2}(,\d{3})+|\d+)(\.\d+)?$/.test(digits)) return undefined;
  return exactNumber(digits.replaceAll(',', ''));
};

/** The yuan in a cell. If a format shows fewer digits, the word beside them must say how many: 0.0,"千元" does. */
const amountIn = (cell: Cell, unit: UnitOfTable): number | undefined => {
  const amount = yuanIn(digitsOf(cell), unit);
  return isShown(cell) && cell.isScaled && (amount !== cell.number || amount !== yuanIn(cell.shown, asWritten.unit))
    ? undefined
    : amount;
};

const yes = new Set(['是', '有', 'true', 'yes', 'y', '1', '√', '✓']);
const no = new Set(['否', '无', 'false', 'no', 'n', '0', '×']);

const yesNoIn = (text: string): boolean | undefined => {
  const word = plain(text).toLowerCase();
  return yes.has(word) ? true : no.has(word) ? false : undefined;
};

/** An option by its name, by its title in either language, or by another name, short forms included. */
const optionIn = (options: Readonly<Record<string, Option>>, text: string): string | undefined => {
  const known = namesOf.get(options) ?? namesIn(options);
  namesOf.set(options, known);
  return known.get(short(text));
};

/** The names of each list of options, which every row of a file asks for. */
const namesOf = new WeakMap<Readonly<Record<string, Option>>, ReadonlyMap<string, string>>();

const namesIn = (options: Readonly<Record<string, Option>>): ReadonlyMap<string, string> =>
  new Map(
    Object.entries(options).flatMap(([value, { zh, en, also = [] }]) =>
      [value, zh, en, ...also].map((name) => [short(name), value] as const),
    ),
  );

const short = (text: string): string =>
  plain(text)
    .toLowerCase()
    .replace(/[\s'’‘-]+/g, '')
    .replace(/^上海市?(?=..)/, '')
    .replace(/(新区|区|newarea|newdistrict|district|行业|产业|industry)$/, '');

const quotedCharacters = 60;

/** A cell's text as a rejection repeats it, shortened. */
export const quoted = (cell: Cell): string => {
  const text = cellText(cell);
  const first = [...text.slice(0, 2 * quotedCharacters + 2)];
  return first.length > quotedCharacters ? `${first.slice(0, quotedCharacters).join('')}…` : text;
};

/** That a cell shows less of a day than it holds: the rest may be what a spreadsheet added; undefined if it does not. */
export const partOfDay = (cell: Cell): Text | undefined =>
  typeof cell === 'object' && 'day' in cell && cell.onlyShows !== undefined
    ? {
        zh: `单元格显示为“${quoted(cell)}”，其中存的日期是 ${cell.day}，无法确定就是这一天；请填写完整日期，并设为显示年、月、日的格式`,
        en: `The cell shows “${quoted(cell)}” and holds the day ${cell.day}, which may not be the one that is meant; enter the whole day, in a format that shows year, month and day`,
      }
    : undefined;

/** Why an amount is not one of yuan for certain: foreign money, a unit or a format that can be read in two ways. */
export const amountFault = (cell: Cell, unit: UnitOfTable): Text | undefined => {
  if (isShown(cell) && cell.shown.startsWith(unclearCurrency)) return localMoney(cell);
  const foreign = foreignIn(cellText(cell));
  if (foreign !== undefined) return foreignMoney(foreign);
  const isUnclear = 'unclear' in unit && yuanIn(digitsOf(cell), unit) === undefined;
  if (isUnclear && yuanIn(digitsOf(cell), asWritten.unit) !== undefined) return unit.unclear;
  return scaledFault(cell, unit);
};

/** That a format shows a number as another, so that either may be meant; undefined if it does not. */
export const scaledFault = (cell: Cell, unit?: UnitOfTable): Text | undefined =>
  isShown(cell) && cell.isScaled && (unit === undefined ? numberIn(cell) : amountIn(cell, unit)) === undefined
    ? {
        zh: `单元格的值是 ${cell.number}，但其数字格式显示为“${cell.shown}”，无法确定以哪个为准；请将此列设为常规格式并填写实际数值`,
        en: `The cell holds ${cell.number}, but its number format shows “${cell.shown}”, so either may be meant; format the column as General and enter the number itself`,
      }
    : undefined;

const localMoney = ({ number }: ShownNumber): Text => ({
  zh: `单元格的货币格式随电脑的区域设置而变：${number} 可能是人民币，也可能是美元等外币；请将此列设为常规格式，金额按人民币填写`,
  en: `The cell’s currency format follows the region of the computer: ${number} may be yuan, or dollars or other foreign money; format the column as General and enter yuan`,
});

/** That a number with one group of three digits, `1,500`, may be one with a fraction in a file separated by semicolons. */
export const groupFault = (cell: Cell): Text | undefined => {
  const [, whole, rest] = /^\D*([1-9]\d{0,2})[,.](\d{3})(?!\d)[^\d,.]*$/.exec(plain(cellText(cell))) ?? [];
  if (whole === undefined || rest === undefined) return undefined;
  const fraction = rest.endsWith('0') ? String(Number(`${whole}.${rest}`)) : `${whole}.${rest}0`;
  return {
    zh: `文件以分号分隔，“${quoted(cell)}”可能是 ${whole}${rest}，也可能是 ${fraction}；请写作 ${whole}${rest} 或 ${fraction}`,
    en: `In a file separated by semicolons, “${quoted(cell)}” may be ${whole}${rest} or ${fraction}; write ${whole}${rest} or ${fraction}`,
  };
};

/** Digits and letters that are marks of footnotes, too: `120①`, `10²`, `KQ-1ᵃ`; undefined if a cell has none. */
export const footnoteFault = (cell: Cell): Text | undefined => {
  const mark = typeof cell === 'string' ? footnoteMark.exec(cell)?.[0] : undefined;
  return mark === undefined
    ? undefined
    : {
        zh: `“${quoted(cell)}”中的“${mark}”可能是注释的标记，也可能是数字；请删去标记，或改为普通数字`,
        en: `The “${mark}” in “${quoted(cell)}” may be the mark of a footnote or a digit; remove it, or write a plain digit`,
      };
};

const footnoteMark = /[\p{No}\u02B0-\u02B8\u02E1-\u02E3\u1D2C-\u1D6A\u1D9B-\u1DBF\u2071\u207F]/u;

/** Why a cell has no value at all: an error or a formula; undefined if it may have one. */
export const unreadable = (cell: Cell): Text | undefined =>
  errorIn(cell) ?? (typeof cell === 'string' && looksCalculated(cell) ? formulaOnly(quoted(cell)) : undefined);

/** The same for a cell of text, which may begin with any sign: only an error has no value. */
export const errorIn = (cell: Cell): Text | undefined => {
  if (typeof cell === 'object' && 'struckOut' in cell) return struckOut(quoted(cell));
  if (typeof cell === 'object' && 'held' in cell) return otherwiseShown(cell.held, cell.seen);
  const text = cellText(cell);
  const isError = typeof cell === 'object' && 'unreadable' in cell;
  if (isError && text === '=') return formulaOnly(text);
  return isError || isErrorText(plain(text))
    ? {
        zh: `单元格为错误值“${quoted(cell)}”；请改正后重新填写`,
        en: `The cell holds the error “${quoted(cell)}”; correct it and enter the value again`,
      }
    : undefined;
};

/** The errors of Excel and WPS in any of their languages (`#SPILL!`, `#WERT!`), of LibreOffice, and a cell too narrow. */
const isErrorText = (text: string): boolean =>
  /^(?:#N\/?[ADV]|#GETTING_DATA|#\p{Lu}[\p{Lu}\d_/ ]*[!?]|#{2,}|(?:Err|错误|錯誤):\s?\d{3})$/u.test(text) ||
  /^#(?:n\/a|(?:ref|value|div\/0|num|null)!|name\?)$/i.test(text);

const otherwiseShown = (held: string, seen: string): Text => ({
  zh: `单元格的内容是“${quoted(held)}”，但其格式显示为“${quoted(seen)}”，无法确定以哪个为准；请将此列设为常规格式并填写完整内容`,
  en: `The cell holds “${quoted(held)}”, but its format shows “${quoted(seen)}”, so either may be meant; format the column as General and enter the text in full`,
});

const struckOut = (text: string): Text => ({
  zh: `“${text}”中有加删除线的文字，可能已作废，也可能仍有效；请删去该文字，或取消删除线`,
  en: `Text in “${text}” is struck out, so it may be deleted or still meant; delete it, or take the line through it away`,
});

const formulaOnly = (text: string): Text => ({
  zh: `单元格只有公式“${text}”而没有结果；请粘贴为数值`,
  en: `The cell holds the formula “${text}” without its value; paste it as a value`,
});

/** Whether a spreadsheet would calculate a text: `=…`, or a sign before a reference, a function or a sum. */
const looksCalculated = (text: string): boolean =>
  /^\s*(=|[+\-@]\s*(\$?[A-Za-z]{1,3}\$?\d|[A-Za-z.]+\(|\d+(\.\d+)?\s*[-+*/^]))/.test(text);
