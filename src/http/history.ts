import { z } from 'zod';
import { shanghaiDay } from '../../domain/calendar.ts';
import type { Register } from '../../domain/register.ts';
import { registers } from '../../domain/registers/index.ts';
import { holds, type Identity, type Role } from '../identity/identity.ts';
import type { App, Context } from './context.ts';
import { positionHeaders, viewQuery } from './parameters.ts';
import { Problem } from './problem.ts';
import { sizeOf } from './reading.ts';
import { type HistoryReader, historyView } from './representation.ts';
import { historyAnswer, meaning } from './schemas.ts';

/** The histories of entries. */
export const historyRoutes = (app: App, context: Context): void => {
  for (const register of registers) historyRoute(app, context, register);
};

const historyRoute = (app: App, context: Context, register: Register): void => {
  const { questions, now } = context;
  app.get(
    `/api/v1/${register.name}/:key/history`,
    {
      config: { register, reads: 'history' },
      schema: {
        tags: [register.name],
        summary: 'Facts, corrections and annulments in the order of recording',
        operationId: `${register.name}.history`,
        params: z.object({ key: z.string() }),
        querystring: z.strictObject({ knownAt: viewQuery.knownAt }),
        headers: positionHeaders,
        response: {
          200: meaning(
            'In full for clerks and auditors; without people for viewers; without people and free text for anyone',
            historyAnswer,
          ),
        },
      },
    },
    async (request) => {
      const size = sizeOf(context, request.query.knownAt);
      const events = questions.eventsOf(register.name, request.entryKey, size);
      const entry = questions.entryAt(register, request.entryKey, size);
      const reader = readerOf(request.identity, register);
      if (events.length === 0 || (reader !== 'full' && entry.path.steps.length === 0)) throw new Problem('not-found');
      const { knownAt } = questions.view(shanghaiDay(now()), size);
      return { ...historyView(entry, events, reader), knownAt, size };
    },
  );
};

const readerOf = (identity: Identity | undefined, register: Register): HistoryReader => {
  const inFull: readonly Role[] = ['clerk', 'auditor', register.role];
  if (inFull.some((role) => holds(identity, role))) return 'full';
  return holds(identity, 'viewer') ? 'viewer' : 'public';
};
