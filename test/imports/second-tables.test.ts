import { expect, test } from 'vitest';
import { factories } from '../../domain/registers/factories.ts';
import { openFile } from '../../src/imports/reading/file.ts';
import { rowsOf } from '../../src/imports/reading/kept-table.ts';
import { newFile } from '../spreadsheets/files.ts';
import { csv } from './spreadsheet.ts';

/** Rows are read by the headers that they stand under; what no header of the table is true of is never read by it. */

type Set = Readonly<Record<string, string>>;

const read = async (lines: readonly (readonly string[])[], command = 'certify', set: Set = {}) => {
  const table = newFile();
  const kind = factories.factOf.get(command);
  if (kind === undefined) throw new Error(`no ${command}`);
  const request = { register: factories, kind, path: newFile(csv([], ...lines)), sheet: undefined, set };
  const opened = await openFile(request, table);
  if ('fault' in opened) return { fault: opened.fault };
  const rows = (await Array.fromAsync(rowsOf(table, request))).map((row) => row.read('2021-06-15'));
  return { skipped: opened.skippedLines.length, rows };
};

const headers = ['工厂名称', '区', '行业', '认定日期', '等级'];
const row = (name: string, more: readonly string[] = []) => [name, '浦东', '汽车', '2020-12-22', '示范', ...more];

test.each<readonly [string, readonly (readonly string[])[]]>([
  ['one column more', [headers, row('甲'), [], [...headers, '证书编号'], row('乙', ['BG-1'])]],
  ['one column more and titles', [['一、示范'], headers, row('甲'), ['二、标杆'], [...headers, '证书编号'], row('乙')]],
  ['one column less', [[...headers, '证书编号'], row('甲', ['BG-1']), headers, row('乙')]],
  ['another order', [headers, row('甲'), ['区', '工厂名称', ...headers.slice(2)], ['浦东', '乙', ...row('').slice(2)]]],
  ['another day', [headers, row('甲'), headers.with(3, '撤销日期'), row('乙')]],
  ['a day of its own', [headers, row('甲'), headers.with(3, '公示截止'), row('乙')]],
  ['a column that is not recognised', [headers, row('甲'), headers.with(4, '星级'), row('乙')]],
  [
    'English words for other columns',
    [headers, row('甲'), ['Operator', 'Name', 'Sector', 'Effective on', 'Grade'], row('乙')],
  ],
  ['no column for a field', [headers, row('甲'), headers.with(1, ''), row('乙')]],
  ['few columns', [headers, row('甲'), ['工厂名称', '区'], row('乙')]],
])('two tables in a file are not read as one if the second has %s', async (_, lines) => {
  const { fault } = await read(lines);
  expect(fault?.zh).toMatch(/^第 \d+ 行是另一个表的表头/);
  expect(fault?.en).toMatch(/^Line \d+ has the headers of another table/);
});

test.each<readonly [string, readonly (readonly string[])[]]>([
  ['the same headers', [headers, row('甲'), ['二、标杆'], headers, row('乙')]],
  [
    'the same headers in English',
    [headers, row('甲'), ['Name', 'District', 'Sector', 'Effective on', 'Grade'], row('乙')],
  ],
  [
    'the names of the fields directly under them',
    [headers, ['name', 'district', 'sector', 'effectiveOn', 'grade'], row('甲'), row('乙')],
  ],
  ['the same headers with marks', [headers, row('甲'), headers.map((header) => `*${header}（必填）`), row('乙')]],
  ['particulars above in pairs', [['企业名称', '甲公司', '日期', '2020年'], headers, row('甲'), row('乙')]],
  ['a line for signatures below', [headers, row('甲'), row('乙'), ['审核', '', '日期']]],
])('%s leave the table one', async (_, lines) => {
  const found = await read(lines);
  expect(found.rows?.slice(0, 2)).toMatchObject([{ body: { name: '甲' } }, { body: { name: '乙' } }]);
});

test.each([
  '以下为拟认定（未认定）名单',
  '以下企业未通过认定',
  '二、撤销名单',
  '三、暂缓认定',
  '（二）候选工厂',
  '取消资格名单',
  '不予认定的工厂如下：',
  '四、已退出',
  '待认定名单',
  'The following were not certified',
  'Revoked list',
])('the heading %s within a list refuses the file, for the rows under it may not be meant', async (heading) => {
  const { fault } = await read([headers, row('甲'), [heading], row('乙')]);
  expect(fault?.zh).toContain(`第 4 行“${heading}”说明其下各行可能不属于本名单`);
  expect(await read([headers, row('甲'), row('乙'), [heading]])).toHaveProperty('rows');
});

test.each(['二、浦东新区', '（二）标杆工厂', '以下为标杆工厂', '二、示范工厂名单'])(
  'the heading %s changes nothing of what the rows under it are',
  async (heading) => {
    const { rows } = await read([headers, row('甲'), [heading], row('乙')]);
    expect(rows?.at(-1)).toMatchObject({ body: { name: '乙' } });
  },
);

test('a heading that says what the command says changes nothing', async () => {
  const lines = [['编号', '日期', '原因'], ['a', '2020-12-22', '停产'], ['二、撤销名单'], ['b', '2020-12-22', '停产']];
  expect((await read(lines, 'revoke')).rows).toMatchObject([{ key: 'a' }, { key: 'b' }]);
});

const set = { effectiveOn: '2020-12-22', sector: '汽车', district: '浦东', grade: '示范' };

test.each([
  '合计：2家',
  '共计 2 家',
  'Total (2)',
  '小计（2家）',
  '注：以上排名不分先后',
  '注1：某公司除外',
  '备注：名单由各区推荐',
  '一、浦东新区',
  '（二）闵行区',
  '制表人：张三',
  '审核人：李伟',
  '联系人：王芳',
  '数据来源：市统计局',
  '来源：某厂',
  '（以下空白）',
  '以下空白',
  '以下无正文',
  '2020年12月',
  '2020年12月22日',
  '二〇二〇年十二月',
  '单位：万元',
  '填报单位：某区',
])('%s is not recorded as a factory because of what is set for the whole file', async (text) => {
  for (const line of [
    ['', text],
    ['1', text],
  ]) {
    const { rows } = await read([['序号', '工厂名称'], line], 'certify', set);
    expect(rows).toMatchObject([{ faults: [{ header: '工厂名称' }] }]);
    expect(JSON.stringify(rows)).toContain(`“${text}”可能是合计、注释或小标题，也可能是名称`);
  }
});

test.each([
  'Total (China) Investment Co., Ltd.',
  '合计（上海）数据有限公司',
  '总计厂',
  '合计数据',
  '2020工厂',
  '来源厂',
])('%s is a name, also with values set for the whole file', async (name) => {
  const { rows, skipped } = await read(
    [
      ['序号', '工厂名称'],
      ['1', name],
    ],
    'certify',
    set,
  );
  expect(rows).toMatchObject([{ body: { name } }]);
  expect(skipped).toBe(0);
});
