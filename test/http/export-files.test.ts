import { read, utils, type WorkSheet } from '@e965/xlsx';
import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { approvedBy, submittedBy } from '../domain/given.ts';
import { factory } from '../domain/vocabulary.ts';
import { named, type Recording, startRecording } from './recording.ts';

let recording: Recording;
let auditor: string;
let before = 0;
const at = (key: string) => named(factory.register, key);

beforeAll(async () => {
  recording = await startRecording('2021-01-05T02:00:00.250Z', {}, { inThread: true });
  const { record, clock } = recording;
  const certify = factory.certified('2020-11-03', {
    ...factory.described,
    name: '康桥数字化工厂',
    sector: 'automobiles',
    district: 'pudong',
    lingang: true,
    evidence: [{ title: '沪经信智〔2020〕1 号', uri: 'https://www.sheitc.sh.gov.cn/' }],
    note: '=电话核实',
  });
  await record(at('kangqiao'), submittedBy('li.wei', certify), approvedBy('wang.fang', 0, 'li.wei', certify));
  before = await record(
    at('minhang-1'),
    factory.certified('2020-12-01', {
      ...factory.described,
      name: 'Minhang One',
      sector: 'biomedicine',
      district: 'minhang',
    }),
  );
  clock.set('2021-02-01T16:30:00Z');
  await record(
    at('waiting'),
    factory.nominated('2021-01-10', { name: '候选工厂', sector: 'biomedicine', district: 'minhang' }),
  );
  auditor = await recording.server.token('auditor');
});
afterAll(() => recording.server.close());

const fetched = async (path: string, token?: string) => {
  const { position } = recording.server.registry.model.place();
  const headers = {
    'registry-position': position,
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  };
  const answer = await fetch(`${recording.server.url}${path}`, { headers });
  expect(answer.status, path).toBe(200);
  await recording.server.get(path, { token }); // checks the answer against the document
  return { headers: answer.headers, bytes: new Uint8Array(await answer.arrayBuffer()) };
};

const csvOf = async (path: string, token?: string): Promise<string[][]> =>
  parse(Buffer.from((await fetched(path, token)).bytes), { bom: true });

const sheetOf = async (path: string, token?: string) => {
  const { bytes } = await fetched(path, token);
  const book = read(bytes, { cellNF: true, cellStyles: true });
  const [name = ''] = book.SheetNames;
  const sheet: WorkSheet = book.Sheets[name] ?? {};
  const rows: unknown[][] = utils.sheet_to_json(sheet, { header: 1, raw: true, defval: null });
  return { name, sheet, rows };
};

describe('a register as a file takes every filter of its list', () => {
  test.each([
    ['', ['kangqiao', 'minhang-1', 'waiting']],
    ['q=康桥', ['kangqiao']],
    ['status=nominated', ['waiting']],
    ['sector=biomedicine', ['minhang-1', 'waiting']],
    ['sector=biomedicine&status=certified', ['minhang-1']],
    ['district=pudong', ['kangqiao']],
    ['area=core', ['kangqiao']],
    ['area=belt', ['minhang-1', 'waiting']],
    ['flag=no-enterprise', ['kangqiao', 'minhang-1', 'waiting']],
    ['flag=dangling', []],
    ['enterprise=91310000132260250X', []],
    ['sort=-key', ['waiting', 'minhang-1', 'kangqiao']],
    ['on=2020-11-30', ['kangqiao']],
    ['knownAt=3', ['kangqiao']],
    ['on=2021-02-01&knownAt=2021-01-06T00:00:00Z&sort=-key', ['minhang-1', 'kangqiao']],
  ])('with %s', async (query, keys) => {
    for (const format of ['csv', 'xlsx']) {
      const path = `/api/v1/exports/factories.${format}?lang=en&${query}`;
      const rows = format === 'csv' ? await csvOf(path) : (await sheetOf(path)).rows;
      expect(rows.slice(1).map(([key]) => key)).toEqual(keys);
    }
    const { json } = await recording.server.get(`/api/v1/factories?${query}`);
    expect(json.items.map(({ key }: { key: string }) => key)).toEqual(keys);
  });

  test('and refuses what the list refuses', async () => {
    for (const query of ['status=flying', 'sector=bananas', 'colour=red', 'limit=5', 'cursor=x', 'sort=colour']) {
      const { status, json } = await recording.server.get(`/api/v1/exports/factories.csv?${query}`);
      expect([query, status, json.errors.length]).toEqual([query, 400, 1]);
    }
    expect((await recording.server.get('/api/v1/exports/suppliers.csv?sector=biomedicine')).status).toBe(400);
  });
});

describe('a workbook', () => {
  test.each([
    ['/api/v1/exports/factories.xlsx', '智能工厂', 'Factories'],
    ['/api/v1/exports/targets.xlsx', '计划目标', 'Targets'],
    ['/api/v1/exports/breakdown.xlsx?by=area', '目标分布', 'Breakdown'],
    ['/api/v1/targets/model-factories/entries.xlsx', '示范性智能工厂', 'Model (demonstration) factories'],
    ['/api/v1/events.xlsx', '审计轨迹', 'Trail'],
  ])('%s names its sheet in its language', async (path, zh, en) => {
    const names = [];
    for (const lang of ['zh', 'en'])
      names.push((await sheetOf(`${path}${path.includes('?') ? '&' : '?'}lang=${lang}`, auditor)).name);
    expect(names).toEqual([zh, en]);
  });

  test('has date cells for days, and columns as wide as what they hold, a Chinese character for two', async () => {
    const { sheet, rows } = await sheetOf('/api/v1/exports/plans.xlsx?lang=en');
    const from = rows[0]?.indexOf('From') ?? -1;
    expect(sheet[utils.encode_cell({ r: 1, c: from })]).toMatchObject({ t: 'n', w: '2019-06-24' });
    const factories = await sheetOf('/api/v1/exports/factories.xlsx?lang=zh');
    const widths = factories.sheet['!cols']?.map(({ width = 0 }) => width) ?? [];
    const name = factories.rows[0]?.indexOf('工厂名称') ?? -1;
    expect(widths[name]).toBeCloseTo(2 * '康桥数字化工厂'.length + 2, 0);
    expect(Math.max(...widths)).toBeLessThanOrEqual(61);
  });
});

describe('the targets as a file', () => {
  test('have the day of their count, the pace by its title and the projection', async () => {
    const { rows, sheet } = await sheetOf('/api/v1/exports/targets.xlsx?lang=zh&on=2020-12-31');
    expect(rows[0]).toEqual([
      '计划',
      '编号',
      '目标',
      '目标值',
      '完成数',
      '统计日期',
      '按时序进度应完成数',
      '进度',
      '预计完成数（低）',
      '预计完成数（高）',
    ]);
    const { json } = await recording.server.get('/api/v1/targets?on=2020-12-31');
    const index = json.targets.findIndex(({ id }: { id: string }) => id === 'model-factories');
    const { count, expected, projected } = json.targets[index];
    expect(rows[index + 1]?.slice(3, 5)).toEqual([100, count]);
    expect(rows[index + 1]?.slice(6)).toEqual([expected, '滞后', projected.low, projected.high]);
    expect(sheet[utils.encode_cell({ r: index + 1, c: 5 })]).toMatchObject({ t: 'n', w: '2020-12-31' });
  });

  test('say of a target that its plan’s end has passed without it that it was missed', async () => {
    const rows = await csvOf('/api/v1/exports/targets.csv?lang=en&on=2021-01-01&knownAt=0');
    expect(rows).toHaveLength(1);
    const now = await csvOf('/api/v1/exports/targets.csv?lang=en');
    expect(now.find(([, id]) => id === 'model-factories')?.[7]).toBe('Behind');
  });
});

describe('the breakdown as a file', () => {
  test.each([
    [
      'sector',
      [
        ['汽车', '1'],
        ['生物医药', '1'],
      ],
    ],
    [
      'district',
      [
        ['闵行区', '1'],
        ['浦东新区', '1'],
      ],
    ],
    [
      'area',
      [
        ['产业带', '1'],
        ['核心区', '1'],
      ],
    ],
    [
      'sector,district',
      [
        ['汽车', '浦东新区', '1'],
        ['生物医药', '闵行区', '1'],
      ],
    ],
  ])('by %s has the titles of places, and the same counts', async (by, expected) => {
    const rows = await csvOf(`/api/v1/exports/breakdown.csv?lang=zh&by=${by}`);
    expect(rows[0]?.slice(0, 3)).toEqual(['计划', '编号', '目标']);
    expect(rows.filter(([, id]) => id === 'model-factories').map((row) => row.slice(3))).toEqual(expected);
    const { json } = await recording.server.get(`/api/v1/breakdown?by=${by}`);
    type Target = { readonly cells: readonly unknown[] };
    expect(rows.length - 1).toBe(json.targets.reduce((sum: number, { cells }: Target) => sum + cells.length, 0));
  });

  test('is that of a plan, a day and what was known', async () => {
    expect(await csvOf('/api/v1/exports/breakdown.csv?by=sector&knownAt=1')).toHaveLength(1);
    const { status } = await recording.server.get('/api/v1/exports/breakdown.csv?by=sector&plan=nowhere');
    expect(status).toBe(404);
    for (const query of ['', 'by=colour'])
      expect((await recording.server.get(`/api/v1/exports/breakdown.csv?${query}`)).status, query).toBe(400);
  });
});

describe('the entries of a target as a file', () => {
  const path = '/api/v1/targets/model-factories/entries';

  test('say since when each counts, and by which facts', async () => {
    const { rows, sheet } = await sheetOf(`${path}.xlsx?lang=en`);
    expect(rows[0]).toEqual(['Register', 'Key', 'Name', 'Counts since', 'Facts that make it count']);
    expect(rows[1]?.slice(0, 3)).toEqual(['Factories', 'kangqiao', '康桥数字化工厂']);
    expect(sheet.D2).toMatchObject({ t: 'n', w: '2020-11-03' });
    expect(rows[1]?.[4]).toBe(recording.id(at('kangqiao'), 1));
    const { headers } = await fetched(`${path}.csv`);
    expect(headers.get('content-disposition')).toBe('attachment; filename="model-factories-entries.csv"');
  });

  test.each([
    ['', ['kangqiao', 'minhang-1']],
    ['district=minhang', ['minhang-1']],
    ['sector=automobiles', ['kangqiao']],
    ['area=core', ['kangqiao']],
    ['on=2020-11-30', ['kangqiao']],
    ['knownAt=3', ['kangqiao']],
    ['plan=shanghai-2019-2021&district=baoshan', []],
  ])('take the filters of the entries: %s', async (query, keys) => {
    const rows = await csvOf(`${path}.csv?${query}`);
    expect(rows.slice(1).map(([, key]) => key)).toEqual(keys);
    expect((await recording.server.get(`${path}?${query}`)).json.count).toBe(keys.length);
  });

  test('are 404 if there is no such target', async () => {
    expect((await recording.server.get('/api/v1/targets/robots/entries.csv')).status).toBe(404);
    expect((await recording.server.get(`${path}.pdf`)).status).toBe(404);
  });
});

describe('the trail as a file', () => {
  test('is for auditors', async () => {
    for (const path of ['/api/v1/events.csv', '/api/v1/events.xlsx']) {
      expect((await recording.server.get(path)).status).toBe(401);
      expect((await recording.server.get(path, { token: await recording.server.token('clerk') })).status).toBe(403);
    }
  });

  test('has a row for each event, with people and texts as the feed has them', async () => {
    const { rows, sheet } = await sheetOf('/api/v1/events.xlsx?lang=zh', auditor);
    const [columns = [], ...events] = rows;
    expect(events.map(([number]) => number)).toEqual([0, 1, 2, 3, 4]);
    const row = Object.fromEntries(columns.map((header, index) => [header, events[2]?.[index]]));
    const { json } = await recording.server.get('/api/v1/events?after=1&limit=1', { token: auditor });
    const [event] = json;
    expect(row).toMatchObject({
      事项: '认定',
      登记册: '智能工厂',
      编号: 'kangqiao',
      记录人: 'li.wei',
      复核人: 'wang.fang',
      备注: '=电话核实',
      佐证: '沪经信智〔2020〕1 号 https://www.sheitc.sh.gov.cn/',
      提交编号: 'factories~kangqiao~0',
      修订号: 1,
      事件类型: 'FactoryCertifiedAsModel',
      事件编号: event.id,
    });
    expect(JSON.parse(String(row['内容（JSON）']))).toEqual(event.data.data);
    expect(sheet.B4).toMatchObject({ t: 'n', w: '2021-01-05 10:00:00' });
    expect(sheet.F4).toMatchObject({ t: 'n', w: '2020-11-03' });
  });

  test('as CSV has the time in Shanghai, and no cell that a spreadsheet would calculate', async () => {
    const rows = await csvOf('/api/v1/events.csv?lang=en', auditor);
    expect(rows[0]?.slice(0, 5)).toEqual(['Entry number', 'Recorded at (Shanghai)', 'What', 'Register', 'Key']);
    expect(rows[3]?.[1]).toBe('2021-01-05 10:00:00.250');
    expect(rows[3]?.[10]).toBe("'=电话核实");
    expect(rows[2]?.[2]).toBe('Submitted');
  });

  test.each([
    ['order=desc', ['4', '3', '2', '1', '0']],
    ['after=2', ['3', '4']],
    ['before=2&order=desc', ['1', '0']],
    ['register=factories&key=kangqiao', ['1', '2']],
    ['approvedBy=wang.fang', ['2']],
    ['from=2021-02-02', ['4']],
    ['effectiveFrom=2020-12-01&effectiveTo=2020-12-31', ['3']],
    ['q=电话核实', ['1', '2']],
  ])('takes the filters of the trail: %s', async (query, expected) => {
    const rows = await csvOf(`/api/v1/events.csv?${query}`, auditor);
    expect(rows.slice(1).map(([number]) => number)).toEqual(expected);
  });

  test('refuses what the trail refuses', async () => {
    for (const query of [`after=${before + 10}`, 'limit=5', 'order=newest', 'lang=fr']) {
      const { status } = await recording.server.get(`/api/v1/events.csv?${query}`, { token: auditor });
      expect(status, query).toBe(400);
    }
  });
});
