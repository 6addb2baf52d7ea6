import { z } from 'zod';
import { addDays, addMonths, type Day, daysBetween, earlier, shanghaiDay } from '../../domain/calendar.ts';
import type { Counted } from '../../domain/contribution.ts';
import { daySchema } from '../../domain/field.ts';
import { expectedOn } from '../../domain/forecast.ts';
import { countedOn, planInForce } from '../../domain/targets.ts';
import type { Questions, View } from '../readmodel/questions.ts';
import type { App, Context } from './context.ts';
import { jsonBytes, longQuestion } from './long-question.ts';
import { positionHeaders, viewQuery } from './parameters.ts';
import { invalid } from './problem.ts';
import { sendJson, viewOf } from './reading.ts';
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
export type PlanSeries = z.output<typeof planSeriesAnswer>;

const seriesQuery = z.strictObject({
  from: daySchema.optional().meta({ description: 'Defaults to the plan’s first day' }),
  to: daySchema.optional().meta({ description: 'Defaults to today or the plan’s last day, if that is earlier' }),
  step: z.enum(steps).default('month'),
  knownAt: viewQuery.knownAt,
  plan: planQuery,
});

/** Counts over time, of one target or of all targets of a plan. */
export const seriesRoutes = (app: App, context: Context): void => {
  const { longReads, now } = context;
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
    async (request, reply) => {
      const { from, to, step, knownAt, plan: planKey } = request.query;
      const view = viewOf(context, { on: earlier(to ?? today(), today()), knownAt });
      const { plan, target } = targetIn(context, request.params.id, planKey, view);
      const period = { from: from ?? plan.from, to: to ?? earlier(plan.to, today()), step };
      requireFewPoints(period);
      const asked = { plan: plan.id, targets: [target.id], knownAt: view.knownAt, size: view.size, period };
      const answer = await longReads.answer(request, reply, seriesQuestion, asked);
      return sendJson(reply, answer?.bytes);
    },
  );
  app.get(
    '/api/v1/series',
    {
      schema: {
        tags: ['dashboards'],
        summary: 'The series of every target of a plan; defaults to the plan in force',
        operationId: 'series',
        headers: positionHeaders,
        querystring: seriesQuery,
        response: { 200: planSeriesAnswer },
      },
    },
    async (request, reply) => {
      const { step, knownAt: asKnown, plan: planKey, from, to } = request.query;
      const view = viewOf(context, { on: earlier(to ?? today(), today()), knownAt: asKnown });
      const plan = planInForce(plansIn(context, planKey, view), view.on);
      const { knownAt, size } = view;
      if (plan === undefined) return { from: from ?? view.on, to: to ?? view.on, step, knownAt, size, targets: [] };
      const period = { from: from ?? plan.from, to: to ?? earlier(plan.to, today()), step };
      requireFewPoints(period);
      const targets = plan.targets.map(({ id }) => id);
      const asked = { plan: plan.id, targets, knownAt, size, period };
      const answer = await longReads.answer(request, reply, planSeriesQuestion, asked);
      return sendJson(reply, answer?.bytes);
    },
  );
};

/** A target's points, and its pace and projection on the last day. */
const lineOf = (questions: Questions, targetId: string, { plan: planId, size, period }: SeriesAsked) => {
  const on = period.to;
  const plan = questions.plans({ on, size }).find(({ id }) => id === planId);
  const target = plan?.targets.find(({ id }) => id === targetId);
  const { pace = null, projected = null } = plan && target ? questions.figure(plan, target, { on, size }) : {};
  return { plan: planId, points: pointsOf(questions, daysOf(period), planId, targetId, size), pace, projected };
};

type Period = { readonly from: Day; readonly to: Day; readonly step: Step };

type SeriesAsked = Pick<View, 'knownAt' | 'size'> & {
  readonly plan: string;
  readonly targets: readonly string[];
  readonly period: Period;
};

/** A target's count over a period. */
export const seriesQuestion = longQuestion('series of a target', (questions, asked: SeriesAsked) => {
  const { targets: [target = ''] = [], knownAt, size } = asked;
  return { bytes: jsonBytes({ target, ...lineOf(questions, target, asked), knownAt, size }) };
});

/** The counts of some targets of a plan over a period. */
export const planSeriesQuestion = longQuestion('series of a plan', async (questions, asked: SeriesAsked, pause) => {
  const { targets, knownAt, size, period } = asked;
  const lines = [];
  for (const id of targets) {
    lines.push({ id, ...lineOf(questions, id, asked) });
    await pause();
  }
  return { bytes: jsonBytes({ ...period, knownAt, size, targets: lines }) };
});

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

const stepDays = { day: 1, week: 7, month: 28 };

const requireFewPoints = ({ from, to, step }: Period): void => {
  if (from > to) throw invalid({ in: 'query', name: 'to', zh: '不得早于 from', en: 'Must not be earlier than from' });
  if (daysBetween(from, to) / stepDays[step] > pointsLimit) {
    throw invalid({
      in: 'query',
      name: 'step',
      zh: `超过 ${pointsLimit} 个点，请用更大的步长`,
      en: `More than ${pointsLimit} points; use a longer step`,
    });
  }
};

/** The days of a series: every step from the first, and the last. */
const daysOf = ({ from, to, step }: Period): readonly Day[] => {
  const days: Day[] = [];
  for (let index = 0; ; index++) {
    const day = step === 'month' ? addMonths(from, index) : addDays(from, index * stepDays[step]);
    if (daysBetween(day, to) <= 0) break; // beyond the year 9999 days do not compare as strings
    days.push(day);
  }
  return [...days, to];
};
