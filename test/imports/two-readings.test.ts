import { expect, test } from 'vitest';
import { suppliers } from '../../domain/registers/suppliers.ts';
import { openFile } from '../../src/imports/reading/file.ts';
import { rowsOf } from '../../src/imports/reading/kept-table.ts';
import { refusedSheet } from '../../src/imports/refused-sheet.ts';
import { newFile } from '../spreadsheets/files.ts';
import { type Made, partsOf, xlsx, zipOf } from '../spreadsheets/workbooks.ts';
import { csv } from './spreadsheet.ts';

/** Cells and tables that could be read in two ways. */

const kind = suppliers.factOf.get('designate');
if (kind === undefined) throw new Error('no designate');
const headers = ['编号', '供应商名称', '规模', '认定日期', '收入'];
type Changes = { readonly key?: string; readonly day?: Made; readonly amount?: Made };
const row = ({ key = 'a', day = '2020-09-27', amount = 1 }: Changes): readonly Made[] => {
  return [key, `${key} 公司`, '10亿元', day, amount];
};

/** The refusal of the file, or the amount or refusal of each row. */
const readingOf = async (content: string | Uint8Array): Promise<unknown> => {
  const table = newFile();
  const request = { register: suppliers, kind, path: newFile(content), sheet: undefined, set: {} };
  const opened = await openFile(request, table);
  if ('fault' in opened) return opened.fault.zh;
  const rows = await Array.fromAsync(rowsOf(table, request), ({ read }) => read('2021-06-15'));
  return rows.map((each) => ('body' in each ? each.body.revenueCny : each.reason.zh));
};

const text = (...rows: readonly (readonly Made[])[]): string =>
  rows.map((cells) => csv(cells.map((cell) => String(cell ?? '')))).join('');

test.each([
  ['100\n200', undefined],
  ['100 200', undefined],
  ['12 5', undefined],
  ['1 200 000', undefined],
  ['1, 200', undefined],
  ['12\u00a05', undefined],
  ['１２　５', undefined],
  ['100\r\n200万元', undefined],
  ['1\u00a0200\u00a0000', 1_200_000],
  ['1\u202f200', 1_200],
  ['120 万 元', 1_200_000],
  ['RMB 120', 120],
  ['１２０', 120],
  ['１，２００', 1_200],
  ['120①', undefined],
  ['①', undefined],
  ['10²', undefined],
  ['120¹', undefined],
  ['120万元②', undefined],
  ['½', undefined],
  ['120⑴', undefined],
  ['120❶', undefined],
  ['1200₂', undefined],
])('the amount %j is %s', async (amount, yuan) => {
  expect(await readingOf(text(headers, row({ amount })))).toEqual([
    yuan ?? expect.stringMatching(/不是此列的有效值|可能是注释的标记，也可能是数字/),
  ]);
});

test.each(['a①', 'a-2²', 'SEP₂'])('the key %s may end in the mark of a footnote', async (key) => {
  expect(await readingOf(text(headers, row({ key })))).toEqual([expect.stringContaining('可能是注释的标记')]);
});

test.each(['2020-09-②', '2020年9月2①日', '2020092⁷'])('the day %s may end in the mark of a footnote', async (day) => {
  expect(await readingOf(text(headers, row({ day })))).toEqual([expect.stringContaining('可能是注释的标记')]);
});

test('a serial number that is text is a day of neither system in a workbook that counts from 1904', async () => {
  const rows = ['42639', '44101', '44101.5', 42_639, { v: 42_639, z: 'yyyy-mm-dd' }, '2020-09-27'].map((day, index) =>
    row({ key: `k-${index}`, day }),
  );
  const refused = expect.stringContaining('不是此列的有效值');
  expect(await readingOf(xlsx({ sheets: { S: [headers, ...rows] }, date1904: true }))).toEqual([
    ...[refused, refused, refused],
    ...[1, 1, 1],
  ]);
});

const [a, b] = [row({ key: 'a' }), row({ key: 'b', amount: 2 })];
const beside = (cells: readonly Made[], more: string): readonly Made[] => [...cells, '', more];

test.each<readonly [what: string, rows: readonly (readonly Made[])[], readings: unknown]>([
  ['before all rows', [['单位：万元'], headers, a, b], [10_000, 20_000]],
  ['beside the headers', [beside(headers, '单位：万元'), a, b], [10_000, 20_000]],
  ['in a note beside the headers', [beside(headers, '注：金额单位为万元'), a, b], [10_000, 20_000]],
  ['beside a row', [headers, beside(a, '单位：万元'), b], [expect.stringContaining('没有表头'), 20_000]],
  ['below all rows', [headers, a, b, ['单位：万元']], [10_000, 20_000]],
  [
    'between rows',
    [headers, a, ['单位：万元'], b],
    Array(2).fill(expect.stringContaining('第 3 行“单位：万元”写明金额的单位，但它上下都有数据行')),
  ],
  [
    'between rows, before the headers of a second page',
    [headers, a, ['（单位：万元）'], headers, b],
    Array(2).fill(expect.stringContaining('第 3 行')),
  ],
  ['between rows as above them', [['单位：万元'], headers, a, ['单位：万元'], headers, b], [10_000, 20_000]],
  [
    'between rows otherwise than above',
    [['单位：元'], headers, a, ['单位：万元'], b],
    Array(2).fill(expect.stringContaining('多种写法（元、万元）')),
  ],
  [
    'for a column that is not read',
    [
      [...headers, '注册资本（万元）'],
      [...a, 7],
      [...b, 7],
    ],
    [1, 2],
  ],
])('a unit that stands %s is that of all rows, or of none for certain', async (_, rows, readings) => {
  expect(await readingOf(text(...rows))).toEqual(readings);
});

test.each<readonly (readonly Made[])[]>([
  [['供应商名称', '编号', '规模', '认定日期', '收入']],
  [['编号', '供应商名称', '规模', '认定日期', '利润']],
  [['编号', '供应商名称', '规模', '认定日期', '收入（万元）']],
  [['编号', '供应商名称', '规模', '日期', '收入', '备注']],
])('a second table with the headers %j under the first is refused', async (second) => {
  expect(await readingOf(text(headers, a, second, b))).toContain('第 3 行是另一个表的表头');
  expect(await readingOf(text(headers, a, headers, b))).toEqual([1, 2]);
});

const sheetOf = (rows: string) => zipOf(partsOf(`<worksheet><sheetData>${rows}</sheetData></worksheet>`));
const cells = (values: readonly Made[]) => values.map((value) => `<c t="str"><v>${value}</v></c>`).join('');

test.each([
  ['a cell twice', `<row r="1">${cells(headers)}</row><row r="2">${cells(a)}<c r="B2" t="str"><v>乙公司</v></c></row>`],
  ['a row twice', `<row r="1">${cells(headers)}</row><row r="2">${cells(a)}</row><row r="2">${cells(b)}</row>`],
  ['rows out of order', `<row r="1">${cells(headers)}</row><row r="3">${cells(a)}</row><row r="2">${cells(b)}</row>`],
  ['a row that has no number', `<row r="1">${cells(headers)}</row><row r="x">${cells(a)}</row>`],
])('a workbook that has %s is broken', async (_, rows) => {
  expect(await readingOf(await sheetOf(rows))).toBe('文件不是有效的 XLSX；请用 Excel 或 WPS 打开后重新保存');
});

test('text that a program has put where only numbers belong is not lost', async () => {
  const [, ...rest] = a;
  const inline = '<c t="inlineStr"><v>a_x002D_1</v></c>';
  const file = await sheetOf(`<row>${cells(headers)}</row><row>${inline}${cells(rest)}</row>`);
  expect(await readingOf(file)).toEqual([1]);
});

const semicolons = (amount: string) =>
  [headers, ['a', '甲公司', '10亿元', '2020-09-27', amount]].map((cells) => `${cells.join(';')}\n`).join('');

test.each([
  ['1,500', '可能是 1500，也可能是 1.5；请写作 1500 或 1.5'],
  ['1.500', '可能是 1500，也可能是 1.5'],
  ['1,234', '可能是 1234，也可能是 1.2340'],
  ['120,000', '可能是 120000，也可能是 120'],
  ['1,500万元', '可能是 1500，也可能是 1.5'],
  ['￥1.500', '可能是 1500，也可能是 1.5'],
  ['１，５００', '可能是 1500，也可能是 1.5'],
  ['0,500', '不是此列的有效值'],
  ['1,5', '不是此列的有效值'],
  ['1.200,50', '不是此列的有效值'],
])('in a file separated by semicolons the amount %s is refused', async (amount, reason) => {
  expect(await readingOf(semicolons(amount))).toEqual([expect.stringContaining(reason)]);
});

test.each([
  ['1500', 1_500],
  ['1,200,000', 1_200_000],
  ['1.5万元', 15_000],
  ['0.5万元', 5_000],
  ['0.500万元', 5_000],
  ['1.2340万元', 12_340],
])('in a file separated by semicolons the amount %s is certain', async (amount, yuan) => {
  expect(await readingOf(semicolons(amount))).toEqual([yuan]);
});

test('an amount that a comma makes uncertain stays refused in the sheet of rejected rows', async () => {
  const table = { headers, unit: { exponent: 0 }, date1904: false, hasDecimalCommas: true } as const;
  const cells = ['a', '甲公司', '10亿元', '2020-09-27', '1,500'];
  const rows = [{ row: 1, line: 2, column: null, reason: { zh: '', en: '' }, cells }];
  const stream = refusedSheet({ register: suppliers, kind, table, rows }, 'zh');
  expect(await readingOf(Buffer.concat(await Array.fromAsync(stream)))).toEqual([
    expect.stringContaining('“1,500（?）”不是此列的有效值'),
  ]);
});

test('a comma after a zero groups no digits', async () => {
  expect(await readingOf(text(headers, row({ amount: '0,500' }), row({ key: 'b', amount: '012,500' })))).toEqual([
    expect.stringContaining('不是此列的有效值'),
    expect.stringContaining('不是此列的有效值'),
  ]);
});

test.each([
  ['01/05/2021', '2021-01-05 或 2021-05-01'],
  ['1.5.2021', '2021-01-05 或 2021-05-01'],
  ['1–5–2021', '2021-01-05 或 2021-05-01'],
  ['１／５／２０２１', '2021-01-05 或 2021-05-01'],
  ['01/05/2021 09:30', '2021-01-05 或 2021-05-01'],
  ['05/05/2021', '2021-05-05'],
  ['13/5/2021', '2021-05-13'],
  ['5/13/2021', '2021-05-13'],
  ['21/5/1', '2021-05-01'],
  ['21-05-01', '2001-05-21 或 2021-05-01'],
  ['1/2/03', '2003-01-02 或 2003-02-01'],
  ['01/02/03', '2001-02-03 或 2003-01-02 或 2003-02-01'],
  ['99.12.31', '1999-12-31'],
  ['12.10.11', '2011-10-12 或 2011-12-10 或 2012-10-11'],
  ['31/12/20', '2020-12-31 或 2031-12-20'],
  ['20/12/31', '2020-12-31 或 2031-12-20'],
  ['2/29/2021', undefined],
  ['1/2/3', undefined],
  ['1/5/1921', undefined],
  ['1/5-2021', undefined],
  ['1/5/2021-1/6/2021', undefined],
])('a day written as %s is refused with every day that it may be', async (day, days) => {
  expect(await readingOf(text(headers, row({ day })))).toEqual([
    days === undefined
      ? expect.stringContaining('不是此列的有效值')
      : expect.stringContaining(`可能是 ${days}；请写明年月日`),
  ]);
});
