import { z } from 'zod';
import { none } from '../../domain/path.ts';
import { areaOf, areas, districts, sectors } from '../../domain/places.ts';
import type { Register } from '../../domain/register.ts';
import { enterprises } from '../../domain/registers/enterprises.ts';
import { registerNamed, registers } from '../../domain/registers/index.ts';
import { planInForce } from '../../domain/targets.ts';
import {
  type EntryCount,
  type EntryFilter,
  type EntryPage,
  type EntryRow,
  type Facet,
  sorts,
} from '../../projections/lists.ts';
import { holds } from '../identity/identity.ts';
import type { Questions, View } from '../readmodel/questions.ts';
import type { App, Context } from './context.ts';
import { afterOf, type ListPlace, listView, sendPage } from './list-cursor.ts';
import { jsonBytes, longQuestion } from './long-question.ts';
import {
  areaQuery,
  districtQuery,
  pagingQuery,
  positionHeaders,
  sectorQuery,
  viewQuery,
  wordsQuery,
} from './parameters.ts';
import { Problem } from './problem.ts';
import { pageOf, viewOf } from './reading.ts';
import { entryView } from './representation.ts';
import { listAnswer, readEntry } from './schemas.ts';

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
    q: wordsQuery({ description: 'Words in names and codes, Chinese or English' }),
    status: z.enum(Object.keys(register.statuses)).optional(),
    ...(has('sector') ? { sector: sectorQuery } : {}),
    ...(has('district') ? { district: districtQuery, area: areaQuery } : {}),
    ...(refersToEnterprises(register) ? { enterprise: z.string().min(1).max(64).optional() } : {}),
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

const facetNames = ['status', 'sector', 'district', 'area'] as const;
type FacetName = (typeof facetNames)[number];

/**
 * The facets of a list: a list of names with commas between. All registers take the same; entries of one without a
 * sector, say, count under null.
 */
const facetsQuery = z
  .string()
  .refine((text) => text.split(',').every((name) => facetNames.some((each) => each === name)), {
    error: `Must be some of ${facetNames.join(', ')}, with commas between`,
    params: { zh: `须为 ${facetNames.join('、')} 中的若干项，以英文逗号分隔` },
  })
  .meta({
    id: 'FacetNames',
    description: `How many of the entries that match have each value, or none (null): some of ${facetNames.join(', ')}, with commas between`,
    examples: [facetNames.join(',')],
  })
  .transform((text) => [...new Set(text.split(','))] as FacetName[])
  .optional();

export type ListQuery = z.infer<z.ZodObject<ReturnType<typeof listQuery>>> & {
  readonly sector?: string | undefined;
  readonly district?: string | undefined;
  readonly area?: 'core' | 'belt' | 'other' | undefined;
  readonly enterprise?: string | undefined;
};

const refersToEnterprises = ({ descriptive }: Register): boolean =>
  Object.values(descriptive).some(({ reference }) => reference?.register === enterprises.name);

/** The entries of a register that a list asks for, in a view. */
const filterOf = (
  questions: Questions,
  register: Register,
  { sort: _, area, enterprise, ...query }: ListQuery,
  view: View,
): EntryFilter => ({
  ...query,
  register: register.name,
  on: view.on,
  size: view.size,
  refersTo: enterprise === undefined ? undefined : [enterprises.name, enterprises.key.parse(enterprise) ?? enterprise],
  area: area && { name: area, belt: beltOn(questions, view) },
});

const beltOn = (questions: Questions, view: View): readonly string[] =>
  planInForce(questions.plans(view), view.on)?.belt ?? [];

/** The rows of a register's list for a view. */
export const listRows = (
  questions: Questions,
  register: Register,
  query: ListQuery,
  view: View,
  page: Omit<EntryPage, 'sort'>,
): readonly EntryRow[] =>
  questions.entries({ ...filterOf(questions, register, query, view), ...page, sort: query.sort ?? 'key' });

export const rowView = (register: Register, row: EntryRow) => ({
  register: register.name,
  key: row.key,
  status: row.status,
  revision: row.revision,
  ...JSON.parse(row.fields),
});

type ListAsked = ListPlace & {
  readonly name: string;
  readonly query: ListQuery;
  readonly facets: readonly FacetName[];
  /** Whether the reader may record, and sees what waits. */
  readonly mayRecord: boolean;
};

/** A page of a register's list, how many match in all, and how many of them have each value of some fields. */
export const listQuestion = longQuestion('list', (questions, asked: ListAsked) => {
  const { name, query, facets, mayRecord, view, after, limit } = asked;
  const register = registerNamed(name);
  if (register === undefined) throw new Error(`There is no register ${name}`);
  const filter = filterOf(questions, register, query, view);
  const rows = questions.entries({ ...filter, sort: query.sort ?? 'key', after, limit: limit + 1 });
  const { page, last } = pageOf(rows, limit);
  const items = page.map((row) => ({
    ...rowView(register, row),
    since: row.since,
    ...(mayRecord ? { pending: questions.pendingCount(name, row.key) } : {}),
  }));
  const counts = questions.entryCounts(filter, [...new Set(facets.flatMap((facet) => columnsOf[facet]))]);
  const total = counts.reduce((sum, { count }) => sum + count, 0);
  const belt = facets.includes('area') ? beltOn(questions, view) : [];
  const answer = {
    ...view,
    items,
    total,
    ...(facets.length > 0
      ? { facets: Object.fromEntries(facets.map((facet) => [facet, facetOf(facet, counts, register, belt)])) }
      : {}),
  };
  return { bytes: jsonBytes(answer), last: last && afterOf(last) };
});

const columnsOf: Readonly<Record<FacetName, readonly Facet[]>> = {
  status: ['status'],
  sector: ['sector'],
  district: ['district'],
  area: ['district', 'lingang'],
};

const facetOf = (facet: FacetName, counts: readonly EntryCount[], register: Register, belt: readonly string[]) => {
  const found = new Map<string | null, number>();
  for (const row of counts) {
    const value = facet === 'area' ? areaOf({ ...row, lingang: row.lingang === 1 }, belt) : row[facet];
    found.set(value, (found.get(value) ?? 0) + row.count);
  }
  const order = [...orderOf[facet](register), null];
  return [...found].sort(([a], [b]) => order.indexOf(a) - order.indexOf(b)).map(([value, count]) => ({ value, count }));
};

/** The values of a facet in the order in which they are declared. */
const orderOf: Readonly<Record<FacetName, (register: Register) => readonly string[]>> = {
  status: (register) => Object.keys(register.statuses),
  sector: () => Object.keys(sectors),
  district: () => Object.keys(districts),
  area: () => areas,
};

const listRoute = (app: App, context: Context, register: Register): void => {
  app.get(
    `/api/v1/${register.name}`,
    {
      schema: {
        tags: [register.name],
        summary: `${register.title.en}: search and filters`,
        operationId: `${register.name}.entries`,
        headers: positionHeaders,
        querystring: z.strictObject({ ...listQuery(register), facets: facetsQuery, ...pagingQuery }),
        response: { 200: listAnswer(register) },
      },
    },
    async (request, reply) => {
      const {
        limit,
        facets = [],
        ...query
      } = request.query as ListQuery & {
        readonly limit: number;
        readonly facets?: readonly FacetName[];
      };
      const { view, after } = listView(context, request);
      const mayRecord = holds(request.identity, register.role);
      const { knownAt: _knownAt, ...shown } = query; // an instant cannot be sent to a thread
      const asked = { name: register.name, query: shown, facets, mayRecord, view, after, limit };
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
      if (entry.revision === -1 && mayRecord) throw notBegun(register, request.entryKey);
      if (entry.revision === -1 || !(isListed || mayRecord || holds(identity, 'auditor')))
        throw new Problem('not-found');
      if (request.query.on === undefined && request.query.knownAt === undefined)
        reply.header('etag', `"${entry.revision}"`);
      return { ...shown, ...view };
    },
  );
};

/** There is no such entry yet: those who may record are told the commands with which it can begin. */
const notBegun = ({ facts }: Register, key: string): Problem => {
  const starting = facts.filter(({ moves }) => moves[none.status] !== undefined);
  const titles = starting.map(({ title }) => title);
  return new Problem(
    'not-found',
    { startsWith: starting.map(({ command }) => command) },
    {
      zh: `没有编号为“${key}”的登记项；可以办理${titles.map(({ zh }) => `“${zh}”`).join('或')}，从此登记`,
      en: `There is no entry ${key}; it can begin with ${titles.map(({ en }) => `"${en}"`).join(' or ')}`,
    },
  );
};
