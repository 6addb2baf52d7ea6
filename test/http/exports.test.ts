import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { registers } from '../../domain/registers/index.ts';
import { annulled } from '../domain/given.ts';
import { factory, plan, supplier } from '../domain/vocabulary.ts';
import { named, type Recording, startRecording } from './recording.ts';

let recording: Recording;
let before = 0;
const at = (key: string) => named(factory.register, key);

beforeAll(async () => {
  recording = await startRecording(undefined, {}, { inThread: true });
  const { record } = recording;
  await record(
    at('kangqiao'),
    factory.certified('2020-11-03', {
      ...factory.described,
      name: '康桥, "数字" 工厂',
      sector: 'automobiles',
      district: 'pudong',
      lingang: true,
      certificateNo: '0012',
    }),
  );
  before = await record(at('second'), factory.nominated('2020-01-10', { name: '第二工厂', operator: '上海电气' }));
  await record(at('second'), annulled(0));
  await record(
    at('formula'),
    factory.nominated('2020-01-10', { name: '=HYPERLINK("http://x","y")', operator: '@SUM(A1)' }),
  );
  await record(at('plus'), factory.nominated('2020-01-10', { name: '+1+1', operator: '-2' }));
  await record(named(supplier.register, 's1'), supplier.designated('2020-01-01', supplier.described));
});
afterAll(() => recording.server.close());

const read = async (path: string, headers = {}) => {
  const answer = await fetch(`${recording.server.url}/api/v1/exports/${path}`, { headers });
  await recording.server.get(`/api/v1/exports/${path}`, { headers });
  const bytes = new Uint8Array(await answer.arrayBuffer());
  const rows: string[][] = parse(Buffer.from(bytes), { bom: true });
  return { status: answer.status, headers: answer.headers, bytes, rows };
};
const table = async (path: string) => {
  const { rows } = await read(path);
  const [columns = [], ...rest] = rows;
  return rest.map((row) => Object.fromEntries(row.map((cell, index) => [columns[index] ?? '', cell])));
};

describe('a register as CSV', () => {
  test('opens in a spreadsheet: UTF-8 with a byte order mark, lines that end as RFC 4180 wants, a file name', async () => {
    const { headers, bytes } = await read('factories.csv');
    expect([...bytes.slice(0, 3)]).toEqual([0xef, 0xbb, 0xbf]);
    expect(new TextDecoder().decode(bytes).endsWith('\r\n')).toBe(true);
    expect(headers.get('content-type')).toBe('text/csv; charset=utf-8');
    expect(headers.get('content-disposition')).toBe('attachment; filename="factories.csv"');
  });

  test('has headers, statuses and choices in Chinese', async () => {
    const [row] = await table('factories.csv?lang=zh&on=2020-12-31&knownAt=2');
    expect(row).toEqual({
      编号: 'kangqiao',
      状态: '已认定',
      状态起始日期: '2020-11-03',
      工厂名称: '康桥, "数字" 工厂',
      企业代码: '',
      企业名称: '',
      行业: '汽车',
      区: '浦东新区',
      是否位于临港: '是',
      等级: '示范',
      证书编号: '0012',
    });
  });

  test('has them in English', async () => {
    const [row] = await table('factories.csv?lang=en&on=2020-12-31&knownAt=2');
    expect(row).toEqual({
      Key: 'kangqiao',
      Status: 'Certified',
      'Status since': '2020-11-03',
      Name: '康桥, "数字" 工厂',
      Enterprise: '',
      Operator: '',
      Sector: 'Automobiles',
      District: 'Pudong New Area',
      'In Lingang': 'yes',
      Grade: 'Demonstration',
      'Certificate number': '0012',
    });
  });

  test('is in the reader’s language if no language is asked for, Chinese by default', async () => {
    const language = async (headers: object) => (await read('factories.csv', headers)).rows[0]?.[1];
    expect(await language({})).toBe('状态');
    expect(await language({ 'accept-language': 'en-GB, zh;q=0.5' })).toBe('Status');
    expect(await language({ 'accept-language': 'fr' })).toBe('状态');
  });

  test('lists the entries of a day as known at an instant, without those for which no fact holds', async () => {
    const keys = async (query: string) => (await table(`factories.csv?lang=en&${query}`)).map(({ Key }) => Key);
    expect(await keys('')).toEqual(['formula', 'kangqiao', 'plus']);
    expect(await keys(`knownAt=${before}`)).toEqual(['kangqiao', 'second']);
    expect(await keys('on=2020-06-01')).toEqual(['formula', 'plus']);
    expect(await keys('knownAt=0')).toEqual([]);
  });

  test('writes a cell that a spreadsheet would take for a formula as text', async () => {
    const rows = await table('factories.csv?lang=en');
    expect(rows.find(({ Key }) => Key === 'formula')).toMatchObject({
      Name: `'=HYPERLINK("http://x","y")`,
      Operator: `'@SUM(A1)`,
    });
    expect(rows.find(({ Key }) => Key === 'plus')).toMatchObject({ Name: `'+1+1`, Operator: `'-2` });
  });

  test('carries the day since which an entry has its status, as its list does', async () => {
    for (const { name } of registers)
      for (const view of ['on=2020-12-31', 'on=2020-03-01', `knownAt=${before}`]) {
        const { json } = await recording.server.get(`/api/v1/${name}?limit=500&${view}`);
        const listed = json.items.map(({ key, since }: { key: string; since: string }) => [key, since]);
        const [columns = [], ...rows] = (await read(`${name}.csv?lang=en&${view}`)).rows;
        const at = columns.indexOf('Status since');
        expect(
          rows.map((row) => [row[0], row[at]]),
          `${name} ${view}`,
        ).toEqual(listed);
      }
  });

  test('has a distinct header for each column of every register, in both languages', async () => {
    for (const { name } of registers)
      for (const lang of ['zh', 'en']) {
        const [columns = []] = (await read(`${name}.csv?lang=${lang}`)).rows;
        expect(new Set(columns).size, `${name} ${lang}`).toBe(columns.length);
      }
  });

  test('writes numbers and lists as they are', async () => {
    expect((await table('suppliers.csv?lang=en'))[0]).toMatchObject({ 'Revenue in yuan': '1200000000' });
    expect((await table('plans.csv?lang=en'))[0]).toMatchObject({ Key: 'shanghai-2019-2021', From: '2019-06-24' });
  });
});

describe('the targets as CSV', () => {
  test('say what the targets say, in both languages', async () => {
    await recording.record(named(plan.register, 'next'), plan.adopted('2022-01-01'));
    const { json } = await recording.server.get('/api/v1/targets?on=2020-12-31');
    for (const lang of ['zh', 'en'] as const) {
      const { rows } = await read(`targets.csv?lang=${lang}&on=2020-12-31`);
      const [columns, ...rest] = rows;
      expect(columns?.slice(0, 5)).toEqual(
        { zh: ['计划', '编号', '目标', '目标值', '完成数'], en: ['Plan', 'Id', 'Target', 'Goal', 'Count'] }[lang],
      );
      type Figure = { plan: string; id: string; title: { zh: string; en: string }; count: number };
      expect(rest.map(([of, id, title, , count]) => [of, id, title, count])).toEqual(
        json.targets.map(({ plan: of, id, title, count }: Figure) => [of, id, title[lang], String(count)]),
      );
      expect(rest.map(([, , , goal]) => goal)).toEqual([
        '100',
        '10',
        '50',
        '2–3',
        '10',
        '1–2',
        '10',
        '100',
        '1000',
        '',
        '100',
      ]);
    }
    const ofPlan = (await table('targets.csv?lang=en&on=2020-12-31&plan=NEXT')).map(({ Plan }) => Plan);
    expect(ofPlan.length).toBeGreaterThan(0);
    expect(new Set(ofPlan)).toEqual(new Set(['next']));
    expect((await recording.server.get('/api/v1/exports/targets.csv?plan=none')).status).toBe(404);
  });

  test('are refused in another language or format', async () => {
    expect((await recording.server.get('/api/v1/exports/targets.csv?lang=fr')).status).toBe(400);
    expect((await recording.server.get('/api/v1/exports/targets.pdf')).status).toBe(404);
    expect((await recording.server.get('/api/v1/exports/robots.csv')).status).toBe(404);
    const { status } = await recording.server.get('/api/v1/exports/targets.csv', { headers: { accept: 'image/png' } });
    expect(status).toBe(406);
  });
});

test('an export asked for again, or by several at once, is the same; who has seen what is recorded since gets another', async () => {
  const asked = await Promise.all(
    Array.from({ length: 5 }, () => read('suppliers.csv?lang=en', { 'accept-encoding': 'identity' })),
  );
  const [first] = asked;
  for (const { bytes } of asked) expect(bytes).toEqual(first?.bytes);
  expect(first?.headers.get('content-length')).toBe(String(first?.bytes.byteLength));
  await recording.record(named(supplier.register, 's2'), supplier.designated('2020-01-01', supplier.described));
  const { position } = recording.server.registry.model.place();
  const after = await read('suppliers.csv?lang=en', { 'registry-position': position });
  expect(after.headers.get('registry-position')).toBe(position);
  expect(after.rows.map(([key]) => key)).toEqual(['Key', 's1', 's2']);
});

test('more exports at once than one reader may have are refused with a time to wait, and others are not', async () => {
  const viewer = await recording.server.token('viewer');
  const days = Array.from(
    { length: 20 },
    (_, n) => `/api/v1/exports/factories.csv?on=2020-04-${String(n + 1).padStart(2, '0')}`,
  );
  const [replies, other] = await Promise.all([
    Promise.all(days.map((path) => recording.server.get(path))),
    recording.server.get('/api/v1/exports/factories.csv', { token: viewer }),
  ]);
  expect(other.status).toBe(200);
  const refused = replies.filter(({ status }) => status !== 200);
  expect(refused.length).toBeGreaterThan(0);
  for (const { status, json, headers } of refused) {
    expect([status, json.type]).toEqual([503, '/problems/overloaded']);
    expect(Number(headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
  }
});
