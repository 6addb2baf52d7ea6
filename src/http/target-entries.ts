import { z } from 'zod';
import { type Counted, counting } from '../../domain/contribution.ts';
import { daySchema } from '../../domain/field.ts';
import { type Area, areaOf } from '../../domain/places.ts';
import { measureId, type Register } from '../../domain/register.ts';
import { registers } from '../../domain/registers/index.ts';
import type { Target } from '../../domain/registers/plans.ts';
import { countedOn, type Plan } from '../../domain/targets.ts';
import type { App, Context } from './context.ts';
import { afterOf, type ListPlace, listView, sendPage } from './list-cursor.ts';
import { jsonBytes, longQuestion } from './long-question.ts';
import { areaQuery, districtQuery, pagingQuery, positionHeaders, sectorQuery, viewQuery } from './parameters.ts';
import { pageOf } from './reading.ts';
import { eventIdSchema, figureSchema, viewAnswer } from './schemas.ts';
import { planQuery, targetIn } from './targets.ts';

const countedEntry = z.object({
  register: z.string(),
  key: z.string(),
  name: z.string(),
  since: daySchema,
  events: z.array(eventIdSchema),
});

/** The entries that a target counts. */
export const targetEntryRoutes = (app: App, context: Context): void => {
  app.get(
    '/api/v1/targets/:id/entries',
    {
      schema: {
        tags: ['dashboards'],
        summary: 'The entries that a target counts, each with the facts because of which it counts',
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
          200: z.object({ target: figureSchema, ...viewAnswer, count: z.int(), entries: z.array(countedEntry) }),
        },
      },
    },
    async (request, reply) => {
      const { limit, sector, district, area, ...query } = request.query;
      const { view, after } = listView(context, query);
      const found = targetIn(context, request.params.id, query.plan, view);
      const asked = { ...found, place: { sector, district }, area, view, after, limit };
      const answer = await context.longReads.answer(request, reply, targetEntriesQuestion, asked);
      return sendPage(request, reply, view, answer);
    },
  );
};

type TargetEntriesAsked = ListPlace & {
  readonly plan: Plan;
  readonly target: Target;
  readonly place: Place;
  readonly area: Area | undefined;
};

/** A page of the entries that a target counts. */
export const targetEntriesQuestion = longQuestion(
  'entries of a target',
  (questions, { plan, target, place, area, view, after, limit }: TargetEntriesAsked) => {
    const answer = { target: questions.figure(plan, target, view), ...view };
    const counted = narrowed(target, place);
    if (counted === undefined) return { bytes: jsonBytes({ ...answer, count: 0, entries: [] }), last: undefined };

    const on = countedOn(plan, view.on);
    const count = questions
      .cells(counted, on, view.size)
      .filter((cell) => area === undefined || areaOf(cell, plan.belt) === area)
      .reduce((sum, cell) => sum + cell.count, 0);
    const register = registerCounting(target.measure);
    const rows = questions.entries({
      ...counted,
      register: register.name,
      on,
      size: view.size,
      area: area && { name: area, belt: plan.belt },
      sort: 'key',
      after,
      limit: limit + 1,
    });
    const { page, last } = pageOf(rows, limit);
    const entries = page.map((row) => {
      const { steps } = questions.entryOf(register, row, view.size).path;
      return { register: register.name, key: row.key, name: row.name, ...counting(register, steps, target, on) };
    });
    return { bytes: jsonBytes({ ...answer, count, entries }), last: last && afterOf(last) };
  },
);

type Place = Pick<Counted, 'sector' | 'district'>;

/** The part of a target in the sector and district asked for; undefined if the target counts another one only. */
const narrowed = ({ measure, sector, district }: Counted, asked: Place): Counted | undefined => {
  const isOther = (own: string | undefined, wanted: string | undefined) => own && wanted && own !== wanted;
  if (isOther(sector, asked.sector) || isOther(district, asked.district)) return undefined;
  return { measure, sector: sector ?? asked.sector, district: district ?? asked.district };
};

const registerCounting = (measure: string): Register => {
  const found = registers.find((register) =>
    Object.keys(register.measures).some((name) => measureId(register, name) === measure),
  );
  if (found === undefined) throw new Error(`no register has the measure ${measure}`);
  return found;
};
