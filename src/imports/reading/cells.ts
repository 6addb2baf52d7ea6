import { type Day, isDay, shanghaiDay } from '../../../domain/calendar.ts';
import type { Field, Option, Text } from '../../../domain/field.ts';
import { plain, usccFault } from '../../../domain/identifiers.ts';
import type { Json } from '../../../domain/json.ts';
import { plausibleDay } from '../../spreadsheets/serial-days.ts';
import { type Cell, textOf } from '../../spreadsheets/sheet.ts';
import { yuanIn } from './money.ts';

/** How the numbers of a column are meant: days since 1904, and amounts in which unit. */
export type Meaning = { readonly date1904: boolean; readonly power: number };

const plainMeaning: Meaning = { date1904: false, power: 0 };

/** A value read from a cell, or undefined where what the cell holds is none that the field could mean. */
export const cellValue = (
  field: Pick<Field, 'kind' | 'options' | 'isYuan' | 'isCode'>,
  cell: Cell,
  { date1904, power }: Meaning = plainMeaning,
): Json | undefined => {
  switch (field.kind) {
    case 'day':
      return dayOf(cell, date1904);
    case 'number':
      return field.isYuan ? yuanIn(plain(digitsOf(cell)), power) : numberIn(digitsOf(cell));
    case 'yes-no':
      return yesNoIn(textOf(cell));
    case 'choice':
      return optionIn(field.options ?? {}, textOf(cell));
    case 'codes':
      return plain(textOf(cell))
        .split(/[,;、\s]+/)
        .filter((code) => code !== '');
    case 'shaped':
      return jsonIn(textOf(cell));
    default:
      return field.isCode ? plain(textOf(cell)) : visible(textOf(cell));
  }
};

/** Text on one line, without the zero-width characters that spreadsheets carry along. */
export const visible = (text: string): string => withoutZeroWidth(text).replace(/\s*[\r\n\t]+\s*/g, ' ');

export const withoutZeroWidth = (text: string): string => text.replace(/[\u200B-\u200D\u2060\uFEFF]/g, '').trim();

/** What stands in a cell that is left empty: nothing, or a dash. */
export const isEmpty = (cell: Cell | undefined): boolean =>
  cell === undefined || (typeof cell === 'string' && /^[-–—―－/／]*$/.test(withoutZeroWidth(cell)));

/** A cell's own value where it is a day or a number that can be one, else the day that its text names. */
export const dayOf = (cell: Cell, date1904: boolean): Day | undefined =>
  typeof cell === 'object' && 'day' in cell
    ? cell.day
    : ((typeof cell === 'number' ? plausibleDay(cell, date1904) : undefined) ?? dayIn(textOf(cell)));

const time = String.raw`(?:(?:\s*T\s*|\s+)\d{1,2}[:时]\d{1,2}(?:[:分]\d{0,2}(?:\.\d+)?秒?)?)?`;
const dayForms = [
  new RegExp(String.raw`^(\d{4})\s*([-/.])\s*(\d{1,2})\s*\2\s*(\d{1,2})${time}$`),
  new RegExp(String.raw`^(\d{4})\s*()年\s*(\d{1,2})\s*月\s*(\d{1,2})\s*[日号]${time}$`),
  /^(\d{4})()(\d{2})(\d{2})$/,
];
const instant = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?\s*(Z|[+-]\d{2}:?\d{2})$/i;

/**
 * `2020-09-27`, `2020/9/27`, `2020.09.27`, `20200927`, `2020年9月27日`, each but the fourth with a time of that day;
 * an instant with its zone (`2020-09-26T16:00:00Z`), which is the day in Shanghai; a serial day of the 1900 system.
 */
export const dayIn = (text: string): Day | undefined => {
  const told = plain(text);
  if (instant.test(told)) {
    const at = Date.parse(told.replace(/\s+(?=Z|[+-]\d{2}:?\d{2}$)/i, '').replace(' ', 'T'));
    return Number.isNaN(at) ? undefined : shanghaiDay(at);
  }
  if (/^\d{5}(\.\d+)?$/.test(told)) return plausibleDay(Number(told), false);
  for (const form of dayForms) {
    const [, year, , month, day] = form.exec(told) ?? [];
    if (year === undefined || month === undefined || day === undefined) continue;
    const iso = `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;
    return isDay(iso) ? iso : undefined;
  }
  return undefined;
};

/** A field of a shape of its own is given as JSON. */
const jsonIn = (text: string): Json | undefined => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** Spreadsheets calculate with 15 digits; what a binary fraction adds to them is nobody's. */
const digitsOf = (cell: Cell): string =>
  typeof cell === 'number' ? String(Number(cell.toPrecision(15))) : textOf(cell);

const numberIn = (text: string): number | undefined => {
  const digits = plain(text);
  if (!/^-?(\d{1,3}(,\d{3})+|\d+)(\.\d+)?$/.test(digits)) return undefined;
  return Number(digits.replaceAll(',', ''));
};

const yes = new Set(['是', '有', 'true', 'yes', 'y', '1', '√', '✓']);
const no = new Set(['否', '无', 'false', 'no', 'n', '0', '×']);

const yesNoIn = (text: string): boolean | undefined => {
  const word = plain(text).toLowerCase();
  return yes.has(word) ? true : no.has(word) ? false : undefined;
};

/** A value by its own name, by its title in either language, or by what else it is called, the short forms included. */
const optionIn = (options: Readonly<Record<string, Option>>, text: string): string | undefined => {
  const known = namesOf.get(options) ?? namesIn(options);
  namesOf.set(options, known);
  return known.get(short(text));
};

/** Every list is asked about for each of its rows. */
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

/** As much of a cell's text as a refusal repeats. */
export const quoted = (cell: Cell): string => {
  const text = textOf(cell);
  return [...text].length > quotedCharacters ? `${[...text].slice(0, quotedCharacters).join('')}…` : text;
};

const becameNumber = (cell: Cell): Text => ({
  zh: `“${quoted(cell)}”已被表格变成数字，可能丢失了前导零或末几位；请将此列设为文本格式后重新填写`,
  en: `“${quoted(cell)}” was turned into a number and may have lost leading zeros or last digits; make the column text and enter it again`,
});

const lostDigits = (cell: Cell, length: number): Text => ({
  zh: `“${quoted(cell)}”不足 ${length} 位，可能丢失了前导零或末几位；请核对原件后重新填写`,
  en: `“${quoted(cell)}” has fewer than ${length} digits and may have lost leading zeros or last digits; enter it again from the document`,
});

/** What a spreadsheet has done to a code, which nobody can undo for certain; undefined where it has done nothing. */
export const damageTo = (cell: Cell, length?: number): Text | undefined => {
  if (typeof cell !== 'string') return typeof cell === 'number' ? becameNumber(cell) : undefined;
  const code = plain(cell);
  if (/^\d+(\.\d+)?E\+?\d+$/i.test(code) && length !== undefined) return becameNumber(cell);
  if (/^\d+(\.\d+)?E\+\d+$/i.test(code)) return becameNumber(cell);
  if (length !== undefined && /^\d+$/.test(code) && code.length < length) return lostDigits(cell, length);
  // A number has 15 digits; of the others zeros are left.
  return length === 18 && /^\d{15}000$/.test(code) && usccFault(code) !== undefined ? becameNumber(cell) : undefined;
};

/** Why nothing can be read from a cell at all. */
export const unreadable = (cell: Cell): Text | undefined => {
  const text = textOf(cell);
  const isError = typeof cell === 'object' && 'unreadable' in cell;
  if (isError && text === '=') return formulaOnly(text);
  if (isError || /^#(N\/A|REF!|VALUE!|DIV\/0!|NAME\?|NUM!|NULL!|#{2,})$/i.test(text.trim())) {
    return { zh: `单元格是错误值“${quoted(cell)}”`, en: `The cell holds the error “${quoted(cell)}”` };
  }
  return typeof cell === 'string' && looksCalculated(text) ? formulaOnly(quoted(cell)) : undefined;
};

const formulaOnly = (text: string): Text => ({
  zh: `单元格是公式“${text}”而没有结果；请粘贴为数值`,
  en: `The cell holds the formula “${text}” without its value; paste it as a value`,
});

/** `=…`, or a sign before a reference, a function or a sum: what a spreadsheet would calculate. */
const looksCalculated = (text: string): boolean =>
  /^\s*(=|[+\-@]\s*(\$?[A-Za-z]{1,3}\$?\d|[A-Za-z.]+\(|\d+(\.\d+)?\s*[-+*/^]))/.test(text);
