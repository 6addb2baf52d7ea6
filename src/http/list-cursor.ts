import { isDay } from '../../domain/calendar.ts';
import { isObject } from '../../domain/json.ts';
import type { View } from '../readmodel/questions.ts';
import type { Context } from './context.ts';
import { decodeCursor, sizeOf, type ViewQuery, viewOf } from './reading.ts';

/** Where a list goes on: after an entry, on the day and at the size of its first page, so that pages fit together. */
export type ListCursor = {
  readonly on: string;
  readonly size: number;
  readonly after: readonly [sorted: string, key: string];
};

export const isListCursor = (value: unknown): value is ListCursor => {
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

/** The view of a page: that of the cursor where there is one. */
export const listView = (
  context: Context,
  query: ViewQuery & { readonly cursor?: string | undefined },
  accepts: (value: unknown) => value is ListCursor,
): { readonly view: View; readonly after: ListCursor['after'] | undefined } => {
  const cursor = decodeCursor(query.cursor, accepts);
  if (cursor === undefined) return { view: viewOf(context, query), after: undefined };
  const size = sizeOf(context, String(cursor.size), 'cursor');
  return { view: context.questions.view(cursor.on, size), after: cursor.after };
};
