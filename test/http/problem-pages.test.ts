import { describe, expect } from 'vitest';
import { problems } from '../../src/commands/problems.ts';
import { html } from '../../src/http/html.ts';
import { test } from './office.ts';

describe('problem pages', () => {
  test('explain every problem in both languages, without scripts or anything from another address', async ({
    server,
  }) => {
    for (const [code, { status, title }] of Object.entries(problems)) {
      const { status: found, headers, text } = await server.get(`/problems/${code}`);
      expect([found, headers.get('content-type')], code).toEqual([200, 'text/html; charset=utf-8']);
      for (const part of [title.zh, title.en, String(status), code]) expect(text).toContain(part);
      expect(text).not.toMatch(/<script|<link|src=|https?:/);
    }
  });

  test('show every character of what a problem says, such as the < and > of <revision>', async ({ server }) => {
    const entities: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };
    for (const [code, { title, advice }] of Object.entries(problems)) {
      const { text } = await server.get(`/problems/${code}`);
      const shown = text
        .replace(/<\/?[a-z][^<>]*>/g, '')
        .replace(/&([a-z#0-9]+);/g, (whole, name: string) => entities[name] ?? whole);
      for (const part of [title.zh, title.en, advice.zh, advice.en]) expect(shown, code).toContain(part);
    }
  });

  test('are made in a way that shows every character of a text, and takes none for markup', () => {
    const text = `<revision> & "a" < 'b' <script>`;
    expect(html`<p title="${text}">${text}${html`<b>${1}</b>`}${[html`<i>${'<'}</i>`]}</p>`.html).toBe(
      '<p title="&lt;revision&gt; &amp; &quot;a&quot; &lt; &#39;b&#39; &lt;script&gt;">' +
        '&lt;revision&gt; &amp; &quot;a&quot; &lt; &#39;b&#39; &lt;script&gt;<b>1</b><i>&lt;</i></p>',
    );
  });

  test('are where a refusal’s type leads', async ({ server }) => {
    const { json } = await server.get('/api/v1/factories/never');
    expect((await server.get(json.type)).status).toBe(200);
  });

  test('are 404 for a problem that does not exist', async ({ server }) => {
    for (const code of ['nothing', 'toString', '__proto__', 'constructor'])
      expect((await server.get(`/problems/${code}`)).status, code).toBe(404);
  });
});
