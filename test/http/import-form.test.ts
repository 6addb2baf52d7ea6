import { afterAll, beforeAll, expect, test } from 'vitest';
import { startServer, type TestServer } from './server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.close());

const file = new Blob(['工厂名称,行业,区,推荐日期\n甲厂,汽车,浦东,2020-01-01\n'], { type: 'text/csv' });

const sent = async (parts: readonly (readonly [string, string | Blob])[], language: string) => {
  const form = new FormData();
  for (const [name, value] of parts) form.append(name, value);
  const token = await server.token('clerk');
  const headers = { 'accept-language': language };
  return server.call('POST', '/api/v1/imports/factories', { token, raw: form, headers });
};

const many = Array.from({ length: 60 }, (_, index) => [`set.f${index}`, 'x'] as const);

test.each<readonly [string, readonly (readonly [string, string | Blob])[], string, string]>([
  ['a part of another name', [['foo', 'x']], '未知的表单项', 'Unknown part of the form'],
  ['a part named __proto__', [['__proto__', 'x']], '未知的表单项', 'Unknown part of the form'],
  ['a part named toString', [['toString', 'x']], '未知的表单项', 'Unknown part of the form'],
  ['two files', [['file', file]], '表单只能有一个文件', 'The form may have one file only'],
  ['sixty fields', many, '表单项过多', 'The form has too many parts'],
  [
    'a field twice, with two values',
    [
      ['set.district', '浦东'],
      ['set.district', '闵行'],
    ],
    '同一表单项出现了两次',
    'This part was sent twice',
  ],
  ['a value that would be cut', [['set.note', '长'.repeat(20_000)]], '过长', 'Is too long'],
])('a form with %s is refused in both languages, and nothing is imported', async (_, parts, zh, en) => {
  for (const [language, says] of [
    ['zh', zh],
    ['en', en],
  ] as const) {
    const { status, json } = await sent([...parts, ['file', file]], language);
    expect({ status, errors: json.errors }).toMatchObject({ status: 400, errors: [{ message: says }] });
  }
  const trail = await server.get('/api/v1/events', { token: await server.token('auditor') });
  expect(trail.text).not.toContain('ImportStarted');
});
