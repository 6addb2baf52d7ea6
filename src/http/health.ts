import { z } from 'zod';
import { holds } from '../identity/identity.ts';
import type { App, Context } from './context.ts';
import { instantSchema } from './schemas.ts';

const healthAnswer = z
  .object({
    state: z.enum(['catching-up', 'ready', 'stopped', 'store-away']),
    size: z.int(),
    storeSize: z.int().optional().meta({ description: 'The number of events in the ledger, once it is known' }),
    stopped: z
      .object({
        entryNumber: z.int(),
        event: z.string(),
        type: z.string(),
        projection: z.string(),
        message: z.string(),
      })
      .optional()
      .meta({ description: 'The event that cannot be folded; for auditors and administrators' }),
    detail: z
      .string()
      .optional()
      .meta({ description: 'Why the read model does not follow the store; for auditors and administrators' }),
    lastFault: z.object({ at: instantSchema, message: z.string() }).optional().meta({
      description:
        'Why the store last failed to record; absent once it has recorded again; for auditors and administrators',
    }),
  })
  .meta({ id: 'Health' });

/** Whether the process answers, and whether the node is ready. */
export const healthRoutes = (app: App, { model, lastFault }: Context): void => {
  app.get(
    '/health/live',
    {
      config: { vital: true },
      logLevel: 'warn', // checks come every few seconds
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
      logLevel: 'warn', // checks come every few seconds
      schema: {
        tags: ['operations'],
        summary: 'Whether the read model has folded all that the store held at start, and follows it',
        description: 'Reasons are for auditors and administrators; everybody else is told the state alone.',
        operationId: 'ready-health',
        response: { 200: healthAnswer, 503: healthAnswer },
      },
    },
    async ({ identity }, reply) => {
      const { state, size, storeSize, ...why } = model.health();
      if (state !== 'ready') reply.header('retry-after', '1');
      // Reasons name hosts, streams and events, which are nobody's business but an operator's.
      const mayKnowWhy = identity !== undefined && (holds(identity, 'auditor') || holds(identity, 'admin'));
      return reply
        .code(state === 'ready' ? 200 : 503)
        .send({ state, size, storeSize, ...(mayKnowWhy ? { ...why, lastFault: lastFault() } : {}) });
    },
  );
};
