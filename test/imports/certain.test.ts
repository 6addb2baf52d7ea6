import { expect, test } from 'vitest';
import type { FactKind, Register } from '../../domain/register.ts';
import { factories } from '../../domain/registers/factories.ts';
import { registers } from '../../domain/registers/index.ts';
import { columnsOf } from '../../src/imports/reading/columns.ts';
import { openFile } from '../../src/imports/reading/file.ts';
import { rowsOf } from '../../src/imports/reading/kept-table.ts';
import { rowReader } from '../../src/imports/reading/rows.ts';
import type { Cell } from '../../src/spreadsheets/sheet.ts';
import { newFile } from '../spreadsheets/files.ts';
import { type Made, partsOf, sheet, xls, xlsx, zipOf } from '../spreadsheets/workbooks.ts';

/** What the cells of a file say is certain, or the row or the file is refused. */

const nomination = factories.factOf.get('nominate');
if (nomination === undefined) throw new Error('no nominate');
const headers = ['编号', '工厂名称', '行业', '区', '推荐日期'];
const row = (key: string, day: Made = '2020-09-27'): Made[] => [key, `${key} 厂`, '汽车', '浦东', day];

const opened = async (content: string | Uint8Array) => {
  const table = newFile();
  const request = { register: factories, kind: nomination, path: newFile(content), sheet: undefined, set: {} };
  const file = await openFile(request, table);
  if ('fault' in file) throw new Error(file.fault.en);
  return { ...file, read: (await Array.fromAsync(rowsOf(table, request))).map(({ read }) => read('2021-06-15')) };
};

/** What is said of a single cell under a header, with nothing else in its row. */
const saidOf = (register: Register, kind: FactKind, header: string, cell: Cell): string => {
  const table = { headers: [header], unit: { exponent: 0 }, date1904: false };
  return JSON.stringify(
    rowReader({ register, kind, set: {} }, table, columnsOf({ register, kind }, [header])).read([cell], '2021-06-15'),
  );
};

test.each(
  registers.flatMap((register) =>
    register.facts.flatMap((kind) =>
      [
        register.key.title.en,
        'Note',
        'Evidence',
        ...Object.values(kind.takes)
          .filter((field) => field.kind !== 'day')
          .map(({ title }) => title.en),
      ].map((header) => [register.name, kind.command, header, register, kind] as const),
    ),
  ),
)('%s, %s: a code that a spreadsheet made into a day is rejected under %s', (_, __, header, register, kind) => {
  const said = saidOf(register, kind, header, { day: '2020-09-02' });
  expect(said).toContain('holds the day “2020-09-02”');
  expect(said).toContain('日期“2020-09-02”');
});

test.each<Cell>([
  { day: '1989-12-31' },
  { day: '0202-09-27' },
  { day: '1900-01-01' },
  '1989-12-31',
  '0202-09-27',
  '2020-09-27 25:61',
  '2020-09-27 24:01',
  '2020-09-27 晚上',
  '九月二十七日',
  32_873,
  73_051,
  0.5,
])('%j is no day of the field, and the rejection says what would be taken', (cell) => {
  expect(saidOf(factories, nomination, 'Effective on', cell)).toContain('enter a day from 1990 on, such as 2020-09-27');
});

test('whatever its line ends in, a row is a row, and a cell under no header is never dropped unsaid', async () => {
  const lines = ['备注', '甲', '乙'].map((note, index) =>
    [...(index === 0 ? headers : row(`le-${index}`)), note].join(','),
  );
  for (const [first, second] of [
    ['\r\n', '\n'],
    ['\n', '\r\n'],
    ['\r', '\n'],
    ['\r\n', '\r'],
    ['\n', '\r'],
  ])
    expect((await opened(`${lines[0]}${first}${lines[1]}${second}${lines[2]}`)).read).toMatchObject([
      { key: 'le-1', body: { note: '甲' } },
      { key: 'le-2', body: { note: '乙' } },
    ]);
  const beyond = await opened(
    `${headers.join(',')},,\n${row('a').join(',')},,\n${row('b').join(',')},x\n${row('c').join(',')},,,y\n`,
  );
  expect(beyond.read.map((each) => JSON.stringify(each))).toEqual([
    expect.stringContaining('"key":"a"'),
    expect.stringContaining('Column 6 has no header, but this row has “x” in it'),
    expect.stringContaining('Column 8 has no header, but this row has “y” in it'),
  ]);
});

test('rows and columns that are hidden are read, and the answer says which', async () => {
  const cell = (text: unknown) => `<c t="str"><v>${text}</v></c>`;
  const rowOf = (cells: readonly unknown[], line: number, attributes = '') =>
    `<row r="${line}" ${attributes}>${cells.map(cell).join('')}</row>`;
  const rows = [
    rowOf(headers, 1),
    rowOf(row('a'), 2),
    rowOf(row('b'), 3, 'hidden="1"'),
    rowOf(row('c'), 5, 'hidden="true"'),
  ];
  const columns =
    '<cols><col min="2" max="3" hidden="1"/><col min="4" max="4"/><col min="9" max="16384" hidden="1"/></cols>';
  const file = await zipOf(partsOf(`<worksheet>${columns}<sheetData>${rows.join('')}</sheetData></worksheet>`));
  const answer = await opened(file);
  expect(answer.read).toMatchObject([{ key: 'a' }, { key: 'b' }, { key: 'c' }]);
  expect(answer).toMatchObject({ total: 3, hidden: { rows: 2, lines: [3, 5], columns: ['工厂名称', '行业'] } });
  const many = Array.from({ length: 60 }, (_, index) => rowOf(row(`m-${index}`), index + 2, 'hidden="1"'));
  const filtered = await opened(
    await zipOf(partsOf(`<worksheet><sheetData>${rowOf(headers, 1)}${many.join('')}</sheetData></worksheet>`)),
  );
  expect(filtered).toMatchObject({ total: 60, hidden: { rows: 60, columns: [] } });
  expect('hidden' in filtered && filtered.hidden?.lines).toHaveLength(50);
  expect(await opened(sheet(headers, row('a')))).not.toHaveProperty('hidden');
});

test.each(['biff8', 'xlsx'] as const)('hidden rows and columns of a %s are told alike', async (bookType) => {
  const book = { sheets: { S: [headers, row('a'), row('b')] }, hiddenRows: [3], hiddenColumns: [2] };
  const answer = await opened(bookType === 'xlsx' ? xlsx(book) : xls(book));
  expect(answer).toMatchObject({ total: 2, hidden: { rows: 1, lines: [3], columns: ['工厂名称'] } });
});
