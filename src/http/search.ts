import { z } from 'zod';
import { shanghaiDay } from '../../domain/calendar.ts';
import { registers } from '../../domain/registers/index.ts';
import type { View } from '../readmodel/questions.ts';
import type { App, Context } from './context.ts';
import { jsonBytes, longQuestion } from './long-question.ts';
import { pagingQuery, positionHeaders, wordsQuery } from './parameters.ts';
import { sendJson } from './reading.ts';

const searchAnswer = z.object({
  items: z.array(z.object({ register: z.string(), key: z.string(), name: z.string(), status: z.string() })),
});

export type Found = z.output<typeof searchAnswer>;

/** One search through all registers, as they are now. */
export const searchRoutes = (app: App, context: Context): void => {
  app.get(
    '/api/v1/search',
    {
      schema: {
        tags: ['registers'],
        summary: 'Entries of all registers by words; exact matches first',
        operationId: 'search',
        headers: positionHeaders,
        querystring: z.strictObject({
          q: wordsQuery({ description: 'Words in names and codes, Chinese or English', examples: ['康桥'] })
            .unwrap()
            .refine((text) => text !== undefined, { error: 'Must not be empty', params: { zh: '不得为空' } }),
          limit: pagingQuery.limit,
        }),
        response: { 200: searchAnswer },
      },
    },
    async (request, reply) => {
      const view = { on: shanghaiDay(context.now()), size: context.model.place().size };
      const answer = await context.longReads.answer(request, reply, searchQuestion, { ...request.query, ...view });
      return sendJson(reply, answer?.bytes);
    },
  );
};

type SearchAsked = Pick<View, 'on' | 'size'> & { readonly q: string; readonly limit: number };

type Item = { readonly register: string; readonly key: string; readonly name: string; readonly status: string };

/** What a search finds, each register in its turn: first what is called exactly so, however many have the words. */
export const searchQuestion = longQuestion('search', async (questions, asked: SearchAsked, pause) => {
  const { q, limit, on, size } = asked;
  const exact: Item[] = [];
  const others: Item[] = [];
  for (const { name: register } of registers) {
    const itemOf = ({ key, name, status }: Omit<Item, 'register'>): Item => ({ register, key, name, status });
    const called = questions.entriesCalled(register, q.trim());
    const known = new Set(called.map(({ key }) => key));
    const withWords = questions.entries({ register, q, on, size, sort: 'key', limit });
    exact.push(...called.map(itemOf));
    others.push(...withWords.filter(({ key }) => !known.has(key)).map(itemOf));
    await pause();
  }
  return { bytes: jsonBytes({ items: [...exact, ...others].slice(0, limit) }) };
});
