import { z } from 'zod';
import { plansNamed, type TargetFigure, targetNamed } from '../../domain/targets.ts';
import type { View } from '../readmodel/questions.ts';
import { cellsBy, divisionQuery } from './cells.ts';
import type { App, Context } from './context.ts';
import { positionHeaders, viewQuery } from './parameters.ts';
import { Problem } from './problem.ts';
import { viewOf } from './reading.ts';
import { targetsAnswer } from './schemas.ts';

export const planQuery = z.string().max(64).optional().meta({ description: 'A plan’s key; its case does not matter' });

/** The target that a request names, and its plan; 404 if there is none. */
export const targetIn = (
  { questions }: Pick<Context, 'questions'>,
  id: string,
  planKey: string | undefined,
  view: Pick<View, 'on' | 'size'>,
): NonNullable<ReturnType<typeof targetNamed>> => {
  const found = targetNamed(questions.plans(view), id, planKey, view.on);
  if (found === undefined) throw new Problem('not-found');
  return found;
};

/** The plan that a request names, or every plan if it names none; 404 if there is no such plan. */
export const plansIn = ({ questions }: Pick<Context, 'questions'>, planKey: string | undefined, view: View) => {
  const plans = plansNamed(questions.plans(view), planKey);
  if (planKey !== undefined && plans.length === 0) throw new Problem('not-found');
  return plans;
};

/** Every target, with its count and where it is heading. */
export const targetRoutes = (app: App, context: Context): void => {
  const { questions } = context;
  const answers = new WeakMap<readonly TargetFigure[], Buffer>();
  app.get(
    '/api/v1/targets',
    {
      schema: {
        tags: ['dashboards'],
        summary: 'Every target with its count, the count expected by then, and where it is heading',
        operationId: 'targets',
        headers: positionHeaders,
        querystring: z.strictObject({ ...viewQuery, plan: planQuery, by: divisionQuery.optional() }),
        response: { 200: targetsAnswer },
      },
    },
    async (request, reply) => {
      const { plan: planKey, by } = request.query;
      const view = viewOf(context, request.query);
      const figures = questions.figures(view);
      if (planKey === undefined && by === undefined) {
        // The question asked most often: until something new is known, its answer is the same bytes.
        const answer = answers.get(figures) ?? Buffer.from(JSON.stringify({ ...view, targets: figures }));
        answers.set(figures, answer);
        return reply.type('application/json; charset=utf-8').send(answer);
      }
      const targets = plansIn(context, planKey, view).flatMap((plan) =>
        plan.targets.map((target) => {
          const figure = questions.figure(plan, target, view);
          return by === undefined ? figure : { ...figure, cells: cellsBy(questions, plan, target, by, view) };
        }),
      );
      return { ...view, targets };
    },
  );
};
