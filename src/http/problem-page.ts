import type { Text } from '../../domain/field.ts';
import { type ProblemCode, problems } from '../commands/problems.ts';
import { html } from './html.ts';

/** A page about a problem in both languages, without scripts or style sheets. */
export const problemPage = (code: ProblemCode, { zh, en }: Text): string => {
  const { status, title } = problems[code];
  return html`<!doctype html>
<html lang="zh-CN">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title.zh} · ${title.en}</title></head>
<body>
<main>
<h1>${title.zh}</h1>
<p>${zh}</p>
<section lang="en"><h2>${title.en}</h2><p>${en}</p></section>
<p><code>${status} ${code}</code></p>
</main>
</body>
</html>
`.html;
};
