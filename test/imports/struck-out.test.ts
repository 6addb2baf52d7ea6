import { expect, test } from 'vitest';
import { factories } from '../../domain/registers/factories.ts';
import { openFile } from '../../src/imports/reading/file.ts';
import { rowsOf } from '../../src/imports/reading/kept-table.ts';
import { newFile } from '../spreadsheets/files.ts';
import { partsOf, relationships, xlsx, zipOf } from '../spreadsheets/workbooks.ts';

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

test('sheets with anything in them that were not read are told', async () => {
  const list = [headers, ['a', '甲厂', '汽车', '浦东', '2020-09-27']];
  const sheets = { 名单: list, 说明: [['请填写']], 空: [], 补充: [['工厂名称'], ['乙厂']], 选项: [['浦东']] };
  expect((await opened(xlsx({ sheets, hidden: ['选项'] }))).otherSheets).toEqual(['说明', '补充']);
  expect(await opened(xlsx({ sheets: { 名单: list, 空: [] } }))).not.toHaveProperty('otherSheets');
});
