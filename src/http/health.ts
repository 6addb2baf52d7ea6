import { z } from 'zod';
import type { App, Context } from './context.ts';
import { instantSchema } from './schemas.ts';

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
    .meta({ description: 'Why the store last failed to record; absent once it has recorded again' }),
});

/** Whether the process answers, and whether the node is ready. */
export const healthRoutes = (app: App, { model, lastFault }: Context): void => {
  app.get(
    '/health/live',
    {
      config: { vital: true },
      schema: {
        tags: ['operations'],
        summary: 'Whether the process answers',
        operationId: 'live-health',
        response: { 200: z.object({ state: z.literal('live') }) },
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
        summary: 'Whether the read model has folded all that the store held at start, and follows it',
        operationId: 'ready-health',
        response: { 200: healthAnswer, 503: healthAnswer },
      },
    },
    async (_request, reply) => {
      const health = model.health();
      if (health.state !== 'ready') reply.header('retry-after', '1');
      return reply.code(health.state === 'ready' ? 200 : 503).send({ ...health, lastFault: lastFault() });
    },
  );
};
