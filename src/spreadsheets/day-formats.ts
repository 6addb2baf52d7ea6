import type { Day } from '../../domain/calendar.ts';

/** How number formats show numbers as days and times (ECMA-376 part 1, 18.8.30 and 18.8.31). */

/** Excel's built-in formats of days and times, those from 27 on as its Chinese edition has them. */
const builtIn: ReadonlyMap<number, string> = new Map(
  Object.entries({
    'yyyy/m/d': [14],
    'd-mmm-yy': [15],
    'd-mmm': [16],
    'mmm-yy': [17],
    'h:mm AM/PM': [18],
    'h:mm:ss AM/PM': [19],
    'h:mm': [20],
    'h:mm:ss': [21],
    'yyyy/m/d h:mm': [22],
    'yyyy"年"m"月"': [27, 36, 50, 52, 57],
    'm"月"d"日"': [28, 29, 51, 53, 54, 58],
    'm-d-yy': [30],
    'yyyy"年"m"月"d"日"': [31],
    'h"时"mm"分"': [32],
    'h"时"mm"分"ss"秒"': [33],
    '上午/下午h"时"mm"分"': [34, 55],
    '上午/下午h"时"mm"分"ss"秒"': [35, 56],
    'mm:ss': [45],
    '[h]:mm:ss': [46],
    'mmss.0': [47],
  }).flatMap(([format, ids]) => ids.map((id) => [id, format] as const)),
);

/** Words; what makes space; time that has passed; brackets; halves of a day; letters of days and times; anything else. */
const part =
  /"(?<quoted>[^"]*)"?|[\\!](?<escaped>.)|[_*].|\[(?<passed>h+|m+|s+)\]|\[[^\]]*\]|(?<half>am\/pm|a\/p|上午\/下午)|(?<letters>y+|m+|d+|h+|s+|a{3,4}|e+(?![+-])|b+)|(?<other>[\s\S])/gi;

type Part = Readonly<Record<string, string | undefined>>;

export type DayFormat = {
  /** Whether it shows the year, the month and the day of the month. */
  readonly isWhole: boolean;
  /** What it shows of a number whose day is given, if it has one. */
  readonly show: (serial: number, day: Day | undefined) => string;
};

/** How a number format, or a built-in one by its number, shows days or times; undefined if it shows numbers. */
export const dayFormatOf = (id: number, format = builtIn.get(id) ?? 'General'): DayFormat | undefined => {
  const [section = ''] = format.split(/;(?=(?:[^"]*"[^"]*")*[^"]*$)/);
  if (/general/i.test(section)) return undefined;
  const parts = [...section.matchAll(part)].map(({ groups = {} }): Part => groups);
  const codes = parts.map(codeOf);
  if (!codes.some((code) => /^(?:[ymdhsi]|a)/.test(code))) return undefined;
  return {
    isWhole: ['y', 'm', 'd'].every((kind) => codes.some((code) => code[0] === kind)),
    show: (serial, day) => {
      const isHalf = parts.some(({ half }) => half !== undefined);
      return parts.map((each, index) => shown(each, codes[index] ?? '', serial, day, isHalf)).join('');
    },
  };
};

/**
 * What a part shows: `y` a year, `m` a month, `d` a day of the month, `a` one of the week, `h`, `i` and `s` hours, minutes
 * and seconds, as often as it has letters; nothing for words. An `m` beside hours or seconds is minutes.
 */
const codeOf = ({ passed, letters }: Part, index: number, parts: readonly Part[]): string => {
  const code = (passed ?? letters ?? '').toLowerCase().replace(/^(?:e+|b+)$/, 'yyyy');
  if (/^d{3,}$/.test(code)) return code.replaceAll('d', 'a');
  if (/^m{5,}$/.test(code)) return '';
  if (!/^m{1,2}$/.test(code)) return code;
  const next = (from: readonly Part[]) => from.find((each) => (each.passed ?? each.letters) !== undefined);
  const [before, after] = [next(parts.slice(0, index).reverse()), next(parts.slice(index + 1))];
  const isMinutes =
    passed !== undefined ||
    /^h/i.test(before?.passed ?? before?.letters ?? '') ||
    /^s/i.test(after?.passed ?? after?.letters ?? '');
  return isMinutes ? code.replaceAll('m', 'i') : code;
};

const secondsOf: Readonly<Record<string, number>> = { h: 3_600, i: 60, s: 1 };

const shown = (each: Part, code: string, serial: number, day: Day | undefined, isHalf: boolean): string => {
  const seconds = Math.round((serial - Math.floor(serial)) * 86_400);
  const padded = (number: number): string => String(number).padStart(Math.min(code.length, 2), '0');
  const inWords = (options: Intl.DateTimeFormatOptions, language = 'en'): string =>
    day === undefined ? '' : new Intl.DateTimeFormat(language, { ...options, timeZone: 'UTC' }).format(new Date(day));
  const [year = '1900', month = '1', date = '0'] = day?.split('-') ?? [];
  if (each.half !== undefined) return (each.half.split('/')[seconds < 43_200 ? 0 : 1] ?? '').toUpperCase();
  switch (code[0]) {
    case 'y':
      return code.length > 2 ? year : year.slice(2);
    case 'm':
      if (code.length > 2) return inWords({ month: code.length === 3 ? 'short' : 'long' });
      return padded(Number(month));
    case 'd':
      return padded(Number(date));
    case 'a':
      return inWords({ weekday: code.length === 3 ? 'short' : 'long' }, /^a/i.test(each.letters ?? '') ? 'zh' : 'en');
    case 'h':
    case 'i':
    case 's': {
      const size = secondsOf[code[0]] ?? 1;
      if (each.passed !== undefined) return padded(Math.floor((serial * 86_400 + 0.5) / size));
      const number = Math.floor(seconds / size) % (size === 3_600 ? 24 : 60);
      return padded(isHalf && size === 3_600 ? number % 12 || 12 : number);
    }
    default:
      return each.quoted ?? each.escaped ?? each.other ?? '';
  }
};
