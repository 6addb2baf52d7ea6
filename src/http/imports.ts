import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { shortText } from '../../domain/field.ts';
import type { DecisionName, ImportProgress } from '../../domain/import-events.ts';
import type { Register } from '../../domain/register.ts';
import { registerNamed, registers } from '../../domain/registers/index.ts';
import type { Fault } from '../../domain/rejection.ts';
import type { Role } from '../identity/identity.ts';
import type { FileFault } from '../imports/reading/file.ts';
import { refusedSheet } from '../imports/refused-sheet.ts';
import { templateOf } from '../imports/template.ts';
import { importAnswer, importView } from '../imports/view.ts';
import { xlsxType } from '../spreadsheets/xlsx-writer.ts';
import { requireRole } from './access.ts';
import type { App, Context } from './context.ts';
import { invalid, languageOf, Problem } from './problem.ts';
import { attached, flagQuery, languageQuery, refusals, xlsxAnswer } from './schemas.ts';
import { eventStream } from './sse.ts';

const started = z.object({ import: z.object({ id: z.string() }) });

type Form = { readonly set: Readonly<Record<string, string>>; readonly name: string };

/** The `set.FIELD` parts of a form, in any order, and its file, which goes to `path` as it comes. */
const formOf = async (request: FastifyRequest, path: string): Promise<Form> => {
  const set: Record<string, string> = {};
  let name: string | undefined;
  try {
    for await (const part of request.parts()) {
      if (part.type === 'file') {
        name = part.filename;
        await pipeline(part.file, createWriteStream(path));
        if (part.file.truncated) throw new Problem('payload-too-large');
      } else if (part.fieldname.startsWith('set.')) set[part.fieldname.slice('set.'.length)] = String(part.value);
      else
        throw invalid({
          in: 'body',
          pointer: `/${part.fieldname}`,
          zh: '未知的表单项',
          en: 'Unknown part of the form',
        });
    }
  } catch (error) {
    // The parser of forms has no code for a form that is cut short or broken.
    if (error instanceof Problem || !(error instanceof Error) || 'code' in error) throw error;
    throw invalid({ in: 'body', pointer: '', zh: '表单不完整', en: 'The form is incomplete' });
  }
  if (name === undefined) throw invalid({ in: 'body', pointer: '/file', zh: '没有附上文件', en: 'No file was sent' });
  return { set, name };
};

/** Each message of a stream is as long as what it says: what happened to every row is said once, at the end. */
const whileStreamed = (progress: ImportProgress): ImportProgress =>
  progress.state === 'running' ? { ...progress, refusals: [], ...(progress.dryRun ? { outcomes: [] } : {}) } : progress;

const commandOf = (register: Register) =>
  z
    .enum(register.facts.map(({ command }) => command))
    .optional()
    .meta({ description: 'The register’s first where left out' });

const placeOf = ({ at, fault }: FileFault): Fault =>
  at === 'sheet' ? { in: 'query', name: at, ...fault } : { in: 'body', pointer: `/${at}`, ...fault };

/** Spreadsheets: thousands of commands in one file, decided together by a second person. */
export const importRoutes = (app: App, context: Context): void => {
  const { imports } = context;

  for (const register of registers) {
    app.post(
      `/api/v1/imports/${register.name}`,
      {
        config: { roles: [register.role] },
        schema: {
          tags: ['imports'],
          summary: `Import a CSV, XLSX or XLS into ${register.name}: multipart/form-data with one file and set.FIELD parts`,
          operationId: `imports.${register.name}`,
          security: [{ bearer: [] }],
          consumes: ['multipart/form-data'],
          querystring: z.strictObject({
            command: commandOf(register),
            dryRun: flagQuery,
            sheet: z
              .string()
              .max(100)
              .optional()
              .meta({ description: 'The sheet to read; the one whose heads fit where left out' }),
          }),
          response: { 202: started, ...refusals(400, 401, 403, 406, 413, 415, 429, 500, 503) },
        },
      },
      async (request, reply) => {
        const by = requireRole(request.identity, [register.role]).subject;
        if (!request.isMultipart()) throw new Problem('unsupported-media-type');
        const path = await imports.newFile();
        try {
          const { set, name } = await formOf(request, path);
          const answer = await imports.start({
            register,
            command: request.query.command,
            file: shortText.safeParse(name).success ? name : 'file',
            path,
            sheet: request.query.sheet,
            set,
            by,
            dryRun: request.query.dryRun === 'true',
          });
          if ('fault' in answer) throw invalid(placeOf(answer));
          return await reply
            .code(202)
            .header('location', `/api/v1/imports/${answer.id}`)
            .send({ import: { id: answer.id } });
        } finally {
          await rm(path, { force: true });
        }
      },
    );
  }

  for (const register of registers) {
    app.get(
      `/api/v1/imports/${register.name}/template.xlsx`,
      {
        config: { produces: [xlsxType] },
        schema: {
          tags: ['imports'],
          summary: `An empty XLSX for imports into ${register.name}: heads, allowed values to choose from, an example that no import takes for a row`,
          operationId: `imports.${register.name}.template`,
          querystring: z.strictObject({ command: commandOf(register), lang: languageQuery }),
          response: { 200: xlsxAnswer, ...refusals(400, 401, 406, 429, 500, 503) },
        },
      },
      async (request, reply) => {
        const kind = register.factOf.get(request.query.command ?? '') ?? register.facts[0];
        if (kind === undefined) throw new Problem('not-found');
        const language = request.query.lang ?? languageOf(request);
        return attached(reply, `${register.name}-${kind.command}.xlsx`).send(templateOf(register, kind, language));
      },
    );
  }

  // The path of an import has a GET, so that without this a POST to a register that does not exist would be 405.
  app.post('/api/v1/imports/:id', {
    config: { roles: ['clerk', 'admin'] },
    schema: { hide: true },
    onRequest: async () => {
      throw new Problem('not-found');
    },
    handler: async () => {},
  });

  const params = z.object({ id: z.string().max(100) });

  /** An import of this node tells of every batch, one of another process shows in the log. */
  const whenever: Context['model']['onFolded'] = (listener) => {
    const tell = () => listener(context.model.place().size, context.model.place().size);
    const ends = [imports.onProgress(tell), context.model.onFolded(listener)];
    return () => {
      for (const end of ends) end();
    };
  };

  app.get(
    '/api/v1/imports/:id',
    {
      config: { roles: ['clerk', 'auditor', 'admin'], produces: ['application/json', 'text/event-stream'] },
      schema: {
        tags: ['imports'],
        summary:
          'Progress, and per refused row its line, column and reason; also as Server-Sent Events, of which the last names the rows',
        operationId: 'import',
        security: [{ bearer: [] }],
        params,
        response: {
          200: {
            description: 'The import as it stands, or an event stream of it',
            content: { 'application/json': { schema: importAnswer }, 'text/event-stream': { schema: z.string() } },
          },
          ...refusals(400, 401, 403, 404, 406, 429, 500, 503),
        },
      },
    },
    async (request, reply) => {
      const language = languageOf(request);
      const { id } = request.params;
      const progress = await imports.progress(id);
      if (progress === undefined) throw new Problem('not-found');
      if (request.accepts().type(['application/json', 'text/event-stream']) !== 'text/event-stream') {
        return importView(progress, (reason) => reason[language]);
      }
      return eventStream(request, reply, { model: { onFolded: whenever } }, '', async (seen: string) => {
        const latest = (await imports.progress(id)) ?? progress;
        const data = JSON.stringify(importView(whileStreamed(latest), (reason) => reason[language]));
        const busy = latest.state === 'running' || latest.decisions.some(({ state }) => state === 'running');
        return { next: data, messages: data === seen ? [] : [{ event: 'import', data }], done: !busy };
      });
    },
  );

  app.get(
    '/api/v1/imports/:id/refused.xlsx',
    {
      config: { roles: ['clerk', 'auditor', 'admin'], produces: [xlsxType] },
      schema: {
        tags: ['imports'],
        summary: 'The refused rows as a sheet to mend and import again: their cells, line, column and reason',
        operationId: 'import.refused',
        security: [{ bearer: [] }],
        params,
        querystring: z.strictObject({ lang: languageQuery }),
        response: { 200: xlsxAnswer, ...refusals(400, 401, 403, 404, 406, 429, 500, 503) },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const refused = await imports.refused(id);
      if (refused === undefined) throw new Problem('not-found');
      const language = request.query.lang ?? languageOf(request);
      return attached(reply, `${id}-refused.xlsx`).send(refusedSheet(refused, language));
    },
  );

  const decisionRoute = (
    decision: DecisionName,
    summary: string,
    roles: readonly Role[],
    body: z.ZodType<{ readonly reason?: string | undefined } | undefined>,
  ) => {
    app.post(
      `/api/v1/imports/:id/${decision}`,
      {
        config: { roles },
        schema: {
          tags: ['imports'],
          summary,
          operationId: `import.${decision}`,
          security: [{ bearer: [] }],
          params,
          body,
          response: { 202: started, ...refusals(400, 401, 403, 404, 406, 409, 413, 415, 429, 500, 503) },
        },
      },
      async (request, reply) => {
        const { id } = request.params;
        const progress = await imports.progress(id);
        if (progress === undefined) throw new Problem('not-found');
        const role = registerNamed(progress.register)?.role ?? 'clerk';
        const { subject } = requireRole(request.identity, decision === 'undo' ? [role] : roles);
        const answer = await imports.decide(id, decision, subject, request.body?.reason);
        if (answer !== 'started') throw new Problem(answer);
        return reply.code(202).header('location', `/api/v1/imports/${id}`).send({ import: { id } });
      },
    );
  };
  const optionalReason = z.strictObject({ reason: shortText.optional() }).meta({ examples: [{ reason: '名单有误' }] });
  const reason = z.strictObject({ reason: shortText }).meta({ examples: [{ reason: '名单有误' }] });
  decisionRoute('approve', 'Approve every submission of the import', ['reviewer'], z.strictObject({}).optional());
  decisionRoute('return', 'Return every submission of the import', ['reviewer'], reason);
  decisionRoute(
    'undo',
    'Annul every fact that the import has recorded; what moves a number waits for a second person',
    ['clerk', 'admin'],
    optionalReason.optional(),
  );
};
