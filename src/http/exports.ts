import { Readable } from 'node:stream';
import { z } from 'zod';
import { registers } from '../../domain/registers/index.ts';
import { kept, pathIn } from '../data-folder.ts';
import { xlsxType } from '../spreadsheets/xlsx-writer.ts';
import { addressOf } from './addresses.ts';
import type { App, Context } from './context.ts';
import { exportsMade } from './export-jobs.ts';
import { type Format, fileOf, targetTable } from './export-tables.ts';
import { languageQuery, positionHeaders, viewQuery } from './parameters.ts';
import { languageOf } from './problem.ts';
import { viewOf } from './reading.ts';
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

const attached = (name: string, format: Format) => `attachment; filename="${name}.${format}"`;

const targetRoutes = (app: App, context: Context): void => {
  for (const each of formats)
    app.get(
      `/api/v1/exports/targets.${each.format}`,
      { config: { produces: [each.type] }, schema: schemaOf('targets', each) },
      async (request, reply) => {
        const { lang = languageOf(request), ...query } = request.query;
        const table = targetTable(context.questions.figures(viewOf(context, query)), lang);
        reply.type(each.sent).header('content-disposition', attached('targets', each.format));
        return reply.send(fileOf('targets', each.format, table));
      },
    );
};

const registerRoutes = (app: App, context: Context): void => {
  const made = exportsMade(pathIn(context.config.dataFolder, kept.readModel));
  app.addHook('onClose', made.close);
  for (const { name } of registers)
    for (const each of formats)
      app.get(
        `/api/v1/exports/${name}.${each.format}`,
        { config: { produces: [each.type] }, schema: schemaOf(name, each) },
        async (request, reply) => {
          const { lang: language = languageOf(request), ...query } = request.query;
          const left = new AbortController();
          if (request.raw.socket.destroyed) left.abort();
          reply.raw.once('close', () => left.abort());
          const by = request.identity === undefined ? addressOf(request.ip) : request.identity.subject;
          const task = { register: name, format: each.format, language, ...viewOf(context, query) };
          const bytes = await madeFor(request, made.get(task, by, left.signal)).catch((error: unknown) => {
            if (left.signal.aborted) return undefined;
            throw error;
          });
          if (bytes === undefined) return reply.hijack(); // nobody is there to answer
          reply.type(each.sent).header('content-disposition', attached(name, each.format));
          return reply.header('content-length', bytes.byteLength).send(Readable.from(pieces(bytes)));
        },
      );
};

/** What is handed to a connection at once; it takes the next as its reader takes them. */
const pieceBytes = 65_536;

function* pieces(bytes: Uint8Array): Iterable<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes);
}
