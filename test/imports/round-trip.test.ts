import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { shortText } from '../../domain/field.ts';
import { startServer, type TestServer } from '../http/server.ts';
import { csv, imported } from './spreadsheet.ts';

let from: TestServer;
let to: TestServer;
beforeAll(async () => {
  [from, to] = await Promise.all([startServer(), startServer()]);
});
afterAll(() => Promise.all([from.close(), to.close()]));

const namesIn = async (server: TestServer): Promise<ReadonlyMap<string, string>> => {
  const size = String(await server.registry.store.size());
  const { json } = await server.get('/api/v1/suppliers?limit=500', { headers: { 'registry-position': size } });
  return new Map(json.items.map(({ key, name }: { key: string; name: string }) => [key, name]));
};

const sign = fc.constantFrom(
  '=',
  '+',
  '-',
  '@',
  '＝',
  '＋',
  '－',
  '＠',
  "'",
  "''",
  '"',
  '="',
  ',',
  '\\',
  '#',
  'x',
  '上',
);
const anyName = fc
  .tuple(fc.array(sign, { maxLength: 4 }), fc.string({ unit: 'grapheme', maxLength: 12 }))
  .map(([signs, rest]) => `${signs.join('')}${rest}`.trim())
  // A cell of dashes is empty, and one with an error’s name is an error.
  .filter((name) => shortText.safeParse(name).success && !/^[-–—―－/／#\s]*$/.test(name));

test('names come back from a CSV export of ours as they were, into another registry', async () => {
  const written = [
    '＝外来一 公司',
    '＠外来二 公司',
    '@外来三 公司',
    '=1+1',
    "'=1+1",
    "''＝某",
    '+86 公司',
    '-A1',
    '="0012"',
    "'某公司",
    '@SUM(A1)',
    '某公司\\',
    '某\\"公司\\"',
    '"某,一"公司',
    ...fc.sample(anyName, { numRuns: 80, seed: 13 }),
  ];
  const token = await from.token('clerk');
  for (const [index, name] of written.entries()) {
    const body = { effectiveOn: '2020-01-02', name };
    expect((await from.post(`/api/v1/suppliers/rt-${index}/nominate`, body, { token })).status, name).toBe(201);
  }
  const size = String(await from.registry.store.size());
  const { text } = await from.get('/api/v1/exports/suppliers.csv', { headers: { 'registry-position': size } });
  const done = await imported(to, 'suppliers', text, { set: { effectiveOn: '2020-01-02', duplicates: 'allow' } });
  expect(done).toMatchObject({ refusals: [], recorded: written.length });
  expect(await namesIn(to)).toEqual(new Map(written.map((name, index) => [`rt-${index}`, name])));
});

test('what a CSV of another has kept from being calculated comes back without its apostrophe', async () => {
  const text = csv(
    ['编号', '供应商名称', '推荐日期'],
    ['other-1', "'＝外来一 公司", '2020-01-02'],
    ['other-2', "'＠外来二 公司", '2020-01-02'],
    ['other-3', "'@外来三 公司", '2020-01-02'],
    ['other-4', "'90 后公司", '2020-01-02'],
  );
  await imported(to, 'suppliers', text, { set: { duplicates: 'allow' } });
  const names = await namesIn(to);
  expect([1, 2, 3, 4].map((number) => names.get(`other-${number}`))).toEqual([
    '＝外来一 公司',
    '＠外来二 公司',
    '@外来三 公司',
    "'90 后公司",
  ]);
});

test('the enterprises that lead a criterion come back from an export in either language', async () => {
  const leads = ['91310000132260250X', '914403001922038216'];
  const token = await from.token('clerk');
  for (const server of [from, to])
    for (const key of leads) {
      const enterprise = { effectiveOn: '2020-01-01', name: key, sector: 'other', district: 'baoshan' };
      const asClerk = { token: await server.token('clerk') };
      expect((await server.post(`/api/v1/enterprises/${key}/enroll`, enterprise, asClerk)).status).toBe(201);
    }
  for (const language of ['zh', 'en']) {
    const body = { effectiveOn: '2020-01-02', title: '某标准', level: 'group', leads };
    const { status } = await from.post(`/api/v1/criteria/led-${language}/propose`, body, { token });
    expect(status).toBe(201);
    const size = String(await from.registry.store.size());
    const path = `/api/v1/exports/criteria.csv?lang=${language}`;
    const { text } = await from.get(path, { headers: { 'registry-position': size } });
    const done = await imported(to, 'criteria', text, { set: { effectiveOn: '2020-01-02', duplicates: 'allow' } });
    expect(done.refusals).toEqual([]);
    const reached = { headers: { 'registry-position': String(await to.registry.store.size()) } };
    expect((await to.get(`/api/v1/criteria/led-${language}`, reached)).json.leads).toEqual(leads);
  }
});

test('a workbook of ours comes back as it was, in either language and of part of a register too', async () => {
  const token = await from.token('clerk');
  const places = [
    ['pudong', 'automobiles', true],
    ['minhang', 'biomedicine', false],
    ['baoshan', 'other', false],
  ] as const;
  for (const [index, [district, sector, lingang]] of places.entries()) {
    const body = { effectiveOn: '2020-01-02', name: `=工厂 ${index}`, district, sector, lingang, operator: '0012' };
    expect((await from.post(`/api/v1/factories/book-${index}/nominate`, body, { token })).status).toBe(201);
  }
  const listed = async (server: TestServer) => {
    const reached = { headers: { 'registry-position': String(await server.registry.store.size()) } };
    const { json } = await server.get('/api/v1/factories?q=工厂', reached);
    return json.items;
  };
  for (const query of ['lang=zh&district=pudong', 'lang=en&sort=-key']) {
    const headers = { 'registry-position': String(await from.registry.store.size()) };
    const answer = await fetch(`${from.url}/api/v1/exports/factories.xlsx?${query}`, { headers });
    const file = new Uint8Array(await answer.arrayBuffer());
    const done = await imported(to, 'factories', file, { set: { effectiveOn: '2020-01-02' }, name: 'factories.xlsx' });
    expect(done.refusals).toEqual([]);
  }
  expect(await listed(to)).toEqual(await listed(from));
});
