import { read, utils } from '@e965/xlsx';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { registers } from '../../domain/registers/index.ts';
import { csv, imported } from '../imports/spreadsheet.ts';
import { sheet, xlsx } from '../spreadsheets/workbooks.ts';
import { startServer, type TestServer } from './server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.close());

type Rows = readonly (readonly string[])[];

/** An XLSX that the server answers, and what another library reads in its first sheet. */
const fetched = async (path: string, token?: string, headers: Readonly<Record<string, string>> = {}) => {
  await server.get(path, { ...(token === undefined ? {} : { token }), headers });
  const authorization: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const answer = await fetch(`${server.url}${path}`, { headers: { ...authorization, ...headers } });
  expect(answer.status, path).toBe(200);
  const bytes = new Uint8Array(await answer.arrayBuffer());
  const book = read(bytes, { type: 'buffer' });
  const first = book.Sheets[book.SheetNames[0] ?? ''] ?? {};
  const rows: Rows = utils.sheet_to_json(first, { header: 1, raw: true, defval: '' });
  return { answer, bytes, book, rows };
};

const commands = registers.flatMap((register) => register.facts.map((kind) => ({ register, kind })));

test.each(commands)(
  'the template of $register.name $kind.command is understood header by header, and its example row is skipped',
  async ({ register, kind }) => {
    const role = register.role;
    for (const lang of ['zh', 'en']) {
      const path = `/api/v1/imports/${register.name}/template.xlsx?command=${kind.command}&lang=${lang}`;
      const { bytes, rows } = await fetched(path);
      const query = `command=${kind.command}&dryRun=true`;
      const empty = await imported(server, register.name, bytes, { role, query });
      expect(empty).toMatchObject({ total: 0, ignored: [], asides: [{ line: 2 }] });

      const [columns = [], example = []] = rows;
      const filled = await imported(server, register.name, sheet(columns, example.with(0, '1')), { role, query });
      expect(filled).toMatchObject({ total: 1, ignored: [], asides: [] });
      if (kind.moves.none !== undefined) expect(filled.refusals).toEqual([]);
    }
  },
);

test('a template offers the allowed values, keeps codes as text and says what each column takes', async () => {
  const { answer, book, bytes } = await fetched('/api/v1/imports/factories/template.xlsx?command=certify&lang=en');
  expect(answer.headers.get('content-disposition')).toBe('attachment; filename="factories-certify.xlsx"');
  expect(book.SheetNames).toEqual(['Factories Certify', 'How to fill it in']);
  const parts = read(bytes, { type: 'buffer', bookFiles: true }) as unknown as {
    files: Record<string, { content: Uint8Array }>;
  };
  const xml = Buffer.from(parts.files['xl/worksheets/sheet1.xml']?.content ?? []).toString();
  const drop = (list: string) =>
    expect(xml).toContain(`<formula1>&quot;${list}&quot;</formula1>`.replaceAll('&quot;', '"'));
  drop('Demonstration,Benchmark');
  drop('yes,no');
  drop(
    "Huangpu,Xuhui,Changning,Jing'an,Putuo,Hongkou,Yangpu,Minhang,Baoshan,Jiading,Pudong New Area,Jinshan,Songjiang,Qingpu,Fengxian,Chongming",
  );
  const guide = utils.sheet_to_json<string[]>(book.Sheets['How to fill it in'] ?? {}, { header: 1, defval: '' });
  expect(guide).toContainEqual(['Grade', 'required', 'Demonstration, Benchmark']);
  expect((await server.get('/api/v1/imports/factories/template.xlsx?command=fly')).status).toBe(400);
  expect((await server.get('/api/v1/imports/robots/template.xlsx')).status).toBe(404);
});

const columns = ['编号', '工厂名称', '行业', '区', '推荐日期'];

test('refused rows come back as a sheet that says why, and are accepted once they are fixed', async () => {
  const file = csv(
    columns,
    ['back-1', '甲厂', '汽车', '浦东', '2020-03-01'],
    ['back-2', '=HYPERLINK("http://x","y")', '渔业', '浦东', '2020-02-30'],
    ['0012', '丙<&>厂', '纺织', '浦东', '2020-03-01'],
    ['back-4', '丁厂', '汽车', '浦东', '2020-02-30'],
  );
  const done = await imported(server, 'factories', file);
  expect(done).toMatchObject({ recorded: 1, refused: 3 });
  const clerk = await server.token('clerk');
  const path = `/api/v1/imports/${done.id}/refused.xlsx`;
  const { rows, book } = await fetched(path, clerk);
  expect(rows).toEqual([
    [...columns, '原文件行号', '问题所在列', '未导入原因'],
    [
      'back-2',
      '=HYPERLINK("http://x","y")',
      '渔业',
      '浦东',
      '2020-02-30',
      '3',
      '行业、推荐日期',
      expect.stringMatching(/“渔业”.*; “2020-02-30”/),
    ],
    [
      '0012',
      '丙<&>厂',
      '纺织',
      '浦东',
      '2020-03-01',
      '4',
      '行业',
      '“纺织”不是此列的有效值；可选：汽车、电子信息、民用航空、生物医药、高端装备、绿色化工、其他',
    ],
    [
      'back-4',
      '丁厂',
      '汽车',
      '浦东',
      '2020-02-30',
      '5',
      '推荐日期',
      expect.stringContaining('“2020-02-30”不是此列的有效值'),
    ],
  ]);
  expect(book.Sheets[book.SheetNames[0] ?? '']?.B2).toMatchObject({ t: 's' });
  const english = await fetched(`${path}?lang=en`, clerk);
  expect(english.rows[2]?.at(-1)).toBe(
    '“纺织” is not a valid value for this column; choose from: Automobiles, Information engineering, Civil aviation, Biomedicine, High-end manufacturing, Green chemistry, Other',
  );
  expect((await fetched(path, clerk, { 'accept-language': 'en' })).rows[0]?.at(-1)).toBe('Why it was rejected');

  const mended = rows.map((row, index) =>
    index === 1
      ? row.with(2, '汽车').with(4, '2020-03-01')
      : index === 2
        ? row.with(2, '汽车')
        : index === 3
          ? row.with(4, '2020-02-29')
          : row,
  );
  expect(await imported(server, 'factories', sheet(...mended))).toMatchObject({ recorded: 3, refused: 0, ignored: [] });
});

test('refused rows keep what only the whole file said: the unit of its amounts and the system of its days', async () => {
  const file = xlsx({
    date1904: true,
    sheets: {
      名单: [
        ['单位：万元'],
        ['编号', '供应商名称', '规模', '收入', '认定日期'],
        ['unit-1', '甲公司', '一亿', 120_000, 44_101 - 1_462],
      ],
    },
  });
  const query = 'command=designate';
  const done = await imported(server, 'suppliers', file, { query });
  const { rows } = await fetched(`/api/v1/imports/${done.id}/refused.xlsx`, await server.token('clerk'));
  expect(rows[0]?.slice(0, 5)).toEqual(['编号', '供应商名称', '规模', '收入（万元）', '认定日期']);
  expect(rows[1]?.slice(0, 5)).toEqual(['unit-1', '甲公司', '一亿', 120_000, '2020-09-27']);
  const mended = sheet(rows[0] ?? [], (rows[1] ?? []).with(2, '10亿元'));
  const again = await imported(server, 'suppliers', mended, { query });
  expect(again).toMatchObject({ submitted: 1, refusals: [] });
  const { json } = await server.get(`/api/v1/submissions?import=${again.id}`, { token: await server.token('clerk') });
  expect(json.items[0].body).toMatchObject({ revenueCny: 1_200_000_000, effectiveOn: '2020-09-27' });
});

test('the refused rows of a dry run come back too; an import without refused rows gets a sheet of headers only', async () => {
  const clerk = await server.token('clerk');
  const dry = await imported(server, 'factories', csv(columns, ['dry', '甲', '纺织', '浦东', '2020-03-01']), {
    query: 'dryRun=true',
  });
  expect((await fetched(`/api/v1/imports/${dry.id}/refused.xlsx`, clerk)).rows).toHaveLength(2);
  const none = await imported(server, 'factories', csv(columns));
  expect((await fetched(`/api/v1/imports/${none.id}/refused.xlsx`, clerk)).rows).toHaveLength(1);
  expect((await server.get('/api/v1/imports/none/refused.xlsx', { token: clerk })).status).toBe(404);
  expect((await server.get(`/api/v1/imports/${dry.id}/refused.xlsx`)).status).toBe(401);
  const viewer = await server.token('viewer');
  expect((await server.get(`/api/v1/imports/${dry.id}/refused.xlsx`, { token: viewer })).status).toBe(403);
});

test('a dry run sees what earlier rows of the file would have recorded in the same entry', async () => {
  const file = csv(
    columns,
    ['seen', '戊厂', '汽车', '浦东', '2020-03-01'],
    ['SEEN', '戊厂', '汽车', '浦东', '2020-04-01'],
    ['seen', '戊厂', '汽车', '浦东', '2020-03-01'],
  );
  const tried = await imported(server, 'factories', file, { query: 'dryRun=true' });
  const done = await imported(server, 'factories', file);
  for (const each of [tried, done]) expect(each).toMatchObject({ recorded: 1, alreadyThere: 1, refused: 1 });
  expect(tried.refusals).toEqual(done.refusals);
});

test('exports are available as XLSX, with numbers as numbers and text that looks like a formula as text', async () => {
  await imported(server, 'factories', sheet(columns, ['export-1', '@某 厂', '汽车', '浦东', '2020-03-01']));
  const size = String(await server.registry.store.size());
  const targets = await fetched('/api/v1/exports/targets.xlsx?lang=en', undefined, { 'registry-position': size });
  expect(targets.answer.headers.get('content-disposition')).toBe('attachment; filename="targets.xlsx"');
  expect(targets.rows[0]?.slice(0, 5)).toEqual(['Plan', 'Id', 'Target', 'Goal', 'Count']);
  expect(typeof targets.rows[1]?.[4]).toBe('number');
  const { book, rows } = await fetched('/api/v1/exports/factories.xlsx?lang=zh');
  const line = rows.findIndex(([key]) => key === 'export-1') + 1;
  expect(book.Sheets.智能工厂?.[`D${line}`]).toMatchObject({ t: 's', v: '@某 厂' });
  const csvRows = (await (await fetch(`${server.url}/api/v1/exports/factories.csv?lang=zh`)).text())
    .trim()
    .split('\r\n');
  expect(rows).toHaveLength(csvRows.length);
  for (const { name } of registers) await fetched(`/api/v1/exports/${name}.xlsx`);
  expect((await server.get('/api/v1/exports/factories.xlsx?lang=fr')).status).toBe(400);
});
