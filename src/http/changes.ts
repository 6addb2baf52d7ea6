import { z } from 'zod';
import { daySchema } from '../../domain/field.ts';
import type { Target } from '../../domain/registers/plans.ts';
import { countedOn, type Plan } from '../../domain/targets.ts';
import type { View } from '../readmodel/questions.ts';
import type { App, Context } from './context.ts';
import { jsonBytes, longQuestion } from './long-question.ts';
import { pagingQuery, positionHeaders, sinceQuery, viewQuery } from './parameters.ts';
import { invalid } from './problem.ts';
import { cursorOf, isCursorAfter, linkCursor, pageOf, sendJson, sizeOf, viewOf } from './reading.ts';
import { eventIdSchema, instantSchema, sizeSchema, viewAnswer } from './schemas.ts';
import { planQuery, targetIn } from './targets.ts';

const changesAnswer = z.object({
  target: z.string(),
  plan: z.string(),
  ...viewAnswer,
  since: z.object({ knownAt: instantSchema.nullable(), size: sizeSchema }),
  before: z.int(),
  after: z.int().meta({ description: 'The count known at knownAt; all changes, on all pages, lead to it' }),
  changes: z.array(
    z.object({
      event: eventIdSchema,
      type: z.string(),
      entryNumber: z.int(),
      register: z.string(),
      key: z.string(),
      effectiveOn: daySchema.optional(),
      recordedAt: instantSchema,
      by: z.string(),
      approvedBy: z.string().optional(),
      change: z.int(),
    }),
  ),
});

export type Changes = z.output<typeof changesAnswer>;

/** Why a target's count is another one than was known before. */
export const changeRoutes = (app: App, context: Context): void => {
  app.get(
    '/api/v1/targets/:id/changes',
    {
      config: { roles: ['clerk', 'auditor'], reads: 'changes' },
      schema: {
        tags: ['dashboards'],
        summary: 'Why the count known at since differs from the count known at knownAt: the events that changed it',
        operationId: 'target.changes',
        headers: positionHeaders,
        params: z.object({ id: z.string() }),
        querystring: z.strictObject({ ...viewQuery, since: sinceQuery, plan: planQuery, ...pagingQuery }),
        response: { 200: changesAnswer },
      },
    },
    async (request, reply) => {
      const view = viewOf(context, request.query);
      const since = sizeOf(context, request.query.since, 'since');
      if (since > view.size) {
        throw invalid({ in: 'query', name: 'since', zh: '不得晚于 knownAt', en: 'Must not be later than knownAt' });
      }
      const { plan, target } = targetIn(context, request.params.id, request.query.plan, view);
      const known = { knownAt: context.questions.view(view.on, since).knownAt, size: since };
      const { limit } = request.query;
      const after = cursorOf(request, isCursorAfter)?.after;
      const asked = { plan, target, view, since: known, after, limit };
      const answer = await context.longReads.answer(request, reply, changesQuestion, asked);
      if (answer?.last !== undefined) {
        const same = { on: view.on, knownAt: String(view.size), since: String(since) };
        linkCursor(request, reply, { after: answer.last }, same);
      }
      return sendJson(reply, answer?.bytes);
    },
  );
};

type ChangesAsked = {
  readonly plan: Plan;
  readonly target: Target;
  readonly view: View;
  readonly since: Pick<View, 'knownAt' | 'size'>;
  /** The entry number of the last event of the page before. */
  readonly after: number | undefined;
  readonly limit: number;
};

/** A page of the events between two sizes that moved a target's count. */
export const changesQuestion = longQuestion(
  'changes of a target',
  (questions, { plan, target, view, since, after = -1, limit }: ChangesAsked) => {
    const day = countedOn(plan, view.on);
    const movers = questions.movers(target, day, since.size, view.size);
    const { page, last } = pageOf(
      movers.filter(({ entryNumber }) => entryNumber > after),
      limit,
    );
    const changes = page.flatMap(({ entryNumber, change }) =>
      questions.events({ after: entryNumber - 1 }, 'asc', 1).map(({ id, type, recordedAt, data, metadata }) => ({
        event: id,
        type,
        entryNumber,
        register: data.register,
        key: data.key,
        effectiveOn: data.effectiveOn,
        recordedAt,
        by: metadata.by,
        approvedBy: metadata.approvedBy,
        change,
      })),
    );
    const bytes = jsonBytes({
      target: target.id,
      plan: plan.id,
      ...view,
      since,
      before: questions.count(target, day, since.size),
      after: questions.count(target, day, view.size),
      changes,
    });
    return { bytes, last: last?.entryNumber };
  },
);
