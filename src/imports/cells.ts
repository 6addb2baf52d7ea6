import { isDay } from '../../domain/calendar.ts';
import type { Field } from '../../domain/field.ts';
import { plain } from '../../domain/identifiers.ts';
import type { Json } from '../../domain/json.ts';

/** A value read from a cell, or undefined where the cell's text is none that the field could mean. */
export const cellValue = (field: Pick<Field, 'kind' | 'options'>, text: string): Json | undefined => {
  switch (field.kind) {
    case 'day':
      return dayIn(text);
    case 'number':
      return numberIn(text);
    case 'yes-no':
      return yesNoIn(text);
    case 'choice':
      return optionIn(field.options ?? {}, text);
    case 'codes':
      return plain(text)
        .split(/[,;、\s]+/)
        .filter((code) => code !== '');
    case 'shaped':
      return jsonIn(text);
    default:
      return visible(text);
  }
};

/** Text without the zero-width characters that spreadsheets carry along. */
export const visible = (text: string): string => text.replace(/[\u200B-\u200D\u2060\uFEFF]/g, '').trim();

/** `2020-09-27`, `2020/9/27`, `2020.09.27`, `20200927`, `2020年9月27日`. */
export const dayIn = (text: string): string | undefined => {
  const found =
    /^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})$/.exec(plain(text)) ??
    /^(\d{4})年(\d{1,2})月(\d{1,2})日$/.exec(plain(text)) ??
    /^(\d{4})(\d{2})(\d{2})$/.exec(plain(text));
  const [, year, month, day] = found ?? [];
  if (year === undefined || month === undefined || day === undefined) return undefined;
  const iso = `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;
  return isDay(iso) ? iso : undefined;
};

/** A field of a shape of its own is given as JSON. */
const jsonIn = (text: string): Json | undefined => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

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

/** A value by its own name, or by its title in either language, the district's short form included. */
const optionIn = (options: NonNullable<Field['options']>, text: string): string | undefined => {
  const wanted = short(text);
  return Object.entries(options).find(([value, title]) =>
    [value, title.zh, title.en].some((name) => short(name) === wanted),
  )?.[0];
};

const short = (text: string): string =>
  plain(text)
    .toLowerCase()
    .replace(/\s+/g, '')
    .replace(/(新区|区|newarea|district)$/, '');
