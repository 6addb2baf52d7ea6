import { expect, test } from 'vitest';
import type { Register } from '../../domain/register.ts';
import { factories } from '../../domain/registers/factories.ts';
import { suppliers } from '../../domain/registers/suppliers.ts';
import { openFile } from '../../src/imports/reading/file.ts';
import { rowsOf } from '../../src/imports/reading/kept-table.ts';
import { newFile } from '../spreadsheets/files.ts';
import { changedXls, partsOf, xls, xlsRecord, zipOf } from '../spreadsheets/workbooks.ts';

/** What fonts do to parts of a text: what is struck out may be deleted, and a raised digit may mark a footnote. */

const headers = ['编号', '工厂名称', '行业', '区', '推荐日期'];

const opened = async (content: Uint8Array, register: Register = factories, command = 'nominate') => {
  const kind = register.factOf.get(command);
  if (kind === undefined) throw new Error(`no ${command}`);
  const table = newFile();
  const request = { register, kind, path: newFile(content), sheet: undefined, set: {} };
  const file = await openFile(request, table);
  if ('fault' in file) throw new Error(file.fault.en);
  return Array.fromAsync(rowsOf(table, request), ({ read }) => read('2021-06-15'));
};

/** The records of an XLS whose fonts 2 and 5 strike text out, 3 raises it and 6 lowers it. */
const withFonts = (file: Uint8Array<ArrayBuffer>, more: (type: number, record: Buffer) => Buffer) => {
  let fonts = 0;
  return changedXls(file, (type, record) => {
    if (type !== 0x0031) return more(type, record);
    fonts += 1;
    if (fonts > 1) return Buffer.alloc(0);
    const fontWith = (value: number, at: number) => {
      const font = Buffer.from(record);
      font.writeUInt16LE(value, at);
      return font;
    };
    const [struckOut, superscript, subscript] = [fontWith(0x08, 6), fontWith(1, 12), fontWith(2, 12)];
    // There is no font of the number 4: the fifth has the number 5.
    return Buffer.concat([record, record, struckOut, superscript, struckOut, subscript]);
  });
};

test('a cell of an XLS whose font is struck out is rejected', async () => {
  const row = ['a', { v: '甲厂', t: 's', z: '0.0000' }, '汽车', '浦东', '2020-09-27'] as const;
  const read = async (font: number) => {
    const file = withFonts(xls({ sheets: { S: [headers, row] } }), (type, record) => {
      if (type === 0x00e0 && record.readUInt16LE(6) !== 0) record.writeUInt16LE(font, 4);
      return record;
    });
    const [first] = await opened(file);
    return first !== undefined && 'faults' in first
      ? first.faults.map(({ header, reason }) => [header, reason.zh])
      : first;
  };
  const rejected = [['工厂名称', expect.stringContaining('“甲厂”中有加删除线的文字')]];
  expect(await read(2)).toEqual(rejected);
  expect(await read(5)).toEqual(rejected);
  for (const font of [0, 1, 3]) expect(await read(font)).toMatchObject({ body: { name: '甲厂' } });
});

/** A text of an XLS with runs of fonts (MS-XLS 2.5.293), in characters of one byte or two, with phonetic data. */
const rich = (text: string, runs: readonly (readonly [from: number, font: number])[], isWide = true): Buffer => {
  const head = Buffer.alloc(9);
  head.writeUInt16LE(text.length, 0);
  head.writeUInt8((isWide ? 1 : 0) | 4 | 8, 2);
  head.writeUInt16LE(runs.length, 3);
  head.writeUInt32LE(3, 5);
  const characters = Buffer.from(text, isWide ? 'utf16le' : 'latin1');
  return Buffer.concat([head, characters, Buffer.from(Uint16Array.from(runs.flat()).buffer), Buffer.from('abc')]);
};

/** An XLS of two rows of texts, one of which has runs of fonts; `isSplit` if that text goes on in another record. */
const xlsOf = (
  rows: readonly (readonly string[])[],
  name: string,
  runs: readonly (readonly [number, number])[],
  isSplit: boolean,
) => {
  const texts = [...new Set(rows.flat())];
  return withFonts(xls({ sheets: { S: rows } }), (type, record) => {
    if (type !== 0x00fc) return record;
    const strings = texts.map((text) => (text === name ? rich(text, runs) : rich(text, [], /[^ -~]/.test(text))));
    const place = texts.indexOf(name);
    const before = Buffer.concat([record.subarray(4, 12), ...strings.slice(0, place)]);
    const own = strings[place] ?? Buffer.alloc(0);
    const after = Buffer.concat(strings.slice(place + 1));
    // A text that goes on in the next record begins there with the width of its characters.
    const cut = 9 + 2;
    return isSplit
      ? Buffer.concat([
          xlsRecord(0x00fc, before, own.subarray(0, cut)),
          xlsRecord(0x003c, Buffer.from([1]), own.subarray(cut), after),
        ])
      : xlsRecord(0x00fc, before, own, after);
  });
};

test.each<readonly [what: string, name: string, runs: readonly (readonly [number, number])[], isRejected: boolean]>([
  ['its end', '甲厂旧名', [[2, 2]], true],
  [
    'its beginning',
    '旧名甲厂',
    [
      [0, 5],
      [2, 0],
    ],
    true,
  ],
  [
    'a blank',
    '甲厂 旧名',
    [
      [2, 2],
      [3, 0],
    ],
    false,
  ],
  ['nothing', '甲厂旧名', [[1, 1]], false],
])('a name in an XLS of which %s is struck out', async (_, name, runs, isRejected) => {
  for (const isSplit of [false, true]) {
    const [first] = await opened(xlsOf([headers, ['a', name, '汽车', '浦东', '2020-09-27']], name, runs, isSplit));
    if (isRejected) expect(first).toMatchObject({ faults: [{ header: '工厂名称', value: name }] });
    else expect(first).toMatchObject({ body: { name } });
  }
});

const supplierHeaders = ['编号', '供应商名称', '规模', '认定日期', '收入'];
const supplier = ['a', '甲公司', '10亿元', '2020-09-27', '120'];

/** An XLSX of a supplier of whose cell the end is raised or lowered. */
const xlsxOf = (place: number, text: string, from: number, shift: string) => {
  const cell = (each: string) => `<c t="inlineStr"><is><t>${each}</t></is></c>`;
  const run = `<r><t>${text.slice(0, from)}</t></r><r><rPr><vertAlign val="${shift}"/></rPr><t>${text.slice(from)}</t></r>`;
  const cells = supplier.map((each, index) => (index === place ? `<c t="inlineStr"><is>${run}</is></c>` : cell(each)));
  const rows = [supplierHeaders.map(cell), cells].map((each) => `<row>${each.join('')}</row>`).join('');
  return zipOf(partsOf(`<worksheet><sheetData>${rows}</sheetData></worksheet>`));
};

const raisedTexts: readonly (readonly [place: number, text: string, from: number, seen: string])[] = [
  [4, '1201', 3, '120¹'],
  [4, '10', 1, '1⁰'],
  [4, '12012', 3, '120¹²'],
  [3, '2020-09-271', 10, '2020-09-27¹'],
  [3, '2020-09-27', 9, '2020-09-2⁷'],
  [0, 'KQ-11', 4, 'KQ-1¹'],
  [0, 'KQ-1a', 4, 'KQ-1ᵃ'],
];

test.each(raisedTexts)('a raised end of the cell %i “%s” may mark a footnote', async (place, text, from, seen) => {
  const inXls = xlsOf([supplierHeaders, supplier.with(place, text)], text, [[from, 3]], false);
  for (const content of [await xlsxOf(place, text, from, 'superscript'), inXls])
    expect(await opened(content, suppliers, 'designate')).toMatchObject([
      { faults: [{ header: supplierHeaders[place], reason: { zh: expect.stringContaining(`“${seen}”中的`) } }] },
    ]);
});

test('a lowered digit, or a raised one in a name, stays what it is seen as', async () => {
  const lowered = '甲公司CO2';
  const raisedName = '甲公司1';
  for (const [content, name] of [
    [await xlsxOf(1, lowered, 5, 'subscript'), '甲公司CO₂'],
    [xlsOf([supplierHeaders, supplier.with(1, lowered)], lowered, [[5, 6]], true), '甲公司CO₂'],
    [await xlsxOf(1, raisedName, 3, 'superscript'), '甲公司¹'],
    [xlsOf([supplierHeaders, supplier.with(1, raisedName)], raisedName, [[3, 3]], false), '甲公司¹'],
    [await xlsxOf(1, raisedName, 3, 'baseline'), '甲公司1'],
  ] as const)
    expect(await opened(content, suppliers, 'designate')).toMatchObject([{ body: { name } }]);
  expect(await opened(await xlsxOf(4, '12', 1, 'subscript'), suppliers, 'designate')).toMatchObject([
    { faults: [{ header: '收入' }] },
  ]);
});
