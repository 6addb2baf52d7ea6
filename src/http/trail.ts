import { Readable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { z } from 'zod';
import { addDays, isDay, shanghaiDay, startOfDay } from '../../domain/calendar.ts';
import { eventLine } from '../../domain/event.ts';
import { matching } from '../../domain/field.ts';
import type { Register } from '../../domain/register.ts';
import { registers } from '../../domain/registers/index.ts';
import type { FoldedEvent } from '../../projections/projection.ts';
import { type TrailFilter, trailEvents } from '../../projections/trail.ts';
import { recorded } from '../readmodel/fold.ts';
import type { App, Context } from './context.ts';
import { Problem } from './problem.ts';
import { instantOf, limitOf, linkNext, pageOf, sizeOf } from './reading.ts';
import { cloudEvents, historyView } from './representation.ts';
import {
  cloudEventSchema,
  entryNumberQuery,
  historyAnswer,
  pagingQuery,
  positionHeaders,
  refusals,
  viewQuery,
} from './schemas.ts';
import { eventStream, streamedEvents } from './sse.ts';

const batchType = 'application/cloudevents-batch+json';
const linesType = 'application/x-ndjson';
const streamType = 'text/event-stream';

/** Histories and the trail: what auditors replay. */
export const auditorRoutes = (app: App, context: Context): void => {
  for (const register of registers) historyRoute(app, context, register);
  trailRoute(app, context);
};

const historyRoute = (app: App, context: Context, register: Register): void => {
  app.get(
    `/api/v1/${register.name}/:key/history`,
    {
      config: { roles: ['clerk', 'auditor', register.role], register },
      schema: {
        tags: [register.name],
        summary: 'Facts, corrections and annulments in the order of recording',
        operationId: `${register.name}.history`,
        security: [{ bearer: [] }],
        params: z.object({ key: z.string() }),
        querystring: z.strictObject({ knownAt: viewQuery.knownAt }),
        headers: positionHeaders,
        response: { 200: historyAnswer, ...refusals(400, 401, 403, 404, 406, 429, 500, 503) },
      },
    },
    async (request) => {
      const size = sizeOf(context, request.query.knownAt);
      const events = context.questions.eventsOf(register.name, request.entryKey, size);
      if (events.length === 0) throw new Problem('not-found');
      const { knownAt } = context.questions.view(shanghaiDay(context.now()), size);
      return { ...historyView(context.questions.entryAt(register, request.entryKey, size), events), knownAt, size };
    },
  );
};

const instantOrDay = z
  .string()
  .refine((text) => isDay(text) || instantOf(text) !== undefined, {
    error: 'Must be a day or an instant (RFC 3339)',
    params: { zh: '须为日期或时刻（RFC 3339）' },
  })
  .optional();

const trailRoute = (app: App, context: Context): void => {
  const { model } = context;
  const eventsBy = (filter: TrailFilter): readonly FoldedEvent[] => model.all(trailEvents(filter)).map(recorded);

  app.get(
    '/api/v1/events',
    {
      config: { roles: ['auditor'], produces: [batchType, linesType, streamType, 'application/json'] },
      schema: {
        tags: ['trail'],
        summary: 'The trail: every event, submissions included',
        description: `${batchType} in pages; ${linesType} streams the rest of the log; ${streamType} goes on live and resumes with Last-Event-ID`,
        operationId: 'events',
        security: [{ bearer: [] }],
        headers: positionHeaders.extend({
          'last-event-id': matching(/^\d{1,15}$/, '须为事件在台账中的序号', 'Must be an entry number of the ledger')
            .optional()
            .meta({ description: 'The last entry number received' }),
        }),
        querystring: z.strictObject({
          after: entryNumberQuery.optional().meta({ description: 'An entry number, exclusive' }),
          limit: pagingQuery.limit,
          register: z.string().max(50).optional(),
          key: z.string().max(200).optional(),
          type: z.string().max(100).optional(),
          by: z.string().max(500).optional(),
          import: z.string().max(200).optional(),
          from: instantOrDay.meta({ description: 'Recorded on this day, or at this instant, or later' }),
          to: instantOrDay.meta({ description: 'Recorded on this day, or at this instant, or before' }),
        }),
        response: {
          200: {
            description: 'Events in the order of the ledger',
            content: {
              [batchType]: { schema: z.array(cloudEventSchema) },
              'application/json': { schema: z.array(cloudEventSchema) },
              [linesType]: { schema: z.string() },
              [streamType]: { schema: z.string() },
            },
          },
          ...refusals(400, 401, 403, 406, 429, 500, 503),
        },
      },
    },
    async (request, reply) => {
      const { after, limit: _, from, to, ...filter } = request.query;
      const resumed = request.headers['last-event-id'];
      const start = Number(resumed ?? after ?? -1);
      const instants = { from: fromInstant(from), until: untilInstant(to) };
      const type = request.accepts().type([batchType, 'application/json', linesType, streamType]);
      const pageAfter = (entryNumber: number, limit: number) =>
        eventsBy({ ...filter, ...instants, after: entryNumber, limit });

      if (type === streamType) {
        return eventStream(request, reply, context, start, (last: number) => {
          const events = pageAfter(last, streamedEvents);
          return {
            next: events.at(-1)?.entryNumber ?? last,
            messages: events.map((event) => ({
              id: String(event.entryNumber),
              event: 'event',
              data: eventLine(event),
            })),
          };
        });
      }
      if (type === linesType) {
        reply.type(linesType).header('connection', 'close');
        return reply.send(Readable.from(lines(pageAfter, start, model.place().size)));
      }
      const limit = limitOf(request.query);
      const { page, last } = pageOf(pageAfter(start, limit + 1), limit);
      if (last !== undefined) linkNext(request, reply, { after: String(last.entryNumber) });
      return reply.type(type === 'application/json' ? type : batchType).send(JSON.stringify(cloudEvents(page)));
    },
  );
};

/** The log as lines of canonical JSON, read page by page as the reader takes them, up to the size at the start. */
async function* lines(
  pageAfter: (entryNumber: number, limit: number) => readonly FoldedEvent[],
  start: number,
  size: number,
): AsyncIterable<string> {
  let last = start;
  for (;;) {
    const events = pageAfter(last, streamedEvents).filter(({ entryNumber }) => entryNumber < size);
    const final = events.at(-1);
    if (final === undefined) return;
    last = final.entryNumber;
    yield `${events.map(eventLine).join('\n')}\n`;
    await nextTurn(); // so that a reader as fast as this makes nobody wait
  }
}

const fromInstant = (text: string | undefined): string | undefined =>
  text === undefined ? undefined : asRecorded(isDay(text) ? startOfDay(text) : wholeMsOf(text, 'ceil'));

/** The first instant after the last one meant. */
const untilInstant = (text: string | undefined): string | undefined =>
  text === undefined
    ? undefined
    : asRecorded(isDay(text) ? startOfDay(addDays(text, 1)) : wholeMsOf(text, 'floor') + 1);

const wholeMsOf = (text: string, roundingMode: 'ceil' | 'floor'): number =>
  instantOf(text)?.round({ smallestUnit: 'millisecond', roundingMode }).epochMilliseconds ?? 0;

const lastMs = Date.parse('9999-12-31T23:59:59.999Z');

/** An instant as times of recording are written; text as they are, it compares with them. */
const asRecorded = (epochMs: number): string => new Date(Math.min(epochMs, lastMs)).toISOString();
