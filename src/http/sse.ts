import { Readable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ReadModel } from '../readmodel/read-model.ts';

/** One message of an event stream (WHATWG HTML §9.2). */
export type Message = { readonly id?: string; readonly event: string; readonly data: string };

/** What a stream sends next, and the cursor from which it reads on; `done` ends it. */
export type Read<Cursor> = { readonly next: Cursor; readonly messages: readonly Message[]; readonly done?: boolean };

/** How often a silent stream sends a comment, so that proxies keep it open. */
const heartbeatMs = 15_000;
/** Streams read pages of this many events; for a reader that takes nothing, no more than two pages are held. */
export const streamedEvents = 100;
/** How long a reader may go on reading what was sent, once the server closes. */
const closeWithinMs = 1_000;

/** A message as text: each line of the data is a field of its own. Throws if the id or the event holds a line break. */
export const messageText = ({ id, event, data }: Message): string => {
  if (/[\r\n]/.test(`${id}${event}`)) throw new Error('The id and the event of a message are one line each');
  const fields = [...(id === undefined ? [] : [`id: ${id}`]), `event: ${event}`];
  return `${[...fields, ...data.split(/\r\n|\r|\n/).map((line) => `data: ${line}`)].join('\n')}\n\n`;
};

/**
 * Streams the messages that `read` returns, from the cursor `start` on, and more whenever the read model has folded. The
 * reader pulls: what a slow reader has not taken is not read yet, so nothing piles up. The server's timeout cuts off a
 * reader that takes nothing at all; a stream that is merely silent sends comments often enough not to reach it.
 */
export const eventStream = <Cursor>(
  request: FastifyRequest,
  reply: FastifyReply,
  { model }: { readonly model: Pick<ReadModel, 'onFolded'> },
  start: Cursor,
  read: (cursor: Cursor) => Read<Cursor> | Promise<Read<Cursor>>,
): FastifyReply => {
  const closed = new AbortController();
  request.raw.once('close', () => closed.abort());
  const end = () => {
    setTimeout(() => request.raw.socket.destroy(), closeWithinMs).unref();
    closed.abort();
  };
  request.server.closing.addEventListener('abort', end, { once: true, signal: closed.signal });
  if (request.server.closing.aborted) end();
  reply
    .header('x-accel-buffering', 'no')
    .header('connection', 'close') // so that the server, once closing, waits for no further request
    .type('text/event-stream; charset=utf-8');
  const beatMs = Math.min(heartbeatMs, request.server.server.timeout / 2);
  return reply.send(Readable.from(stream(start, read, model.onFolded, closed.signal, beatMs)));
};

async function* stream<Cursor>(
  start: Cursor,
  read: (cursor: Cursor) => Read<Cursor> | Promise<Read<Cursor>>,
  onFolded: ReadModel['onFolded'],
  closed: AbortSignal,
  beatMs: number,
): AsyncIterable<string> {
  let cursor = start;
  let wake = Promise.withResolvers<'folded' | 'closed'>();
  const unsubscribe = onFolded(() => wake.resolve('folded'));
  closed.addEventListener('abort', () => wake.resolve('closed'), { once: true });
  yield 'retry: 2000\n\n';
  try {
    while (!closed.aborted) {
      wake = Promise.withResolvers();
      if (closed.aborted) return;
      const { next, messages, done } = await read(cursor);
      cursor = next;
      if (messages.length > 0) {
        yield messages.map(messageText).join('');
        await nextTurn(); // so that a fast reader makes nobody wait
        if (!done) continue;
      }
      if (done) return;
      const beat = Promise.withResolvers<'beat'>();
      const timer = setTimeout(() => beat.resolve('beat'), beatMs);
      const why = await Promise.race([wake.promise, beat.promise]);
      clearTimeout(timer);
      if (why === 'beat') yield ': alive\n\n';
    }
  } finally {
    unsubscribe();
  }
}
