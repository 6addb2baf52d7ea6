import { z } from 'zod';
import { type ProblemCode, problems } from '../commands/problems.ts';
import type { App } from './context.ts';
import { adviceOf, Problem } from './problem.ts';
import { problemPage } from './problem-page.ts';
import { answerOf } from './schemas.ts';

const isProblemCode = (code: string): code is ProblemCode => Object.hasOwn(problems, code);

/** The pages that the types of problems lead to. */
export const problemPageRoutes = (app: App): void => {
  app.get(
    '/problems/:code',
    {
      config: { produces: ['text/html'] },
      schema: {
        tags: ['operations'],
        summary: 'What a problem means and what to do about it',
        operationId: 'problem',
        params: z.object({ code: z.string() }),
        response: { 200: answerOf('text/html', 'A page') },
      },
    },
    async (request, reply) => {
      const { code } = request.params;
      if (!isProblemCode(code)) throw new Problem('not-found');
      return reply.type('text/html; charset=utf-8').send(problemPage(code, adviceOf(code, app.basePath)));
    },
  );
};
