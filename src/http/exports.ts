import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Register } from '../../domain/register.ts';
import { registers } from '../../domain/registers/index.ts';
import type { View } from '../readmodel/questions.ts';
import { xlsxType } from '../spreadsheets/xlsx-writer.ts';
import { breakdownQuery } from './breakdown.ts';
import type { App, Context } from './context.ts';
import { type ListQuery, listQuery } from './entries.ts';
import type { Language } from './export-files.ts';
import { exportsMade } from './export-jobs.ts';
import { type ExportTask, exportQuestion, type Shown } from './export-tables.ts';
import { trailCountQuestion, trailFileLimit } from './export-trail.ts';
import { leftBy, readerOf, unlessLeft } from './long-reads.ts';
import { languageQuery, positionHeaders, viewQuery } from './parameters.ts';
import { invalid, languageOf } from './problem.ts';
import { type ViewQuery, viewOf } from './reading.ts';
import { answerOf } from './schemas.ts';
import { madeFor } from './stalls.ts';
import { targetEntriesQuery } from './target-entries.ts';
import { planQuery, plansIn, targetIn } from './targets.ts';
import { trailAsked, trailQuery } from './trail-query.ts';

const formats = [
  {
    format: 'csv',
    type: 'text/csv',
    sent: 'text/csv; charset=utf-8',
    says: 'CSV',
    means: 'A CSV (RFC 4180, UTF-8 with a byte order mark)',
  },
  { format: 'xlsx', type: xlsxType, sent: xlsxType, says: 'XLSX', means: 'An XLSX' },
] as const;

/** Targets, their breakdown and entries, registers and the trail as files. */
export const exportRoutes = (app: App, context: Context): void => {
  const send = senderOf(context);
  for (const as of formats) {
    figureRoutes(app, context, as);
    targetEntriesRoute(app, context, as, send);
    trailRoute(app, context, as, send);
    for (const register of registers) registerRoute(app, context, register, as, send);
  }
};

type As = (typeof formats)[number];

const languages = { lang: languageQuery };

const schemaOf = (name: string, { format, type, says, means }: As) => ({
  tags: ['exports'],
  summary: `${name} as ${says}`,
  operationId: `exports.${name}${format === 'csv' ? '' : `.${format}`}`,
  headers: positionHeaders,
  response: { 200: answerOf(type, means) },
});

const attachment = (reply: FastifyReply, of: string, { format, sent }: As): FastifyReply =>
  reply.type(sent).header('content-disposition', `attachment; filename="${of}.${format}"`);

/** The short ones: targets and their breakdown. */
const figureRoutes = (app: App, context: Context, as: As): void => {
  const send = async (request: FastifyRequest, reply: FastifyReply, of: string, task: ExportTask) => {
    const made = await context.longReads.answer(request, reply, exportQuestion, task);
    return made === undefined ? reply.hijack() : attachment(reply, of, as).send(made.bytes);
  };
  const config = { produces: [as.type] };
  app.get(
    `/api/v1/exports/targets.${as.format}`,
    {
      config,
      schema: {
        ...schemaOf('targets', as),
        querystring: z.strictObject({ ...languages, ...viewQuery, plan: planQuery }),
      },
    },
    async (request, reply) => {
      const { lang, plan } = request.query;
      const view = viewOf(context, request.query);
      plansIn(context, plan, view);
      return send(request, reply, 'targets', taskOf(request, lang, { of: 'targets', plan }, view, as));
    },
  );
  app.get(
    `/api/v1/exports/breakdown.${as.format}`,
    {
      config,
      schema: { ...schemaOf('breakdown', as), querystring: z.strictObject({ ...languages, ...breakdownQuery }) },
    },
    async (request, reply) => {
      const { lang, by, plan } = request.query;
      const view = viewOf(context, request.query);
      plansIn(context, plan, view);
      return send(request, reply, 'breakdown', taskOf(request, lang, { of: 'breakdown', by, plan }, view, as));
    },
  );
};

const targetEntriesRoute = (app: App, context: Context, as: As, send: Send): void => {
  app.get(
    `/api/v1/targets/:id/entries.${as.format}`,
    {
      config: { produces: [as.type] },
      schema: {
        ...schemaOf('target-entries', as),
        summary: `The entries that a target counts as ${as.says}`,
        params: z.object({ id: z.string() }),
        querystring: z.strictObject({ ...languages, ...targetEntriesQuery }),
      },
    },
    async (request, reply) => {
      const { lang, plan: planKey, sector, district, area } = request.query;
      const view = viewOf(context, request.query);
      const { plan, target } = targetIn(context, request.params.id, planKey, view);
      const shown = { of: 'entries of a target', target: target.id, plan: plan.id, sector, district, area } as const;
      return send(request, reply, `${target.id}-entries`, taskOf(request, lang, shown, view, as), as);
    },
  );
};

const registerRoute = (app: App, context: Context, register: Register, as: As, send: Send): void => {
  app.get(
    `/api/v1/exports/${register.name}.${as.format}`,
    {
      config: { produces: [as.type] },
      schema: {
        ...schemaOf(register.name, as),
        querystring: z.strictObject({ ...languages, ...listQuery(register) }),
      },
    },
    async (request, reply) => {
      const { lang, on, knownAt, ...query } = request.query as ListQuery & Languages;
      const shown = { of: 'register', register: register.name, query } as const;
      const task = taskOf(request, lang, shown, viewOf(context, { on, knownAt }), as);
      return send(request, reply, register.name, task, as);
    },
  );
};

const trailRoute = (app: App, context: Context, as: As, send: Send): void => {
  const { longReads } = context;
  app.get(
    `/api/v1/events.${as.format}`,
    {
      config: { roles: ['auditor'], reads: 'trail', produces: [as.type] },
      schema: {
        ...schemaOf('trail', as),
        tags: ['trail'],
        summary: `The trail as ${as.says}, at most ${trailFileLimit} events`,
        querystring: z.strictObject({ ...languages, ...trailQuery }),
      },
    },
    async (request, reply) => {
      const { lang, ...query } = request.query;
      const { filter: asked, order } = await trailAsked(context, query);
      const view = viewOf(context, {});
      const filter = { ...asked, before: Math.min(asked.before ?? view.size, view.size) };
      const count = await longReads.answer(request, reply, trailCountQuestion, filter);
      if (count === undefined) return reply.hijack();
      if (count > trailFileLimit) throw tooManyEvents();
      return send(request, reply, 'events', taskOf(request, lang, { of: 'trail', filter, order }, view, as), as);
    },
  );
};

const tooManyEvents = () =>
  invalid({
    in: 'query',
    name: 'from',
    zh: `符合条件的事件超过 ${trailFileLimit} 条，无法放入一个文件；请用 from、to 等条件缩小范围，或以 application/x-ndjson 读取全部`,
    en: `More than ${trailFileLimit} events match, which is too many for a file; narrow them with from, to or other filters, or read all of them as application/x-ndjson`,
  });

type Languages = { readonly lang?: Language | undefined };

const taskOf = (
  request: FastifyRequest,
  language: Language | undefined,
  shown: Shown,
  view: View,
  { format }: As,
): ExportTask => ({ shown, format, language: language ?? languageOf(request), ...view });

type Send = (
  request: FastifyRequest,
  reply: FastifyReply,
  of: string,
  task: ExportTask,
  as: As,
) => Promise<FastifyReply>;

/** Finished exports are kept up to so many bytes. */
const keptBytes = 64 * 1_048_576;

/** Sends long exports, each of which is made only once for all who ask for it. */
const senderOf = ({ model, longReads }: Context): Send => {
  const made = exportsMade(longReads.exportThread, exportQuestion, keptBytes, undefined, model.version);
  model.onErased(made.forget);
  return async (request, reply, of, task, as) => {
    const left = leftBy(request, reply);
    const { identity, headers, query } = request;
    const asked = {
      task,
      position: model.place().position,
      isExact:
        (query as ViewQuery).knownAt !== undefined ||
        identity !== undefined ||
        headers['registry-position'] !== undefined,
    };
    const found = await unlessLeft(left, madeFor(request, made.get(asked, readerOf(request), left)));
    if (found === undefined) return reply.hijack();
    const { bytes, position } = found;
    reply.header('registry-position', position).header('content-length', bytes.byteLength);
    return attachment(reply, of, as).send(Readable.from(pieces(bytes)));
  };
};

/** What is handed to a connection at once; it takes the next as its reader takes them. */
const pieceBytes = 65_536;

function* pieces(bytes: Uint8Array): Iterable<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes);
}
