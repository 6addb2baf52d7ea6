import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Text } from '../../domain/field.ts';
import { importProgressSchema, rowOutcome } from '../../domain/import-events.ts';
import { isObject } from '../../domain/json.ts';
import { registers } from '../../domain/registers/index.ts';
import type { ImportPlace } from '../../projections/imports.ts';
import { holds } from '../identity/identity.ts';
import { placeOf } from '../imports/listing.ts';
import { faultSchema, importView, rowView, shownImport } from '../imports/view.ts';
import { requireRole } from './access.ts';
import type { App, Context } from './context.ts';
import { contributionSchema, impactSchema } from './impact-schemas.ts';
import { importParams, importReaders, readersOf } from './import-schemas.ts';
import { pagingQuery, positionHeaders } from './parameters.ts';
import { invalid, languageOf, Problem } from './problem.ts';
import { cursorOf, linkCursor, pageOf } from './reading.ts';

/** The list of imports, and the rows of one. */
export const importReadRoutes = (app: App, context: Context): void => {
  listRoute(app, context);
  rowsRoute(app, context);
};

const wordedFor = (request: FastifyRequest) => {
  const language = languageOf(request);
  return (reason: Text) => reason[language];
};

const isImportPlace = (value: unknown): value is ImportPlace =>
  isObject(value) &&
  Object.keys(value).join() === 'at,id' &&
  typeof value.at === 'string' &&
  typeof value.id === 'string';

const listRoute = (app: App, { imports }: Pick<Context, 'imports'>): void => {
  app.get(
    '/api/v1/imports',
    {
      config: { roles: importReaders, reads: 'imports' },
      schema: {
        tags: ['imports'],
        summary: 'Imports, the newest first, and the dry runs that this node keeps',
        description: 'Without their refusals.',
        operationId: 'imports',
        headers: positionHeaders,
        querystring: z.strictObject({
          register: z.enum(registers.map(({ name }) => name)).optional(),
          by: z.string().min(1).max(500).optional(),
          state: importProgressSchema.shape.state.optional(),
          ...pagingQuery,
        }),
        response: {
          200: z.object({
            items: z.array(shownImport),
            total: z.int().meta({ description: 'How many match, on all pages' }),
          }),
        },
      },
    },
    async (request, reply) => {
      const { identity } = request;
      const { cursor: _, limit, ...asked } = request.query;
      const own = registers.filter((register) => readersOf(register).some((role) => holds(identity, role)));
      if (asked.register !== undefined)
        requireRole(identity, registers.filter(({ name }) => name === asked.register).flatMap(readersOf));
      const [only = '', another] = own.map(({ name }) => name);
      const after = cursorOf(request, isImportPlace);
      const filter = another === undefined ? { ...asked, register: only } : asked;
      const { items, total } = await imports.list(filter, after, limit + 1);
      const { page, last } = pageOf(items, limit);
      if (last !== undefined) linkCursor(request, reply, placeOf(last));
      const worded = wordedFor(request);
      return {
        items: page.map(
          (each) => importView({ ...each, refusals: [] }, worded, languageOf(request), request.server.basePath).import,
        ),
        total,
      };
    },
  );
};

const rowSchema = z
  .object({
    row: z.int().meta({ description: 'Its number among the rows under the headers, from 1' }),
    line: z.int().optional().meta({ description: 'Its line in the file' }),
    key: z.string().nullable(),
    outcome: rowOutcome.meta({ description: 'What became of it; in a dry run, what would become of it' }),
    values: z.record(z.string(), z.unknown()).meta({ description: 'Its values as understood, by field' }),
    impact: impactSchema.optional(),
    contribution: contributionSchema.optional(),
    faults: z.array(faultSchema).optional(),
  })
  .meta({ id: 'ImportRow' });

const rowsAnswer = z.object({
  items: z.array(rowSchema),
  total: z.int().meta({ description: 'How many match so far, on all pages' }),
  rows: z.union([z.int(), z.literal('elsewhere')]).meta({
    description: 'Rows done so far; elsewhere if this node has no file of them: then items are what the ledger has',
  }),
});
export type ImportRows = z.output<typeof rowsAnswer>;

const isPlaceInFile = (value: unknown): value is { readonly at: number } =>
  isObject(value) && Object.keys(value).length === 1 && Number.isSafeInteger(value.at) && Number(value.at) >= 0;

const rowsRoute = (app: App, { imports }: Pick<Context, 'imports'>): void => {
  app.get(
    '/api/v1/imports/:id/rows',
    {
      config: { roles: importReaders },
      schema: {
        tags: ['imports'],
        summary: 'What became of each row, or, in a dry run, what would become of it',
        description: 'Only a dry run says the impact of its rows: submissions say theirs themselves.',
        operationId: 'import.rows',
        params: importParams,
        querystring: z.strictObject({ outcome: rowOutcome.optional(), ...pagingQuery }),
        response: { 200: rowsAnswer },
      },
    },
    async (request, reply) => {
      const { outcome, limit } = request.query;
      const progress = await imports.progress(request.params.id);
      if (progress === undefined) throw new Problem('not-found');
      requireRole(request.identity, readersOf(progress));
      const at = cursorOf(request, isPlaceInFile)?.at ?? 0;
      const page = await imports.rows(progress, { at, outcome, limit });
      if (page === 'no-row') throw invalid({ in: 'query', name: 'cursor', ...noCursor });
      if (page.next !== undefined) linkCursor(request, reply, { at: page.next });
      const { recorded, submitted, alreadyThere, refused } = progress.counts;
      const worded = wordedFor(request);
      return {
        items: page.rows.map((row) => rowView(row, worded)),
        total: outcome === undefined ? recorded + submitted + alreadyThere + refused : progress.counts[outcome],
        rows: page.isElsewhere ? 'elsewhere' : progress.rows,
      };
    },
  );
};

const noCursor: Text = { zh: '不是由本服务给出的游标', en: 'Is not a cursor that this service issued' };
