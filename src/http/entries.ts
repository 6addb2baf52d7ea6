import { z } from 'zod';
import type { Register } from '../../domain/register.ts';
import { enterprises } from '../../domain/registers/enterprises.ts';
import { registerNamed, registers } from '../../domain/registers/index.ts';
import { planInForce } from '../../domain/targets.ts';
import { type EntryRow, sorts } from '../../projections/lists.ts';
import { holds } from '../identity/identity.ts';
import type { Questions, View } from '../readmodel/questions.ts';
import type { App, Context } from './context.ts';
import { afterOf, type ListPlace, listView, sendPage } from './list-cursor.ts';
import { jsonBytes, longQuestion } from './long-question.ts';
import { areaQuery, districtQuery, pagingQuery, positionHeaders, sectorQuery, viewQuery } from './parameters.ts';
import { Problem } from './problem.ts';
import { pageOf, viewOf } from './reading.ts';
import { entryView } from './representation.ts';
import { listedEntry, readEntry, viewAnswer } from './schemas.ts';

/** The entries of every register, as lists and one by one. */
export const entryRoutes = (app: App, context: Context): void => {
  for (const register of registers) {
    listRoute(app, context, register);
    entryRoute(app, context, register);
  }
};

/** The filters of a register's list: those for which the register has a field. */
export const listQuery = (register: Register) => {
  const has = (name: string) => register.descriptive[name] !== undefined;
  return {
    q: z.string().max(200).optional().meta({ description: 'Words in names and codes, Chinese or English' }),
    status: z.enum(Object.keys(register.statuses)).optional(),
    ...(has('sector') ? { sector: sectorQuery } : {}),
    ...(has('district') ? { district: districtQuery, area: areaQuery } : {}),
    ...(refersToEnterprises(register) ? { enterprise: z.string().max(64).optional() } : {}),
    flag: z
      .enum(has('enterprise') ? ['dangling', 'no-enterprise'] : ['dangling'])
      .optional()
      .meta({
        description:
          'dangling: refers to an entry that is no longer valid; no-enterprise: not yet linked to an enterprise',
      }),
    sort: z.enum(sorts).optional().meta({ description: 'Defaults to key; - for descending order' }),
    ...viewQuery,
  };
};

export type ListQuery = z.infer<z.ZodObject<ReturnType<typeof listQuery>>> & {
  readonly sector?: string | undefined;
  readonly district?: string | undefined;
  readonly area?: 'core' | 'belt' | 'other' | undefined;
  readonly enterprise?: string | undefined;
};

const refersToEnterprises = ({ descriptive }: Register): boolean =>
  Object.values(descriptive).some(({ reference }) => reference?.register === enterprises.name);

/** The rows of a register's list for a view. */
export const listRows = (
  questions: Questions,
  register: Register,
  { sort = 'key', area, enterprise, ...query }: ListQuery,
  view: View,
  page: { readonly after?: readonly [string, string] | undefined; readonly limit: number },
): readonly EntryRow[] => {
  const belt = area === undefined ? [] : (planInForce(questions.plans(view), view.on)?.belt ?? []);
  return questions.entries({
    ...query,
    ...page,
    register: register.name,
    on: view.on,
    size: view.size,
    sort,
    refersTo:
      enterprise === undefined ? undefined : [enterprises.name, enterprises.key.parse(enterprise) ?? enterprise],
    area: area && { name: area, belt },
  });
};

export const rowView = (register: Register, row: EntryRow) => ({
  register: register.name,
  key: row.key,
  status: row.status,
  revision: row.revision,
  ...JSON.parse(row.fields),
});

type ListAsked = ListPlace & { readonly name: string; readonly query: ListQuery };

/** A page of a register's list. */
export const listQuestion = longQuestion('list', (questions, { name, query, view, after, limit }: ListAsked) => {
  const register = registerNamed(name);
  if (register === undefined) throw new Error(`There is no register ${name}`);
  const { page, last } = pageOf(listRows(questions, register, query, view, { after, limit: limit + 1 }), limit);
  return {
    bytes: jsonBytes({ ...view, items: page.map((row) => rowView(register, row)) }),
    last: last && afterOf(last),
  };
});

const listRoute = (app: App, context: Context, register: Register): void => {
  app.get(
    `/api/v1/${register.name}`,
    {
      schema: {
        tags: [register.name],
        summary: `${register.title.en}: search and filters`,
        operationId: `${register.name}.list`,
        headers: positionHeaders,
        querystring: z.strictObject({ ...listQuery(register), ...pagingQuery }),
        response: { 200: z.object({ ...viewAnswer, items: z.array(listedEntry(register)) }) },
      },
    },
    async (request, reply) => {
      const { limit, ...query } = request.query as ListQuery & { readonly limit: number; readonly cursor?: string };
      const { view, after } = listView(context, query);
      const asked = { name: register.name, query, view, after, limit };
      return sendPage(request, reply, view, await context.longReads.answer(request, reply, listQuestion, asked));
    },
  );
};

const entryRoute = (app: App, context: Context, register: Register): void => {
  app.get(
    `/api/v1/${register.name}/:key`,
    {
      config: { register },
      schema: {
        tags: [register.name],
        summary: `One entry of ${register.title.en.toLowerCase()}`,
        operationId: `${register.name}.entry`,
        headers: positionHeaders,
        params: z.object({ key: z.string() }),
        querystring: z.strictObject(viewQuery),
        response: { 200: readEntry(register) },
      },
    },
    async (request, reply) => {
      const view = viewOf(context, request.query);
      const entry = context.questions.entryAt(register, request.entryKey, view.size);
      const { identity } = request;
      const mayRecord = holds(identity, register.role);
      const shown = entryView(entry, view.on, { record: mayRecord, readEvidence: holds(identity, 'viewer') });
      const isListed = shown.status !== 'none';
      if (entry.revision === -1 || !(isListed || mayRecord || holds(identity, 'auditor')))
        throw new Problem('not-found');
      if (request.query.on === undefined && request.query.knownAt === undefined)
        reply.header('etag', `"${entry.revision}"`);
      return { ...shown, ...view };
    },
  );
};
