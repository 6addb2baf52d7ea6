import { afterAll, beforeAll, expect, test } from 'vitest';
import { startServer, type TestServer } from '../http/server.ts';
import { csv, ended, imported, post, trailOf } from './spreadsheet.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.close());

test('an import says how it understands each column, and why it leaves one out', async () => {
  const headers = ['序号', '编号', '厂名', '工厂名称', '行业', '', '区', '推荐日期', '备注'];
  const done = await imported(
    server,
    'factories',
    csv(headers, ['1', 'col-1', '甲', '列一厂', '汽车', '', '浦东', '2020-03-01', '']),
  );
  const left = (why: string) => expect.stringContaining(why);
  expect(done.columns).toEqual([
    { column: 1, header: '序号', field: null, why: left('Numbers of rows') },
    { column: 2, header: '编号', field: 'key' },
    { column: 3, header: '厂名', field: null, why: left('not recognised') },
    { column: 4, header: '工厂名称', field: 'name' },
    { column: 5, header: '行业', field: 'sector' },
    { column: 7, header: '区', field: 'district' },
    { column: 8, header: '推荐日期', field: 'effectiveOn' },
    { column: 9, header: '备注', field: 'note' },
  ]);
  const { json } = await server.get(`/api/v1/imports/${done.id}`, { token: await server.token('clerk') });
  expect(json.import.columns[2].why).toContain('无法识别此表头');
});

test('a header that nobody knows is read as the field that the clerk names, by name or by title', async () => {
  const headers = ['代号', '厂名', '门类', '区', '何时推荐'];
  const row = (key: string) => [key, `${key} 厂`, '汽车', '浦东', '2020-03-01'];
  for (const [key, map] of [
    ['by-name', { 代号: 'key', 厂名: 'name', 门类: 'sector', 何时推荐: 'effectiveOn' }],
    ['by-title', { 代号: '编号', 厂名: '工厂名称', 门类: '行业', 何时推荐: '推荐日期' }],
    ['by-number', { '#1': 'key', '#2': 'name', '#3': 'sector', '#5': 'effectiveOn' }],
  ] as const) {
    const done = await imported(server, 'factories', csv(headers, row(key)), { map });
    expect(done).toMatchObject({ recorded: 1, refused: 0, ignored: [] });
    expect(done.columns.map(({ field }: { field: string }) => field)).toEqual([
      'key',
      'name',
      'sector',
      'district',
      'effectiveOn',
    ]);
    expect(done.columns[1].why).toBe('Chosen by the person who imports');
    expect(await trailOf(server, done.id)).toMatchObject([{ data: { key, data: { name: `${key} 厂` } } }]);
  }
});

test('a header that stands twice is settled by the number of a column, whose own unit holds', async () => {
  const headers = ['编号', '供应商名称', '规模', '营业收入（万元）', '营业收入（亿元）', '认定日期'];
  const text = csv(headers, ['two-years', '两年集团', '10亿元', '120000', '15', '2020-12-22']);
  const query = 'command=designate';
  const refused = await post(server, 'suppliers', text, { query, headers: { 'accept-language': 'en' } });
  expect(refused.json.errors[0].message).toContain('leave columns out with map.#4= or map.#5=');
  expect(refused.json.columns).toMatchObject([
    { column: 1, field: 'key' },
    { column: 2, field: 'name' },
    { column: 3, field: 'tier' },
    { column: 4, header: '营业收入（万元）', field: 'revenueCny' },
    { column: 5, header: '营业收入（亿元）', field: 'revenueCny' },
    { column: 6, field: 'effectiveOn' },
  ]);
  const done = await imported(server, 'suppliers', text, { query, map: { '#4': '' } });
  expect(done).toMatchObject({ submitted: 1, ignored: ['营业收入（万元）'] });
  expect(done.columns[3]).toEqual({
    column: 4,
    header: '营业收入（万元）',
    field: null,
    why: 'Left out by the person who imports',
  });
  expect((await trailOf(server, done.id))[0].data.data.body.revenueCny).toBe(1_500_000_000);
});

test('a mapped column has the unit in its header, also if the mapping names it without', async () => {
  const headers = ['编号', '供应商名称', '规模', '年度数（万元）', '认定日期'];
  for (const [key, header] of [
    ['unit-1', '年度数'],
    ['unit-2', '年度数（万元）'],
    ['unit-3', '#4'],
  ] as const) {
    const done = await imported(
      server,
      'suppliers',
      csv(headers, [key, `${key} 集团`, '10亿元', '120000', '2020-12-22']),
      { query: 'command=designate', map: { [header]: 'revenueCny' } },
    );
    expect((await trailOf(server, done.id))[0].data.data.body.revenueCny).toBe(1_200_000_000);
  }
});

const headers = ['编号', '工厂名称', '厂名', '行业', '区', '推荐日期', '备用', '备用'];
const file = csv(headers, ['never', '甲', '乙', '汽车', '浦东', '2020-03-01', '', '']);

test.each<readonly [string, Readonly<Record<string, string>>, string, string]>([
  [
    'to a field that is not there',
    { 厂名: 'colour' },
    '/map.厂名',
    'Nominate has no field “colour”; its fields are Name, ',
  ],
  ['to a member of every object', { 厂名: '__proto__' }, '/map.厂名', 'has no field “__proto__”'],
  ['to a value of a whole file', { 厂名: 'duplicates' }, '/map.厂名', 'has no field “duplicates”'],
  ['to numbers of rows', { 厂名: '序号' }, '/map.厂名', 'has no field “序号”'],
  [
    'of a header that is not there',
    { 地址: 'name' },
    '/map.地址',
    'has no column “地址”; its headers are column 1 (A) “编号”',
  ],
  ['of __proto__', { ['__proto__']: 'name' }, '/map.__proto__', 'has no column “__proto__”'],
  ['of a number beyond the last column', { '#9': 'name' }, '/map.#9', 'has no column “#9”'],
  ['of the column before the first', { '#0': 'name' }, '/map.#0', 'has no column “#0”'],
  ['of a header with a slash', { 'a/b~c': 'name' }, '/map.a~1b~0c', 'has no column “a/b~c”'],
  ['of a header that stands twice', { 备用: 'note' }, '/map.备用', 'name one by its number, such as map.#7, map.#8'],
  ['of one column in two ways', { 厂名: 'operator', '#3': 'operator' }, '/map.厂名', 'are the same column, number 3'],
  [
    'of a second column to one field',
    { 厂名: 'name' },
    '/file',
    'It is not clear which column gives Name: column 2 (B) “工厂名称” and column 3 (C) “厂名”',
  ],
  ['that leaves out what is needed', { 工厂名称: '' }, '/file', 'Missing columns: Name'],
])('a mapping %s is refused with what would be taken', async (_, map, pointer, says) => {
  const size = await server.registry.store.size();
  const { status, json } = await post(server, 'factories', file, { map, headers: { 'accept-language': 'en' } });
  expect({ status, ...json.errors?.[0] }).toMatchObject({
    status: 400,
    in: 'body',
    message: expect.stringContaining(says),
  });
  if (!says.includes('same column')) expect(json.errors[0].pointer).toBe(pointer);
  expect(await server.registry.store.size()).toBe(size);
});

test('a file that lacks a column tells its columns, so that one can be chosen', async () => {
  const text = csv(['厂名', '行业', '区', '推荐日期'], ['甲', '汽车', '浦东', '2020-03-01']);
  const { status, json } = await post(server, 'factories', text, { headers: { 'accept-language': 'en' } });
  expect(status).toBe(400);
  expect(json.columns).toEqual([
    { column: 1, header: '厂名', field: null, why: expect.stringContaining('not recognised') },
    { column: 2, header: '行业', field: 'sector' },
    { column: 3, header: '区', field: 'district' },
    { column: 4, header: '推荐日期', field: 'effectiveOn' },
  ]);
});

test('rejected rows are fixed and imported with the same mapping', async () => {
  const text = csv(['厂名', '行业', '区', '何时'], ['重来厂', '汽车', '浦东', '2020-02-30']);
  const map = { 厂名: 'name', 何时: 'effectiveOn' };
  const done = await imported(server, 'factories', text, { map });
  expect(done.refusals).toMatchObject([
    { column: '何时', faults: [{ column: 4, header: '何时', value: '2020-02-30' }] },
  ]);
  const sheet = await fetch(`${server.url}/api/v1/imports/${done.id}/refused.xlsx`, {
    headers: { authorization: `Bearer ${await server.token('clerk')}` },
  });
  const again = await imported(server, 'factories', new Uint8Array(await sheet.arrayBuffer()), { map });
  expect(again).toMatchObject({ total: 1, refused: 1, refusals: [{ column: '何时' }] });
});

const numbered = (second: string) =>
  csv(
    ['编号', second, '工厂名称', '行业', '区', '推荐日期'],
    ['num-1', '某集团', '编号厂', '汽车', '浦东', '2020-03-01'],
  );

test.each([
  [numbered('#1'), { '#1': 'operator' }, ['column 1 (A) “编号”', 'column 2 (B) “#1”', 'by its number, map.#2']],
  [numbered('＃3'), { '#3': 'operator' }, ['column 3 (C) “工厂名称”', 'column 2 (B) “＃3”', 'map.#2']],
  [numbered('#9'), { '#9': 'operator' }, ['there is no such column', 'column 2 (B) “#9”', 'map.#2']],
  [numbered('#02'), { '#2': 'operator', '#02': 'operator' }, ['are the same column, number 2']],
])('a column’s number that is another’s header may be either: %#', async (text, map, says) => {
  const { status, json } = await post(server, 'factories', text, { map, headers: { 'accept-language': 'en' } });
  expect(status).toBe(400);
  for (const words of says) expect(json.errors[0].message).toContain(words);
});

test.each(['#02', '#0', '#x', '#1.0', '#-1', '#'])('%s can only be a header', async (header) => {
  const done = await imported(server, 'factories', numbered(header), {
    map: { [header]: 'operator' },
    query: 'dryRun=true',
  });
  const rows = await server.get(`/api/v1/imports/${done.id}/rows`, { token: await server.token('clerk') });
  expect(rows.json.items).toMatchObject([{ outcome: 'recorded', values: { name: '编号厂', operator: '某集团' } }]);
  const missing = await post(server, 'factories', numbered('某'), { map: { [header]: 'operator' } });
  expect(missing.status).toBe(400);
});

test('a dry run of a file in which a number is the header of another column is run with its mapping', async () => {
  const text = csv(['何物', '#1', '行业', '区', '推荐日期'], ['又一厂', '某', '汽车', '浦东', '2020-03-01']);
  const dry = await imported(server, 'factories', text, {
    map: { 何物: 'name', '#2': 'operator' },
    query: 'dryRun=true',
  });
  const token = await server.token('clerk', 'li.wei');
  const run = await server.post(`/api/v1/imports/${dry.id}/run`, undefined, { token });
  expect(run.status).toBe(202);
  expect(await ended(server, run.json.import.id)).toMatchObject({ recorded: 1, refused: 0 });
});
