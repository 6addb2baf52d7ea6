import { Readable } from 'node:stream';
import { z } from 'zod';
import type { LedgerEvent } from '../../domain/event.ts';
import { canonicalJson } from '../../domain/json.ts';
import { cloudEvent, feedLine } from '../../domain/leaf.ts';
import type { TrailFilter, TrailOrder } from '../../projections/trail.ts';
import type { App, Context } from './context.ts';
import { isStillAllowed } from './credentials.ts';
import { jsonBytes, longQuestion } from './long-question.ts';
import { leftBy } from './long-reads.ts';
import { pagingQuery, requestHeaders } from './parameters.ts';
import { invalid } from './problem.ts';
import { linkNext, pageOf, requireInLedger } from './reading.ts';
import { cloudEvents } from './representation.ts';
import { cloudEventSchema } from './schemas.ts';
import { eventStream, streamedEvents } from './sse.ts';
import { onward, pageAfter, trailAsked, trailQuery } from './trail-query.ts';

const batchType = 'application/cloudevents-batch+json';
const linesType = 'application/x-ndjson';
const streamType = 'text/event-stream';

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
        querystring: z.strictObject({ ...trailQuery, limit: pagingQuery.limit }),
        response: {
          200: {
            description: 'Events in the order of the ledger, or the newest first',
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
      const { limit, ...query } = request.query;
      const { 'last-event-id': lastId } = request.sentHeaders;
      const lastSeen = lastId === undefined ? undefined : Number(lastId);
      const { filter: asked, order } = await trailAsked(context, query);
      if (lastSeen !== undefined) await requireInLedger(context, lastSeen, { in: 'header', name: 'last-event-id' });
      const filter = { ...asked, after: lastSeen ?? asked.after ?? -1 };
      const type = request.accepts().type([batchType, 'application/json', linesType, streamType]);
      const left = leftBy(request, reply);
      const linesOf: LinesOf = (each) =>
        longReads.page(
          linesQuestion,
          { filter: each, order, limit: streamedEvents, inClear: type === streamType },
          left,
        );

      if (type === streamType) {
        requireOnward(query);
        return eventStream(request, reply, context, filter.after, async (last: number) => {
          if (!(await isStillAllowed(request, context))) return { next: last, messages: [], done: true };
          const lines = await linesOf({ ...filter, after: last });
          return { next: lines.at(-1)?.entryNumber ?? last, messages: lines.map(eventMessage) };
        });
      }
      if (type === linesType) {
        reply.type(linesType).header('connection', 'close');
        const { size } = model.place();
        const known = { ...filter, before: Math.min(filter.before ?? size, size) };
        const stillLinesOf: LinesOf = async (each) => {
          if (await isStillAllowed(request, context)) return linesOf(each);
          throw new Error('who reads the log may not any more'); // so that the answer breaks off and does not seem whole
        };
        return reply.send(Readable.from(textOf(stillLinesOf, known, order)));
      }
      const page = await longReads.answer(request, reply, trailQuestion, { filter, order, limit });
      if (page === undefined) return reply.hijack();
      if (page.last !== undefined) linkNext(request, reply, { [onward[order]]: String(page.last) });
      return reply.type(type === 'application/json' ? type : batchType).send(page.bytes);
    },
  );
};

/** A stream that goes on with what is recorded has neither an end nor a newest event. */
const requireOnward = ({
  order,
  before,
}: {
  readonly order: TrailOrder;
  readonly before?: number | undefined;
}): void => {
  const faults = [
    ...(order === 'desc'
      ? [{ name: 'order', zh: '实时事件流只能按登记顺序（asc）', en: 'A live stream has the order asc only' }]
      : []),
    ...(before === undefined
      ? []
      : [{ name: 'before', zh: '实时事件流没有终点，请去掉此参数', en: 'A live stream has no end; leave this out' }]),
  ];
  if (faults.length > 0) throw invalid(...faults.map((fault) => ({ in: 'query' as const, ...fault })));
};

type TrailPage = { readonly filter: TrailFilter; readonly order: TrailOrder; readonly limit: number };

/** A page of the trail. */
export const trailQuestion = longQuestion('trail', (questions, { filter, order, limit }: TrailPage) => {
  const { page, last } = pageOf(questions.events(filter, order, limit + 1), limit);
  return { bytes: jsonBytes(cloudEvents(page)), last: last?.entryNumber };
});

type Line = { readonly entryNumber: number; readonly line: string };

/** Events of the trail as lines of canonical JSON: as they stand in the ledger, or in clear, with their free texts. */
export const linesQuestion = longQuestion(
  'lines',
  (questions, { filter, order, limit, inClear }: TrailPage & { readonly inClear: boolean }) => {
    const lineOf = inClear ? (event: LedgerEvent) => canonicalJson(cloudEvent(event)) : feedLine;
    return questions
      .events(filter, order, limit)
      .map((event): Line => ({ entryNumber: event.entryNumber, line: lineOf(event) }));
  },
);

type LinesOf = (filter: TrailFilter) => Promise<readonly Line[]>;

const eventMessage = ({ entryNumber, line }: Line) => ({ id: String(entryNumber), event: 'event', data: line });

/** The log as lines; read page by page, as the reader takes them. */
async function* textOf(linesOf: LinesOf, first: TrailFilter, order: TrailOrder): AsyncIterable<string> {
  let filter = first;
  for (;;) {
    const lines = await linesOf(filter);
    const final = lines.at(-1);
    if (final === undefined) return;
    filter = pageAfter(filter, order, final.entryNumber);
    yield `${lines.map(({ line }) => line).join('\n')}\n`;
  }
}
