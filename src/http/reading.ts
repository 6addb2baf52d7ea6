import { createHash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Day, shanghaiDay } from '../../domain/calendar.ts';
import { isObject, type Json, type JsonObject } from '../../domain/json.ts';
import type { View } from '../readmodel/questions.ts';
import type { Context } from './context.ts';
import type { KnownAt } from './parameters.ts';
import { invalid } from './problem.ts';

/** What reads have in common: the day and the instant that they ask about, cursors and pages. */

const queryFault = (name: string, zh: string, en: string) => invalid({ in: 'query', name, zh, en });

export type ViewQuery = { readonly on?: Day | undefined; readonly knownAt?: KnownAt | undefined };

/** How many events were known at an instant or a size; all by default. */
export const sizeOf = (
  { questions, model, now }: Context,
  knownAt: KnownAt | undefined,
  parameter: 'knownAt' | 'since' | 'cursor' = 'knownAt',
): number => {
  const { size, recordedAt } = model.place();
  if (knownAt === undefined) return size;
  if (typeof knownAt === 'number') {
    if (knownAt <= size) return knownAt;
    throw invalid({ in: 'query', name: parameter, ...beyond(size) });
  }
  const { epochMilliseconds } = knownAt;
  // The store's clock may be ahead of this node's: what is recorded is not in the future.
  const newest = recordedAt === undefined ? 0 : Date.parse(recordedAt);
  if (epochMilliseconds > Math.max(now(), newest))
    throw queryFault(parameter, '不得晚于现在', 'Must not be in the future');
  return questions.sizeAt(new Date(epochMilliseconds).toISOString());
};

/** Refuses an entry number beyond what the store holds now, which this node may not have folded yet. */
export const requireInLedger = async (
  { model, ledgerSize }: Pick<Context, 'model' | 'ledgerSize'>,
  entryNumber: number,
  place: { readonly in: 'query' | 'header'; readonly name: string },
): Promise<void> => {
  if (entryNumber < model.place().size) return;
  const size = await ledgerSize();
  if (entryNumber >= size) throw invalid({ ...place, ...beyond(size) });
};

const beyond = (size: number) => ({
  zh: `超出台账当前的 ${size} 条`,
  en: `Is beyond the ledger’s ${size} events`,
});

/** The day and the size that a read is about. */
export const viewOf = (context: Context, { on, knownAt }: ViewQuery): View =>
  context.questions.view(on ?? shanghaiDay(context.now()), sizeOf(context, knownAt));

/** What a page is about: a short digest of its path and of each parameter, but for those that leave its rows alone. */
type AskedFor = Readonly<Record<string, string>>;

const digest = (value: unknown): string => createHash('sha256').update(String(value)).digest('base64url').slice(0, 8);

const freeParameters = ['cursor', 'limit', 'facets'];

const askedFor = ({ url, query }: FastifyRequest, others: Readonly<Record<string, string>> = {}): AskedFor => {
  const given = Object.entries({ ...Object(query), ...others }).filter(
    ([name, value]) => value !== undefined && !freeParameters.includes(name),
  );
  const named = given.map(([name, value]) => [name, digest(value)]).sort(([a = ''], [b = '']) => (a < b ? -1 : 1));
  return { path: digest(url.split('?')[0]), ...Object.fromEntries(named) };
};

const encoded = (value: Json): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** Links the next page by a cursor that holds only for what this page is about; `others` are set in the query, too. */
export const linkCursor = (
  request: FastifyRequest,
  reply: FastifyReply,
  place: JsonObject,
  others: Readonly<Record<string, string>> = {},
): void => linkNext(request, reply, { ...others, cursor: encoded([place, askedFor(request, others)]) });

/** The place in the cursor of a request, if `accepts` recognises it and it belongs to the same question. */
export const cursorOf = <T>(request: FastifyRequest, accepts: (value: unknown) => value is T): T | undefined => {
  const { cursor } = request.query as { readonly cursor?: string };
  if (cursor === undefined) return undefined;
  const value = parsed(Buffer.from(cursor, 'base64url').toString());
  const [place, asked, ...more] = Array.isArray(value) ? value : [];
  const isOurs = isObject(asked) && more.length === 0 && encoded(value as Json) === cursor;
  const now = askedFor(request);
  const differing = Object.keys({ ...now, ...asked }).filter((name) => now[name] !== asked?.[name]);
  if (isOurs && differing.length > 0) throw queryFault('cursor', ...otherQuestion(differing));
  if (isOurs && accepts(place)) return place;
  throw queryFault('cursor', '不是由本服务给出的游标', 'Is not a cursor that this service issued');
};

const otherQuestion = (differing: readonly string[]): readonly [zh: string, en: string] =>
  differing.includes('path')
    ? ['属于另一个列表；请不带游标，从第一页开始', 'Belongs to another list; leave it out to begin at the first page']
    : [
        `属于另一次查询，其 ${differing.join('、')} 与此不同；请不带游标，从第一页开始`,
        `Belongs to another query, in which ${differing.join(', ')} differed; leave it out to begin at the first page`,
      ];

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

export const isCursorAfter = (value: unknown): value is { readonly after: number } =>
  isObject(value) && Object.keys(value).length === 1 && Number.isSafeInteger(value.after);

/** Sends JSON that is made already; nothing if its reader has left, so that nobody is there to answer. */
export const sendJson = (reply: FastifyReply, bytes: Uint8Array | undefined): FastifyReply =>
  bytes === undefined ? reply.hijack() : reply.type('application/json; charset=utf-8').send(bytes);

/** Links the next page (RFC 8288): the query of this one with other `parameters`. */
export const linkNext = (
  request: FastifyRequest,
  reply: FastifyReply,
  parameters: Readonly<Record<string, string>>,
): void => {
  const url = new URL(request.url, 'http://registry.invalid');
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  reply.header('link', `<${url.pathname}${url.search}>; rel="next"`);
};

/** A page, and its last row if another page follows; `rows` holds one row more than a page if so. */
export const pageOf = <T>(
  rows: readonly T[],
  limit: number,
): { readonly page: readonly T[]; readonly last: T | undefined } => ({
  page: rows.slice(0, limit),
  last: rows.length > limit ? rows[limit - 1] : undefined,
});
