import { z } from 'zod';
import { cellsAnswer, cellsBy, divisionQuery } from './cells.ts';
import type { App, Context } from './context.ts';
import { positionHeaders, viewQuery } from './parameters.ts';
import { viewOf } from './reading.ts';
import { viewAnswer } from './schemas.ts';
import { planQuery, plansIn } from './targets.ts';

export const breakdownQuery = { by: divisionQuery, ...viewQuery, plan: planQuery };

const breakdownAnswer = z.object({
  by: z.string(),
  ...viewAnswer,
  targets: z.array(
    z.object({
      id: z.string(),
      plan: z.string(),
      cells: cellsAnswer,
    }),
  ),
});

export type Breakdown = z.output<typeof breakdownAnswer>;

/** Counts in parts that add up to the whole. */
export const breakdownRoutes = (app: App, context: Context): void => {
  const { questions } = context;
  app.get(
    '/api/v1/breakdown',
    {
      schema: {
        tags: ['dashboards'],
        summary: 'Every target’s count by sector, district or area; entries without one count under null',
        operationId: 'breakdown',
        headers: positionHeaders,
        querystring: z.strictObject(breakdownQuery),
        response: { 200: breakdownAnswer },
      },
    },
    async (request) => {
      const { by } = request.query;
      const view = viewOf(context, request.query);
      const targets = plansIn(context, request.query.plan, view).flatMap((plan) =>
        plan.targets.map((target) => {
          return { id: target.id, plan: plan.id, cells: cellsBy(questions, plan, target, by, view) };
        }),
      );
      return { by, ...view, targets };
    },
  );
};
