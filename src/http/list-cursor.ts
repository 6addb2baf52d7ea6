import type { FastifyReply, FastifyRequest } from 'fastify';
import { isDay } from '../../domain/calendar.ts';
import { isObject } from '../../domain/json.ts';
import type { EntryRow } from '../../projections/lists.ts';
import type { View } from '../readmodel/questions.ts';
import type { Context } from './context.ts';
import { decodeCursor, encodeCursor, linkNext, sizeOf, type ViewQuery, viewOf } from './reading.ts';

/** Where the next page begins: after an entry, on the day and at the size of the first page, so that pages fit together. */
type ListCursor = {
  readonly on: string;
  readonly size: number;
  readonly after: readonly [sorted: string, key: string];
};

const isListCursor = (value: unknown): value is ListCursor => {
  if (!isObject(value) || Object.keys(value).join() !== 'on,size,after') return false;
  const { on, size, after } = value;
  return (
    typeof on === 'string' &&
    isDay(on) &&
    Number.isSafeInteger(size) &&
    Number(size) >= 0 &&
    Array.isArray(after) &&
    after.length === 2 &&
    after.every((part) => typeof part === 'string')
  );
};

/** The view of a page: the cursor's, if there is one; else the one asked for. */
export const listView = (
  context: Context,
  query: ViewQuery & { readonly cursor?: string | undefined },
): { readonly view: View; readonly after: ListCursor['after'] | undefined } => {
  const cursor = decodeCursor(query.cursor, isListCursor);
  if (cursor === undefined) return { view: viewOf(context, query), after: undefined };
  const size = sizeOf(context, cursor.size, 'cursor');
  return { view: context.questions.view(cursor.on, size), after: cursor.after };
};

/** Links the page after a row, on the same day and at the same size. */
export const linkAfter = (request: FastifyRequest, reply: FastifyReply, { on, size }: View, last: EntryRow): void =>
  linkNext(request, reply, { cursor: encodeCursor({ on, size, after: [last.sorted, last.key] } satisfies ListCursor) });
