import { z } from 'zod';
import { addDays, addMonths, type Day, daysBetween, earlier, shanghaiDay } from '../../domain/calendar.ts';
import type { Counted } from '../../domain/contribution.ts';
import { daySchema } from '../../domain/field.ts';
import { expectedOn } from '../../domain/forecast.ts';
import { countedOn, planInForce } from '../../domain/targets.ts';
import type { Questions } from '../readmodel/questions.ts';
import type { App, Context } from './context.ts';
import { positionHeaders, viewQuery } from './parameters.ts';
import { invalid } from './problem.ts';
import { viewOf } from './reading.ts';
import { figureSchema, instantSchema, sizeSchema } from './schemas.ts';
import { planQuery, plansIn, targetIn } from './targets.ts';

/** A longer series is refused; a longer step shows as much. */
const pointsLimit = 5_000;
const steps = ['day', 'week', 'month'] as const;
type Step = (typeof steps)[number];

const line = {
  plan: z.string(),
  points: z.array(z.object({ on: daySchema, count: z.int(), expected: z.number().nullable() })),
  pace: figureSchema.shape.pace,
  projected: figureSchema.shape.projected,
};
const known = { knownAt: instantSchema.nullable(), size: sizeSchema };
const seriesAnswer = z.object({ target: z.string(), ...line, ...known });
const planSeriesAnswer = z.object({
  from: daySchema,
  to: daySchema,
  step: z.enum(steps),
  ...known,
  targets: z.array(z.object({ id: z.string(), ...line })),
});

const seriesQuery = z.strictObject({
  from: daySchema.optional().meta({ description: 'Defaults to the plan’s first day' }),
  to: daySchema.optional().meta({ description: 'Defaults to today or the plan’s last day, if that is earlier' }),
  step: z.enum(steps).default('month'),
  knownAt: viewQuery.knownAt,
  plan: planQuery,
});

/** Counts over time, of one target or of all targets of a plan. */
export const seriesRoutes = (app: App, context: Context): void => {
  const { questions, now } = context;
  const today = () => shanghaiDay(now());
  app.get(
    '/api/v1/targets/:id/series',
    {
      schema: {
        tags: ['dashboards'],
        summary: 'A target’s count and the count expected, over time',
        operationId: 'target.series',
        headers: positionHeaders,
        params: z.object({ id: z.string() }),
        querystring: seriesQuery,
        response: { 200: seriesAnswer },
      },
    },
    async (request) => {
      const { from, to, step, knownAt, plan: planKey } = request.query;
      const view = viewOf(context, { on: earlier(to ?? today(), today()), knownAt });
      const { plan, target } = targetIn(context, request.params.id, planKey, view);
      const days = daysOf(from ?? plan.from, to ?? earlier(plan.to, today()), step);
      const { knownAt: known, size } = view;
      return { target: target.id, ...lineOf(questions, days, plan.id, target.id, size), knownAt: known, size };
    },
  );
  app.get(
    '/api/v1/series',
    {
      schema: {
        tags: ['dashboards'],
        summary: 'The series of every target of a plan: of the plan in force if none is named',
        operationId: 'series',
        headers: positionHeaders,
        querystring: seriesQuery,
        response: { 200: planSeriesAnswer },
      },
    },
    async (request) => {
      const { step, knownAt, plan: planKey, ...asked } = request.query;
      const view = viewOf(context, { on: earlier(asked.to ?? today(), today()), knownAt });
      const plan = planInForce(plansIn(context, planKey, view), view.on);
      const from = asked.from ?? plan?.from ?? view.on;
      const to = asked.to ?? (plan === undefined ? view.on : earlier(plan.to, today()));
      const days = daysOf(from, to, step);
      const targets = (plan?.targets ?? []).map(({ id }) => ({
        id,
        ...lineOf(questions, days, plan?.id ?? '', id, view.size),
      }));
      return { from, to, step, knownAt: view.knownAt, size: view.size, targets };
    },
  );
};

/** A target's points, and its pace and projection on the last day. */
const lineOf = (questions: Questions, days: readonly Day[], planId: string, targetId: string, size: number) => {
  const on = days.at(-1) ?? '';
  const plan = questions.plans({ on, size }).find(({ id }) => id === planId);
  const target = plan?.targets.find(({ id }) => id === targetId);
  const { pace = null, projected = null } = plan && target ? questions.figure(plan, target, { on, size }) : {};
  return { plan: planId, points: pointsOf(questions, days, planId, targetId, size), pace, projected };
};

/**
 * What the targets of each day say of a target, by the plan and the target as they stand on that day; a day on which
 * the plan has no such target has no point.
 */
const pointsOf = (questions: Questions, days: readonly Day[], planId: string, targetId: string, size: number) => {
  const counts = new Map<string, ReadonlyMap<Day, number>>();
  const standing = days.flatMap((on) => {
    const plan = questions.plans({ on, size }).find(({ id }) => id === planId);
    const target = plan?.targets.find(({ id }) => id === targetId);
    return plan && target ? [{ on, plan, target, day: countedOn(plan, on) }] : [];
  });
  for (const [name, alike] of Map.groupBy(standing, ({ target }) => countedName(target))) {
    const [{ target } = {}] = alike;
    const counted = alike.map(({ day }) => day);
    const found = target === undefined ? [] : questions.counts(target, counted, size);
    counts.set(name, new Map(counted.map((day, index) => [day, found[index] ?? 0])));
  }
  return standing.map(({ on, plan, target, day }) => ({
    on,
    count: counts.get(countedName(target))?.get(day) ?? 0,
    expected: expectedOn(target.goal, plan.from, plan.to, day),
  }));
};

/** What a target counts, as a name. */
const countedName = ({ measure, sector, district }: Counted): string => JSON.stringify([measure, sector, district]);

/** The days of a series: every step from the first, and the last. */
const daysOf = (from: Day, to: Day, step: Step): readonly Day[] => {
  if (from > to) throw invalid({ in: 'query', name: 'to', zh: '不得早于 from', en: 'Must not be earlier than from' });
  const stepDays = { day: 1, week: 7, month: 28 }[step];
  if (daysBetween(from, to) / stepDays > pointsLimit) {
    throw invalid({
      in: 'query',
      name: 'step',
      zh: `超过 ${pointsLimit} 个点，请用更大的步长`,
      en: `More than ${pointsLimit} points; use a longer step`,
    });
  }
  const days: Day[] = [];
  for (let index = 0; ; index++) {
    const day = step === 'month' ? addMonths(from, index) : addDays(from, index * stepDays);
    if (daysBetween(day, to) <= 0) break; // beyond the year 9999 days do not compare as strings
    days.push(day);
  }
  return [...days, to];
};
