import { expect, test } from 'vitest';
import type { CellFault } from '../../domain/import-events.ts';
import type { FactKind, Register } from '../../domain/register.ts';
import { factories } from '../../domain/registers/factories.ts';
import { registers } from '../../domain/registers/index.ts';
import { suppliers } from '../../domain/registers/suppliers.ts';
import { columnsOf } from '../../src/imports/reading/columns.ts';
import { openFile } from '../../src/imports/reading/file.ts';
import { rowsOf } from '../../src/imports/reading/kept-table.ts';
import { rowReader } from '../../src/imports/reading/rows.ts';
import { refusedSheet } from '../../src/imports/refused-sheet.ts';
import type { Cell } from '../../src/spreadsheets/sheet.ts';
import { newFile } from '../spreadsheets/files.ts';
import { type Made, partsOf, relationships, xls, xlsx, zipOf } from '../spreadsheets/workbooks.ts';

/** What a number format shows of a number, and what it does to amounts, other numbers, and texts. */

const kindOf = (register: Register, command: string): FactKind => {
  const kind = register.factOf.get(command);
  if (kind === undefined) throw new Error(`no ${command}`);
  return kind;
};

/** The rows of a file: their data, or all that is wrong with them. */
const rowsIn = async (register: Register, command: string, content: string | Uint8Array) => {
  const table = newFile();
  const request = { register, kind: kindOf(register, command), path: newFile(content), sheet: undefined, set: {} };
  const opened = await openFile(request, table);
  if ('fault' in opened) throw new Error(opened.fault.en);
  const rows = await Array.fromAsync(rowsOf(table, request), ({ read }) => read('2021-06-15'));
  return rows.map((row) => ('body' in row ? row.body : `rejected: ${row.faults.map(({ reason }) => reason.en)}`));
};

/** What amounts are in an XLSX and in an XLS that has them all. */
const revenuesIn = async (amounts: readonly Made[], header = '收入'): Promise<readonly (readonly unknown[])[]> => {
  const rows = amounts.map((amount, index) => [`a-${index}`, `甲公司 ${index}`, '10亿元', '2020-09-27', amount]);
  const book = { sheets: { 表: [['编号', '供应商名称', '规模', '认定日期', header], ...rows] } };
  const [inXlsx = [], inXls = []] = await Promise.all(
    [xlsx, xls].map(async (write) => {
      const bodies = await rowsIn(suppliers, 'designate', write(book));
      return bodies.map((body) => (typeof body === 'string' ? body : body.revenueCny));
    }),
  );
  return amounts.map((_, index) => [inXlsx[index], inXls[index]]);
};

const certain: readonly (readonly [format: string, number: number, yuan: number])[] = [
  // The word in the format is the unit of what is shown.
  ['0.00"万元"', 12.5, 125_000],
  ['#,##0.0\\万\\元', 12.5, 125_000],
  ['General"亿元"', 1.5, 150_000_000],
  ['0.00万元', 12.5, 125_000],
  ['0.0"百万元"', 12.5, 12_500_000],
  ['"人民币"0.00"万元"', 12.5, 125_000],
  ['"￥"0.00"万"', 12.5, 125_000],
  ['[Red]0.00"万元";[Blue]-0.00"万元"', 12.5, 125_000],
  ['[>=10000]0"元";0.0"万元"', 12.5, 125_000],
  ['[>=10000]0"元";0.0"万元"', 12_500, 12_500],
  ['0"元"', 12_500, 12_500],
  // What is divided has a word that says by how much.
  ['#,##0.00,"千元"', 125_400, 125_400],
  ['0.0,"K"', 125_400, 125_400],
  ['0!.0,"万"', 125_400, 125_400],
  ['0\\.0,"万元"', 125_400, 125_400],
  ['0"."0000"万元"', 125_400, 125_400],
  ['0.00,,"百万元"', 12_500_000, 12_500_000],
  ['0,,,"billion yuan"', 12_500_000_000, 12_500_000_000],
  // Nothing but the number is shown.
  ['#,##0_);(#,##0)', 12_500, 12_500],
  ['_ * #,##0_ ;_ * -#,##0_ ;_ * "-"_ ;_ @_ ', 12_500, 12_500],
  ['_ * #,##0_ ;_ * -#,##0_ ;_ * "-"_ ;_ @_ ', 0, 0],
  ['[DBNum1]General', 12_500, 12_500],
  ['000000', 12_500, 12_500],
  ['0.00E+00', 12_500, 12_500],
  ['# ?/?', 12_500, 12_500],
  ['#\\,##0', 12_500, 12_500],
  ['[$¥-804]#,##0.00', 12_500, 12_500],
  ['#,##0;-#,##0;;@', 12_500, 12_500],
  ['¥#,##0', 12_500, 12_500],
  ['"¥"#,##0"元"', 12_500, 12_500],
  ['0,', 0, 0],
];

test('the word in a format is the unit of its number, and one that divides says by how much', async () => {
  const revenues = await revenuesIn(certain.map(([z, v]) => ({ v, z })));
  for (const [index, [z, v, yuan]] of certain.entries())
    expect([z, v, ...(revenues[index] ?? [])]).toEqual([z, v, yuan, yuan]);
});

const uncertain: readonly (readonly [format: string, number: number, reason: string])[] = [
  ['0,', 125_000, 'The cell holds 125000, but its number format shows “125”, so either may be meant'],
  ['#,##0,,', 12_500_000, 'The cell holds 12500000, but its number format shows “12.5”'],
  ['#,##0.0,', 125_400, 'holds 125400, but its number format shows “125.4”'],
  ['0.00,,"亿"', 125_000_000, 'holds 125000000, but its number format shows “125亿”'],
  ['0.00,"万元"', 125_000, 'holds 125000, but its number format shows “125万元”'],
  [';;;', 12_500, 'holds 12500, but its number format shows “”, so either may be meant'],
  ['#,##0;-#,##0;;@', 0, 'holds 0, but its number format shows “”'],
  ['[<1]"";#,##0', 0, 'holds 0, but its number format shows “”'],
  ['0"."00', 12_500, 'holds 12500, but its number format shows “125”'],
  ['0,"万"', 125_000, 'holds 125000, but its number format shows “125万”'],
  ['0000-00-00', 20_200_927, 'holds 20200927, but its number format shows “2020-09-27”'],
  ['0.00%', 12, '“1200%” is not a valid value'],
  ['0\\%', 12, '“12%” is not a valid value'],
  ['#,##0"家"', 12, '“12家” is not a valid value'],
  ['0"元/台"', 12, '“12元/台” is not a valid value'],
  ['"约"0', 12, '“约12” is not a valid value'],
  ['0"万"0000"元"', 12_500, 'holds 12500, but its number format shows “1万2500元”'],
  ['[$€-407]#,##0', 12, 'foreign money'],
  ['#,##0.00 [$€-407]', 12, 'foreign money'],
  ['$#,##0', 12, 'foreign money'],
  ['_($* #,##0.00_);_($* (#,##0.00)', 12, 'foreign money'],
  ['[$฿-41E]0', 12, 'foreign money'],
];

test('a format that can be read in two ways, or shows no yuan, makes no amount', async () => {
  const revenues = await revenuesIn(uncertain.map(([z, v]) => ({ v, z })));
  for (const [index, [z, , reason]] of uncertain.entries())
    for (const revenue of revenues[index] ?? []) expect(`${z}: ${revenue}`).toContain(reason);
});

test('a word in a format takes precedence over the unit of the header, and what divides must fit either way', async () => {
  const inHundredMillions = [
    { v: 12.5, z: '0.0"万元"' },
    { v: 125_000, z: '0.0,"千元"' },
    { v: 1.5, z: '0.0' },
  ];
  expect(await revenuesIn(inHundredMillions, '收入（亿元）')).toEqual(
    [125_000, 125_000, 150_000_000].map((yuan) => [yuan, yuan]),
  );
  const [[inThousands] = []] = await revenuesIn([{ v: 125_000, z: '0,' }], '收入（千元）');
  expect(inThousands).toContain('either may be meant');
  const [[foreign] = []] = await revenuesIn([{ v: 125_000, z: '0.0,"K"' }], '收入（万美元）');
  expect(foreign).toMatch(/^rejected/);
});

test.each([
  ['@"有限公司"', '甲有限公司'],
  ['"上海"@', '上海甲'],
  ['0;-0;0;"某"@', '某甲'],
  [';;;', ''],
  ['0;-0;0;"—"', '—'],
  ['@@', '甲甲'],
  ['[Red]@\\厂', '甲厂'],
])('a text that the format %s shows as “%s” is rejected with both', async (z, seen) => {
  for (const write of [xlsx, xls]) {
    const rows = ['供应商名称', '规模'].map((_, place) =>
      ['a', '甲', '10亿元', '2020-09-27', '12'].map((v, index) =>
        index === place + 1 ? { v, z, t: 's' as const } : v,
      ),
    );
    const said = await rowsIn(suppliers, 'designate', write({ sheets: { 表: [supplierHeaders, ...rows] } }));
    expect(said).toEqual([
      expect.stringContaining(`The cell holds “甲”, but its format shows “${seen}”, so either may be meant`),
      expect.stringContaining('The cell holds “10亿元”, but its format shows'),
    ]);
  }
});

test.each([
  '@',
  'General;General;General;@',
  '_ * #,##0_ ;_ * -#,##0_ ;_ * "-"_ ;_ @_ ',
  'yyyy"年"m"月"d"日";@',
  '0"万元"',
  '[Red]@',
])('a text stays as it is under the format %s', async (z) => {
  for (const write of [xlsx, xls]) {
    const row = ['a', { v: '甲', z, t: 's' as const }, '10亿元', '2020-09-27', '12'];
    expect(await rowsIn(suppliers, 'designate', write({ sheets: { 表: [supplierHeaders, row] } }))).toMatchObject([
      { name: '甲' },
    ]);
  }
});

const supplierHeaders = ['编号', '供应商名称', '规模', '认定日期', '收入'];

/** An XLSX of one supplier, whose amount is in a built-in format that the file says nothing about. */
const builtIn = async (id: number): Promise<Uint8Array> => {
  const text = (value: string) => `<c t="str"><v>${value}</v></c>`;
  const rows = [
    ['编号', '供应商名称', '规模', '认定日期', '收入'],
    ['a', '甲公司', '10亿元', '2020-09-27'],
  ];
  const [headers, cells] = rows.map((row) => row.map(text).join(''));
  const sheet = `<row>${headers}</row><row>${cells}<c s="1"><v>12500</v></c></row>`;
  const parts = partsOf(`<worksheet><sheetData>${sheet}</sheetData></worksheet>`, {
    'xl/styles.xml': `<styleSheet><cellXfs><xf numFmtId="0"/><xf numFmtId="${id}"/></cellXfs></styleSheet>`,
    'xl/_rels/workbook.xml.rels': relationships({
      s: ['worksheet', '/xl/worksheets/one.xml'],
      y: ['styles', 'styles.xml'],
    }),
  });
  return zipOf(parts);
};

test.each([5, 6, 7, 8, 42, 44])('the built-in format %i shows whichever currency the computer has', async (id) => {
  const [said] = await rowsIn(suppliers, 'designate', await builtIn(id));
  expect(said).toContain('12500 may be yuan, or dollars or other foreign money');
});

test.each([1, 2, 3, 4, 37, 38, 39, 40, 41, 43, 48])('the built-in format %i shows no currency', async (id) => {
  expect(await rowsIn(suppliers, 'designate', await builtIn(id))).toMatchObject([{ revenueCny: 12_500 }]);
});

/** What is said of a cell alone in its row. */
const saidOf = (register: Register, kind: FactKind, header: string, cell: Cell): string => {
  const table = { headers: [header], unit: { exponent: 0 }, date1904: false };
  const columns = columnsOf({ register, kind }, [header]);
  return JSON.stringify(rowReader({ register, kind, set: {} }, table, columns).read([cell], '2021-06-15'));
};

test.each<readonly [cell: Cell, score: number | undefined]>([
  [90, 90],
  [{ number: 90, shown: '90分' }, 90],
  [{ number: 90, shown: '90%' }, undefined],
  [{ number: 9_000, shown: '90', isScaled: true }, undefined],
  [{ number: 0.9, shown: '0.9万' }, undefined],
  [{ number: 90, shown: '$ 90' }, undefined],
])('the score %j is %s', (cell, score) => {
  const said = saidOf(factories, kindOf(factories, 'assess'), '得分', cell);
  const faults = JSON.parse(said).faults.filter(({ column }: { column: number | null }) => column === 1);
  expect(faults).toHaveLength(score === undefined ? 1 : 0);
});

const texts = registers.flatMap((register) =>
  register.facts.flatMap((kind) =>
    [
      ...(register.key.isNumber ? [] : [register.key.title.en]),
      'Evidence',
      ...Object.values(kind.takes)
        .filter((field) => ['text', 'reference', 'references'].includes(field.kind))
        .map(({ title }) => title.en),
    ].map((header) => [register.name, kind.command, header, register, kind] as const),
  ),
);

test.each(texts)(
  '%s, %s: a text that a spreadsheet made into a number is rejected under %s',
  (_, __, header, register, kind) => {
    for (const cell of [12, 9.13e17, { number: 12, shown: '12号' }, { number: 0.12, shown: '12%' }]) {
      expect(saidOf(register, kind, header, cell)).toContain('was turned into a number');
    }
  },
);

test.each(texts)(
  '%s, %s: a text that looks like a number stays as it is in a CSV under %s',
  (_, __, header, register, kind) => {
    const field = Object.values(kind.takes).find(({ title }) => title.en === header);
    if (field?.kind !== 'text') return;
    for (const cell of ['0012', '1e3', '2020', '١٢', '１２', '1,234.50']) {
      const { faults = [] } = JSON.parse(saidOf(register, kind, header, cell));
      const ofCell = faults.filter(({ column }: { column: number | null }) => column === 1);
      // A key is made from a standard's number, and not from digits of another script.
      expect(ofCell.filter(({ reason }: CellFault) => !reason.en.startsWith('No valid Key'))).toEqual([]);
    }
  },
);

test('a number that a format shows otherwise stays rejected in the sheet of rejected rows until somebody corrects it', async () => {
  const kind = kindOf(suppliers, 'designate');
  const headers = ['编号', '供应商名称', '规模', '认定日期', '收入'];
  const scaled: Cell = { number: 125_000, shown: '125', isScaled: true };
  const rows: readonly (readonly Cell[])[] = [
    ['a', { number: 12, shown: '12号' }, '10亿元', '2020-09-27', { number: 12.5, shown: '12.5万元' }],
    ['b', '乙公司', '10亿元', '2020-09-27', scaled],
    ['c', '丙公司', '10亿元', '2020-09-27', { number: 12, shown: '¤ 12' }],
    ['d', '丁公司', { number: 10, shown: '10亿元' }, '2020-09-27', { number: 12.5, shown: '12.5万元' }],
  ];
  const table = { headers, unit: { exponent: 0 }, date1904: false };
  const refused = rows.map((cells, index) => {
    return { row: index + 1, line: index + 2, column: null, reason: { zh: '', en: '' }, cells };
  });
  const stream = refusedSheet({ register: suppliers, kind, table, rows: refused }, 'zh');
  const again = await rowsIn(suppliers, 'designate', Buffer.concat(await Array.fromAsync(stream)));
  expect(again).toEqual([
    expect.stringContaining('“12” was turned into a number'),
    expect.stringContaining('“125000（125）” is not a valid value'),
    expect.stringContaining('“¤ 12” is not a valid value'),
    expect.objectContaining({ tier: '1bn', revenueCny: 125_000 }),
  ]);
});
