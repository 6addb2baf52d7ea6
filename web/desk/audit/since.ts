import { addDays, parseDay } from '../../times.ts';

/** A day, or an instant with its offset, as somebody types it; undefined if the text is neither. */
export const readSince = (text: string): string | undefined => {
  const given = text.trim();
  const instant = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/i;
  if (instant.test(given) && !Number.isNaN(Date.parse(given))) return given.toUpperCase();
  return parseDay(given);
};

/** What was known before a day began in Shanghai, or at an instant, as the API takes it; undefined for another text. */
export const knownBefore = (text: string): string | undefined => {
  const since = readSince(text);
  return since === undefined || since.includes('T') ? since : `${addDays(since, -1)}T23:59:59.999+08:00`;
};
