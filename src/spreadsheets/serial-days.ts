import { addDays, type Day, daysBetween, startOfDay } from '../../domain/calendar.ts';

/**
 * How spreadsheets store days: as numbers (ECMA-376 part 1, 18.17.4) that a number format shows as a day. All of this is
 * arithmetic on days; no time zone plays a part, neither the writer's nor the reader's.
 */

/** No list of the registry has an earlier day; one in a file is a slip or a damaged cell. */
export const firstDay: Day = '1990-01-01';
/** Without a day format, only a number in this range counts as a day: 1990-01-01 to 2099-12-31. */
const plausible = { from: 32_874, to: 73_050 };
/** The first day of the 1904 system is day 1462 of the 1900 system. */
const between1900And1904 = 1_462;

/** The day of a serial number, whose fraction is the time: the last instant before midnight is still that day. */
export const dayOfSerial = (serial: number, date1904: boolean): Day | undefined => {
  const whole = Math.floor(serial) + (date1904 ? between1900And1904 : 0);
  // Serial 60 is 29 February 1900, which did not exist.
  if (whole < 1 || whole > 2_958_465 || whole === 60) return undefined;
  return addDays(whole < 60 ? '1899-12-31' : '1899-12-30', whole);
};

/** The serial number of a day; undefined before March 1900, when the calendar of spreadsheets is not that of the world. */
export const serialOfDay = (day: Day): number | undefined =>
  day < '1900-03-01' ? undefined : daysBetween('1899-12-30', day);

/** The serial number of an instant (RFC 3339) as the time in Shanghai, to the millisecond. */
export const serialOfInstant = (instant: string): number | undefined => {
  const sinceMs = Date.parse(instant) - startOfDay('1899-12-30');
  return sinceMs < 61 * msPerDay || Number.isNaN(sinceMs) ? undefined : sinceMs / msPerDay;
};

const msPerDay = 86_400_000;

/** An instant (RFC 3339) as the time in Shanghai, `2020-12-22 09:30:00.000`. */
export const instantInShanghai = (instant: string): string =>
  new Date(Date.parse(instant) + 8 * 3_600_000).toISOString().slice(0, -1).replace('T', ' ');

/** The day of a number without a day format; undefined outside the plausible range. */
export const plausibleDay = (serial: number, date1904: boolean): Day | undefined => {
  const from1900 = serial + (date1904 ? between1900And1904 : 0);
  return from1900 >= plausible.from && from1900 < plausible.to + 1 ? dayOfSerial(serial, date1904) : undefined;
};

/** The first section of a number format, without its quoted, escaped and bracketed parts. */
const bare = (format: string): string =>
  (format.split(';')[0] ?? '')
    .replace(/"[^"]*"/g, '')
    .replace(/[\\!].|_.|\*./g, '')
    .replace(/\[[^\]]*\]/g, '');

/** Whether a number format shows 0.01 as 1%. */
export const showsPercent = (id: number, format: string | undefined): boolean =>
  format === undefined ? id === 9 || id === 10 : bare(format).includes('%');
