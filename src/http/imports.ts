import { rm } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { z } from 'zod';
import { shortText, type Text } from '../../domain/field.ts';
import type { ImportProgress } from '../../domain/import-events.ts';
import type { Register } from '../../domain/register.ts';
import { registerNamed, registers } from '../../domain/registers/index.ts';
import { importView, shownImport } from '../imports/view.ts';
import { requireRole } from './access.ts';
import type { App, Context } from './context.ts';
import { isStillAllowed } from './credentials.ts';
import { inTime } from './held.ts';
import { fileProblem, formOf, importForm } from './import-form.ts';
import { commandQuery, importParams, importReaders, readersOf, startedAnswer } from './import-schemas.ts';
import { flagQuery } from './parameters.ts';
import { invalid, languageOf, Problem, unavailable } from './problem.ts';
import { eventStream } from './sse.ts';

/** Imports of spreadsheets: their start and their progress. */
export const importRoutes = (app: App, context: Context): void => {
  for (const register of registers) startRoute(app, context, register);
  unknownRegisterRoute(app);
  progressRoute(app, context);
  runRoute(app, context);
};

const startRoute = (app: App, { imports, config }: Pick<Context, 'imports' | 'config'>, register: Register): void => {
  app.post(
    `/api/v1/imports/${register.name}`,
    {
      config: { roles: [register.role], form: importForm(register) },
      schema: {
        tags: ['imports'],
        summary: `Import a CSV, XLSX or XLS into ${register.name}`,
        operationId: `imports.${register.name}`,
        consumes: ['multipart/form-data'],
        querystring: z.strictObject({
          command: commandQuery(register),
          dryRun: flagQuery,
          sheet: z
            .string()
            .max(100)
            .optional()
            .meta({ description: 'The sheet to read; defaults to the one with matching column headers' }),
        }),
        response: { 202: startedAnswer },
      },
    },
    async (request, reply) => {
      const by = requireRole(request.identity, [register.role]).subject;
      const { command, sheet, dryRun } = request.query;
      if (!request.isMultipart()) throw new Problem('unsupported-media-type');
      if (imports.isFull()) throw full();
      const left = leaving(reply.raw);
      request.socket.setTimeout(0); // the answer may have to wait for its turn
      const path = await imports.newFile();
      try {
        const { set, map, name } = await formOf(request, path);
        const file = shortText.safeParse(name).success ? name : 'file';
        const answer = await imports.start({
          register,
          command,
          file,
          path,
          sheet,
          set,
          map,
          by,
          dryRun,
          signal: left,
        });
        if ('fault' in answer) throw fileProblem(answer, languageOf(request));
        const { id } = answer;
        return await reply.code(202).header('location', `/api/v1/imports/${id}`).send({ import: { id } });
      } catch (error) {
        if (left.aborted && error === left.reason) return reply.hijack();
        throw error;
      } finally {
        request.socket.setTimeout(config.stallLimitMs);
        await rm(path, { force: true });
      }
    },
  );
};

const full = () =>
  unavailable({ zh: '等待中的导入过多，请稍后再试', en: 'Too many imports are waiting; try again later' }, 30);

/** Aborts if the client leaves before it has its answer. */
const leaving = (answer: ServerResponse): AbortSignal => {
  const left = new AbortController();
  answer.once('close', () => {
    if (!answer.writableFinished) left.abort(new Error('the client has left'));
  });
  return left.signal;
};

// Because `/imports/:id` has a GET, a POST to a register that does not exist would otherwise be answered with 405.
const unknownRegisterRoute = (app: App): void => {
  app.post('/api/v1/imports/:id', {
    config: { roles: ['clerk', 'admin'] },
    schema: { hide: true },
    onRequest: async () => {
      throw new Problem('not-found');
    },
    handler: async () => {},
  });
};

const runRoute = (app: App, { imports }: Pick<Context, 'imports'>): void => {
  app.post(
    '/api/v1/imports/:id/run',
    {
      config: { roles: ['clerk', 'admin'] },
      schema: {
        tags: ['imports'],
        summary: 'Import the file of a dry run for real, as it was understood there and with the same values',
        operationId: 'import.run',
        params: importParams,
        body: z.strictObject({}).optional(),
        response: { 202: startedAnswer },
      },
    },
    async (request, reply) => {
      const progress = await imports.progress(request.params.id);
      if (progress === undefined) throw new Problem('not-found', {}, forgotten);
      const role = registerNamed(progress.register)?.role ?? 'clerk';
      const { subject } = requireRole(request.identity, [role]);
      if (imports.isFull()) throw full();
      const answer = await inTime(imports.run(request.params.id, subject));
      if (answer === 'no-dry-run') throw invalid({ in: 'path', name: 'id', ...noDryRun });
      if (answer === 'not-found') throw new Problem('not-found', {}, forgotten);
      if (answer === 'import-running') throw new Problem('import-running', {}, stillTried);
      const { id } = answer;
      return reply.code(202).header('location', `/api/v1/imports/${id}`).send({ import: { id } });
    },
  );
};

const noDryRun: Text = {
  zh: '该导入不是试导入，其各行已经登记或提交；如需重新导入，请再次发送文件',
  en: 'This import is not a dry run: its rows are recorded or submitted already. To import the file again, send it again',
};
const forgotten: Text = {
  zh: '此节点没有这次试导入的文件：试导入只在执行它的节点上保留 7 天，且只保留最近 100 次；请再次发送文件',
  en: 'This node does not have the file of this dry run: only the node that ran it keeps it, for 7 days, and no more than the latest 100. Send the file again',
};
const stillTried: Text = {
  zh: '试导入尚未结束；请待其结束后再正式导入',
  en: 'The dry run has not ended; run it for real after its end',
};

const progressRoute = (app: App, context: Pick<Context, 'imports' | 'model' | 'tokens' | 'people'>): void => {
  const { imports, model } = context;
  const onProgress = progressListener({ imports, model });
  app.get(
    '/api/v1/imports/:id',
    {
      config: { roles: importReaders, reads: 'imports', produces: ['application/json', 'text/event-stream'] },
      schema: {
        tags: ['imports'],
        summary: 'Progress, and the line, column and reason of each refused row; also as Server-Sent Events',
        description: 'In a stream of events only the last message lists the rows.',
        operationId: 'import',
        params: importParams,
        querystring: z.strictObject({
          refusals: z.enum(['true', 'false']).default('true').meta({
            description: 'Whether the refused rows are listed; `/rows` gives them a page at a time',
          }),
        }),
        response: {
          200: {
            description: 'The import as it stands, or its progress as a stream of events',
            content: {
              'application/json': { schema: z.object({ import: shownImport }) },
              'text/event-stream': { schema: z.string() },
            },
          },
        },
      },
    },
    async (request, reply) => {
      const language = languageOf(request);
      const worded = (reason: Text) => reason[language];
      const { id } = request.params;
      const found = await imports.progress(id);
      if (found === undefined) throw new Problem('not-found');
      requireRole(request.identity, readersOf(found));
      const isListed = request.query.refusals === 'true';
      const progress = isListed ? found : withoutRows(found);
      if (request.accepts().type(['application/json', 'text/event-stream']) !== 'text/event-stream') {
        return importView(progress, worded, language, request.server.basePath);
      }
      return eventStream(request, reply, { model: { onFolded: onProgress } }, '', async (sent: string) => {
        if (!(await isStillAllowed(request, context))) return { next: sent, messages: [], done: true };
        const latest = (await imports.progress(id)) ?? progress;
        const data = JSON.stringify(
          importView(
            isListed && hasEnded(latest) ? latest : withoutRows(latest),
            worded,
            language,
            request.server.basePath,
          ),
        );
        const isBusy = !hasEnded(latest) || latest.decisions.some(({ state }) => state === 'running');
        return { next: data, messages: data === sent ? [] : [{ event: 'import', data }], done: !isBusy };
      });
    },
  );
};

/** Listens to this node's imports, which report each batch, and to the log, which shows those of other processes. */
const progressListener =
  ({ imports, model }: Pick<Context, 'imports' | 'model'>): Context['model']['onFolded'] =>
  (listener) => {
    const notify = () => listener(model.place().size, model.place().size);
    const ends = [imports.onProgress(notify), model.onFolded(listener)];
    return () => {
      for (const end of ends) end();
    };
  };

/** Progress without its refused rows: a stream lists them once, at the end, to keep its messages short. */
const withoutRows = (progress: ImportProgress): ImportProgress => ({ ...progress, refusals: [] });

const hasEnded = ({ state }: ImportProgress): boolean => state === 'finished' || state === 'failed';
