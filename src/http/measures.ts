import { z } from 'zod';
import { measureIds } from '../../domain/registers/index.ts';
import type { App, Context } from './context.ts';
import { positionHeaders, viewQuery } from './parameters.ts';
import { viewOf } from './reading.ts';
import { viewAnswer } from './schemas.ts';

/** What the registers count, without any plan. */
export const measureRoutes = (app: App, context: Context): void => {
  const { questions } = context;
  app.get(
    '/api/v1/measures',
    {
      schema: {
        tags: ['dashboards'],
        summary: 'Every measure’s count, whatever the plans',
        operationId: 'measures',
        headers: positionHeaders,
        querystring: z.strictObject(viewQuery),
        response: {
          200: z.object({ ...viewAnswer, measures: z.array(z.object({ id: z.string(), count: z.int() })) }),
        },
      },
    },
    async (request) => {
      const view = viewOf(context, request.query);
      const measures = measureIds.map((id) => ({ id, count: questions.count({ measure: id }, view.on, view.size) }));
      return { ...view, measures };
    },
  );
};
