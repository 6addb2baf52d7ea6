import { Readable } from 'node:stream';
import { z } from 'zod';
import { addDays, isDay, startOfDay } from '../../domain/calendar.ts';
import { eventLine } from '../../domain/event.ts';
import type { TrailFilter } from '../../projections/trail.ts';
import type { App, Context } from './context.ts';
import { isStillAllowed } from './credentials.ts';
import { jsonBytes, longQuestion } from './long-question.ts';
import { leftBy } from './long-reads.ts';
import { entryNumberQuery, instantOf, pagingQuery, requestHeaders } from './parameters.ts';
import { linkNext, pageOf, requireInLedger } from './reading.ts';
import { cloudEvents } from './representation.ts';
import { cloudEventSchema } from './schemas.ts';
import { eventStream, streamedEvents } from './sse.ts';

const batchType = 'application/cloudevents-batch+json';
const linesType = 'application/x-ndjson';
const streamType = 'text/event-stream';

const dayOrInstant = z.string().refine((text) => isDay(text) || instantOf(text) !== undefined, {
  error: 'Must be a day or an instant (RFC 3339)',
  params: { zh: '须为日期或时刻（RFC 3339）' },
});

const wholeMsOf = (text: string, roundingMode: 'ceil' | 'floor'): number =>
  instantOf(text)?.round({ smallestUnit: 'millisecond', roundingMode }).epochMilliseconds ?? 0;

const lastMs = Date.parse('9999-12-31T23:59:59.999Z');

/** An instant as `recordedAt` is written, so that the two compare as texts. */
const asRecorded = (epochMs: number): string => new Date(Math.min(epochMs, lastMs)).toISOString();

/** The first instant of a day, or the instant itself. */
const firstInstantOf = (text: string): string => asRecorded(isDay(text) ? startOfDay(text) : wholeMsOf(text, 'ceil'));

/** The first instant after a day, or after an instant. */
const instantAfter = (text: string): string =>
  asRecorded(isDay(text) ? startOfDay(addDays(text, 1)) : wholeMsOf(text, 'floor') + 1);

const trailQuery = z.strictObject({
  after: entryNumberQuery.optional(),
  limit: pagingQuery.limit,
  register: z.string().max(50).optional(),
  key: z.string().max(200).optional(),
  type: z.string().max(100).optional(),
  by: z.string().max(500).optional(),
  import: z.string().max(200).optional(),
  from: dayOrInstant
    .meta({ description: 'Recorded on or after this day, or at or after this instant' })
    .transform(firstInstantOf)
    .optional(),
  to: dayOrInstant
    .meta({ description: 'Recorded on or before this day, or at or before this instant' })
    .transform(instantAfter)
    .optional(),
});

/** The trail: what auditors replay. */
export const trailRoutes = (app: App, context: Context): void => {
  const { model, longReads } = context;
  app.get(
    '/api/v1/events',
    {
      config: { roles: ['auditor'], reads: 'trail', produces: [batchType, linesType, streamType, 'application/json'] },
      schema: {
        tags: ['trail'],
        summary: 'The trail: every event, submissions included',
        description: `${batchType} in pages; ${linesType} streams the rest of the log; ${streamType} continues with new events as they are recorded, and resumes with Last-Event-ID`,
        operationId: 'events',
        headers: requestHeaders.pick({ 'registry-position': true, 'last-event-id': true }),
        querystring: trailQuery,
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
        },
      },
    },
    async (request, reply) => {
      const { after, limit, from, to: until, ...filter } = request.query;
      const lastSeen = request.sentHeaders['last-event-id'];
      if (after !== undefined) await requireInLedger(context, after, { in: 'query', name: 'after' });
      if (lastSeen !== undefined) await requireInLedger(context, lastSeen, { in: 'header', name: 'last-event-id' });
      const start = lastSeen ?? after ?? -1;
      const type = request.accepts().type([batchType, 'application/json', linesType, streamType]);
      const asked = { ...filter, from, until };
      const left = leftBy(request, reply);
      const linesAfter: LinesAfter = (entryNumber, size) =>
        longReads.page(linesQuestion, { ...asked, after: entryNumber, limit: streamedEvents, size }, left);

      if (type === streamType) {
        return eventStream(request, reply, context, start, async (last: number) => {
          if (!(await isStillAllowed(request, context))) return { next: last, messages: [], done: true };
          const lines = await linesAfter(last);
          return { next: lines.at(-1)?.entryNumber ?? last, messages: lines.map(eventMessage) };
        });
      }
      if (type === linesType) {
        reply.type(linesType).header('connection', 'close');
        return reply.send(Readable.from(textOf(linesAfter, start, model.place().size)));
      }
      const page = await longReads.answer(request, reply, trailQuestion, { ...asked, after: start, limit });
      if (page === undefined) return reply.hijack();
      if (page.last !== undefined) linkNext(request, reply, { after: String(page.last) });
      return reply.type(type === 'application/json' ? type : batchType).send(page.bytes);
    },
  );
};

/** A page of the trail. */
export const trailQuestion = longQuestion('trail', (questions, { limit, ...filter }: TrailFilter) => {
  const { page, last } = pageOf(questions.events({ ...filter, limit: limit + 1 }), limit);
  return { bytes: jsonBytes(cloudEvents(page)), last: last?.entryNumber };
});

type Line = { readonly entryNumber: number; readonly line: string };

/** Events of the trail as lines of canonical JSON, of the first `size` if there is one. */
export const linesQuestion = longQuestion(
  'lines',
  (questions, { size = Number.POSITIVE_INFINITY, ...filter }: TrailFilter & { readonly size?: number | undefined }) =>
    questions
      .events(filter)
      .filter(({ entryNumber }) => entryNumber < size)
      .map((event): Line => ({ entryNumber: event.entryNumber, line: eventLine(event) })),
);

type LinesAfter = (entryNumber: number, size?: number) => Promise<readonly Line[]>;

const eventMessage = ({ entryNumber, line }: Line) => ({ id: String(entryNumber), event: 'event', data: line });

/** The log from `start` up to the size given; read page by page, as the reader takes them. */
async function* textOf(linesAfter: LinesAfter, start: number, size: number): AsyncIterable<string> {
  let last = start;
  for (;;) {
    const lines = await linesAfter(last, size);
    const final = lines.at(-1);
    if (final === undefined) return;
    last = final.entryNumber;
    yield `${lines.map(({ line }) => line).join('\n')}\n`;
  }
}
