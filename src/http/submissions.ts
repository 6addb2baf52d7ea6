import { z } from 'zod';
import { shanghaiDay } from '../../domain/calendar.ts';
import { parseSubmissionId, streamOf } from '../../domain/event.ts';
import { shortText } from '../../domain/field.ts';
import type { Entry } from '../../domain/history.ts';
import { entryName, presentOf } from '../../domain/present.ts';
import type { Register } from '../../domain/register.ts';
import { plans, registerNamed, registers } from '../../domain/registers/index.ts';
import { submissionIn } from '../../domain/submission.ts';
import { submissionCount, submissionsBy } from '../../projections/submissions.ts';
import type { DecisionRequest } from '../commands/requests.ts';
import { holds, type Role } from '../identity/identity.ts';
import { requireRole } from './access.ts';
import { answer, answerHeaders } from './commands.ts';
import type { App, Context } from './context.ts';
import { inTime } from './held.ts';
import { decisionHeaders, pagingQuery, positionHeaders } from './parameters.ts';
import { Problem, problemOf } from './problem.ts';
import { cursorOf, isCursorAfter, linkCursor, pageOf } from './reading.ts';
import { submissionView } from './representation.ts';
import { commandAnswers, meaning, refusals, submissionAnswer, submissionSchema } from './schemas.ts';

const readers: readonly Role[] = ['clerk', 'auditor', 'admin'];
/** Who may read the submissions of a register: clerks and auditors those of every register, others those they may submit. */
const readersOf = ({ role }: Register): readonly Role[] => [...new Set<Role>(['clerk', 'auditor', role])];
const params = z.object({ id: z.string() });

/** Commands that wait for a second person, and what that person decides. */
export const submissionRoutes = (app: App, context: Context): void => {
  listRoute(app, context);
  oneRoute(app, context);
  for (const decision of decisions) decisionRoute(app, context, decision);
};

/** What a queue shows beside each submission. */
const listedShape = {
  name: z.string().optional().meta({ description: 'The entry’s name, or the one that the submission would give it' }),
  present: z
    .record(z.string(), z.unknown())
    .optional()
    .meta({ description: 'While pending: what the fields that it would change hold now; null if nothing' }),
};

const listRoute = (app: App, { model, questions, commands, now }: Context): void => {
  app.get(
    '/api/v1/submissions',
    {
      config: { roles: readers },
      schema: {
        tags: ['submissions'],
        summary: 'Submissions, oldest first, or newest first with order=desc',
        operationId: 'submissions',
        headers: positionHeaders,
        querystring: z.strictObject({
          status: z.enum(['pending', 'approved', 'returned', 'withdrawn']).optional(),
          register: z.enum(registers.map(({ name }) => name)).optional(),
          key: z.string().max(200).optional(),
          import: z.string().max(200).optional(),
          by: z.string().max(500).optional(),
          notBy: z.string().max(500).optional(),
          order: z.enum(['asc', 'desc']).default('asc'),
          ...pagingQuery,
        }),
        response: {
          200: z.object({
            items: z.array(submissionSchema.extend(listedShape).meta({ id: 'ListedSubmission' })),
            total: z.int().meta({ description: 'How many match, on all pages' }),
          }),
        },
      },
    },
    async (request, reply) => {
      const { identity } = request;
      const { cursor: _cursor, limit, order, ...asked } = request.query;
      const named = registerNamed(asked.register ?? '');
      if (named !== undefined) requireRole(identity, readersOf(named));
      const readsAll = holds(identity, 'clerk') || holds(identity, 'auditor');
      const filter = readsAll ? asked : { ...asked, register: plans.name };
      const after = cursorOf(request, isCursorAfter)?.after;
      const { page, last } = pageOf(model.all(submissionsBy(filter, { order, after, limit: limit + 1 })), limit);
      if (last !== undefined) linkCursor(request, reply, { after: last.entry_number });
      const { size } = model.place();
      const today = shanghaiDay(now());
      const entries = new Map<string, Entry>();
      const items = [];
      for (const row of page) {
        const register = registerNamed(row.register);
        const stream = streamOf(row.register, row.key);
        const entry = register && (entries.get(stream) ?? questions.entryAt(register, row.key, size));
        if (entry !== undefined) entries.set(stream, entry);
        const submission = entry && submissionIn(entry.submissions, row.id);
        if (entry === undefined || submission === undefined) continue;
        const shown = await commands.pendingShown(entry, submission, undefined);
        const place = { entryNumber: row.entry_number, recordedAt: submission.submittedAt };
        items.push({
          ...submissionView(entry, submission, shown, place),
          name: entryName(entry, today, submission.body),
          ...(submission.status === 'pending' ? { present: presentOf(entry, submission, today) } : {}),
        });
      }
      return { items, total: model.get(submissionCount(filter))?.count ?? 0 };
    },
  );
};

const oneRoute = (app: App, { commands, questions }: Context): void => {
  app.get(
    '/api/v1/submissions/:id',
    {
      config: { roles: readers },
      schema: {
        tags: ['submissions'],
        summary: 'One submission, and what its approval would change now',
        operationId: 'submission',
        headers: positionHeaders,
        params,
        response: { 200: submissionAnswer },
      },
    },
    async (request, reply) => {
      const register = registerNamed(parseSubmissionId(request.params.id)?.register ?? '');
      if (register !== undefined) requireRole(request.identity, readersOf(register));
      const found = await commands.submission(request.params.id);
      if (found === undefined) throw new Problem('not-found');
      const { entry, submission, submittedAs, shown } = found;
      reply.header('etag', `"${entry.revision}"`);
      return { submission: submissionView(entry, submission, shown, questions.placeOf(submittedAs)) };
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
      const outcome = await inTime(deciding);
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
