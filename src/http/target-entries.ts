import { z } from 'zod';
import { type Counted, counting } from '../../domain/contribution.ts';
import { daySchema } from '../../domain/field.ts';
import { type Area, areaOf } from '../../domain/places.ts';
import { measureId, type Register } from '../../domain/register.ts';
import { registers } from '../../domain/registers/index.ts';
import type { Target } from '../../domain/registers/plans.ts';
import { countedOn, type Plan } from '../../domain/targets.ts';
import type { Questions, View } from '../readmodel/questions.ts';
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

const targetEntriesAnswer = z.object({
  target: figureSchema,
  ...viewAnswer,
  count: z.int(),
  entries: z.array(countedEntry),
});
export type TargetEntries = z.output<typeof targetEntriesAnswer>;

export const targetEntriesQuery = {
  ...viewQuery,
  plan: planQuery,
  sector: sectorQuery,
  district: districtQuery,
  area: areaQuery,
};

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
        querystring: z.strictObject({ ...targetEntriesQuery, ...pagingQuery }),
        response: { 200: targetEntriesAnswer },
      },
    },
    async (request, reply) => {
      const { limit, sector, district, area, ...query } = request.query;
      const { view, after } = listView(context, request);
      const found = targetIn(context, request.params.id, query.plan, view);
      const asked = { ...found, place: { sector, district }, area, view, after, limit };
      const answer = await context.longReads.answer(request, reply, targetEntriesQuestion, asked);
      return sendPage(request, reply, view, answer);
    },
  );
};

/** Which of the entries that a target counts are asked for. */
export type Counting = {
  readonly plan: Plan;
  readonly target: Target;
  readonly place: Place;
  readonly area: Area | undefined;
  readonly view: View;
};

/** A page of the entries that a target counts. */
export const targetEntriesQuestion = longQuestion(
  'entries of a target',
  (questions, { after, limit, ...asked }: ListPlace & Counting) => {
    const { page, last } = pageOf(countedEntries(questions, asked, { after, limit: limit + 1 }), limit);
    const bytes = jsonBytes({
      target: questions.figure(asked.plan, asked.target, asked.view),
      ...asked.view,
      count: countOf(questions, asked),
      entries: page.map(({ entry }) => entry),
    });
    return { bytes, last: last && afterOf(last.row) };
  },
);

const countOf = (questions: Questions, { plan, target, place, area, view }: Counting): number => {
  const counted = narrowed(target, place);
  if (counted === undefined) return 0;
  return questions
    .cells(counted, countedOn(plan, view.on), view.size)
    .filter((cell) => area === undefined || areaOf(cell, plan.belt) === area)
    .reduce((sum, cell) => sum + cell.count, 0);
};

/** The entries that a target counts, each with its row, in the order of their keys. */
export const countedEntries = (
  questions: Questions,
  { plan, target, place, area, view }: Counting,
  page: { readonly after: readonly [string, string] | undefined; readonly limit: number },
) => {
  const counted = narrowed(target, place);
  if (counted === undefined) return [];
  const on = countedOn(plan, view.on);
  const register = registerCounting(target.measure);
  const rows = questions.entries({
    ...counted,
    ...page,
    register: register.name,
    on,
    size: view.size,
    area: area && { name: area, belt: plan.belt },
    sort: 'key',
  });
  return rows.map((row) => {
    const { steps } = questions.entryOf(register, row, view.size).path;
    const { key, name } = row;
    return { row, entry: { register: register.name, key, name, ...counting(register, steps, target, on) } };
  });
};

/** The keys of the entries that a target counts, at most `limit` of them. */
export const countedKeys = (
  questions: Questions,
  { measure, sector, district }: Counted,
  { on, size }: Pick<View, 'on' | 'size'>,
  limit: number,
): readonly string[] => {
  const register = registerCounting(measure).name;
  const rows = questions.entries({ measure, sector, district, register, on, size, sort: 'key', limit });
  return rows.map(({ key }) => key);
};

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
