import { z } from 'zod';
import { type ProblemCode, problems } from '../commands/problems.ts';
import type { App } from './context.ts';
import { html } from './html.ts';
import { adviceOf, Problem } from './problem.ts';
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
      return reply.type('text/html; charset=utf-8').send(problemPage(code, app.basePath));
    },
  );
};

/** A page in both languages, without scripts or style sheets. */
const problemPage = (code: ProblemCode, basePath: string): string => {
  const { status, title } = problems[code];
  return html`<!doctype html>
<html lang="zh-CN">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title.zh} · ${title.en}</title></head>
<body>
<main>
<h1>${title.zh}</h1>
<p>${adviceOf(code, 'zh', basePath)}</p>
<section lang="en"><h2>${title.en}</h2><p>${adviceOf(code, 'en', basePath)}</p></section>
<p><code>${status} ${code}</code></p>
</main>
</body>
</html>
`.html;
};
