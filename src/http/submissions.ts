import { z } from 'zod';
import { shanghaiDay } from '../../domain/calendar.ts';
import { parseSubmissionId } from '../../domain/event.ts';
import { shortText } from '../../domain/field.ts';
import { registerNamed, registers } from '../../domain/registers/index.ts';
import type { DecisionRequest } from '../commands/requests.ts';
import type { Role } from '../identity/identity.ts';
import { requireRole } from './access.ts';
import { answer, answerHeaders } from './commands.ts';
import type { App, Context } from './context.ts';
import { inTime } from './held.ts';
import { decisionHeaders, positionHeaders } from './parameters.ts';
import { Problem, problemOf } from './problem.ts';
import { submissionView } from './representation.ts';
import { commandAnswers, meaning, refusals, submissionAnswer } from './schemas.ts';
import {
  shownBeside,
  shownSubmission,
  submissionListRoute,
  submissionReaders,
  submissionReadersOf,
} from './submission-list.ts';

const params = z.object({ id: z.string() });

/** Commands that wait for a second person, and what that person decides. */
export const submissionRoutes = (app: App, context: Context): void => {
  submissionListRoute(app, context);
  oneRoute(app, context);
  for (const decision of decisions) decisionRoute(app, context, decision);
};

const oneRoute = (app: App, { commands, questions, now }: Context): void => {
  app.get(
    '/api/v1/submissions/:id',
    {
      config: { roles: submissionReaders, reads: 'submissions' },
      schema: {
        tags: ['submissions'],
        summary: 'One submission, and what its approval would change now',
        operationId: 'submission',
        headers: positionHeaders,
        params,
        response: { 200: z.object({ submission: shownSubmission }) },
      },
    },
    async (request, reply) => {
      const register = registerNamed(parseSubmissionId(request.params.id)?.register ?? '');
      if (register !== undefined) requireRole(request.identity, submissionReadersOf(register));
      const found = await commands.submission(request.params.id);
      if (found === undefined) throw new Problem('not-found');
      const { entry, submission, submittedAs, shown } = found;
      reply.header('etag', `"${entry.revision}"`);
      const view = submissionView(entry, submission, shown, questions.placeOf(submittedAs));
      return { submission: { ...view, ...shownBeside(entry, submission, shanghaiDay(now())) } };
    },
  );
};

type DecisionRoute = {
  readonly name: DecisionRequest['decision'];
  readonly roles: readonly Role[];
  readonly summary: string;
  readonly done: string;
  readonly body: z.ZodType<{ readonly reason?: string | undefined } | undefined>;
};

const nothing = z.strictObject({}).optional();

const recordedAnswer = z
  .union(registers.map((register) => commandAnswers(register)[201].content['application/json'].schema))
  .meta({ id: 'ApprovedAnswer' });

const decisions: readonly DecisionRoute[] = [
  {
    name: 'approve',
    roles: ['reviewer'],
    summary: 'Approve it: the fact is recorded with both names',
    done: 'Approved',
    body: nothing,
  },
  {
    name: 'return',
    roles: ['reviewer'],
    summary: 'Return it to the person who submitted it, with a reason',
    done: 'Returned',
    body: z.strictObject({ reason: shortText }).meta({ examples: [{ reason: '证书编号有误' }] }),
  },
  {
    name: 'withdraw',
    roles: ['clerk', 'admin'],
    summary: 'Withdraw your own submission',
    done: 'Withdrawn',
    body: nothing,
  },
];

const decisionRoute = (app: App, context: Context, { name, roles, summary, done, body }: DecisionRoute): void => {
  const isApproval = name === 'approve';
  app.post(
    `/api/v1/submissions/:id/${name}`,
    {
      config: { roles },
      schema: {
        tags: ['submissions'],
        summary,
        operationId: `submission.${name}`,
        params,
        headers: decisionHeaders,
        body,
        response: isApproval
          ? { 201: meaning('Approved, and the fact recorded with both names', recordedAnswer), ...refusals(422) }
          : { 200: meaning(done, submissionAnswer) },
      },
    },
    async (request, reply) => {
      const deciding = context.commands.decideSubmission({
        id: request.params.id,
        decision: name,
        by: requireRole(request.identity, roles).subject,
        reason: request.body?.reason,
        ifMatch: request.sentHeaders['if-match'],
      });
      const outcome = await inTime<Awaited<typeof deciding>>(deciding);
      if (isApproval) return answer(context, reply, outcome);
      if (outcome.kind === 'refused') throw problemOf(outcome);
      if (outcome.kind === 'recorded') throw new Error('a return or withdrawal records no fact');
      answerHeaders(reply, outcome);
      const { entry, submission, submittedAs } = outcome;
      const place = context.questions.placeOf(submittedAs);
      return { submission: submissionView(entry, submission, undefined, place) };
    },
  );
};
