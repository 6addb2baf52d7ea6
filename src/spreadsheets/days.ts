import { type Day, isDay, shanghaiDay } from '../../domain/calendar.ts';
import { plain } from '../../domain/identifiers.ts';
import { firstDay, plausibleDay } from './serial-days.ts';

/** Days as text, in the forms in which spreadsheets in China write them. */

/** A time of day, with 上午 or AM before or after it, and the zone of Shanghai if it names one. */
const time = String.raw`(?:(?:\s*(?<mark>T)\s*|\s*)(?<before>上午|下午|[ap]\.?m\.?)?\s*(?<hour>\d{1,2})[:时](?:(?<minute>\d{1,2})(?:[:分](?:(?<second>\d{1,2})(?:\.(?<fraction>\d+))?秒?)?)?)?\s*(?<after>[ap]\.?m\.?)?)?`;
const weekday = String.raw`(?:\s*\(?(?:星期|周|礼拜)[一二三四五六日天]\)?)?`;
const zone = String.raw`(?<zone>\s*(?:Z|UTC|GMT|[+-]\d{2}:?\d{2}))?`;
const rest = `${weekday}${time}${zone}$`;
const forms = [
  new RegExp(
    String.raw`^(?<year>\d{4})\s*(?<separator>[-/.])\s*(?<month>\d{1,2})\s*\k<separator>\s*(?<day>\d{1,2})(?!\d)${rest}`,
    'i',
  ),
  new RegExp(String.raw`^(?<year>\d{4})\s*年\s*(?<month>\d{1,2})\s*月\s*(?<day>\d{1,2})\s*[日号]${rest}`, 'i'),
  /^(?<year>\d{4})(?<month>\d{2})(?<day>\d{2})$/,
];
const inChinese =
  /^(?<year>[〇○零一二三四五六七八九]{4})年(?<month>[一二三四五六七八九十]{1,2})月(?<day>[一二三四五六七八九十]{1,3})[日号]/;

/** No day is longer. The patterns take the cube of the length of white space, so longer texts are not matched. */
const longestCharacters = 100;

/**
 * The day in a text, or undefined if there is none: `2020-09-27`, `2020/9/27`, `2020.09.27`, `20200927`,
 * `2020年9月27日` or `二〇二〇年九月二十七日`, all but the fourth also with a day of the week and a time of that day, up to
 * 24:00; an instant with its zone (`2020-09-26T16:00:00Z`), which is the day in Shanghai; a serial day of the 1900
 * system. Days before 1990 are none.
 */
export const dayIn = (text: string): Day | undefined => {
  if (text.length > longestCharacters) return undefined;
  const written = inDigits(normal(text));
  if (/^\d{5}(\.\d+)?$/.test(written)) return plausibleDay(Number(written), false);
  for (const form of forms) {
    const { groups } = form.exec(written) ?? {};
    if (groups === undefined) continue;
    const day = `${groups.year}-${groups.month?.padStart(2, '0')}-${groups.day?.padStart(2, '0')}`;
    if (!isDay(day) || !isWeekday(written, day)) return undefined;
    const seconds = secondsOf(groups);
    const inShanghai = seconds === undefined ? undefined : inZone(day, seconds, groups);
    return inShanghai === undefined || inShanghai < firstDay ? undefined : inShanghai;
  }
  return undefined;
};

/** A text with plain letters and digits, and hyphens for any dash. */
const normal = (text: string): string => plain(text).replace(/[\u2010-\u2015\u2212]/g, '-');

/**
 * The days that a text may mean which does not begin with its year in full: `01/05/2021` may be 5 January or 1 May, `1/2/03`
 * any of three days. None for any other text.
 */
export const possibleDays = (text: string): readonly Day[] => {
  if (text.length > longestCharacters) return [];
  const [, a = '', , b = '', c = ''] = /^(\d{1,2})([-/.])(\d{1,2})\2(\d{4}|\d{1,2})(?:\s.*)?$/.exec(normal(text)) ?? [];
  const orders = [
    [a, b, c],
    [c, a, b],
    [c, b, a],
  ] as const;
  const days = orders.map(
    ([year, month, day]) => `${fullYear(year)}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`,
  );
  return [...new Set(days.filter((day) => isDay(day) && day >= firstDay))].sort();
};

/** The year of two digits; a year of one is none. */
const fullYear = (year: string): string => (year.length === 2 ? `${year < '90' ? 20 : 19}${year}` : year);

type Groups = Readonly<Record<string, string | undefined>>;

/** The whole seconds of a time since midnight, 0 without one; undefined if no clock shows such a time. */
const secondsOf = ({ before, after, hour, minute = '0', second = '0', fraction = '0' }: Groups): number | undefined => {
  if (hour === undefined) return 0;
  if (before !== undefined && after !== undefined) return undefined;
  const half = before ?? after;
  const [hours, minutes, seconds] = [Number(hour), Number(minute), Number(second)];
  if (minutes > 59 || seconds > 59) return undefined;
  const isAfternoon = half !== undefined && /^(下午|p)/i.test(half);
  // 上午 is also written before 0, and 下午 before hours up to 23.
  if (half !== undefined && (isAfternoon ? hours < 1 || hours > 23 : hours > 12)) return undefined;
  if (hours > 12 && /^p/i.test(half ?? '')) return undefined; // 13:00 PM
  const inDay = half === undefined || hours > 12 ? hours : (hours % 12) + (isAfternoon ? 12 : 0);
  const total = (inDay * 60 + minutes) * 60 + seconds;
  return total < secondsPerDay || (total === secondsPerDay && Number(fraction) === 0) ? total : undefined;
};

const secondsPerDay = 86_400;

/** The day in Shanghai of a time in a zone, or the day itself, to which its end 24:00 belongs. */
const inZone = (day: Day, seconds: number, { zone, hour, second, mark }: Groups): Day | undefined => {
  // `10:00-12:00` is mostly a span of time, so a zone after a hyphen needs the T or the seconds of an instant.
  if (zone?.trim().startsWith('-') && second === undefined && mark === undefined) return undefined;
  if (zone === undefined || /^\s*\+08:?00$/.test(zone)) return day;
  if (hour === undefined) return undefined; // elsewhere a day has hours of two days in Shanghai
  const [, sign, hours = '0', minutes = '0'] = /([+-])(\d{2}):?(\d{2})$/.exec(zone) ?? [];
  if (Number(hours) > 14 || Number(minutes) > 59) return undefined;
  const offset = (Number(hours) * 60 + Number(minutes)) * (sign === '-' ? -60 : 60);
  return shanghaiDay(Date.parse(`${day}T00:00:00Z`) + (seconds - offset) * 1_000);
};

/** Whether a day of the week, if there is one, is that of the day: else one of both is wrong. */
const isWeekday = (written: string, day: Day): boolean => {
  const named = /(?:星期|周|礼拜)([一二三四五六日天])/.exec(written)?.[1];
  return named === undefined || '日一二三四五六'.indexOf(named.replace('天', '日')) === new Date(day).getUTCDay();
};

/** A day in Chinese numerals as one in digits; any other text as it is. */
const inDigits = (text: string): string =>
  text.replace(inChinese, (_, year: string, month: string, day: string) => {
    const digits = [...year].map((numeral) => Math.max(0, numerals.indexOf(numeral))).join('');
    return `${digits}年${numberIn(month)}月${numberIn(day)}日`;
  });

const numerals = '〇一二三四五六七八九';

/** A number from 1 to 39 in Chinese numerals: 九, 十, 十一, 二十七; 0 if it is none. */
const numberIn = (text: string): number => {
  const [, tens, ten, ones = ''] = /^(?:([二三]?)(十))?([一二三四五六七八九]?)$/.exec(text) ?? [];
  return (ten === undefined ? 0 : 10 * numerals.indexOf(tens || '一')) + numerals.indexOf(ones || '〇');
};
