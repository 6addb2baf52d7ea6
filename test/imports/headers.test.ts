import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Register } from '../../domain/register.ts';
import { criteria } from '../../domain/registers/criteria.ts';
import { enterprises } from '../../domain/registers/enterprises.ts';
import { factories } from '../../domain/registers/factories.ts';
import { listings } from '../../domain/registers/listings.ts';
import { solutions } from '../../domain/registers/solutions.ts';
import { suppliers } from '../../domain/registers/suppliers.ts';
import { openFile } from '../../src/imports/reading/file.ts';
import { rowsOf } from '../../src/imports/reading/kept-table.ts';
import { newFile } from '../spreadsheets/files.ts';
import { csv } from './spreadsheet.ts';

type Set = Readonly<Record<string, string>>;

const kindOf = (register: Register, command: string) => {
  const kind = register.factOf.get(command);
  if (kind === undefined) throw new Error(`no ${command}`);
  return kind;
};

const opening = async (register: Register, command: string, content: string | Uint8Array, set: Set) => {
  const table = newFile();
  const request = { register, kind: kindOf(register, command), path: newFile(content), sheet: undefined, set };
  return { request, table, opened: await openFile(request, table) };
};

const open = async (register: Register, command: string, content: string | Uint8Array, set: Set = {}) => {
  const { opened } = await opening(register, command, content, set);
  if ('fault' in opened) return opened;
  const { sha256: _, columns: __, ...rest } = opened;
  return rest;
};

const rows = async (register: Register, command: string, text: string, set: Set = {}) => {
  const { request, table, opened } = await opening(register, command, text, set);
  if ('fault' in opened) throw new Error(opened.fault.en);
  return (await Array.fromAsync(rowsOf(table, request))).map(({ read }) => read('2021-06-15'));
};

test('headers are understood in Chinese and in English, in any order, whatever their width, case and spaces', async () => {
  const body = {
    effectiveOn: '2020-12-22',
    name: '康桥数字化工厂',
    operator: '上海纳铁福',
    sector: 'automobiles',
    district: 'pudong',
    grade: 'demonstration',
  };
  const chinese = csv(
    ['等级', '认定日期', '所属区', '行业', '企业名称', '工厂名称', '编号'],
    ['示范', '2020年12月22日', '浦东', '汽车', '上海纳铁福', '康桥数字化工厂', 'kangqiao'],
  );
  const english = csv(
    ['KEY', 'Name', 'operator', 'Sector', 'District', 'effective on', 'ＧＲＡＤＥ'],
    ['kangqiao', '康桥数字化工厂', '上海纳铁福', 'automobiles', 'Pudong New Area', '2020-12-22', 'demonstration'],
  );
  expect(await rows(factories, 'certify', chinese)).toEqual([{ key: 'kangqiao', body }]);
  expect(await rows(factories, 'certify', english)).toEqual([{ key: 'kangqiao', body }]);
});

test.each([
  ['工厂名称\nName', '区\nDistrict', '行业\nSector', '认定日期\nEffective on', '级别\nGrade'],
  ['工厂名称（Name）', '区 / District', '行业|Sector', '认定日期 Effective on', '级别-Grade'],
  ['工厂名称①', '区②', '行业¹', '认定日期③④', '级别*'],
])('headers in both languages, and with marks of footnotes, are recognised: %s', async (...headers) => {
  const text = csv(headers, ['康桥厂', '浦东', '汽车', '2020-12-22', '示范']);
  expect(await rows(factories, 'certify', text)).toMatchObject([
    { body: { name: '康桥厂', effectiveOn: '2020-12-22' } },
  ]);
});

test('a header in two languages that say different things is not recognised', async () => {
  const text = csv(
    ['工厂名称 Operator', '区', '行业', '认定日期', '级别'],
    ['康桥厂', '浦东', '汽车', '2020-12-22', '示范'],
  );
  expect(await open(factories, 'certify', text)).toHaveProperty(
    'fault.en',
    expect.stringContaining('Missing columns: Key'),
  );
});

test('the name of a field is a header, and evidence and notes have theirs', async () => {
  const text = csv(
    ['key', 'noticeUntil', 'effectiveOn', '来源', '备注'],
    ['a', '2020-12-10', '2020-12-01', '公示', '首批'],
  );
  expect(await rows(factories, 'announce', text)).toEqual([
    {
      key: 'a',
      body: { effectiveOn: '2020-12-01', noticeUntil: '2020-12-10', evidence: [{ title: '公示' }], note: '首批' },
    },
  ]);
});

test('headers that are not recognised are listed', async () => {
  const text = csv(['证券代码', '公司简称', '行业', '上市日期', ''], ['688008', '澜起科技', '半导体', '2019-07-22']);
  expect(await open(listings, 'list', text)).toEqual({ ignored: ['行业'], skipped: 0, skippedLines: [], total: 1 });
});

test('a file without a column that every row needs is refused with the headers it has', async () => {
  const fault = await open(factories, 'certify', csv(['工厂名称', ' 行业 '], ['甲', '汽车']));
  expect(fault).toMatchObject({ at: 'file' });
  expect(fault).toHaveProperty('fault.en', 'Missing columns: Grade, Effective on; the headers are: 工厂名称, 行业');
  expect(fault).toHaveProperty('fault.zh', '缺少列：等级、生效日期；文件的表头是：工厂名称、行业');
});

test('a register whose first command needs its descriptive fields needs their columns', async () => {
  const fault = await open(factories, 'nominate', csv(['工厂名称', '日期'], ['甲', '2020-01-01']));
  expect(fault).toHaveProperty('fault.en', expect.stringContaining('Sector, District'));
});

test('codes cannot be generated, so their column is required', async () => {
  const headers = ['企业名称', '行业', '区', '日期'];
  const fault = await open(enterprises, 'enroll', csv(headers, ['甲', '汽车', '浦东', '2020-01-01']));
  expect(fault).toHaveProperty('fault.en', expect.stringContaining('Unified Social Credit Code'));
  const nameless = await open(factories, 'assess', csv(['评审组', '日期'], ['专家组', '2020-01-01']));
  expect(nameless).toHaveProperty('fault.en', expect.stringContaining('Key'));
});

test('set fills what the file lacks or a row leaves empty, and a cell goes before it', async () => {
  const text = csv(
    ['编号', '工厂名称', '等级', '行业', '区', '认定日期'],
    ['a', '甲', '', '汽车', '浦东', ''],
    ['b', '乙', '标杆', '汽车', '嘉定', '2020-10-01'],
  );
  const found = await rows(factories, 'certify', text, { grade: 'demonstration', effectiveOn: '2020-12-22' });
  expect(found).toMatchObject([
    { key: 'a', body: { grade: 'demonstration', effectiveOn: '2020-12-22' } },
    { key: 'b', body: { grade: 'benchmark', effectiveOn: '2020-10-01' } },
  ]);
  expect(await open(factories, 'certify', csv(['编号'], ['a']), { grade: '示范', effectiveOn: '2020-12-22' })).toEqual({
    ignored: [],
    skipped: 0,
    skippedLines: [],
    total: 1,
  });
});

test.each([
  [{ colour: 'red' }, 'set.colour'],
  [{ grade: 'gold' }, 'set.grade'],
  [{ effectiveOn: '2020-02-30' }, 'set.effectiveOn'],
  [{ duplicates: 'perhaps' }, 'set.duplicates'],
  [{ constructor: 'x' }, 'set.constructor'],
])('%o cannot be set', async (set, at) => {
  const text = csv(['编号', '认定日期', '等级'], ['a', '2020-12-22', '示范']);
  expect(await open(factories, 'certify', text, set)).toMatchObject({ at });
});

test('an empty file, one that is not text and one that is not CSV are refused as such', async () => {
  expect(await open(listings, 'list', '')).toHaveProperty(
    'fault.en',
    'The file has no row of headers; add one above the list',
  );
  expect(await open(listings, 'list', new Uint8Array([0x61, 0, 0x62]))).toHaveProperty(
    'fault.en',
    'The file is neither XLSX nor XLS nor CSV in UTF-8 or GB18030; save it as XLSX',
  );
  const unclosed = await open(listings, 'list', '证券代码,公司简称,上市日期\n688008,"澜起,2019-07-22\n');
  expect(unclosed).toHaveProperty('fault.en', expect.stringMatching(/^A quotation mark in line 2 is not closed/));
});

test('a row that cannot be read is rejected with the column and the reason', async () => {
  const headers = ['编号', '工厂名称', '行业', '区', '认定日期', '等级'];
  const read = async (...cells: string[]) => (await rows(factories, 'certify', csv(headers, cells)))[0];
  const good = ['a', '甲', '汽车', '浦东', '2020-12-22', '示范'];
  const but = (index: number, cell: string) => read(...good.map((each, at) => (at === index ? cell : each)));
  expect(await read(...good)).toMatchObject({ key: 'a' });
  expect(await but(2, '汽车业')).toMatchObject({
    column: '行业',
    reason: {
      zh: '“汽车业”不是此列的有效值；可选：汽车、电子信息、民用航空、生物医药、高端装备、绿色化工、其他',
      en: '“汽车业” is not a valid value for this column; choose from: Automobiles, Information engineering, Civil aviation, Biomedicine, High-end manufacturing, Green chemistry, Other',
    },
  });
  expect(await but(4, '2020-02-30')).toMatchObject({ column: '认定日期' });
  expect(await but(4, '2031-01-01')).toMatchObject({ column: '认定日期' });
  expect(await but(5, '')).toMatchObject({ column: '等级', reason: { zh: '缺少等级', en: 'Grade is missing' } });
  expect(await but(0, '不是编号')).toMatchObject({ column: '编号' });
  expect(await but(1, '甲'.repeat(501))).toMatchObject({
    column: '工厂名称',
    reason: { en: expect.stringMatching(/^“甲{60}…” is not a valid value for this column: At most 500 characters$/) },
  });
  expect(await rows(criteria, 'publish', csv(['标准号', '发布日期'], ['', '2020-01-01']))).toMatchObject([
    { column: '标准号' },
  ]);
});

test('a standard without a key takes its number, others a hash of their names', async () => {
  const published = csv(
    ['标准号', '发布日期'],
    ['GB/T 39116-2020', '2020-10-11'],
    ['Ｔ／ＡＢＣ 001—2021', '2021-01-01'],
  );
  expect(await rows(criteria, 'publish', published)).toMatchObject([
    { key: 'GB-T-39116-2020' },
    { key: 'T-ABC-001-2021' },
  ]);
  const hash = (...names: string[]) =>
    `n-${createHash('sha256').update(names.join('\n').normalize('NFKC')).digest('hex').slice(0, 12)}`;
  const certified = csv(['工厂名称', '企业名称', '日期', '等级'], ['ＭＥＢ智能工厂', '上汽大众', '2020-12-22', '示范']);
  expect(await rows(factories, 'certify', certified)).toMatchObject([
    { key: hash('factories', '上汽大众', 'MEB智能工厂') },
  ]);
  const nominated = csv(['名称', '日期'], ['甲公司', '2020-12-22']);
  expect(await rows(suppliers, 'nominate', nominated)).toMatchObject([{ key: hash('suppliers', '甲公司') }]);
  const signed = csv(['供应商', '客户', '目的地', '日期'], ['甲公司', '乙厂', '越南', '2020-12-22']);
  expect(await rows(solutions, 'sign', signed)).toMatchObject([{ key: hash('solutions', '甲公司', '乙厂', '越南') }]);
});

test('a number from which no key can be made is rejected', async () => {
  const found = await rows(criteria, 'publish', csv(['标准号', '发布日期'], [`GB/T ${'1'.repeat(80)}`, '2020-10-11']));
  expect(found).toMatchObject([
    { column: '标准号', reason: { en: expect.stringContaining('No valid Key can be made from “GB/T 1') } },
  ]);
});

test('a table that an earlier release has kept is read, and one that is kept now has the same form', async () => {
  const earlier =
    '{"heads":["编号","供应商名称","规模","收入","认定日期"],"power":4,"date1904":false}\n[5,"a","甲公司","10亿元",120000,"2020-09-27"]\n';
  const table = newFile();
  writeFileSync(table, earlier);
  const rowKind = { register: suppliers, kind: kindOf(suppliers, 'designate'), set: {} };
  const [row] = await Array.fromAsync(rowsOf(table, rowKind));
  expect(row).toMatchObject({ number: 1, line: 5 });
  expect(row?.read('2021-06-15')).toMatchObject({ key: 'a', body: { revenueCny: 1_200_000_000 } });
  const text = csv(
    ['单位：万元'],
    ['编号', '供应商名称', '规模', '收入', '认定日期'],
    ['a', '甲公司', '10亿元', '120000', '2020-09-27'],
  );
  const written = await opening(suppliers, 'designate', text, {});
  expect(readFileSync(written.table, 'utf8').split('\n')[0]).toBe(earlier.split('\n')[0]);
});

test('sheets of rejected rows are imported with their columns named as now and as before', async () => {
  const own = ['编号', '工厂名称', '行业', '区', '推荐日期'];
  const row = ['a', '甲', '汽车', '浦东', '2020-03-01'];
  for (const more of [
    ['Line in the file', 'Column with the problem', 'Why it was rejected'],
    ['Line in the file', 'Column to blame', 'Why it was refused'],
    ['原文件行号', '问题所在列', '未导入原因'],
  ])
    expect(await open(factories, 'nominate', csv([...own, ...more], row))).toMatchObject({ ignored: [], total: 1 });
});

const suppliersHeaders = ['编号', '供应商名称', '规模', '认定日期', '收入（万元）'];

type Twice = readonly [
  what: string,
  Register,
  command: string,
  lines: readonly (readonly string[])[],
  parts: readonly string[],
];
const twice: readonly Twice[] = [
  [
    'the same header twice',
    suppliers,
    'designate',
    [[...suppliersHeaders, '收入（万元）']],
    ['第 5 列（E）“收入（万元）”', '第 6 列（F）“收入（万元）”'],
  ],
  [
    'one amount in two units',
    suppliers,
    'designate',
    [[...suppliersHeaders, '营业收入（亿元）']],
    ['第 6 列（F）“营业收入（亿元）”'],
  ],
  [
    'the same header under two years',
    suppliers,
    'designate',
    [
      ['', '', '', '', '2019年', '2020年'],
      [...suppliersHeaders, '收入（万元）'],
    ],
    ['第 6 列（F）“收入（万元）”'],
  ],
  [
    'two headers for one field',
    factories,
    'nominate',
    [['编号', '工厂名称', '行业', '区', '日期', '企业名称', '单位名称']],
    ['“企业名称”', '“单位名称”', '都是“企业名称”'],
  ],
  ['two names', listings, 'list', [['证券代码', '公司简称', '上市日期', '公司名称']], ['“公司简称”', '“公司名称”']],
  [
    'the key twice',
    factories,
    'nominate',
    [['编号', '工厂名称', '行业', '区', '日期', '登记编号']],
    ['第 1 列（A）“编号”', '第 6 列（F）“登记编号”'],
  ],
  [
    'two days',
    factories,
    'nominate',
    [['编号', '工厂名称', '行业', '区', '推荐日期', '日期']],
    ['“推荐日期”', '“日期”', '都是“生效日期”'],
  ],
  [
    'two notes',
    factories,
    'nominate',
    [['编号', '工厂名称', '行业', '区', '日期', '备注', '说明']],
    ['“备注”', '“说明”'],
  ],
];

test.each(twice)(
  'a file with %s is refused as a whole, and both columns are named',
  async (_, register, command, headers, parts) => {
    const fault = await open(register, command, headers.map((line) => csv(line)).join(''));
    expect(fault).toMatchObject({ at: 'file' });
    for (const part of parts) expect(fault).toHaveProperty('fault.zh', expect.stringContaining(part));
  },
);

test('columns that are ignored, or number the rows, may stand twice', async () => {
  const text = csv(
    ['序号', '证券代码', '公司简称', '上市日期', '行业', '行业', '序号'],
    ['1', '688008', '澜起科技', '2019-07-22', '半导体', '芯片', '1'],
  );
  expect(await open(listings, 'list', text)).toEqual({
    ignored: ['行业', '行业'],
    skipped: 0,
    skippedLines: [],
    total: 1,
  });
});
