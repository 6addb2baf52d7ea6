import { z } from 'zod';
import { areaOf } from '../../domain/places.ts';
import { countedOn, type Plan } from '../../domain/targets.ts';
import type { CellCount } from '../readmodel/counts-in-memory.ts';
import type { App, Context } from './context.ts';
import { positionHeaders, viewQuery } from './parameters.ts';
import { viewOf } from './reading.ts';
import { viewAnswer } from './schemas.ts';
import { planQuery, plansIn } from './targets.ts';

const divisions = ['sector', 'district', 'area', 'sector,district'] as const;
type Division = (typeof divisions)[number];

const breakdownAnswer = z.object({
  by: z.string(),
  ...viewAnswer,
  targets: z.array(
    z.object({
      id: z.string(),
      plan: z.string(),
      cells: z.array(
        z.object({
          sector: z.string().nullable().optional(),
          district: z.string().nullable().optional(),
          area: z.string().nullable().optional(),
          count: z.int(),
        }),
      ),
    }),
  ),
});

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
        querystring: z.strictObject({ by: z.enum(divisions), ...viewQuery, plan: planQuery }),
        response: { 200: breakdownAnswer },
      },
    },
    async (request) => {
      const { by } = request.query;
      const view = viewOf(context, request.query);
      const targets = plansIn(context, request.query.plan, view).flatMap((plan) =>
        plan.targets.map((target) => {
          const cells = questions.cells(target, countedOn(plan, view.on), view.size);
          return { id: target.id, plan: plan.id, cells: divided(cells, by, plan) };
        }),
      );
      return { by, ...view, targets };
    },
  );
};

/** The counts of cells by their place, in the order of its names; places that count nothing are left out. */
const divided = (cells: readonly CellCount[], by: Division, { belt }: Plan) => {
  const sums = new Map<string, number>();
  for (const { sector, district, lingang, count } of cells) {
    const area = areaOf({ district, lingang }, belt);
    const place = {
      sector: { sector },
      district: { district },
      area: { area },
      'sector,district': { sector, district },
    };
    const key = JSON.stringify(place[by]);
    sums.set(key, (sums.get(key) ?? 0) + count);
  }
  return [...sums]
    .filter(([, count]) => count !== 0)
    .sort()
    .map(([key, count]) => ({ ...JSON.parse(key), count }));
};
