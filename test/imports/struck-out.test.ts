import { expect, test } from 'vitest';
import { factories } from '../../domain/registers/factories.ts';
import { openFile } from '../../src/imports/reading/file.ts';
import { rowsOf } from '../../src/imports/reading/kept-table.ts';
import { newFile } from '../spreadsheets/files.ts';
import { changedXls, partsOf, relationships, xls, xlsRecord, xlsx, zipOf } from '../spreadsheets/workbooks.ts';

/** What is struck out may be deleted or still meant; what stands in sheets that were not read may have been meant. */

const headers = ['编号', '工厂名称', '行业', '区', '推荐日期', '备注'];
const kind = factories.factOf.get('nominate');
if (kind === undefined) throw new Error('no nominate');

const opened = async (content: Uint8Array) => {
  const table = newFile();
  const request = { register: factories, kind, path: newFile(content), sheet: undefined, set: {} };
  const file = await openFile(request, table);
  if ('fault' in file) throw new Error(file.fault.en);
  return { ...file, read: (await Array.fromAsync(rowsOf(table, request))).map(({ read }) => read('2021-06-15')) };
};

const inline = (content: string, style = 0) => `<c s="${style}" t="inlineStr"><is>${content}</is></c>`;
const plain = (text: string, style = 0) => inline(`<t>${text}</t>`, style);
const run = (text: string, more = '') => `<r>${more === '' ? '' : `<rPr>${more}</rPr>`}<t>${text}</t></r>`;

/** A nomination whose cells are as given, in a workbook whose second style strikes out. */
const read = async (cells: readonly string[]) => {
  const rows = [headers.map((header) => plain(header)), cells].map((each) => `<row>${each.join('')}</row>`);
  const styles =
    '<styleSheet><fonts><font><sz val="11"/></font><font><strike/></font><font><strike val="0"/></font></fonts><cellStyleXfs><xf fontId="1"/></cellStyleXfs><cellXfs><xf fontId="0"/><xf fontId="1"/><xf fontId="2"/></cellXfs></styleSheet>';
  const parts = partsOf(`<worksheet><sheetData>${rows.join('')}</sheetData></worksheet>`, {
    'xl/styles.xml': styles,
    'xl/shared.xml': `<sst><si>${run('甲厂')}${run('旧名', '<strike/>')}</si><si>${run('甲厂')}</si></sst>`,
    'xl/_rels/workbook.xml.rels': relationships({
      s: ['worksheet', '/xl/worksheets/one.xml'],
      t: ['sharedStrings', 'shared.xml'],
      u: ['styles', 'styles.xml'],
    }),
  });
  const [row] = (await opened(await zipOf(parts))).read;
  return row !== undefined && 'faults' in row ? row.faults.map(({ header, reason }) => [header, reason.zh]) : row;
};

const cells = ['a', '甲厂', '汽车', '浦东', '2020-09-27', '首批'].map((text) => plain(text));

test.each(headers.map((header, index) => [header, index] as const))(
  'a cell under %s whose text is struck out is rejected',
  async (header, index) => {
    const text = ['a', '甲厂', '汽车', '浦东', '2020-09-27', '首批'][index] ?? '';
    for (const cell of [plain(text, 1), inline(run(text, '<strike/>')), inline(run(text, '<strike val="1"/>'))])
      expect(await read(cells.with(index, cell))).toEqual([
        [header, `“${text}”中有加删除线的文字，可能已作废，也可能仍有效；请删去该文字，或取消删除线`],
      ]);
  },
);

test.each([
  ['a part of it', inline(`${run('甲厂')}${run('旧名', '<b/><strike/>')}`)],
  ['its beginning', inline(`${run('旧名', '<strike/>')}${run('甲厂')}`)],
  ['a part of a text that cells share', '<c t="s"><v>0</v></c>'],
])('a name is rejected if %s is struck out', async (_, cell) => {
  expect(await read(cells.with(1, cell))).toEqual([['工厂名称', expect.stringContaining('有加删除线的文字')]]);
});

test.each([
  ['a shared text without a line through it', '<c t="s"><v>1</v></c>'],
  ['a style that says that nothing is struck out', plain('甲厂', 2)],
  ['a run that says so', inline(run('甲厂', '<strike val="false"/>'))],
  ['a blank that is struck out', inline(`${run('甲厂')}${run(' ', '<strike/>')}`)],
  ['a run after one that is struck out and empty', inline(`${run('', '<strike/>')}${run('甲厂')}`)],
])('%s is read', async (_, cell) => {
  expect(await read(cells.with(1, cell))).toMatchObject({ body: { name: '甲厂' } });
});

/** The records of an XLS with fonts 1 to 3 like font 0 but for the line through text in font 2 and font 5. */
const withFonts = (file: Uint8Array<ArrayBuffer>, more: (type: number, record: Buffer) => Buffer) => {
  let fonts = 0;
  return changedXls(file, (type, record) => {
    if (type !== 0x0031) return more(type, record);
    fonts += 1;
    if (fonts > 1) return Buffer.alloc(0);
    const struckOut = Buffer.from(record);
    struckOut.writeUInt16LE(0x08, 6);
    // There is no font of the number 4: the fifth has the number 5.
    return Buffer.concat([record, record, struckOut, record, struckOut]);
  });
};

test('a cell of an XLS whose font is struck out is rejected', async () => {
  const row = ['a', { v: '甲厂', t: 's', z: '0.0000' }, '汽车', '浦东', '2020-09-27'] as const;
  const read = async (font: number) => {
    const file = withFonts(xls({ sheets: { S: [headers.slice(0, 5), row] } }), (type, record) => {
      if (type === 0x00e0 && record.readUInt16LE(6) !== 0) record.writeUInt16LE(font, 4);
      return record;
    });
    const [first] = (await opened(file)).read;
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

test.each([
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
  ['nothing', '甲厂旧名', [[1, 3]], false],
] as const)('a name in an XLS of which %s is struck out', async (_, name, runs, isRejected) => {
  const row = ['a', name, '汽车', '浦东', '2020-09-27'];
  const texts = [...headers.slice(0, 5), ...row];
  for (const isSplit of [false, true]) {
    const file = withFonts(xls({ sheets: { S: [headers.slice(0, 5), row] } }), (type, record) => {
      if (type !== 0x00fc) return record;
      const strings = texts.map((text) =>
        text === name ? rich(text, runs) : rich(text, [], /\p{sc=Han}/u.test(text)),
      );
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
    const [first] = (await opened(file)).read;
    if (isRejected) expect(first).toMatchObject({ faults: [{ header: '工厂名称', value: name }] });
    else expect(first).toMatchObject({ body: { name } });
  }
});

test('sheets with anything in them that were not read are told', async () => {
  const list = [headers, ['a', '甲厂', '汽车', '浦东', '2020-09-27']];
  const sheets = { 名单: list, 说明: [['请填写']], 空: [], 补充: [['工厂名称'], ['乙厂']], 选项: [['浦东']] };
  expect((await opened(xlsx({ sheets, hidden: ['选项'] }))).otherSheets).toEqual(['说明', '补充']);
  expect(await opened(xlsx({ sheets: { 名单: list, 空: [] } }))).not.toHaveProperty('otherSheets');
});
