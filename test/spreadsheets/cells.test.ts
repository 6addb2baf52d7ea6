import { expect, test } from 'vitest';
import { booleanCell, type Cell, SheetFault } from '../../src/spreadsheets/sheet.ts';
import { openWorkbook } from '../../src/spreadsheets/workbook.ts';
import { newFile } from './files.ts';
import { partsOf, xls, zipOf } from './workbooks.ts';

const rowsIn = async (content: Uint8Array) => {
  const workbook = await openWorkbook(newFile(content));
  try {
    const [sheet] = workbook.sheets;
    return await Array.fromAsync(sheet?.rows() ?? []);
  } finally {
    await workbook.close();
  }
};

/** The cell that a worksheet's XML gives, between two others; its style 1 shows days. */
const cellOf = async (xml: string): Promise<Cell | undefined> => {
  const parts = partsOf(
    `<worksheet><sheetData><row r="1"><c t="str"><v>before</v></c>${xml}<c t="str"><v>after</v></c></row></sheetData></worksheet>`,
    {
      'xl/shared.xml': '<sst><si><t>first</t></si><si><t></t></si><si><t>third</t></si></sst>',
      'xl/styles.xml': '<styleSheet><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>',
    },
  );
  const rels = parts['xl/_rels/workbook.xml.rels'] ?? '';
  const type = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles';
  const styled = rels.replace('</Rel', `<Relationship Id="y" Type="${type}" Target="styles.xml"/></Rel`);
  const [row] = await rowsIn(await zipOf({ ...parts, 'xl/_rels/workbook.xml.rels': styled }));
  expect([row?.cells[0], row?.cells[2]]).toEqual(['before', 'after']);
  return row?.cells[1];
};

const types = ['s', 'str', 'b', 'e', 'd', 'n', 'inlineStr', undefined];
const of = (type: string | undefined) => (type === undefined ? '' : ` t="${type}"`);

test.each(
  types.flatMap((type) =>
    [`<c${of(type)}/>`, `<c${of(type)} s="1"></c>`, `<c${of(type)}><v/></c>`, `<c${of(type)}><v></v></c>`].concat(
      type === 'str' || type === 'inlineStr' ? [] : [`<c${of(type)}><v> </v></c>`],
    ),
  ),
)('a cell without a value is empty, whatever its type: %s', async (xml) => {
  expect(await cellOf(xml)).toBe('');
});

test.each(types.filter((type) => type !== 'inlineStr'))(
  'a formula that was never calculated is no value: %s',
  async (type) => {
    expect(await cellOf(`<c${of(type)}><f>A1</f></c>`)).toEqual({ unreadable: '=' });
  },
);

test.each<readonly [xml: string, cell: Cell]>([
  ['<c t="s"><v>0</v></c>', 'first'],
  ['<c t="s"><v>1</v></c>', ''],
  ['<c t="s"><v> 2 </v></c>', 'third'],
  ['<c t="str"><f>IF(A1=1,A1,"")</f><v></v></c>', ''],
  ['<c t="b"><v>1</v></c>', booleanCell(true)],
  ['<c t="b"><v> 1 </v></c>', booleanCell(true)],
  ['<c t="b"><v>true</v></c>', booleanCell(true)],
  ['<c t="b"><v>TRUE</v></c>', booleanCell(true)],
  ['<c t="b"><v>0</v></c>', booleanCell(false)],
  ['<c t="b"><v>false</v></c>', booleanCell(false)],
  ['<c t="b"><f>1=2</f><v>0</v></c>', booleanCell(false)],
  ['<c t="b"><v>banana</v></c>', { unreadable: 'banana' }],
  ['<c t="b"><v>2</v></c>', { unreadable: '2' }],
  ['<c t="b"><v>-1</v></c>', { unreadable: '-1' }],
  ['<c t="b"><v>是</v></c>', { unreadable: '是' }],
  ['<c t="n"><v>1e3</v></c>', 1_000],
  ['<c><v>0x10</v></c>', { unreadable: '0x10' }],
  ['<c><v>INF</v></c>', { unreadable: 'INF' }],
  ['<c s="1"><v>44101</v></c>', { day: '2020-09-27' }],
  ['<c s="1"><v>44101.99999999999</v></c>', { day: '2020-09-27' }],
  ['<c t="d"><v>2020-09-27T23:59:59.999999</v></c>', { day: '2020-09-27' }],
])('%s is read as %j', async (xml, cell) => {
  expect(await cellOf(xml)).toEqual(cell);
});

test.each(['3', '-1', '1.5', 'x', '1e0', '0x1', '99999999999', 'NaN', '__proto__', 'length'])(
  'a file is broken if a cell takes the shared text number %s, which there is not',
  async (index) => {
    await expect(cellOf(`<c t="s"><v>${index}</v></c>`)).rejects.toThrow(SheetFault);
  },
);

test('a cell of a type that nobody knows makes a file broken', async () => {
  await expect(cellOf('<c t="x"><v>1</v></c>')).rejects.toThrow(SheetFault);
});

test('booleans of a legacy XLS are 1 and 0; any other makes the file broken', async () => {
  const file = Buffer.from(xls({ sheets: { S: [['a', true, false]] } }));
  expect(await rowsIn(file)).toEqual([{ line: 1, cells: ['a', booleanCell(true), booleanCell(false)] }]);
  // MS-XLS 2.4.24: the record BoolErr, 8 bytes, of row 0 and column 1.
  const at = file.indexOf(Buffer.from([0x05, 0x02, 8, 0, 0, 0, 1, 0]));
  expect(file[at + 10]).toBe(1);
  file[at + 10] = 2;
  await expect(rowsIn(file)).rejects.toThrow('The file is not a valid XLS');
});

test('an error in a cell of a legacy XLS is none of its values, and is named', async () => {
  const file = Buffer.from(xls({ sheets: { S: [['a', true]] } }));
  const at = file.indexOf(Buffer.from([0x05, 0x02, 8, 0, 0, 0, 1, 0]));
  file.set([0x2a, 1], at + 10); // MS-XLS 2.5.10: #N/A, and that it is an error
  expect(await rowsIn(file)).toEqual([{ line: 1, cells: ['a', { unreadable: '#N/A' }] }]);
});

test('rows that a filter or a person has hidden are read, and known to be hidden', async () => {
  const rows = ['', 'hidden="1"', 'hidden="true"', 'hidden="0"'].map(
    (attributes, index) => `<row r="${index + 1}" ${attributes}><c t="str"><v>x</v></c></row>`,
  );
  const found = await rowsIn(await zipOf(partsOf(`<worksheet><sheetData>${rows.join('')}</sheetData></worksheet>`)));
  expect(found.map(({ isHidden }) => isHidden === true)).toEqual([false, true, true, false]);
});
