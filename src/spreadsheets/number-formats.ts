import { foreignCurrencyOf, unclearCurrency, withCurrency } from './currencies.ts';
import { dayFormatOf } from './day-formats.ts';
import { dayOfSerial, showsPercent } from './serial-days.ts';
import { type Cell, SheetFault } from './sheet.ts';

/**
 * What a number format (ECMA-376 part 1, 18.8.31) makes of a number: `0.00"万元"` shows 12.5 as 12.50万元, and `0,` shows
 * 125000 as 125. What a person sees and what the cell holds then differ.
 */

export type Shower = (number: number, date1904: boolean) => Cell;

/** Excel takes up to 255 characters. Patterns take the square of a format's length. */
const longestCharacters = 1_000;

const refuseLongFormat = (format = ''): void => {
  if (format.length > longestCharacters)
    throw new SheetFault(
      `文件的一种数字格式超过 ${longestCharacters} 个字符；请用 Excel 或 WPS 打开后重新保存`,
      `A number format of the file has more than ${longestCharacters} characters; open the file in Excel or WPS and save it again`,
    );
};

/** How a format, or a built-in one by its number, shows numbers; undefined if as they are. */
export const showerOf = (id: number, format: string | undefined): Shower | undefined => {
  refuseLongFormat(format);
  const currency = format === undefined && isLocalCurrency(id) ? unclearCurrency : foreignCurrencyOf(format);
  if (currency !== undefined) return (number) => ({ number, shown: withCurrency(number, currency) });
  const dayFormat = dayFormatOf(id, format);
  if (dayFormat !== undefined)
    return (number, date1904) => {
      const day = dayOfSerial(number, date1904);
      if (day !== undefined && dayFormat.isWhole) return { day };
      const isTime = day !== undefined || (number >= 0 && number < 1);
      const shown = isTime ? dayFormat.show(number, day) : '########';
      return day === undefined ? { number, shown, isScaled: true } : { day, onlyShows: shown };
    };
  if (showsPercent(id, format)) return (number) => ({ number, shown: `${rounded(number * 100)}%` });
  if (format === undefined || format.trim() === '') return undefined;
  const sections = sectionsOf(format);
  if (sections.every((section) => showsAsItIs(section) && !section.isBlank)) return undefined;
  return (number) => {
    const section = sectionFor(sections, number);
    if (section?.isBlank === true) return { number, shown: '', isScaled: true };
    if (section === undefined || showsAsItIs(section)) return number;
    const { before, after, exponent, hasDigits, between } = section;
    const digits = between === undefined ? String(rounded(number / 10 ** exponent)) : spread(number, between);
    const isScaled = exponent !== 0 || between !== undefined;
    return { number, shown: `${before}${hasDigits ? digits : ''}${after}`, ...(isScaled ? { isScaled } : {}) };
  };
};

/** What a format makes of a text, `"上海市"@` of 浦东; undefined if nothing. Its part for texts has an @, or is the fourth. */
export const textShowerOf = (format: string | undefined): ((text: string) => string) | undefined => {
  refuseLongFormat(format);
  const sections = sectionTexts(format ?? '').map((section) =>
    [...section.matchAll(part)].map(({ groups = {} }): Part => groups),
  );
  const ofText = sections[3] ?? sections.findLast((parts) => parts.some(({ digits }) => digits === '@'));
  return ofText === undefined
    ? undefined
    : (text) => ofText.map((each) => (each.digits === undefined ? wordIn(each) : text)).join('');
};

const wordIn = ({ quoted, escaped, sign, other }: Part): string => quoted ?? escaped ?? sign ?? other ?? '';

const showsAsItIs = ({ before, after, exponent, between }: Section): boolean =>
  before === '' && after === '' && exponent === 0 && between === undefined;

/** The digits of a whole number at their places; the first has those that are too many. */
const spread = (number: number, between: readonly Part[]): string => {
  const places = between.filter((each) => each.digits !== undefined).length;
  const digits = [...String(Math.round(Math.abs(number))).padStart(places, '0')];
  let next = digits.length - places;
  return between
    .map((each, index) => {
      if (each.digits === undefined) return wordIn(each);
      next += 1;
      return index === 0 ? digits.slice(0, next).join('') : digits[next - 1];
    })
    .join('');
};

/** Built-in formats of money, in the currency of whichever computer opens the file (ECMA-376 part 1, 18.8.30). */
const isLocalCurrency = (id: number): boolean => [5, 6, 7, 8, 42, 44].includes(id);

/** Without the errors of binary fractions. */
const rounded = (number: number): number => Number(number.toPrecision(15));

type Section = {
  /** If it is for some numbers only, `[>=10000]`. */
  readonly condition?: { readonly sign: string; readonly limit: number };
  /** The words around the digits. */
  readonly before: string;
  readonly after: string;
  /** By how many powers of ten what is shown is smaller than the number. */
  readonly exponent: number;
  readonly hasDigits: boolean;
  /** Whether it shows nothing, as each part of `;;;` does. */
  readonly isBlank: boolean;
  /** The digits with the words between them, if there are any: `0000-00-00`, `0"万"0000"元"`. */
  readonly between?: readonly Part[];
};

/** Words, quoted or after a backslash or an exclamation mark; what makes space; brackets; digits; any other character. */
const part =
  /"(?<quoted>[^"]*)"?|[\\!](?<escaped>.)|[_*].|\[\$(?<sign>[^\]-]*)[^\]]*\]|\[(?<bracket>[^\]]*)\]|(?<digits>general|e[+-]|[0#?@])|(?<other>[\s\S])/gi;

type Part = Readonly<Record<string, string | undefined>>;

const sectionTexts = (format: string): readonly string[] => format.split(/;(?=(?:[^"]*"[^"]*")*[^"]*$)/);

const sectionsOf = (format: string): readonly Section[] =>
  sectionTexts(format).map((text): Section => {
    const parts = [...text.matchAll(part)].map(({ groups = {} }): Part => groups);
    const kinds = parts.map(kindOf).join('');
    const [, sign, limit] = /\[([<>=]+)(-?[\d.]+)\]/.exec(text) ?? [];
    const [first, last] = [kinds.indexOf('d'), kinds.lastIndexOf('d')];
    // Commas after the digits, or before the point, each divide by a thousand; digits after a point of text by ten.
    const thousands =
      (/^,*/.exec(kinds.slice(last + 1))?.[0] ?? '').length + (/,+(?=\.)/.exec(kinds)?.[0] ?? '').length;
    const tens = /(?<=:)[^:]*$/.exec(kinds.slice(0, last + 1))?.[0].replace(/[^d]/g, '').length ?? 0;
    return {
      ...(sign === undefined ? {} : { condition: { sign, limit: Number(limit) } }),
      before: first === -1 ? '' : wordsIn(parts.slice(0, first)),
      after: wordsIn(parts.slice(last + 1)),
      exponent: thousands * 3 + tens,
      hasDigits: first !== -1,
      isBlank: parts.every(
        ({ quoted, escaped, sign, digits, other }) =>
          (quoted ?? escaped ?? sign ?? digits ?? other ?? '').trim() === '',
      ),
      ...(/w/.test(kinds.slice(first, last + 1)) ? { between: parts.slice(first, last + 1) } : {}),
    };
  });

/** `d` for a digit, `,` and `.` for those of the format, `:` for a point that is only text, `w` for a word, else a space. */
const kindOf = ({ quoted, escaped, sign, digits, other }: Part): string => {
  if (digits !== undefined) return 'd';
  if (other !== undefined && /[,.]/.test(other)) return other;
  const word = quoted ?? escaped ?? sign ?? other ?? '';
  return word === '.' ? ':' : /^[,'\s/]*$/.test(word) ? ' ' : 'w';
};

/** Signs and brackets are those of negative numbers. */
const wordsIn = (parts: readonly Part[]): string =>
  parts
    .map(wordIn)
    .filter((word) => !/^[-+()/,.:'\s]*$/.test(word))
    .join('')
    .trim();

/** The section that shows a number: by its condition, or the first, the second for less than 0, the third for 0. */
const sectionFor = (sections: readonly Section[], number: number): Section | undefined => {
  if (sections.some(({ condition }) => condition !== undefined))
    return sections.find(({ condition }) => condition === undefined || holds(condition, number));
  const [positive, negative = positive, zero = positive] = sections;
  return number < 0 ? negative : number === 0 ? zero : positive;
};

const holds = ({ sign, limit }: { readonly sign: string; readonly limit: number }, number: number): boolean =>
  (sign.includes('=') && number === limit) ||
  (sign.includes('<') && sign !== '<>' && number < limit) ||
  (sign.includes('>') && sign !== '<>' && number > limit) ||
  (sign === '<>' && number !== limit);
