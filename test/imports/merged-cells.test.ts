import { expect, test } from 'vitest';
import { factories } from '../../domain/registers/factories.ts';
import { openFile } from '../../src/imports/reading/file.ts';
import { rowsOf } from '../../src/imports/reading/kept-table.ts';
import { newFile } from '../spreadsheets/files.ts';
import { type Made, xls, xlsx } from '../spreadsheets/workbooks.ts';

/** Spreadsheets keep what cells held before they were merged, and show only the first: that is what is read. */

const headers = ['编号', '工厂名称', '行业', '区', '推荐日期', '备注'];
const row = (key: string, ...more: Made[]): Made[] => [key, `${key} 厂`, '汽车', '浦东', '2020-09-27', ...more];

const read = async (rows: readonly (readonly Made[])[], merges: readonly string[], as: typeof xlsx) => {
  const table = newFile();
  const kind = factories.factOf.get('nominate');
  if (kind === undefined) throw new Error('no nominate');
  const book = { sheets: { 表: rows }, merges: { 表: merges } };
  const request = { register: factories, kind, path: newFile(as(book)), sheet: undefined, set: {} };
  const opened = await openFile(request, table);
  if ('fault' in opened) throw new Error(opened.fault.en);
  return (await Array.fromAsync(rowsOf(table, request))).map((each) => each.read('2021-06-15'));
};

test.each([
  ['xlsx', xlsx],
  ['xls', xls],
] as const)('of merged cells in an %s only the first is read, whatever the others still hold', async (_, as) => {
  const down = [headers, row('a').with(3, '浦东'), row('b').with(3, '嘉定'), row('c').with(3, '闵行')];
  expect(await read(down, ['D2:D3'], as)).toMatchObject([
    { body: { district: 'pudong' } },
    { body: { district: 'pudong' } },
    { body: { district: 'minhang' } },
  ]);
  const across = [headers, row('a', '甲'), row('b', '乙').with(4, '2020-09-28')];
  expect(await read(across, ['E2:F2', 'E3:F3'], as)).toMatchObject([
    { body: { effectiveOn: '2020-09-27' } },
    { body: { effectiveOn: '2020-09-28' } },
  ]);
  expect(JSON.stringify(await read(across, ['E2:F2', 'E3:F3'], as))).not.toContain('note');
  const block = [headers, row('a', '甲'), row('b', '乙').with(4, '2020-10-01')];
  expect(await read(block, ['E2:F3'], as)).toMatchObject([
    { body: { effectiveOn: '2020-09-27' } },
    { body: { effectiveOn: '2020-09-27' } },
  ]);
  expect(JSON.stringify(await read(block, ['E2:F3'], as))).not.toContain('note');
  const ofNothing = [headers, row('a').with(3, ''), row('b').with(3, '嘉定')];
  expect(await read(ofNothing, ['D2:D3'], as)).toMatchObject([
    { reason: { en: 'District is missing' } },
    { reason: { en: 'District is missing' } },
  ]);
  const names = [headers, row('a'), row('b').with(1, '旧名'), row('c')];
  expect(await read(names, ['A2:A3', 'B2:B3'], as)).toMatchObject([
    { key: 'a' },
    { key: 'a', body: { name: 'a 厂' } },
    { key: 'c' },
  ]);
});

test('a header under a merged one is none', async () => {
  const rows = [headers.toSpliced(5, 1, '原因', '备注'), row('a', '甲'), row('b', '乙')];
  const found = await read(rows, ['F1:G1'], xlsx);
  expect(found).toMatchObject([{ key: 'a' }, { key: 'b' }]);
  expect(JSON.stringify(found)).not.toContain('note');
});
