import type { FastifyReply, FastifyRequest } from 'fastify';
import { isDay } from '../../domain/calendar.ts';
import { isObject } from '../../domain/json.ts';
import type { EntryRow } from '../../projections/lists.ts';
import type { View } from '../readmodel/questions.ts';
import type { Context } from './context.ts';
import { cursorOf, linkCursor, sendJson, sizeOf, type ViewQuery, viewOf } from './reading.ts';

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
  request: FastifyRequest,
): { readonly view: View; readonly after: ListCursor['after'] | undefined } => {
  const cursor = cursorOf(request, isListCursor);
  if (cursor === undefined) return { view: viewOf(context, request.query as ViewQuery), after: undefined };
  const size = sizeOf(context, cursor.size, 'cursor');
  return { view: context.questions.view(cursor.on, size), after: cursor.after };
};

/** Which page of a list is asked for. */
export type ListPlace = {
  readonly view: View;
  readonly after: ListCursor['after'] | undefined;
  readonly limit: number;
};

export const afterOf = ({ sorted, key }: EntryRow): ListCursor['after'] => [sorted, key];

/** A page as it is sent; `last` is its last row if another page follows. */
type ListPage = { readonly bytes: Uint8Array; readonly last: ListCursor['after'] | undefined };

/** Sends a page and links the next one, on the same day and at the same size; nothing if the reader has left. */
export const sendPage = (
  request: FastifyRequest,
  reply: FastifyReply,
  { on, size }: View,
  page: ListPage | undefined,
): FastifyReply => {
  if (page?.last !== undefined) linkCursor(request, reply, { on, size, after: page.last } satisfies ListCursor);
  return sendJson(reply, page?.bytes);
};
