import type { FastifyReply, FastifyRequest } from 'fastify';
import { shanghaiDay } from '../../domain/calendar.ts';
import { isObject, type Json } from '../../domain/json.ts';
import type { View } from '../readmodel/questions.ts';
import type { Context } from './context.ts';
import { invalid } from './problem.ts';

/** What reads have in common: the day and instant asked for, pages, and how far the read model had folded. */

const queryFault = (name: string, zh: string, en: string) => invalid({ in: 'query', name, zh, en });

export type ViewQuery = { readonly on?: string | undefined; readonly knownAt?: string | undefined };

/** How many events were known by an instant or a size; all where left out. */
export const sizeOf = ({ questions, model, now }: Context, knownAt: string | undefined, name = 'knownAt'): number => {
  const { size } = model.place();
  if (knownAt === undefined) return size;
  if (/^\d+$/.test(knownAt)) {
    if (Number(knownAt) <= size) return Number(knownAt);
    throw queryFault(name, `不得超过台账当前的 ${size} 条`, `Must not exceed the ledger’s ${size} events`);
  }
  const instant = instantOf(knownAt);
  if (instant === undefined) throw queryFault(name, '不是有效的时刻', 'Is not a valid instant');
  if (instant.epochMilliseconds > now()) throw queryFault(name, '不得晚于当前时间', 'Must not be in the future');
  return questions.sizeAt(new Date(instant.epochMilliseconds).toISOString());
};

const rfc3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/i;

/** An instant of RFC 3339; undefined where the text is none, or the calendar or the clock doesn't have it. */
export const instantOf = (text: string): Temporal.Instant | undefined => {
  if (!rfc3339.test(text)) return undefined;
  try {
    return Temporal.Instant.from(text.toUpperCase());
  } catch {
    return undefined;
  }
};

/** The day and the size that a read is about. */
export const viewOf = (context: Context, { on, knownAt }: ViewQuery): View =>
  context.questions.view(on ?? shanghaiDay(context.now()), sizeOf(context, knownAt));

/** Rows to read for a page: one more than it shows, which tells whether another follows. */
export const limitOf = ({ limit }: { readonly limit?: string | undefined }): number =>
  limit === undefined ? 50 : Number(limit);

export const encodeCursor = (value: Json): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** The cursor of a page, as `accepts` knows it; anything else is refused. */
export const decodeCursor = <T>(cursor: string | undefined, accepts: (value: unknown) => value is T): T | undefined => {
  if (cursor === undefined) return undefined;
  const value = parsed(Buffer.from(cursor, 'base64url').toString());
  if (accepts(value) && encodeCursor(value as Json) === cursor) return value;
  throw queryFault('cursor', '不是由本服务给出的游标', 'Is not a cursor that this service issued');
};

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

export const isCursorAfter = (value: unknown): value is { readonly after: number } =>
  isObject(value) && Object.keys(value).length === 1 && Number.isSafeInteger(value.after);

/** Links the next page (RFC 8288), with the query of this one. */
export const linkNext = (
  request: FastifyRequest,
  reply: FastifyReply,
  parameters: Readonly<Record<string, string>>,
): void => {
  const url = new URL(request.url, 'http://registry.invalid');
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  reply.header('link', `<${url.pathname}${url.search}>; rel="next"`);
};

/** A page of rows from one row more than it has. */
export const pageOf = <T>(
  rows: readonly T[],
  limit: number,
): { readonly page: readonly T[]; readonly last: T | undefined } => ({
  page: rows.slice(0, limit),
  last: rows.length > limit ? rows[limit - 1] : undefined,
});
