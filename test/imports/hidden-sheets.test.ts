import { expect, test } from 'vitest';
import { factories } from '../../domain/registers/factories.ts';
import { openFile } from '../../src/imports/reading/file.ts';
import { newFile } from '../spreadsheets/files.ts';
import {
  type Made,
  partsOf,
  type Workbook,
  withRecords,
  xls,
  xlsRecord,
  xlsx,
  zipOf,
} from '../spreadsheets/workbooks.ts';

/** What nobody sees who opens a file is told: rows, columns and sheets. */

const kind = factories.factOf.get('nominate');
if (kind === undefined) throw new Error('no nominate');
const headers = ['编号', '工厂名称', '行业', '区', '推荐日期'];
const row = (key: string): Made[] => [key, `${key} 厂`, '汽车', '浦东', '2020-09-27'];

const opened = async (content: Uint8Array, sheet?: string) => {
  const file = await openFile({ register: factories, kind, path: newFile(content), sheet, set: {} }, newFile());
  return 'fault' in file
    ? `${file.at}: ${file.fault.zh}`
    : { total: file.total, sheet: file.sheet, hidden: file.hidden };
};

const cell = (text: unknown) => `<c t="str"><v>${text}</v></c>`;
const sheetOf = (before: string, rows: readonly string[]) => {
  const lines = [headers, row('a'), row('b'), row('c')].map((cells, index) => {
    return `<row ${rows[index]}>${cells.map(cell).join('')}</row>`;
  });
  return zipOf(partsOf(`<worksheet>${before}<sheetData>${lines.join('')}</sheetData></worksheet>`));
};

test.each<readonly [what: string, before: string, rows: readonly string[], lines: readonly number[]]>([
  ['of a sheet that hides rows', '<sheetFormatPr zeroHeight="1"/>', ['', '', '', ''], [2, 3, 4]],
  ['of a sheet that hides rows', '<sheetFormatPr zeroHeight="true"/>', ['', '', 'ht="15"', 'hidden="0"'], [2]],
  ['of a sheet that hides none', '<sheetFormatPr zeroHeight="0"/>', ['', '', 'hidden="1"', ''], [3]],
  ['that have no height', '<sheetFormatPr defaultRowHeight="15"/>', ['', 'ht="0"', 'ht="0.0"', 'ht="15"'], [2, 3]],
  ['that say so', '', ['hidden="1"', 'hidden="true" ht="15"', '', ''], [2]],
])('rows %s are told as hidden', async (_, before, rows, lines) => {
  const answer = await opened(await sheetOf(before, rows));
  expect(answer).toMatchObject({ total: 3, hidden: { rows: lines.length, lines } });
});

const u16 = (...values: readonly number[]) => Buffer.from(Uint16Array.from(values).buffer);
const height = (line: number, twips: number) => xlsRecord(0x0208, u16(line - 1, 0, 5, twips, 0, 0, 0x0100, 0x0f));
const noneByDefault = xlsRecord(0x0225, u16(2, 0));
const someByDefault = xlsRecord(0x0225, u16(0, 255));

test.each<readonly [what: string, records: readonly Buffer[], lines: readonly number[]]>([
  ['of a sheet that hides rows', [noneByDefault], [2, 3, 4]],
  ['of a sheet that hides rows but one', [noneByDefault, height(3, 255)], [2, 4]],
  ['of a sheet that hides rows but one of the default height', [noneByDefault, height(3, 0x80ff)], [2, 4]],
  ['without a height', [someByDefault, height(2, 0), height(3, 255)], [2]],
  ['of a sheet that hides none', [someByDefault], []],
])('in an XLS, rows %s are told as hidden', async (_, records, lines) => {
  const file = xls({ sheets: { S: [headers, row('a'), row('b'), row('c')] } });
  const answer = await opened(withRecords(file, ...records));
  expect(answer).toMatchObject({ total: 3 });
  expect(answer).toHaveProperty('hidden', lines.length === 0 ? undefined : expect.objectContaining({ lines }));
});

test('columns without a width are told as hidden', async () => {
  const columns = '<cols><col min="2" max="2" width="0" customWidth="1"/><col min="3" max="3" width="9"/></cols>';
  expect(await opened(await sheetOf(columns, ['', '', '', '']))).toMatchObject({ hidden: { columns: ['工厂名称'] } });
});

test.each([xlsx, xls])('hidden sheets that could be the list are told, and read only on request', async (write) => {
  const list = [headers, row('a')];
  const book = (sheets: Workbook['sheets'], hidden: readonly string[]) => write({ sheets, hidden });
  const both = book({ 今年: list, 去年: list, 选项: [['浦东']] }, ['去年', '选项']);
  expect(await opened(both)).toEqual({
    total: 1,
    sheet: undefined,
    hidden: { rows: 0, lines: [], columns: [], sheets: ['去年'] },
  });
  expect(await opened(both, '去年')).toEqual({ total: 1, sheet: '去年', hidden: undefined });
  expect(await opened(book({ 说明: [['请填写']], 去年: list }, ['去年']))).toBe(
    'sheet: 只有隐藏的工作表的表头相符：去年；请取消隐藏后重新导入，或用 sheet 指定',
  );
  expect(await opened(book({ 今年: list, 选项: [['浦东']] }, ['选项']))).toMatchObject({ hidden: undefined });
});
