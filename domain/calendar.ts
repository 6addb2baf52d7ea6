/** A calendar day in Asia/Shanghai (UTC+8, no daylight saving), `YYYY-MM-DD`. Days compare as strings. */
export type Day = string;

/** No year 0: the year before 1 is 1 BC. */
const dayPattern = /^(?!0000)(\d{4})-(\d{2})-(\d{2})$/;
const daysOf = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const;
const msPerDay = 86_400_000;
const shanghaiOffsetMs = 8 * 3_600_000;

/** Whether the text is a day of the calendar: `2020-02-30` is not. */
export const isDay = (text: string): boolean => {
  const [year = 0, month = 0, day = 0] = dayPattern.exec(text)?.slice(1).map(Number) ?? [];
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const last = month === 2 && isLeap ? 29 : (daysOf[month - 1] ?? 0);
  return day >= 1 && day <= last;
};

let latest = { epochDay: Number.NaN, day: '' };

/** The day in Shanghai at an instant in epoch milliseconds: 2021-12-31T16:00:00Z is already 2022-01-01. */
export const shanghaiDay = (epochMs: number): Day => {
  const epochDay = Math.floor((epochMs + shanghaiOffsetMs) / msPerDay);
  if (epochDay !== latest.epochDay) latest = { epochDay, day: dayOf(epochDay) }; // every command asks, mostly for today
  return latest.day;
};

const dayOf = (epochDay: number): Day =>
  Temporal.Instant.fromEpochMilliseconds(epochDay * msPerDay)
    .toZonedDateTimeISO('UTC')
    .toPlainDate()
    .toString();

/** The first millisecond, in epoch milliseconds, of a day in Shanghai. */
export const startOfDay = (day: Day): number => epochDay(day) * msPerDay - shanghaiOffsetMs;

/** Days from `from` to `to`; negative if `to` comes first. */
export const daysBetween = (from: Day, to: Day): number => epochDay(to) - epochDay(from);

/** The day `count` days after `day`; `count` may be negative. */
export const addDays = (day: Day, count: number): Day => Temporal.PlainDate.from(day).add({ days: count }).toString();

/** The day `count` calendar months after `day`, or the last day of that month if it is too short. */
export const addMonths = (day: Day, count: number): Day =>
  Temporal.PlainDate.from(day).add({ months: count }).toString();

/** The earlier of two days. */
export const earlier = (a: Day, b: Day): Day => (a < b ? a : b);

const epochDay = (day: Day): number => Temporal.Instant.from(`${day}T00:00Z`).epochMilliseconds / msPerDay;
