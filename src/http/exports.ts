import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { registers } from '../../domain/registers/index.ts';
import { xlsxType } from '../spreadsheets/xlsx-writer.ts';
import type { App, Context } from './context.ts';
import { exportsMade } from './export-jobs.ts';
import { type ExportTask, exportQuestion, type Language } from './export-tables.ts';
import { leftBy, readerOf, unlessLeft } from './long-reads.ts';
import { languageQuery, positionHeaders, viewQuery } from './parameters.ts';
import { languageOf } from './problem.ts';
import { type ViewQuery, viewOf } from './reading.ts';
import { answerOf } from './schemas.ts';
import { madeFor } from './stalls.ts';

const formats = [
  {
    format: 'csv',
    type: 'text/csv',
    sent: 'text/csv; charset=utf-8',
    says: 'CSV (RFC 4180, UTF-8 with a byte order mark)',
  },
  { format: 'xlsx', type: xlsxType, sent: xlsxType, says: 'XLSX' },
] as const;

/** Targets and registers as files. */
export const exportRoutes = (app: App, context: Context): void => {
  targetRoutes(app, context);
  registerRoutes(app, context);
};

const schemaOf = (name: string, { format, type, says }: (typeof formats)[number]) => ({
  tags: ['exports'],
  summary: `${name} as ${says}`,
  operationId: `exports.${name}${format === 'csv' ? '' : `.${format}`}`,
  headers: positionHeaders,
  querystring: z.strictObject({ lang: languageQuery, ...viewQuery }),
  response: { 200: answerOf(type, 'A file') },
});

const attachment = (reply: FastifyReply, of: string, { format, sent }: (typeof formats)[number]): FastifyReply =>
  reply.type(sent).header('content-disposition', `attachment; filename="${of}.${format}"`);

const targetRoutes = (app: App, context: Context): void => {
  for (const each of formats)
    app.get(
      `/api/v1/exports/targets.${each.format}`,
      { config: { produces: [each.type] }, schema: schemaOf('targets', each) },
      async (request, reply) => {
        const task = taskOf(context, request, 'targets', each);
        const made = await context.longReads.answer(request, reply, exportQuestion, task);
        return made === undefined ? reply.hijack() : attachment(reply, 'targets', each).send(made.bytes);
      },
    );
};

const registerRoutes = (app: App, context: Context): void => {
  const { model, longReads } = context;
  const made = exportsMade(longReads.exportThread);
  for (const { name } of registers)
    for (const each of formats)
      app.get(
        `/api/v1/exports/${name}.${each.format}`,
        { config: { produces: [each.type] }, schema: schemaOf(name, each) },
        async (request, reply) => {
          const left = leftBy(request, reply);
          const { identity, headers, query } = request;
          const asked = {
            task: taskOf(context, request, name, each),
            position: model.place().position,
            isExact:
              query.knownAt !== undefined || identity !== undefined || headers['registry-position'] !== undefined,
          };
          const found = await unlessLeft(left, madeFor(request, made.get(asked, readerOf(request), left)));
          if (found === undefined) return reply.hijack();
          const { bytes, position } = found;
          reply.header('registry-position', position).header('content-length', bytes.byteLength);
          return attachment(reply, name, each).send(Readable.from(pieces(bytes)));
        },
      );
};

type ExportRequest = FastifyRequest & { readonly query: ViewQuery & { readonly lang?: Language | undefined } };

const taskOf = (
  context: Context,
  request: ExportRequest,
  of: string,
  { format }: (typeof formats)[number],
): ExportTask => {
  const { lang: language = languageOf(request), ...query } = request.query;
  return { of, format, language, ...viewOf(context, query) };
};

/** What is handed to a connection at once; it takes the next as its reader takes them. */
const pieceBytes = 65_536;

function* pieces(bytes: Uint8Array): Iterable<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes);
}
