import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { shortText } from '../../domain/field.ts';
import { registers } from '../../domain/registers/index.ts';
import { importView } from '../imports/view.ts';
import { requireRole } from './access.ts';
import type { App, Context } from './context.ts';
import { invalid, languageOf, Problem } from './problem.ts';
import { flagQuery, instantSchema, refusals } from './schemas.ts';
import { eventStream } from './sse.ts';

const started = z.object({ import: z.object({ id: z.string() }) });
const count = z.int().min(0);

const importAnswer = z.object({
  import: z.object({
    id: z.string(),
    register: z.string(),
    command: z.string(),
    file: z.string(),
    sha256: z.string(),
    by: z.string(),
    startedAt: instantSchema,
    dryRun: z.boolean(),
    state: z.enum(['running', 'finished']),
    total: count.meta({ description: 'Rows under the heads' }),
    rows: count.meta({ description: 'Rows taken so far' }),
    recorded: count,
    submitted: count,
    alreadyThere: count,
    refused: count,
    ignored: z.array(z.string()).meta({ description: 'Heads that are not understood' }),
    refusals: z.array(z.object({ row: count, line: count, column: z.string().nullable(), reason: z.string() })),
    outcomes: z
      .array(z.object({ row: count, key: z.string().nullable(), outcome: z.string() }))
      .optional()
      .meta({ description: 'Row by row what would happen, of a dry run' }),
    decisions: z.array(
      z.object({
        decision: z.enum(['approve', 'return']),
        by: z.string(),
        state: z.enum(['running', 'finished']),
        reason: z.string().optional(),
        decided: count,
        left: z
          .array(z.object({ submission: z.string(), code: z.string() }))
          .meta({ description: 'Submissions that could not be decided and stay pending, each with why' }),
      }),
    ),
  }),
});

type Form = {
  readonly set: Readonly<Record<string, string>>;
  readonly file: { readonly name: string; readonly content: Uint8Array };
};

/** The file of a form with its `set.FIELD` parts, in any order. */
const formOf = async (request: FastifyRequest): Promise<Form> => {
  const set: Record<string, string> = {};
  let file: Form['file'] | undefined;
  try {
    for await (const part of request.parts()) {
      if (part.type === 'file') file = { name: part.filename, content: await part.toBuffer() };
      else if (part.fieldname.startsWith('set.')) set[part.fieldname.slice('set.'.length)] = String(part.value);
      else throw invalid({ in: 'body', pointer: `/${part.fieldname}`, zh: '未知的部分', en: 'Unknown part' });
    }
  } catch (error) {
    // The parser of forms has no code for a form that is cut short or broken.
    if (error instanceof Problem || !(error instanceof Error) || 'code' in error) throw error;
    throw invalid({ in: 'body', pointer: '', zh: '表单不完整', en: `The form is broken: ${error.message}` });
  }
  if (file === undefined) throw invalid({ in: 'body', pointer: '/file', zh: '没有附上文件', en: 'No file was sent' });
  return { set, file };
};

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
          summary: `Import a CSV into ${register.name}: multipart/form-data with one file and set.FIELD parts`,
          operationId: `imports.${register.name}`,
          security: [{ bearer: [] }],
          consumes: ['multipart/form-data'],
          querystring: z.strictObject({
            command: z
              .enum(register.facts.map(({ command }) => command))
              .optional()
              .meta({ description: 'The register’s first where left out' }),
            dryRun: flagQuery,
          }),
          response: { 202: started, ...refusals(400, 401, 403, 406, 413, 415, 429, 500, 503) },
        },
      },
      async (request, reply) => {
        const by = requireRole(request.identity, [register.role]).subject;
        if (!request.isMultipart()) throw new Problem('unsupported-media-type');
        const { set, file } = await formOf(request);
        const answer = await imports.start({
          register,
          command: request.query.command,
          file: shortText.safeParse(file.name).success ? file.name : 'file.csv',
          content: file.content,
          set,
          by,
          dryRun: request.query.dryRun === 'true',
        });
        if ('fault' in answer) throw invalid({ in: 'body', pointer: `/${answer.at}`, ...answer.fault });
        return reply
          .code(202)
          .header('location', `/api/v1/imports/${answer.id}`)
          .send({ import: { id: answer.id } });
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
        summary: 'Progress, and per refused row its line, column and reason; also as Server-Sent Events',
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
        const data = JSON.stringify(importView(latest, (reason) => reason[language]));
        const busy = latest.state === 'running' || latest.decisions.some(({ state }) => state === 'running');
        return { next: data, messages: data === seen ? [] : [{ event: 'import', data }], done: !busy };
      });
    },
  );

  const decide = (decision: 'approve' | 'return') => {
    const isReturn = decision === 'return';
    app.post(
      `/api/v1/imports/:id/${decision}`,
      {
        config: { roles: ['reviewer'] },
        schema: {
          tags: ['imports'],
          summary: isReturn ? 'Return every submission of the import' : 'Approve every submission of the import',
          operationId: `import.${decision}`,
          security: [{ bearer: [] }],
          params,
          body: isReturn
            ? z.strictObject({ reason: shortText }).meta({ examples: [{ reason: '名单有误' }] })
            : z.strictObject({}).optional(),
          response: { 202: started, ...refusals(400, 401, 403, 404, 406, 409, 413, 415, 429, 500, 503) },
        },
      },
      async (request, reply) => {
        const { id } = request.params;
        const { subject } = requireRole(request.identity, ['reviewer']);
        const answer = await imports.decide(
          id,
          decision,
          subject,
          (request.body as { reason?: string } | undefined)?.reason,
        );
        if (answer !== 'started') throw new Problem(answer);
        return reply.code(202).header('location', `/api/v1/imports/${id}`).send({ import: { id } });
      },
    );
  };
  decide('approve');
  decide('return');
};
