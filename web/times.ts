/** The two times of every read, and the language: each address of the page carries them. */
export type Times = {
  /** The day that numbers are counted for; today in Shanghai if it is left out. */
  readonly on?: string | undefined;
  /** A size of the ledger or an instant (RFC 3339); now if it is left out. */
  readonly knownAt?: string | undefined;
};

/** A calendar day in ISO form; undefined if the text is not one. */
const isoDay = (year: number, month: number, day: number): string | undefined => {
  const date = new Date(Date.UTC(year, month - 1, day));
  const isReal = date.getUTCFullYear() === year && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  return isReal ? date.toISOString().slice(0, 10) : undefined;
};

/** Reads a day as people type it, year first: 2020-12-22, 2020/12/22, 2020.12.22, 2020年12月22日 or 20201222. */
export const parseDay = (text: string): string | undefined => {
  const plain = text.normalize('NFKC').trim();
  const parts =
    /^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})$/.exec(plain) ??
    /^(\d{4})\s*年\s*(\d{1,2})\s*月\s*(\d{1,2})\s*日$/.exec(plain) ??
    /^(\d{4})(\d{2})(\d{2})$/.exec(plain);
  if (parts === null) return undefined;
  const [, year, month, day] = parts;
  return isoDay(Number(year), Number(month), Number(day));
};

const dayMs = 86_400_000;
const shanghaiOffsetMs = 8 * 3_600_000;

export const todayInShanghai = (nowMs: number): string => new Date(nowMs + shanghaiOffsetMs).toISOString().slice(0, 10);

/** Days from `from` to `to`, negative if `to` is earlier. */
export const daysBetween = (from: string, to: string): number => (Date.parse(to) - Date.parse(from)) / dayMs;

export const addDays = (day: string, days: number): string =>
  new Date(Date.parse(day) + days * dayMs).toISOString().slice(0, 10);

/** An instant as people in Shanghai read it, to the minute. */
export const shanghaiMinute = (instant: string): string =>
  new Date(Date.parse(instant) + shanghaiOffsetMs).toISOString().slice(0, 16).replace('T', ' ');
