import { type Day, isDay, shanghaiDay } from '../../domain/calendar.ts';
import { plain } from '../../domain/identifiers.ts';
import { plausibleDay } from './serial-days.ts';

/** Days as text, in the forms in which spreadsheets in China write them. */

const time = String.raw`(?:(?:\s*T\s*|\s+)\d{1,2}[:时]\d{1,2}(?:[:分]\d{0,2}(?:\.\d+)?秒?)?)?`;
const dayForms = [
  new RegExp(String.raw`^(\d{4})\s*([-/.])\s*(\d{1,2})\s*\2\s*(\d{1,2})${time}$`),
  new RegExp(String.raw`^(\d{4})\s*()年\s*(\d{1,2})\s*月\s*(\d{1,2})\s*[日号]${time}$`),
  /^(\d{4})()(\d{2})(\d{2})$/,
];
const instant = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?\s*(Z|[+-]\d{2}:?\d{2})$/i;

/**
 * The day in a text, or undefined if there is none: `2020-09-27`, `2020/9/27`, `2020.09.27`, `20200927` or
 * `2020年9月27日`, all but the fourth also with a time of that day; an instant with its zone (`2020-09-26T16:00:00Z`),
 * which is the day in Shanghai; a serial day of the 1900 system.
 */
export const dayIn = (text: string): Day | undefined => {
  const written = plain(text);
  if (instant.test(written)) {
    const at = Date.parse(written.replace(/\s+(?=Z|[+-]\d{2}:?\d{2}$)/i, '').replace(' ', 'T'));
    return Number.isNaN(at) ? undefined : shanghaiDay(at);
  }
  if (/^\d{5}(\.\d+)?$/.test(written)) return plausibleDay(Number(written), false);
  for (const form of dayForms) {
    const [, year, , month, day] = form.exec(written) ?? [];
    if (year === undefined || month === undefined || day === undefined) continue;
    const iso = `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;
    return isDay(iso) ? iso : undefined;
  }
  return undefined;
};
