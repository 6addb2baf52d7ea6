import { expect, test } from 'vitest';
import { suppliers } from '../../domain/registers/suppliers.ts';
import { openFile } from '../../src/imports/reading/file.ts';
import { rowsOf } from '../../src/imports/reading/kept-table.ts';
import { newFile } from '../spreadsheets/files.ts';
import { type Made, xls, xlsx } from '../spreadsheets/workbooks.ts';
import { csv } from './spreadsheet.ts';

/** Headers over several columns and over two rows: no column that has cells goes unused without a word. */

const kind = suppliers.factOf.get('designate');
if (kind === undefined) throw new Error('no designate');

/** A refusal of the whole file, or what its rows say and which headers are ignored. */
const readingOf = async (content: string | Uint8Array) => {
  const table = newFile();
  const request = { register: suppliers, kind, path: newFile(content), sheet: undefined, set: {} };
  const opened = await openFile(request, table);
  if ('fault' in opened) return { fault: opened.fault.zh };
  const rows = await Array.fromAsync(rowsOf(table, request));
  return { ignored: opened.ignored, rows: rows.map(({ read }) => read('2021-06-15')) };
};

const own = ['编号', '供应商名称', '规模', '认定日期'];
const row = (...more: readonly Made[]): readonly Made[] => ['a', '甲公司', '10亿元', '2020-09-27', ...more];
const blank = [null, null, null, null];
const twoRows = ['A1:A2', 'B1:B2', 'C1:C2', 'D1:D2'];
type Rows = readonly (readonly Made[])[];

/** In each form that can hold them: workbooks with the merges, and all without. */
const forms = (rows: Rows, merges: readonly string[]): readonly (string | Uint8Array)[] => {
  const book = { sheets: { S: rows }, merges: { S: merges } };
  if (merges.length > 0) return [xlsx(book), xls(book)];
  const text = rows.map((cells) => csv(cells.map((cell) => String(cell ?? '')))).join('');
  return [xlsx(book), xls(book), text];
};

test.each<readonly [what: string, rows: Rows, merges: readonly string[]]>([
  ['over two years', [[...own, '收入'], [...blank, '2019年', '2020年'], row(1, 2)], [...twoRows, 'E1:F1']],
  ['over two years, with nothing merged', [[...own, '收入', ''], [...blank, '2019年', '2020年'], row(1, 2)], []],
  ['over two years of which a row has one', [[...own, '收入', ''], [...blank, '本年', '上年'], row(1)], []],
  ['over three years', [[...own, '收入', '', ''], [...blank, 'X', 'Y', 'Z'], row(1, 2, 3)], ['E1:G1']],
  ['over two unnamed columns', [[...own, '收入'], row(1, 2)], ['E1:F1']],
  ['over two rows and two columns', [[...own, '收入'], [], row(1, 2)], [...twoRows, 'E1:F2']],
  ['over an unnamed and a named column', [[...blank, '收入'], [...own, '', '2019年'], row(1, 2)], ['E1:F1']],
  ['over two units', [[...own, '收入', ''], [...blank, '万元', '亿元'], row(1, 2)], ['E1:F1']],
  ['over a column that is filled further down', [[...own, '收入'], row(1), row(1), row(1, 2)], ['E1:F1']],
  ['over two columns in the lower row', [['名单', '', '', '', '经营'], [...own, '收入'], row(1, 2)], ['E2:F2']],
])('a file with 收入 %s is refused, and both columns are named', async (_, rows, merges) => {
  for (const form of forms(rows, merges))
    expect(await readingOf(form)).toEqual({
      fault: expect.stringMatching(
        /第 5 列（E）“收入.*”与第 6 列（F）“收入.*”都是“营业收入（元）”，无法确定应读取哪一列/,
      ),
    });
});

const read = (revenueCny: number) => ({ key: 'a', body: { name: '甲公司', revenueCny } });

test.each<readonly [what: string, ignored: readonly string[], revenue: number, rows: Rows, merges: readonly string[]]>([
  ['merged over an empty column', [], 1, [[...own, '收入'], row(1)], ['E1:F1']],
  ['merged as its cells are', [], 1, [[...own, '收入'], row(1)], ['E1:F1', 'E2:F2']],
  ['in the lower row', ['利润'], 1, [[...own, '经营'], [...blank, '收入', '利润'], row(1, 2)], [...twoRows, 'E1:F1']],
  ['in the upper row', ['利润'], 1, [[...own, '收入', '利润'], [], row(1, 2)], [...twoRows, 'E1:E2', 'F1:F2']],
  [
    'beside another that is merged downwards',
    ['利润', '电话'],
    1,
    [[...own, '经营', '', '电话'], [...blank, '收入', '利润'], row(1, 2, '021-1')],
    [...twoRows, 'E1:F1', 'G1:G2'],
  ],
  [
    'with nothing merged',
    ['利润', '电话'],
    1,
    [[...own, '', '', '电话'], [...blank, '收入', '利润'], row(1, 2, 'x')],
    [],
  ],
  [
    'over itself and another',
    ['利润'],
    1,
    [[...own, '收入'], [...blank, '收入', '利润'], row(1, 2)],
    [...twoRows, 'E1:F1'],
  ],
  [
    'under a unit',
    ['利润'],
    10_000,
    [[...own, '经营（万元）'], [...blank, '收入', '利润'], row(1, 2)],
    [...twoRows, 'E1:F1'],
  ],
  [
    'beside a column that is in another unit',
    ['资本（万元）'],
    1,
    [[...own, '资本（万元）', '经营'], [...blank, '', '收入'], row(7, 1)],
    [],
  ],
  [
    'beside an unknown header over two columns',
    ['电话', '电话'],
    1,
    [[...own, '收入', '电话'], row(1, 2, 3)],
    ['F1:G1'],
  ],
])(
  'the amount is read under a header %s, and every other column is told',
  async (_, ignored, revenue, rows, merges) => {
    for (const form of forms(rows, merges))
      expect(await readingOf(form)).toMatchObject({ ignored, rows: [read(revenue)] });
  },
);

test.each<readonly [header: string, cells: readonly string[], ignored: readonly string[]]>([
  ['序号', ['1', '２', '3.', '(4)', '五', '', '-'], []],
  ['No.', ['1', '2'], []],
  ['序号', ['1', 'F-12'], ['序号']],
  ['No.', ['CERT-2020-1'], ['No.']],
  ['No', ['甲'], ['No']],
  ['原文件行号', ['x'], []],
])('a column %s of %j is told if it holds more than numbers of rows', async (header, cells, ignored) => {
  const rows = cells.map((cell, index) => [cell, `a-${index}`, '甲公司', '10亿元', '2020-09-27', 1]);
  for (const form of forms([[header, ...own, '收入'], ...rows], []))
    expect(await readingOf(form)).toMatchObject({ ignored });
});
