import { z } from 'zod';
import { daySchema } from '../../domain/field.ts';
import type { App, Context } from './context.ts';
import { positionHeaders } from './parameters.ts';
import { sizeSchema } from './schemas.ts';

const recordingDaysAnswer = z.object({ days: z.array(z.object({ on: daySchema, size: sizeSchema })) });
export type RecordingDays = z.output<typeof recordingDaysAnswer>;

/** The days on which something was recorded: the scale of a dial for what was known when. */
export const recordingDayRoutes = (app: App, { model, questions }: Context): void => {
  app.get(
    '/api/v1/recording-days',
    {
      schema: {
        tags: ['dashboards'],
        summary: 'Each day of recording, with the ledger’s size at its end',
        operationId: 'recording-days',
        headers: positionHeaders,
        response: { 200: recordingDaysAnswer },
      },
    },
    async () => ({ days: questions.recordingDays(model.place().size) }),
  );
};
