import { expect, test } from 'vitest';
import type { Register } from '../../domain/register.ts';
import { factories } from '../../domain/registers/factories.ts';
import { suppliers } from '../../domain/registers/suppliers.ts';
import { openFile } from '../../src/imports/reading/file.ts';
import { rowsOf } from '../../src/imports/reading/kept-table.ts';
import { newFile } from '../spreadsheets/files.ts';
import { csv } from './spreadsheet.ts';

/** How many rows a CSV has, and which of its lines are left out. */
const read = async (register: Register, text: string, set: Readonly<Record<string, string>> = {}) => {
  const table = newFile();
  const [kind] = register.facts;
  if (kind === undefined) throw new Error('no command');
  const request = { register, kind, path: newFile(text), sheet: undefined, set };
  const opened = await openFile(request, table);
  if ('fault' in opened) throw new Error(opened.fault.en);
  const rows = await Array.fromAsync(rowsOf(table, request));
  return { read: rows.map((row) => row.read('2021-06-15')), left: opened.skippedLines.map(({ line }) => line) };
};

test.each([
  'Total (China) Investment Co., Ltd.',
  'Source: Photonics Ltd.',
  '合计（上海）数据有限公司',
  '合计',
  '总计：数据',
  '小计（二）',
  '注：某公司',
  '备注、说明公司',
  'Notes: Systems',
  'Subtotal',
  '示例',
  '示例（上海）公司',
  'Example',
  'example: one',
  'e.g.',
  '例：某公司',
  '一、某公司',
  '（一）某公司',
  '来源：公司',
  '负责人：李伟公司',
  '累计共',
])('a supplier named %s with all that the command needs is a row', async (name) => {
  const found = await read(suppliers, csv(['Name', 'Effective on', 'Enterprise'], [name, '2020-09-27', '']));
  expect(found).toMatchObject({ read: [{ body: { effectiveOn: '2020-09-27', name } }], left: [] });
});

const headers = ['编号', '工厂名称', '行业', '区', '推荐日期'];

test.each(['example', 'Example', 'total', 'Note.1', 'e.g'])('%s is a key', async (key) => {
  const found = await read(factories, csv(headers, [key, '甲厂', '汽车', '浦东', '2020-09-27']));
  expect(found).toMatchObject({ read: [{ key }], left: [] });
});

test('示例 in the place of a key is refused as a key, not left out', async () => {
  const found = await read(factories, csv(headers, ['示例', '甲厂', '汽车', '浦东', '2020-09-27']));
  expect(found.read).toMatchObject([{ column: '编号' }]);
  expect(found.left).toEqual([]);
});

test.each(['示例', 'Example'])('a template’s example has %s in the column of numbers and is no row', async (mark) => {
  const row = (number: string, key: string) => [number, key, '甲厂', '汽车', '浦东', '2020-09-27'];
  const found = await read(factories, csv(['序号', ...headers], row(mark, 'a'), row('1', 'b')));
  expect(found).toMatchObject({ read: [{ key: 'b' }], left: [2] });
});

test.each([
  ['合计', '2 家', '', '', ''],
  ['', '合计', '', '', '2020-09-27'],
  ['Total', '2', '', '', ''],
  ['注：由各区推荐', '', '', '', ''],
  ['汇总', '', '2', '', ''],
  ['共20家', '', '', '', ''],
  ['平均值', '', '', '', '3'],
  ['填表日期：2020年12月', '', '', '', ''],
  ['单位（盖章）：', '', '', '', ''],
  ['联系电话：021-1', '', '', '', ''],
  ['第1页 共3页', '', '', '', ''],
  ['附件1', '', '', '', ''],
  ['续表', '', '', '', ''],
  ['一、浦东新区', '', '', '', ''],
])('%s%s without what the command needs is left out and listed', async (...cells) => {
  const found = await read(factories, csv(headers, cells));
  expect(found).toEqual({ read: [], left: [2] });
});

test('what is set for the whole file makes a row of a name that begins as a total, not of a bare total', async () => {
  const text = csv(['供应商名称', '收入'], ['Total (China) Ltd.', '1'], ['合计', '1'], ['合计：', '1']);
  const found = await read(suppliers, text, { effectiveOn: '2020-09-27' });
  expect(found).toMatchObject({ read: [{ body: { name: 'Total (China) Ltd.' } }], left: [3, 4] });
});

test('a row that lacks something and begins with no such word is refused, not left out', async () => {
  const found = await read(factories, csv(headers, ['a', '西门子：一厂', '', '', ''], ['甲厂。', '', '', '', '']));
  expect(found.left).toEqual([]);
  expect(found.read).toHaveLength(2);
});

test.each(['汇总（2家）', '共20家', '填表日期：2020年12月', '单位（盖章）：', '第1页', '附件2：', '（续）'])(
  'a name that begins as %s of which only what is set makes a row is refused',
  async (name) => {
    const set = { effectiveOn: '2020-09-27', sector: '汽车', district: '浦东' };
    const found = await read(factories, csv(['工厂名称', '企业名称', '备注'], [name, '', '']), set);
    expect(found.read).toMatchObject([{ reason: { zh: expect.stringContaining('可能是合计、注释或小标题') } }]);
  },
);

test.each([
  '汇总科技公司',
  '共20公司',
  '日期树公司',
  '第1页面公司',
  '附件厂',
  '续航动力公司',
  '平均律公司',
  '时间：公司',
])('a factory named %s is a row, whatever is set', async (name) => {
  const set = { effectiveOn: '2020-09-27' };
  const text = csv(['工厂名称', '行业', '区'], [name, '汽车', '浦东']);
  expect(await read(factories, text, set)).toMatchObject({ left: [] });
});
