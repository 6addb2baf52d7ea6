import { z } from 'zod';
import { type Area, areaOf } from '../../domain/places.ts';
import type { Target } from '../../domain/registers/plans.ts';
import { countedOn, type Plan } from '../../domain/targets.ts';
import type { Questions, View } from '../readmodel/questions.ts';
import type { App, Context } from './context.ts';
import { positionHeaders, viewQuery } from './parameters.ts';
import { viewOf } from './reading.ts';
import { viewAnswer } from './schemas.ts';
import { planQuery, plansIn } from './targets.ts';

const divisions = ['sector', 'district', 'area', 'sector,district'] as const;
export type Division = (typeof divisions)[number];
export const breakdownQuery = { by: z.enum(divisions), ...viewQuery, plan: planQuery };

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

/** What counts in one place; null if it has no sector, district or area. */
export type PlaceCount = {
  readonly sector?: string | null;
  readonly district?: string | null;
  readonly area?: Area | null;
  readonly count: number;
};

/** A target's count by place, in the order of its names; places that count nothing are left out. */
export const cellsBy = (
  questions: Questions,
  plan: Plan,
  target: Target,
  by: Division,
  { on, size }: Pick<View, 'on' | 'size'>,
): readonly PlaceCount[] => {
  const cells = questions.cells(target, countedOn(plan, on), size);
  const sums = new Map<string, number>();
  for (const { sector, district, lingang, count } of cells) {
    const area = areaOf({ district, lingang }, plan.belt);
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
