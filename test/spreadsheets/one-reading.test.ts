import { expect, test } from 'vitest';
import { SheetFault } from '../../src/spreadsheets/sheet.ts';
import { openWorkbook } from '../../src/spreadsheets/workbook.ts';
import { newFile } from './files.ts';
import { partsOf, relationships, zipOf } from './workbooks.ts';

/** An XLSX in which two programs could read two things is broken: it is refused, and not read as the first of them. */

const rowsIn = async (file: Uint8Array) => {
  const workbook = await openWorkbook(newFile(file));
  try {
    return await Promise.all(workbook.sheets.map(async ({ rows }) => Array.fromAsync(rows())));
  } finally {
    await workbook.close();
  }
};

const text = (content: string, reference = '') => `<c${reference} t="inlineStr"><is><t>${content}</t></is></c>`;
const sheet = (...cells: readonly string[]) =>
  `<worksheet><sheetData><row r="2">${cells.join('')}</row></sheetData></worksheet>`;
const at = (reference: string) => ` r="${reference}"`;
const styles = (formats: number): Record<string, string> => ({
  'xl/styles.xml': `<styleSheet><cellXfs>${'<xf numFmtId="14"/>'.repeat(formats)}</cellXfs></styleSheet>`,
  'xl/_rels/workbook.xml.rels': relationships({
    s: ['worksheet', '/xl/worksheets/one.xml'],
    y: ['styles', 'styles.xml'],
  }),
});

test('a workbook that is written in one way is read', async () => {
  const cells = [text('甲', at('A2')), `<c${at('C2')} s="1"><v>44077</v></c>`, text('乙')];
  expect(await rowsIn(await zipOf(partsOf(sheet(...cells), styles(2))))).toEqual([
    [{ line: 2, cells: ['甲', '', { day: '2020-09-03' }, '乙'] }],
  ]);
  const declared = `<?xml version="1.0" encoding="utf-8"?>${sheet(text('甲'))}`;
  expect(await rowsIn(await zipOf(partsOf(declared)))).toEqual([[{ line: 2, cells: ['甲'] }]]);
});

const bookOf = (properties: string) => ({
  'xl/workbook.xml': `<workbook xmlns:q="http://schemas.openxmlformats.org/officeDocument/2006/relationships">${properties}<sheets><sheet name="表" sheetId="9" q:id="s"/></sheets></workbook>`,
});

test.each([
  ...['1', 'true', 'TRUE', 'True', ' 1 '].map((value) => [`<workbookPr date1904="${value}"/>`, '2024-09-04'] as const),
  ...['0', 'false', 'FALSE'].map((value) => [`<workbookPr date1904="${value}"/>`, '2020-09-03'] as const),
  ...['', '<workbookPr/>', '<workbookPr codeName="x"/>'].map((properties) => [properties, '2020-09-03'] as const),
])('days are counted as a workbook says: %s', async (properties, day) => {
  const parts = partsOf(sheet(`<c s="1"><v>44077</v></c>`), { ...styles(2), ...bookOf(properties) });
  expect(await rowsIn(await zipOf(parts))).toEqual([[{ line: 2, cells: [{ day }] }]]);
});

const broken: readonly (readonly [string, string, Readonly<Record<string, string>>?])[] = [
  ['has a cell twice', sheet(text('甲', at('A2')), text('乙', at('A2')))],
  ['has a row twice', sheet(text('甲')).replace('</sheetData>', '<row r="2"/></sheetData>')],
  ['has its rows in another order', sheet(text('甲')).replace('</sheetData>', '<row r="1"/></sheetData>')],
  ['has a row whose number is none', sheet(text('甲')).replace('r="2"', 'r="second"')],
  ['has a cell that belongs to another row', sheet(text('甲', at('A3')))],
  ['has a cell that belongs to the row above', sheet(text('甲', at('A1')))],
  ['has a cell whose place is fixed', sheet(text('甲', at('$D$2')))],
  ['has a cell whose place is none', sheet(text('甲', at('R2C4')))],
  ['has a cell whose place is a range', sheet(text('甲', at('D2:E2')))],
  ['has a cell whose place is empty', sheet(text('甲', at('')))],
  ['has a cell whose place is a column', sheet(text('甲', at('D')))],
  ['has two values in a cell', sheet('<c><v>4</v><v>5</v></c>')],
  [
    'has two numbers for two programs in a cell',
    sheet('<c><Choice><v>4</v></Choice><Fallback><v>5</v></Fallback></c>'),
  ],
  ['has two texts in a cell', sheet('<c t="inlineStr"><is><t>甲</t></is><is><t>乙</t></is></c>')],
  ['has a text and another value in a cell', sheet('<c t="inlineStr"><v>甲</v><is><t>乙</t></is></c>')],
  ...['n', 's', 'b', 'd', 'e', 'str'].map(
    (type) => [`has a text in a cell of type ${type}`, sheet(`<c t="${type}"><is><t>乙</t></is></c>`)] as const,
  ),
  ['has a number and a text in a cell', sheet('<c><v>4</v><is><t>乙</t></is></c>')],
  ['has its rows in two places', `${sheet(text('甲')).replace('</worksheet>', '')}<sheetData/></worksheet>`],
  [
    'has its rows for two programs',
    `<worksheet><Choice>${sheet(text('甲'))}</Choice><Fallback>${sheet(text('乙')).replace('r="2"', 'r="3"')}</Fallback></worksheet>`,
  ],
  ...['on', 'yes', '', '2', '-1', 'wahr', '1904', 'null'].flatMap((value) => [
    [`counts days from 1904: “${value}”`, sheet(text('甲')), bookOf(`<workbookPr date1904="${value}"/>`)] as const,
    [`has a row that is hidden: “${value}”`, sheet(text('甲')).replace('r="2"', `r="2" hidden="${value}"`)] as const,
  ]),
  ['has a cell of an unknown type', sheet('<c t="z"><v>4</v></c>')],
  ['has a number in a style that there is not', sheet('<c s="2"><v>44077</v></c>'), styles(2)],
  ['has a number in a style that is none', sheet('<c s="x"><v>44077</v></c>'), styles(2)],
  ['has a number in a style and no styles', sheet('<c s="1"><v>44077</v></c>')],
  ['says that it is in GBK', `<?xml version="1.0" encoding="GBK"?>${sheet(text('甲'))}`],
  ['says that it is in Latin 1', `<?xml version="1.0" encoding="ISO-8859-1"?>${sheet(text('甲'))}`],
  ['lacks a sheet that it lists', sheet(text('甲')), { 'xl/_rels/workbook.xml.rels': relationships({}) }],
  [
    'lacks the part of a sheet',
    sheet(text('甲')),
    { 'xl/_rels/workbook.xml.rels': relationships({ s: ['worksheet', 'sheets/two.xml'] }) },
  ],
  ['has a part twice but for case', sheet(text('甲')), { 'xl/worksheets/ONE.xml': sheet(text('乙')) }],
];

test.for(broken)('a workbook that %s is refused', async ([, worksheet, more = {}]) => {
  const file = await zipOf(partsOf(worksheet, more));
  await expect(rowsIn(file)).rejects.toThrow(SheetFault);
  await expect(rowsIn(file)).rejects.toThrow('not a valid XLSX');
});

test('an archive that has a part twice is refused', async () => {
  const one = Buffer.from(await zipOf({ ...partsOf(sheet(text('甲'))), 'xl/worksheets/two.xml': sheet(text('乙')) }));
  const file = Buffer.from(one.toString('latin1').replaceAll('worksheets/two.xml', 'worksheets/one.xml'), 'latin1');
  await expect(rowsIn(file)).rejects.toThrow('not a valid XLSX');
});
