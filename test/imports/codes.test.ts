import { expect, test } from 'vitest';
import type { FactKind, Register } from '../../domain/register.ts';
import { criteria } from '../../domain/registers/criteria.ts';
import { factories } from '../../domain/registers/factories.ts';
import { columnsOf } from '../../src/imports/reading/columns.ts';
import { openFile } from '../../src/imports/reading/file.ts';
import { rowsOf } from '../../src/imports/reading/kept-table.ts';
import { rowReader } from '../../src/imports/reading/rows.ts';
import { newFile } from '../spreadsheets/files.ts';
import { type Made, xls, xlsx } from '../spreadsheets/workbooks.ts';

/** Codes and names in a CSV as spreadsheets leave them. */

const kindOf = (register: Register, command: string): FactKind => {
  const kind = register.factOf.get(command);
  if (kind === undefined) throw new Error(`no ${command}`);
  return kind;
};

/** What is wrong with a cell alone in its row, or its value. */
const saidOf = (register: Register, command: string, header: string, cell: string): string => {
  const kind = kindOf(register, command);
  const table = { headers: [header], unit: { exponent: 0 }, date1904: false };
  const row = rowReader({ register, kind, set: {} }, table, columnsOf({ register, kind }, [header])).read(
    [cell],
    '2021-06-15',
  );
  return 'faults' in row ? (row.faults.find(({ column }) => column === 1)?.reason.zh ?? '') : row.key;
};

const codeColumns = [
  [factories, 'certify', '证书编号'],
  [criteria, 'publish', '标准号'],
  [factories, 'certify', '编号'],
] as const;

test.each([
  '2-Sep',
  '02-Sep',
  'Sep-02',
  'SEP-20',
  '1-Mar-20',
  '1-mar-2020',
  'Dec-99',
  '9月2日',
  '2020年9月',
  '2020年9月2日',
  '2020/9/2',
  '2020/9',
  '9/2/2020',
  '２－Ｓｅｐ',
])('the code %s may be a day that a spreadsheet made of it', (code) => {
  for (const [register, command, header] of codeColumns)
    expect(saidOf(register, command, header, code)).toContain(
      `“${code}”可能是表格由 SEP2、9-2 等编号转换成的日期，也可能就是编号`,
    );
});

test.each(['2020122200000000000', '123456789012345000', '1.2E+5', '1E+05'])(
  'the code %s may have lost digits in a spreadsheet',
  (code) => {
    for (const [register, command, header] of codeColumns)
      expect(saidOf(register, command, header, code)).toContain('可能丢失了前导零或末几位');
  },
);

test.each(["'0012", '`0014', '‘0012', '＇0012'])('the mark before the code %s may be one of text', (code) => {
  for (const [register, command, header] of codeColumns)
    expect(saidOf(register, command, header, code)).toContain('可能是表格中表示文本的标记，也可能是编号的一部分');
});

test.each([
  '44076',
  '2020-09-02',
  '1e5',
  '12E5',
  '1.1',
  '0012',
  '20201222000000',
  'SEP2',
  '9-2',
  'Sep-2020-01',
  'MAR-1-A',
])('the code %s is a code', (code) => {
  for (const [register, command, header] of codeColumns) expect(saidOf(register, command, header, code)).toBe('');
});

test.each([
  ['№12', '№12'],
  ['沪Ⅲ-1', '沪Ⅲ-1'],
  ['ＢＧ－１２', 'BG-12'],
  ['BG　1', 'BG 1'],
  ['A㎡', 'A㎡'],
])('the certificate %s is recorded as %s', (code, recorded) => {
  const kind = kindOf(factories, 'certify');
  const headers = ['工厂名称', '区', '行业', '认定日期', '等级', '证书编号'];
  const table = { headers, unit: { exponent: 0 }, date1904: false };
  const row = rowReader(
    { register: factories, kind, set: {} },
    table,
    columnsOf({ register: factories, kind }, headers),
  );
  expect(row.read(['甲厂', '浦东', '汽车', '2020-12-22', '示范', code], '2021-06-15')).toMatchObject({
    body: { certificateNo: recorded },
  });
});

test.each(['BG-12*', 'BG-12＊', 'BG-12**', 'BG-12†', 'BG-12‡', 'BG-12※', 'BG-12△', 'BG-12▲', 'BG-12 ★', 'BG-12§'])(
  '%s may be a code with the mark of a footnote, or be the code',
  (code) => {
    expect(saidOf(factories, 'certify', '证书编号', code)).toMatch(/可能是注释的标记，也可能是编号的一部分/);
  },
);

test.each(['TRUE', 'FALSE', 'ＴＲＵＥ'])('%s under a code in a CSV may have been made of another text', (code) => {
  expect(saidOf(factories, 'certify', '证书编号', code)).toContain('已被表格转换为逻辑值');
});

test.each(['康桥工厂*', 'TRUE', 'True', 'A*STAR', '★厂'])('%s is taken as a name, as over REST', (name) => {
  expect(saidOf(factories, 'certify', '工厂名称', name)).toBe('');
});

test.each(['A*1', '*1', 'True-1', 'TRUE-1', 'GB/T 1*2'])('%s is a code', (code) => {
  expect(saidOf(factories, 'certify', '证书编号', code)).toBe('');
});

const errors = ['#N/A', '#NV', '#N/D', '#REF!', '#ref!', '#VALUE!', '#DIV/0!', '#NAME?', '#NUM!', '#NULL!', '#SPILL!'];
const moreErrors = ['#CALC!', '#FIELD!', '#BLOCKED!', '#CONNECT!', '#UNKNOWN!', '#BUSY!', '#EXTERNAL!', '#PYTHON!'];
const otherErrors = [
  '#GETTING_DATA',
  '#WERT!',
  '#ZAHL!',
  '#VALEUR!',
  '#NOM?',
  '#ERROR!',
  '#####',
  'Err:508',
  'Err:502',
];

test.each([...errors, ...moreErrors, ...otherErrors, '错误:508', '＃SPILL！'])('%s is an error and no name', (text) => {
  for (const header of ['工厂名称', '企业名称', '证书编号', '编号'])
    expect(saidOf(factories, 'certify', header, text)).toBe(`单元格为错误值“${text}”；请改正后重新填写`);
});

test.each(['#1 工厂', '#Wow! 工厂', '#A', 'Error 508', 'Err: five', 'Wow!'])('%s may be a name', (text) => {
  expect(saidOf(factories, 'certify', '工厂名称', text)).toBe('');
});

const headers = ['工厂名称', '企业名称', '区', '行业', '认定日期', '等级', '证书编号', '临港'];

test.each([xlsx, xls])('booleans and errors of a workbook are told as it shows them', async (write) => {
  const row = ['甲厂', '某公司', '浦东', '汽车', '2020-12-22', '示范', 'A-1', true];
  const rows: readonly (readonly Made[])[] = [
    row,
    row.with(0, true),
    row.with(1, false),
    row.with(6, true),
    ...[0x00, 0x07, 0x0f, 0x17, 0x1d, 0x24, 0x2a].map((v) => ['甲厂', { v, t: 'e' as const }, ...row.slice(2)]),
  ];
  const table = newFile();
  const path = newFile(write({ sheets: { S: [headers, ...rows] } }));
  const request = { register: factories, kind: kindOf(factories, 'certify'), path, sheet: undefined, set: {} };
  const opened = await openFile(request, table);
  if ('fault' in opened) throw new Error(opened.fault.en);
  const read = await Array.fromAsync(rowsOf(table, request), (each) => each.read('2021-06-15'));
  expect(
    read.map((each) =>
      'faults' in each ? each.faults.map(({ header, reason }) => [header, reason.zh]) : each.body.lingang,
    ),
  ).toEqual([
    true,
    [['工厂名称', expect.stringContaining('“TRUE”已被表格转换为逻辑值')]],
    [['企业名称', expect.stringContaining('“FALSE”已被表格转换为逻辑值')]],
    [['证书编号', expect.stringContaining('“TRUE”已被表格转换为逻辑值')]],
    ...['#NULL!', '#DIV/0!', '#VALUE!', '#REF!', '#NAME?', '#NUM!', '#N/A'].map((error) => [
      ['企业名称', `单元格为错误值“${error}”；请改正后重新填写`],
    ]),
  ]);
});
