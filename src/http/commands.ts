import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { shanghaiDay } from '../../domain/calendar.ts';
import type { JsonObject } from '../../domain/json.ts';
import { bodyOf, commandsOf, type Register } from '../../domain/register.ts';
import { registers } from '../../domain/registers/index.ts';
import { commandExample } from '../commands/examples.ts';
import type { Recorded, Refused, Submitted } from '../commands/outcomes.ts';
import type { CommandRequest } from '../commands/requests.ts';
import { StoreUnavailable } from '../store/event-store.ts';
import { requireRole } from './access.ts';
import type { App, Context } from './context.ts';
import { inTime } from './held.ts';
import { commandHeaders, flagQuery } from './parameters.ts';
import { problemOf } from './problem.ts';
import { commandedEntryView, recordedEvent, submissionView } from './representation.ts';
import { commandAnswers } from './schemas.ts';

/** The commands of every register. */
export const commandRoutes = (app: App, context: Context): void => {
  for (const register of registers) {
    const response = commandAnswers(register);
    for (const { command, title } of commandsOf(register))
      commandRoute(app, context, register, command, title.en, response);
  }
};

const commandRoute = (
  app: App,
  context: Context,
  register: Register,
  name: string,
  title: string,
  response: ReturnType<typeof commandAnswers>,
): void => {
  const body = bodyOf(register, name);
  if (body === undefined) throw new Error(`${register.name} has no command ${name}`);
  app.post(
    `/api/v1/${register.name}/:key/${name}`,
    {
      config: { roles: [register.role], register, command: name },
      schema: {
        tags: [register.name],
        summary: title,
        operationId: `${register.name}.${name}`,
        params: z.object({ key: z.string().meta({ examples: [register.key.example] }) }),
        querystring: z.strictObject({ dryRun: flagQuery }),
        headers: commandHeaders,
        body: body.meta({ examples: [commandExample(register, name)] }),
        response,
      },
    },
    async (request, reply) => {
      const given: CommandRequest = {
        register,
        key: request.entryKey,
        name,
        body: request.body as JsonObject,
        sent: request.sentBody as JsonObject,
        by: requireRole(request.identity, [register.role]).subject,
        ifMatch: request.sentHeaders['if-match'],
        idempotencyKey: request.sentHeaders['idempotency-key'],
      };
      if (!request.query.dryRun) return answer(context, reply, await inTime(context.commands.execute(given)));
      const tried = await inTime(context.commands.dryRun(given));
      if (tried.kind === 'refused') throw problemOf(tried);
      return reply.code(200).send({
        would: tried.would,
        entry: commandedEntryView(tried.entry, shanghaiDay(context.now())),
        ...tried.shown,
      });
    },
  );
};

/** Answers a command: 201 with the entry, 202 with the submission, or the refusal. */
export const answer = async (context: Context, reply: FastifyReply, outcome: Recorded | Submitted | Refused) => {
  if (outcome.kind === 'refused') throw problemOf(outcome);
  const { entry, event } = outcome;
  const path = `/api/v1/${entry.register.name}/${encodeURIComponent(entry.key)}`;
  answerHeaders(reply, outcome);
  if (outcome.kind === 'submitted') {
    const { submission, submittedAs, effect } = outcome;
    const shown = await shownIfKnown(context.commands.pendingShown(entry, submission, event.position, effect));
    return reply
      .code(202)
      .header('location', `/api/v1/submissions/${encodeURIComponent(submission.id)}`)
      .send({ submission: submissionView(entry, submission, shown, context.questions.placeOf(submittedAs)) });
  }
  return reply
    .code(201)
    .header('location', path)
    .send({
      entry: commandedEntryView(entry, shanghaiDay(context.now())),
      events: [recordedEvent(event)],
      position: event.position,
    });
};

export const answerHeaders = (reply: FastifyReply, { entry, event, replayed }: Recorded | Submitted): void => {
  if (replayed) reply.header('idempotent-replayed', 'true');
  reply.header('registry-position', event.position);
  reply.header('etag', `"${entry.revision}"`);
};

const impactWaitMs = 1_500;

/** A recorded command is answered as recorded, even if the read model is too far behind to compute the impact. */
const shownIfKnown = <T>(shown: Promise<T>): Promise<T | undefined> =>
  inTime(shown, impactWaitMs).catch((error: unknown) => {
    if (error instanceof StoreUnavailable) return undefined;
    throw error;
  });
