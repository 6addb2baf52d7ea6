import { z } from 'zod';
import { type Day, shanghaiDay } from '../../domain/calendar.ts';
import type { Register } from '../../domain/register.ts';
import { registerNamed, registers } from '../../domain/registers/index.ts';
import { holds, type Identity, type Role } from '../identity/identity.ts';
import type { App, Context } from './context.ts';
import { type Bytes, jsonBytes, longQuestion } from './long-question.ts';
import { positionHeaders, viewQuery } from './parameters.ts';
import { Problem } from './problem.ts';
import { sendJson, sizeOf } from './reading.ts';
import { type HistoryReader, historyView } from './representation.ts';
import { historyAnswer, meaning } from './schemas.ts';

/** The histories of entries. */
export const historyRoutes = (app: App, context: Context): void => {
  for (const register of registers) historyRoute(app, context, register);
};

const historyRoute = (app: App, context: Context, register: Register): void => {
  const { longReads, now } = context;
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
    async (request, reply) => {
      const size = sizeOf(context, request.query.knownAt);
      const reader = readerOf(request.identity, register);
      const asked = { name: register.name, key: request.entryKey, size, reader, today: shanghaiDay(now()) };
      const answer = await longReads.answer(request, reply, historyQuestion, asked);
      if (answer === 'not-found') {
        reply.removeHeader('registry-position');
        throw new Problem('not-found');
      }
      return sendJson(reply, answer);
    },
  );
};

type HistoryAsked = {
  readonly name: string;
  readonly key: string;
  readonly size: number;
  readonly reader: HistoryReader;
  readonly today: Day;
};

/** The history of an entry, which has up to 10,000 events; those without a role see none of an entry without facts. */
export const historyQuestion = longQuestion(
  'history',
  (questions, { name, key, size, reader, today }: HistoryAsked): Bytes | 'not-found' => {
    const register = registerNamed(name);
    if (register === undefined) return 'not-found';
    const events = questions.eventsOf(name, key, size);
    const entry = questions.entryAt(register, key, size);
    if (events.length === 0 || (reader !== 'full' && entry.path.steps.length === 0)) return 'not-found';
    const { knownAt } = questions.view(today, size);
    return jsonBytes({ ...historyView(entry, events, reader), knownAt, size });
  },
);

const readerOf = (identity: Identity | undefined, register: Register): HistoryReader => {
  const inFull: readonly Role[] = ['clerk', 'auditor', register.role];
  if (inFull.some((role) => holds(identity, role))) return 'full';
  return holds(identity, 'viewer') ? 'viewer' : 'public';
};
