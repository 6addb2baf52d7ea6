import { expect, test } from 'vitest';
import { factories } from '../../domain/registers/factories.ts';
import { openFile } from '../../src/imports/reading/file.ts';
import { rowsOf } from '../../src/imports/reading/kept-table.ts';
import { refusedSheet } from '../../src/imports/refused-sheet.ts';
import { newFile } from '../spreadsheets/files.ts';
import { changedXls, type Made, partsOf, relationships, xls, xlsx, zipOf } from '../spreadsheets/workbooks.ts';

/** A cell that shows less of a day than it holds can be read in two ways. */

const kind = factories.factOf.get('nominate');
if (kind === undefined) throw new Error('no nominate');
const headers = ['编号', '工厂名称', '行业', '区', '推荐日期'];
const row = (index: number, day: Made): Made[] => [`a-${index}`, `甲厂 ${index}`, '汽车', '浦东', day];

/** The day of each row, or why it is refused. */
const daysIn = async (content: Uint8Array): Promise<readonly unknown[]> => {
  const table = newFile();
  const request = { register: factories, kind, path: newFile(content), sheet: undefined, set: {} };
  const opened = await openFile(request, table);
  if ('fault' in opened) throw new Error(opened.fault.en);
  const rows = await Array.fromAsync(rowsOf(table, request), ({ read }) => read('2021-06-15'));
  return rows.map((each) => ('body' in each ? each.body.effectiveOn : each.reason.zh));
};

/** Of 2020-09-01, a Tuesday, at 9:05:07. */
const serial = 44_075 + (9 * 3_600 + 5 * 60 + 7) / 86_400;

const parts: readonly (readonly [format: string, shown: string])[] = [
  ['yyyy"年"m"月"', '2020年9月'],
  ['yyyy\\年mm\\月', '2020年09月'],
  ['yyyy!年m!月', '2020年9月'],
  ['[$-804]yyyy"年"m"月";@', '2020年9月'],
  ['[DBNum1][$-804]yyyy"年"m"月"', '2020年9月'],
  ['e"年"m"月"', '2020年9月'],
  ['yyyy-mm', '2020-09'],
  ['yyyy/m', '2020/9'],
  ['yyyymm', '202009'],
  ['mmm-yy', 'Sep-20'],
  ['[$-409]mmm-yy;@', 'Sep-20'],
  ['mmmm yyyy', 'September 2020'],
  ['yyyy', '2020'],
  ['yyyy"年"', '2020年'],
  ['m"月"d"日"', '9月1日'],
  ['m/d', '9/1'],
  ['mm-dd', '09-01'],
  ['d-mmm', '1-Sep'],
  ['m"月"', '9月'],
  ['d', '1'],
  ['d"日"', '1日'],
  ['dddd', 'Tuesday'],
  ['ddd', 'Tue'],
  ['aaaa', '星期二'],
  ['yyyy"年"m"月" aaaa', '2020年9月 星期二'],
  ['yyyy-mm dddd', '2020-09 Tuesday'],
  ['h:mm', '9:05'],
  ['hh:mm:ss', '09:05:07'],
  ['h:mm AM/PM', '9:05 AM'],
  ['上午/下午h"时"mm"分"', '上午9时05分'],
  ['mm:ss', '05:07'],
  ['yyyy-hh:mm', '2020-09:05'],
  ['m"月"d"日" h:mm', '9月1日 9:05'],
  ['[h]:mm', '1057809:05'],
  ['yyyyhhmm', '20200905'],
  ['hmmss', '90507'],
];

test.each(['xlsx', 'xls'])('a day of which the format shows only a part is refused in an %s', async (type) => {
  const rows = parts.map(([z], index) => row(index, { v: serial, z }));
  const days = await daysIn((type === 'xlsx' ? xlsx : xls)({ sheets: { 表: [headers, ...rows] } }));
  for (const [index, [format, shown]] of parts.entries())
    expect([format, days[index]]).toEqual([
      format,
      expect.stringContaining(`单元格显示为“${shown}”，其中存的日期是 2020-09-01，无法确定就是这一天`),
    ]);
});

const whole = [
  'yyyy-mm-dd',
  'yyyy"年"m"月"d"日"',
  'yyyy\\年m\\月d\\日',
  '[$-804]yyyy/m/d;@',
  '[$-F800]dddd\\, mmmm dd\\, yyyy',
  '[DBNum1][$-804]yyyy"年"m"月"d"日"',
  'e/m/d',
  'm/d/yy',
  'm/d/yy h:mm',
  'd-mmm-yy',
  'yyyymmdd',
  'yyyy-mm-dd hh:mm:ss',
  'yyyy-mm-dd aaaa',
  'yyyy"年"m"月"d"日" 上午/下午h"时"mm"分"',
  'mm:ss dd mm yyyy',
];

test.each(['xlsx', 'xls'])('a day whose format shows year, month and day is that day in an %s', async (type) => {
  const rows = whole.map((z, index) => row(index, { v: serial, z }));
  const days = await daysIn((type === 'xlsx' ? xlsx : xls)({ sheets: { 表: [headers, ...rows] } }));
  expect(whole.map((format, index) => [format, days[index]])).toEqual(whole.map((format) => [format, '2020-09-01']));
});

/** A workbook whose day is in a built-in format, of which it gives nothing but the number. */
const builtIn = {
  xlsx: (id: number): Promise<Uint8Array> => {
    const text = (value: Made) => `<c t="str"><v>${value}</v></c>`;
    const cells = [...row(1, '').slice(0, 4).map(text), `<c s="1"><v>${serial}</v></c>`];
    const rows = [headers.map(text), cells].map((each) => `<row>${each.join('')}</row>`).join('');
    return zipOf(
      partsOf(`<worksheet><sheetData>${rows}</sheetData></worksheet>`, {
        'xl/styles.xml': `<styleSheet><cellXfs><xf numFmtId="0"/><xf numFmtId="${id}"/></cellXfs></styleSheet>`,
        'xl/_rels/workbook.xml.rels': relationships({
          s: ['worksheet', '/xl/worksheets/one.xml'],
          y: ['styles', 'styles.xml'],
        }),
      }),
    );
  },
  xls: async (id: number): Promise<Uint8Array> => {
    const file = xls({ sheets: { 表: [headers, row(1, { v: serial, z: 'yyyy/mm' })] } });
    return changedXls(file, (type, record) => {
      if (type === 0x00e0 && record.readUInt16LE(6) !== 0) record.writeUInt16LE(id, 6);
      return record;
    });
  },
};

test.each(['xlsx', 'xls'] as const)(
  'the built-in formats of an %s that show a part of a day are refused',
  async (type) => {
    for (const [shown, ids] of Object.entries({
      '1-Sep': [16],
      'Sep-20': [17],
      '9:05': [20],
      '2020年9月': [27, 36, 50, 52, 57],
      '9月1日': [28, 29, 51, 53, 54, 58],
      '9时05分07秒': [33],
      上午9时05分: [34, 55],
      '05:07': [45],
    }))
      for (const id of ids)
        expect([id, await daysIn(await builtIn[type](id))]).toEqual([
          id,
          [expect.stringContaining(`显示为“${shown}”，其中存的日期是 2020-09-01`)],
        ]);
    for (const id of [14, 15, 22, 30, 31])
      expect([id, await daysIn(await builtIn[type](id))]).toEqual([id, ['2020-09-01']]);
  },
);

test('a time without a day, and a number that is no day, are refused as what the cell shows', async () => {
  const cells: readonly Made[] = [
    { v: 0.4, z: 'h:mm' },
    { v: 0.4, z: 'yyyy-mm-dd' },
    { v: 20_200_901, z: 'yyyy-mm-dd' },
    { v: 0, z: 'yyyy"年"m"月"' },
  ];
  const rows = cells.map((day, index) => row(index, day));
  for (const write of [xlsx, xls])
    expect(await daysIn(write({ sheets: { 表: [headers, ...rows] } }))).toEqual([
      expect.stringContaining('“9:36”不是此列的有效值；请填写 1990 年以后的日期'),
      expect.stringContaining('不是此列的有效值'),
      '单元格为错误值“########”；请改正后重新填写',
      expect.stringContaining('不是此列的有效值'),
    ]);
});

test('a part of a day stays refused in the sheet of rejected rows', async () => {
  const table = { headers, unit: { exponent: 0 }, date1904: false };
  const rows = ['2020年9月', '20200905', '90507', '2020-09'].map((onlyShows, index) => {
    const cells = [`a-${index}`, '甲厂', '汽车', '浦东', { day: '2020-09-01', onlyShows }];
    return { row: index + 1, line: index + 2, column: null, reason: { zh: '', en: '' }, cells };
  });
  const stream = refusedSheet({ register: factories, kind, table, rows }, 'zh');
  const again = await daysIn(Buffer.concat(await Array.fromAsync(stream)));
  expect(again).toEqual(rows.map(() => expect.stringContaining('不是此列的有效值')));
});
