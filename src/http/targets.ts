import { z } from 'zod';
import { addDays, addMonths, type Day, daysBetween, earlier, shanghaiDay } from '../../domain/calendar.ts';
import { counting } from '../../domain/contribution.ts';
import { daySchema } from '../../domain/field.ts';
import { expectedOn } from '../../domain/forecast.ts';
import { walk } from '../../domain/history.ts';
import { areaOf } from '../../domain/places.ts';
import { measureId, type Register } from '../../domain/register.ts';
import { measureIds, registers } from '../../domain/registers/index.ts';
import type { Target } from '../../domain/registers/plans.ts';
import { countedOn, type Plan, planInForce, type TargetFigure } from '../../domain/targets.ts';
import { trailEvents } from '../../projections/trail.ts';
import { recorded } from '../readmodel/fold.ts';
import type { View } from '../readmodel/questions.ts';
import type { App, Context } from './context.ts';
import { entryRoutes } from './entries.ts';
import { exportRoutes } from './exports.ts';
import { isListCursor, listView } from './list-cursor.ts';
import { invalid, Problem } from './problem.ts';
import { encodeCursor, limitOf, linkNext, pageOf, sizeOf, viewOf } from './reading.ts';
import {
  areaQuery,
  districtQuery,
  eventIdSchema,
  figureSchema,
  instantSchema,
  pagingQuery,
  positionHeaders,
  refusals,
  sectorQuery,
  sizeSchema,
  targetsAnswer,
  viewAnswer,
  viewQuery,
} from './schemas.ts';

const planQuery = z.string().max(64).optional().meta({ description: 'A plan’s key' });
const readRefusals = refusals(400, 401, 404, 406, 429, 500, 503);
/** A series longer than this is refused; a coarser step shows as much. */
const pointsLimit = 5_000;

/** What dashboards show: targets, their entries, series and changes, measures and breakdowns. */
export const dashboardRoutes = (app: App, context: Context): void => {
  const { model, questions } = context;

  /** The target of an id: of the plan named, else of the plan in force on the day, else of the one that ended last. */
  const targetOf = (
    id: string,
    plan: string | undefined,
    view: Pick<View, 'on' | 'size'>,
  ): { plan: Plan; target: Target } => {
    const having = questions.plans(view).filter((each) => each.targets.some((target) => target.id === id));
    const chosen =
      plan === undefined
        ? planInForce(having, view.on)
        : having.find((each) => each.id.toLowerCase() === plan.toLowerCase());
    const target = chosen?.targets.find((each) => each.id === id);
    if (chosen === undefined || target === undefined) throw new Problem('not-found');
    return { plan: chosen, target };
  };

  const plansOf = (plan: string | undefined, view: View): readonly Plan[] => {
    const known = questions.plans(view);
    if (plan === undefined) return known;
    const found = known.filter((each) => each.id.toLowerCase() === plan.toLowerCase());
    if (found.length === 0) throw new Problem('not-found');
    return found;
  };

  const answers = new WeakMap<readonly TargetFigure[], Buffer>();
  app.get(
    '/api/v1/targets',
    {
      schema: {
        tags: ['dashboards'],
        summary: 'Every target with its count, what was expected by then, and where it is heading',
        operationId: 'targets',
        headers: positionHeaders,
        querystring: z.strictObject({ ...viewQuery, plan: planQuery }),
        response: { 200: targetsAnswer, ...readRefusals },
      },
    },
    async (request, reply) => {
      const view = viewOf(context, request.query);
      const figures = questions.figures(view);
      if (request.query.plan === undefined) {
        // The question that is asked most: while nothing new is known, its answer is the same bytes.
        const answer = answers.get(figures) ?? Buffer.from(JSON.stringify({ ...view, targets: figures }));
        answers.set(figures, answer);
        return reply.type('application/json; charset=utf-8').send(answer);
      }
      const plans = new Set(plansOf(request.query.plan, view).map(({ id }) => id));
      return { ...view, targets: figures.filter(({ plan }) => plans.has(plan)) };
    },
  );

  app.get(
    '/api/v1/targets/:id/entries',
    {
      schema: {
        tags: ['dashboards'],
        summary: 'The entries that make up a target’s count, each with the facts that make it count',
        operationId: 'target.entries',
        headers: positionHeaders,
        params: z.object({ id: z.string() }),
        querystring: z.strictObject({
          ...viewQuery,
          plan: planQuery,
          sector: sectorQuery,
          district: districtQuery,
          area: areaQuery,
          ...pagingQuery,
        }),
        response: {
          200: z.object({
            target: figureSchema,
            ...viewAnswer,
            count: z.int(),
            entries: z.array(
              z.object({
                register: z.string(),
                key: z.string(),
                name: z.string(),
                since: daySchema,
                events: z.array(eventIdSchema),
              }),
            ),
          }),
          ...readRefusals,
        },
      },
    },
    async (request, reply) => {
      const { query } = request;
      const { view, after } = listView(context, query, isListCursor);
      const { plan, target } = targetOf(request.params.id, query.plan, view);
      const register = registerCounting(target.measure);
      const day = countedOn(plan, view.on);
      const both = (own: string | undefined, asked: string | undefined) => asked ?? own;
      const conflicts =
        (target.sector && query.sector && target.sector !== query.sector) ||
        (target.district && query.district && target.district !== query.district);
      const filter = {
        measure: target.measure,
        sector: both(target.sector, query.sector),
        district: both(target.district, query.district),
      };
      const cells = conflicts ? [] : questions.cells(filter, day, view.size);
      const count = cells
        .filter((cell) => query.area === undefined || areaOf(cell, plan.belt) === query.area)
        .reduce((sum, cell) => sum + cell.count, 0);
      const limit = limitOf(query);
      const rows = conflicts
        ? []
        : questions.entries({
            ...filter,
            register: register.name,
            on: day,
            size: view.size,
            area: query.area && { name: query.area, belt: plan.belt },
            sort: 'key',
            after,
            limit: limit + 1,
          });
      const { page, last } = pageOf(rows, limit);
      if (last) {
        linkNext(request, reply, {
          cursor: encodeCursor({ on: view.on, size: view.size, after: [last.sorted, last.key] }),
        });
      }
      const entries = page.map((row) => {
        const entry = questions.entryOf(register, row, view.size);
        return {
          register: register.name,
          key: row.key,
          name: row.name,
          ...counting(register, walk(entry).steps, target, day),
        };
      });
      return { target: questions.figure(plan, target, view), ...view, count, entries };
    },
  );

  app.get(
    '/api/v1/targets/:id/series',
    {
      schema: {
        tags: ['dashboards'],
        summary: 'A target’s count and what was expected, from day to day',
        operationId: 'target.series',
        headers: positionHeaders,
        params: z.object({ id: z.string() }),
        querystring: z.strictObject({
          from: daySchema.optional().meta({ description: 'The plan’s first day where left out' }),
          to: daySchema
            .optional()
            .meta({ description: 'The plan’s last day or today, whichever is earlier, where left out' }),
          step: z.enum(['day', 'week', 'month']).optional(),
          knownAt: viewQuery.knownAt,
          plan: planQuery,
        }),
        response: {
          200: z.object({
            target: z.string(),
            plan: z.string(),
            knownAt: instantSchema.nullable(),
            size: sizeSchema,
            points: z.array(z.object({ on: daySchema, count: z.int(), expected: z.number().nullable() })),
          }),
          ...readRefusals,
        },
      },
    },
    async (request) => {
      const { from, to, step = 'month', knownAt, plan: asked } = request.query;
      const today = shanghaiDay(context.now());
      const view = viewOf(context, { on: earlier(to ?? today, today), knownAt });
      const { plan, target } = targetOf(request.params.id, asked, view);
      const stands = daysOf(from ?? plan.from, to ?? earlier(plan.to, today), step).map((on) => {
        const then = questions.plans({ on, size: view.size }).find(({ id }) => id === plan.id) ?? plan;
        const { goal } = then.targets.find(({ id }) => id === target.id) ?? target;
        return { on, day: countedOn(then, on), goal, from: then.from, to: then.to };
      });
      const days = stands.map(({ day }) => day);
      const counts = questions.counts(target, days, view.size);
      const points = stands.map(({ on, day, goal, from, to }, index) => ({
        on,
        count: counts[index] ?? 0,
        expected: expectedOn(goal, from, to, day),
      }));
      return { target: target.id, plan: plan.id, knownAt: view.knownAt, size: view.size, points };
    },
  );

  app.get(
    '/api/v1/targets/:id/changes',
    {
      config: { roles: ['clerk', 'auditor'] },
      schema: {
        tags: ['dashboards'],
        summary: 'Why a count differs between what was known at two instants: the events between that moved it',
        operationId: 'target.changes',
        security: [{ bearer: [] }],
        headers: positionHeaders,
        params: z.object({ id: z.string() }),
        querystring: z.strictObject({ ...viewQuery, since: viewQuery.knownAt.unwrap(), plan: planQuery }),
        response: {
          200: z.object({
            target: z.string(),
            plan: z.string(),
            ...viewAnswer,
            since: z.object({ knownAt: instantSchema.nullable(), size: sizeSchema }),
            before: z.int(),
            after: z.int(),
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
          }),
          ...readRefusals,
          ...refusals(403),
        },
      },
    },
    async (request) => {
      const { since: sinceAsked, plan: asked } = request.query;
      const view = viewOf(context, request.query);
      const since = sizeOf(context, sinceAsked, 'since');
      if (since > view.size) {
        throw invalid({ in: 'query', name: 'since', zh: '不得晚于 knownAt', en: 'Must not be later than knownAt' });
      }
      const { plan, target } = targetOf(request.params.id, asked, view);
      const day = countedOn(plan, view.on);
      const changes = questions.movers(target, day, since, view.size).flatMap(({ entryNumber: moved, change }) =>
        model
          .all(trailEvents({ after: moved - 1, limit: 1 }))
          .map(recorded)
          .map(({ id, type, entryNumber, recordedAt, data, metadata }) => ({
            event: id,
            type,
            entryNumber,
            register: data.register,
            key: data.key,
            ...(data.effectiveOn === undefined ? {} : { effectiveOn: data.effectiveOn }),
            recordedAt,
            by: metadata.by,
            ...(metadata.approvedBy === undefined ? {} : { approvedBy: metadata.approvedBy }),
            change,
          })),
      );
      return {
        target: target.id,
        plan: plan.id,
        ...view,
        since: { knownAt: questions.view(view.on, since).knownAt, size: since },
        before: questions.count(target, day, since),
        after: questions.count(target, day, view.size),
        changes,
      };
    },
  );

  app.get(
    '/api/v1/measures',
    {
      schema: {
        tags: ['dashboards'],
        summary: 'Every measure’s count, whatever the plans',
        operationId: 'measures',
        headers: positionHeaders,
        querystring: z.strictObject(viewQuery),
        response: {
          200: z.object({ ...viewAnswer, measures: z.array(z.object({ id: z.string(), count: z.int() })) }),
          ...readRefusals,
        },
      },
    },
    async (request) => {
      const view = viewOf(context, request.query);
      const measures = measureIds.map((id) => ({ id, count: questions.count({ measure: id }, view.on, view.size) }));
      return { ...view, measures };
    },
  );

  app.get(
    '/api/v1/breakdown',
    {
      schema: {
        tags: ['dashboards'],
        summary: 'Every target’s count by sector, district or area; what has none stands under null',
        operationId: 'breakdown',
        headers: positionHeaders,
        querystring: z.strictObject({
          by: z.enum(['sector', 'district', 'area', 'sector,district']),
          ...viewQuery,
          plan: planQuery,
        }),
        response: {
          200: z.object({
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
          }),
          ...readRefusals,
        },
      },
    },
    async (request) => {
      const { by } = request.query;
      const view = viewOf(context, request.query);
      const targets = plansOf(request.query.plan, view).flatMap((plan) =>
        plan.targets.map((target) => {
          const sums = new Map<string, number>();
          for (const cell of questions.cells(target, countedOn(plan, view.on), view.size)) {
            const { sector, district } = cell;
            const area = areaOf(cell, plan.belt);
            const key = JSON.stringify(
              { sector: { sector }, district: { district }, area: { area }, 'sector,district': { sector, district } }[
                by
              ],
            );
            sums.set(key, (sums.get(key) ?? 0) + cell.count);
          }
          const cells = [...sums]
            .filter(([, count]) => count !== 0)
            .sort()
            .map(([key, count]) => ({ ...JSON.parse(key), count }));
          return { id: target.id, plan: plan.id, cells };
        }),
      );
      return { by, ...view, targets };
    },
  );

  entryRoutes(app, context);
  exportRoutes(app, context);
};

const registerCounting = (measure: string): Register => {
  const found = registers.find((register) =>
    Object.keys(register.measures).some((name) => measureId(register, name) === measure),
  );
  if (found === undefined) throw new Error(`no register has the measure ${measure}`);
  return found;
};

/** The days of a series: every step from the first, and the last. */
const daysOf = (from: Day, to: Day, step: 'day' | 'week' | 'month'): readonly Day[] => {
  if (from > to) throw invalid({ in: 'query', name: 'to', zh: '不得早于 from', en: 'Must not be earlier than from' });
  const stepDays = { day: 1, week: 7, month: 28 }[step];
  if (daysBetween(from, to) / stepDays > pointsLimit) {
    throw invalid({
      in: 'query',
      name: 'step',
      zh: `超过 ${pointsLimit} 个点，请改用更大的步长`,
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
