import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { shanghaiDay } from '../../domain/calendar.ts';
import { shortText } from '../../domain/field.ts';
import type { Json, JsonObject } from '../../domain/json.ts';
import { bodyOf, commandsOf, type Register } from '../../domain/register.ts';
import { registerNamed, registers } from '../../domain/registers/index.ts';
import { submissionsBy } from '../../projections/submissions.ts';
import type { CommandRequest, Recorded, Refused, Submitted } from '../commands.ts';
import { StoreUnavailable } from '../store/event-store.ts';
import { requireRole } from './access.ts';
import type { App, Context } from './context.ts';
import { commandExample } from './examples.ts';
import { Problem, problemOf } from './problem.ts';
import { decodeCursor, encodeCursor, isCursorAfter, limitOf, linkNext, pageOf } from './reading.ts';
import { commandedEntryView, recordedEvent, submissionView } from './representation.ts';
import {
  commandHeaders,
  flagQuery,
  pagingQuery,
  positionHeaders,
  problemSchema,
  recordedAnswer,
  submissionAnswer,
  submissionSchema,
  triedAnswer,
} from './schemas.ts';

const submissionRoles = ['clerk', 'auditor', 'admin'] as const;

/** Commands and submissions: what clerks record and reviewers decide. */
export const clerkRoutes = (app: App, context: Context): void => {
  for (const register of registers) {
    for (const { command, title } of commandsOf(register)) commandRoute(app, context, register, command, title.en);
  }
  submissionRoutes(app, context);
};

const commandRoute = (app: App, context: Context, register: Register, name: string, title: string): void => {
  const body = bodyOf(register, name);
  if (body === undefined) throw new Error(`${register.name} has no command ${name}`);
  app.post(
    `/api/v1/${register.name}/:key/${name}`,
    {
      config: { roles: [register.role], register, command: true },
      schema: {
        tags: [register.name],
        summary: title,
        operationId: `${register.name}.${name}`,
        security: [{ bearer: [] }],
        params: z.object({ key: z.string().meta({ examples: [register.key.example] }) }),
        querystring: z.strictObject({ dryRun: flagQuery }),
        headers: commandHeaders,
        body: body.meta({ ...body.meta(), examples: [commandExample(register, name)] }),
        response: {
          200: triedAnswer(register),
          201: recordedAnswer(register),
          202: submissionAnswer,
          ...refusals(400, 401, 403, 404, 406, 409, 412, 413, 415, 422, 428, 429, 500, 503),
        },
      },
    },
    async (request, reply) => {
      const given: CommandRequest = {
        register,
        key: request.entryKey,
        name,
        body: request.body as JsonObject,
        sent: request.sentBody as Json,
        by: requireRole(request.identity, [register.role]).subject,
        ifMatch: revisionIn(request),
        idempotencyKey: request.headers['idempotency-key'],
      };
      if (request.query.dryRun !== 'true') return answer(context, reply, await context.commands.execute(given));
      const tried = await context.commands.tryOut(given);
      if (tried.kind === 'refused') throw problemOf(tried.rejection);
      return reply.code(200).send({
        would: tried.would,
        entry: commandedEntryView(tried.entry, shanghaiDay(context.now())),
        impact: tried.impact,
      });
    },
  );
};

/** Refusals of a route, by status. */
export const refusals = (
  ...statuses: readonly number[]
): Record<number, { content: Record<string, { schema: typeof problemSchema }>; description: string }> =>
  Object.fromEntries(
    statuses.map((status) => [
      status,
      { description: 'Refused', content: { 'application/problem+json': { schema: problemSchema } } },
    ]),
  );

/** The revision in `If-Match`, which the route's schema has checked. */
const revisionIn = (request: FastifyRequest): number | undefined => {
  const header = request.headers['if-match'];
  return header === undefined ? undefined : Number(/\d+/.exec(header)?.[0]);
};

/** Answers a command: 201 with the entry, 202 with the submission, or the refusal. */
const answer = async (context: Context, reply: FastifyReply, outcome: Recorded | Submitted | Refused) => {
  if (outcome.kind === 'refused') throw problemOf(outcome.rejection);
  const { entry, event, replayed } = outcome;
  const path = `/api/v1/${entry.register.name}/${encodeURIComponent(entry.key)}`;
  if (replayed) reply.header('idempotent-replayed', 'true');
  if (event.position !== undefined) reply.header('registry-position', event.position);
  reply.header('etag', `"${entry.revision}"`);
  if (outcome.kind === 'submitted') {
    const { submission } = outcome;
    const impact = await impactIfKnown(context.commands.pendingImpact(entry, submission, event.position));
    return reply
      .code(202)
      .header('location', `/api/v1/submissions/${encodeURIComponent(submission.id)}`)
      .send({ submission: submissionView(entry, submission, impact, event.entryNumber) });
  }
  return reply
    .code(201)
    .header('location', path)
    .send({
      entry: commandedEntryView(entry, shanghaiDay(context.now())),
      events: [recordedEvent(event)],
      position: event.position ?? '',
    });
};

/** What is recorded is answered as recorded, even where the read model is too far behind to tell the impact. */
const impactIfKnown = <T>(impact: Promise<T>): Promise<T | undefined> =>
  impact.catch((error: unknown) => {
    if (error instanceof StoreUnavailable) return undefined;
    throw error;
  });

const submissionRoutes = (app: App, context: Context): void => {
  const { model, questions, commands } = context;
  const params = z.object({ id: z.string() });

  app.get(
    '/api/v1/submissions',
    {
      config: { roles: submissionRoles },
      schema: {
        tags: ['submissions'],
        summary: 'Submissions, oldest first',
        security: [{ bearer: [] }],
        headers: positionHeaders,
        querystring: z.strictObject({
          status: z.enum(['pending', 'approved', 'returned', 'withdrawn']).optional(),
          register: z.enum(registers.map(({ name }) => name)).optional(),
          key: z.string().max(200).optional(),
          import: z.string().max(200).optional(),
          by: z.string().max(500).optional(),
          notBy: z.string().max(500).optional(),
          ...pagingQuery,
        }),
        response: {
          200: z.object({ items: z.array(submissionSchema) }),
          ...refusals(400, 401, 403, 406, 429, 500, 503),
        },
      },
    },
    async (request, reply) => {
      const { cursor, limit: _, ...filter } = request.query;
      const limit = limitOf(request.query);
      const after = decodeCursor(cursor, isCursorAfter)?.after ?? -1;
      const { page, last } = pageOf(model.all(submissionsBy({ ...filter, after, limit: limit + 1 })), limit);
      if (last !== undefined) linkNext(request, reply, { cursor: encodeCursor({ after: last.entry_number }) });
      const { size } = model.place();
      const items = [];
      for (const row of page) {
        const register = registerNamed(row.register);
        const entry = register && questions.entryAt(register, row.key, size);
        const submission = entry?.submissions.get(row.id);
        if (entry === undefined || submission === undefined) continue;
        const impact = await commands.pendingImpact(entry, submission, undefined);
        items.push(submissionView(entry, submission, impact, row.entry_number));
      }
      return { items };
    },
  );

  app.get(
    '/api/v1/submissions/:id',
    {
      config: { roles: submissionRoles },
      schema: {
        tags: ['submissions'],
        summary: 'One submission, with what its approval would change now',
        security: [{ bearer: [] }],
        headers: positionHeaders,
        params,
        response: { 200: submissionAnswer, ...refusals(400, 401, 403, 404, 406, 429, 500, 503) },
      },
    },
    async (request, reply) => {
      const found = await commands.submission(request.params.id);
      if (found === undefined) throw new Problem('not-found');
      const { entry, submission, events, impact } = found;
      reply.header('etag', `"${entry.revision}"`);
      const entryNumber = events[submission.revision]?.entryNumber;
      return { submission: submissionView(entry, submission, impact, entryNumber) };
    },
  );

  app.post(
    '/api/v1/submissions/:id/approve',
    {
      config: { roles: ['reviewer'] },
      schema: {
        tags: ['submissions'],
        summary: 'Approve: the fact is recorded with both names',
        security: [{ bearer: [] }],
        params,
        headers: commandHeaders.pick({ 'if-match': true }),
        body: z.strictObject({}).optional(),
        response: {
          201: z.union(registers.map(recordedAnswer)),
          ...refusals(400, 401, 403, 404, 406, 409, 412, 413, 415, 422, 429, 500, 503),
        },
      },
    },
    async (request, reply) =>
      answer(
        context,
        reply,
        await commands.decideSubmission({
          id: request.params.id,
          decision: 'approve',
          by: requireRole(request.identity, ['reviewer']).subject,
          ifMatch: revisionIn(request),
        }),
      ),
  );

  const decided = (reply: FastifyReply, outcome: Recorded | Submitted | Refused) => {
    if (outcome.kind === 'refused') throw problemOf(outcome.rejection);
    if (outcome.kind === 'recorded') throw new Error('a return or withdrawal records no fact');
    const { entry, event, submission, replayed } = outcome;
    if (replayed) reply.header('idempotent-replayed', 'true');
    if (event.position !== undefined) reply.header('registry-position', event.position);
    reply.header('etag', `"${entry.revision}"`);
    return { submission: submissionView(entry, submission, undefined, undefined) };
  };

  app.post(
    '/api/v1/submissions/:id/return',
    {
      config: { roles: ['reviewer'] },
      schema: {
        tags: ['submissions'],
        summary: 'Return to whoever submitted, with a reason',
        security: [{ bearer: [] }],
        params,
        headers: commandHeaders.pick({ 'if-match': true }),
        body: z.strictObject({ reason: shortText }).meta({ examples: [{ reason: '证书编号有误' }] }),
        response: { 200: submissionAnswer, ...refusals(400, 401, 403, 404, 406, 409, 412, 413, 415, 429, 500, 503) },
      },
    },
    async (request, reply) =>
      decided(
        reply,
        await commands.decideSubmission({
          id: request.params.id,
          decision: 'return',
          by: requireRole(request.identity, ['reviewer']).subject,
          reason: request.body.reason,
          ifMatch: revisionIn(request),
        }),
      ),
  );

  app.post(
    '/api/v1/submissions/:id/withdraw',
    {
      config: { roles: ['clerk', 'admin'] },
      schema: {
        tags: ['submissions'],
        summary: 'Withdraw one’s own submission',
        security: [{ bearer: [] }],
        params,
        headers: commandHeaders.pick({ 'if-match': true }),
        body: z.strictObject({}).optional(),
        response: { 200: submissionAnswer, ...refusals(400, 401, 403, 404, 406, 409, 412, 413, 415, 429, 500, 503) },
      },
    },
    async (request, reply) =>
      decided(
        reply,
        await commands.decideSubmission({
          id: request.params.id,
          decision: 'withdraw',
          by: requireRole(request.identity, ['clerk', 'admin']).subject,
          ifMatch: revisionIn(request),
        }),
      ),
  );
};
