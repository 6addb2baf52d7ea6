import { z } from 'zod';
import { type ProblemCode, problems } from '../commands/problems.ts';
import type { App, Context } from './context.ts';
import { Problem } from './problem.ts';
import { instantSchema, refusals } from './schemas.ts';

const healthAnswer = z.object({
  state: z.enum(['catching-up', 'ready', 'stopped', 'store-away']),
  size: z.int(),
  storeSize: z.int(),
  stopped: z
    .object({ entryNumber: z.int(), event: z.string(), type: z.string(), projection: z.string(), message: z.string() })
    .optional(),
  detail: z.string().optional().meta({ description: 'Why the read model does not follow the store' }),
  lastFault: z
    .object({ at: instantSchema, message: z.string() })
    .optional()
    .meta({ description: 'Why the store failed a command last; gone once it takes one again' }),
});

/** Health, and the pages that explain each problem. */
export const operationsRoutes = (app: App, { model, lastFault }: Context): void => {
  app.get(
    '/health/live',
    {
      config: { vital: true },
      schema: {
        tags: ['operations'],
        summary: 'The process answers',
        operationId: 'live-health',
        response: { 200: z.object({ state: z.literal('live') }), ...refusals(401, 406, 429, 500) },
      },
    },
    async () => ({ state: 'live' as const }),
  );

  app.get(
    '/health/ready',
    {
      config: { vital: true },
      schema: {
        tags: ['operations'],
        summary: 'The read model has folded all that the store held at start and goes on',
        operationId: 'ready-health',
        response: { 200: healthAnswer, 503: healthAnswer, ...refusals(401, 406, 429, 500) },
      },
    },
    async (_request, reply) => {
      const health = model.health();
      if (health.state !== 'ready') reply.header('retry-after', '1');
      return reply.code(health.state === 'ready' ? 200 : 503).send({ ...health, lastFault: lastFault() });
    },
  );

  app.get(
    '/problems/:code',
    {
      config: { produces: ['text/html'] },
      schema: {
        tags: ['operations'],
        summary: 'What a problem means and what to do about it',
        operationId: 'problem',
        params: z.object({ code: z.string() }),
        response: {
          200: { description: 'A page', content: { 'text/html': { schema: z.string() } } },
          ...refusals(401, 404, 406, 429, 500, 503),
        },
      },
    },
    async (request, reply) => {
      const { code } = request.params;
      if (!Object.hasOwn(problems, code)) throw new Problem('not-found');
      return reply.type('text/html; charset=utf-8').send(problemPage(code as ProblemCode));
    },
  );
};

/** A page without script or style sheet, in both languages. */
const problemPage = (code: ProblemCode): string => {
  const { status, title, advice } = problems[code];
  return `<!doctype html>
<html lang="zh-CN">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title.zh} · ${title.en}</title></head>
<body>
<main>
<h1>${title.zh}</h1>
<p>${advice.zh}</p>
<section lang="en"><h2>${title.en}</h2><p>${advice.en}</p></section>
<p><code>${status} ${code}</code></p>
</main>
</body>
</html>
`;
};
