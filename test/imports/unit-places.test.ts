import { expect, test } from 'vitest';
import { partsOf, relationships, sheet, withRecords, xls, xlsRecord, xlsx, zipOf } from '../spreadsheets/workbooks.ts';
import { revenueIn, revenuesIn } from './revenue.ts';
import { csv } from './spreadsheet.ts';

/** Wherever a file says in which unit its amounts are, it is heard; what is not understood for certain is refused. */

const headers = ['编号', '供应商名称', '规模', '认定日期', '收入'];
const row = (amount: string, key = 'a') => [key, `${key} 公司`, '10亿元', '2020-09-27', amount];

const places: readonly (readonly [string, string])[] = [
  ['a line directly under the headers', csv(headers, ['单位：万元'], row('120'))],
  ['a line directly under the headers, in another column', csv(headers, ['', '', '', '', '单位：万元'], row('120'))],
  [
    'a row under the headers of what each column holds',
    csv(headers, ['（代码）', '（全称）', '', '', '（万元）'], row('120')),
  ],
  ['a line below', csv(headers, row('120'), ['单位：万元'])],
  ['a sentence below without a word for a note', csv(headers, row('120'), [], ['以上金额单位均为万元'])],
  ['a heading of a section', csv(headers, ['一、某区', '', '', '', '单位：万元'], row('120'))],
  ['a line with another cell', csv(headers, row('120'), ['制表：李伟', '', '', '（单位：万元）'])],
  ['the row of headers, to the right', csv([...headers, '单位：万元'], row('120'))],
  ['the row of headers, in brackets', csv([...headers, '（单位：万元）'], [...row('120'), ''])],
  ['the row of headers, as a sentence', csv([...headers, '金额以万元计'], row('120'))],
  ['a column 收入单位', csv([...headers, '收入单位'], [...row('120'), '万元'])],
  ['a column 主营业务收入的币种', csv([...headers, '主营业务收入的币种'], [...row('120'), '人民币万元'])],
  ['a column 单位（元/万元）', csv([...headers, '单位（元/万元）'], [...row('120'), '万元'])],
  ['a column 单位 as 单位：万元', csv([...headers, '单位'], [...row('120'), '单位：万元'])],
  ['a column 单位 as 万元/年', csv([...headers, '单位'], [...row('120'), '万元/年'])],
  ['the note of its row', csv([...headers, '备注'], [...row('120'), '收入单位为万元'])],
  ['a column that is not recognised', csv([...headers, '情况'], [...row('120'), '金额以万元计'])],
  ['a line with the currency too', csv(['币种：人民币 单位：万元'], headers, row('120'))],
  ['a line with the currency after it', csv(['单位：万元 币种：人民币'], headers, row('120'))],
  ['a line with who states it', csv(['填报单位：市经信委 金额单位：万元'], headers, row('120'))],
  ['a line with the currency after a slash', csv(['（万元/人民币）'], headers, row('120'))],
  ['a line of amounts of a year', csv(['单位：万元/年'], headers, row('120'))],
  ['traditional characters', csv(['單位：萬元'], headers, row('120'))],
  ['traditional characters in the header', csv(headers.with(4, '收入（萬元）'), row('120'))],
  ['traditional characters after the amount', csv(headers, row('120萬元'))],
  ['characters of formal documents', csv(['金额单位：仟圆'], headers, row('1200'))],
];

test.each(places)('the unit is heard in %s', async (_, text) => {
  expect(await revenueIn(text)).toBe(1_200_000);
});

test('the unit is heard in the name of the file and of the sheet', async () => {
  expect(await revenueIn(csv(headers, row('120')), '供应商收入（单位：万元）.csv')).toBe(1_200_000);
  expect(await revenueIn(sheet(headers, row('120')), '供应商收入（万元）.xlsx')).toBe(1_200_000);
  expect(await revenueIn(xlsx({ sheets: { '收入（万元）': [headers, row('120')] } }))).toBe(1_200_000);
  expect(await revenueIn(csv(headers, row('120')), '2020年10亿元规模供应商.csv')).toBe(120);
});

test.each([
  '單位：萬',
  '单位：W',
  '单位：角',
  '金额单位：分',
  '单位：万迪拉姆',
  '金额单位：新西兰元',
  '单位：美刀',
  '单位：NZD',
  '币种：DM',
  '币种：迪拉姆',
  '货币：比特币',
  '单位：家、W',
  '金额单位为盾',
  '营业收入以万为单位',
  '收入以百为单位',
  '币种：美元 单位：万元',
  '币种：美元，单位：万元',
  '货币：港币　金额单位：万元',
  '单位：万元 币种：美元',
  '单位：万元 货币：欧元',
  '金额单位：千元 币种：日元',
  '币种：人民币、美元 单位：万元',
  '单位：元/吨',
  '单位：万元/家',
  '金额单位：元／人',
  '单位：家、万元/月',
  '（单位：元/平方米）',
  '（单位：新元/年）',
  '(in millions)',
  '(In thousands)',
  'Revenue in millions',
  'Amounts in ten thousands',
  'Amounts in hundred millions',
  "RMB'0000",
  'Unit: lakh',
  'Currency: NZD',
])('under %s amounts may be in yuan or not, so they are refused', async (statement) => {
  for (const text of [csv([statement], headers, row('120')), csv(headers, row('120'), [statement])])
    expect(await revenueIn(text)).toMatch(/^refused: .*(金额可能是元，也可能以它为单位|外币|多种写法)/);
  expect(await revenueIn(csv([statement], headers, row('120万元')))).toBe(1_200_000);
});

test.each([
  '单位：家',
  '单位：万人',
  '单位：家、%',
  '单位：上海市经济和信息化委员会',
  '填报单位：W',
  '建设单位：分',
  '联系单位：浦东新区',
  '单位（盖章）：',
  '单位负责人：李伟',
  '供应商单位名单',
  '以合同为准',
  '金额以审计报告为准',
  '注：数字经济企业',
  '2020年认定名单',
])('%s says nothing of the unit of amounts, which are in yuan', async (line) => {
  expect(await revenueIn(csv([line], headers, row('120')))).toBe(120);
});

test.each([
  '美元（万）',
  '外币',
  'DM',
  '新西兰元',
  '美刀',
  'NZD',
  '迪拉姆',
  '万',
  'W',
  '万元（美元）',
  '折合万元',
  'USD 万',
  '〃',
  '同上',
  '家',
  '-',
  '',
])('an amount beside “%s” in a column of units is refused, one with a unit of its own is not', async (unit) => {
  for (const header of ['单位', '币种', '收入单位']) {
    const text = csv(
      [...headers, header],
      [...row('120'), '万元'],
      [...row('120', 'b'), unit],
      [...row('120万元', 'c'), unit],
    );
    expect(await revenuesIn(text), header).toEqual([
      1_200_000,
      expect.stringMatching(/^refused: .*(单位|外币)/),
      1_200_000,
    ]);
  }
});

test.each([
  ['人民币', 120],
  ['元', 120],
  ['萬元', 1_200_000],
])('an amount beside “%s” in a column 单位 is certain', async (unit, yuan) => {
  expect(await revenueIn(csv([...headers, '单位'], [...row('120'), unit]))).toBe(yuan);
});

test.each([
  ['a line and the header', csv(['单位：万元'], headers.with(4, '收入（元）'), row('120'))],
  ['a line in yuan and the header', csv(['单位：元'], headers.with(4, '收入（万元）'), row('120'))],
  ['an English line and our own title', csv(['Unit: RMB million'], headers.with(4, 'Revenue in yuan'), row('120'))],
  ['a line of foreign money and the header', csv(['单位：万美元'], headers.with(4, '收入（万元）'), row('120'))],
  ['a line that is not understood and the header', csv(['单位：W'], headers.with(4, '收入（元）'), row('120'))],
  ['two lines', csv(['单位：万元'], headers, row('120'), ['单位：亿元'])],
  [
    'two sections',
    csv(['一、甲表', '单位：万元'], headers, row('120'), ['二、乙表', '单位：亿元'], headers, row('12', 'b')),
  ],
  ['the header and the column of units', csv([...headers.with(4, '收入（万元）'), '单位'], [...row('120'), '亿元'])],
  ['a line and the column of units', csv(['单位：万元'], [...headers, '单位'], [...row('120'), '亿元'])],
  [
    'the header and a note of the row',
    csv([...headers.with(4, '收入（元）'), '备注'], [...row('120'), '金额单位：万元']),
  ],
  ['a line and a note of the row', csv(['单位：亿元'], [...headers, '备注'], [...row('120'), '金额为万美元'])],
])('%s that contradict each other refuse the amount', async (_, text) => {
  expect(await revenueIn(text)).toMatch(/^refused: .*(多种写法|外币|无法确定)/);
});

test.each([
  ['单位：万', '收入（万元）', 1_200_000],
  ['币种：人民币', '收入（万元）', 1_200_000],
  ['单位：家、万元', '收入（万元）', 1_200_000],
  ['单位：万元', 'Revenue (RMB)', 1_200_000],
  ['2020年规模以上供应商，出口按美元结算', '收入（元）', 120],
])('%s above %s agree', async (above, header, yuan) => {
  expect(await revenueIn(csv([above], headers.with(4, header), row('120')))).toBe(yuan);
});

test('a column of units without a unit in any row says nothing', async () => {
  expect(await revenuesIn(csv([...headers, '单位'], [...row('120'), ''], [...row('130', 'b'), '-']))).toEqual([
    120, 130,
  ]);
});

test('the sheet of rejected rows says that a unit was contradicted, so that nobody imports it as it is', async () => {
  expect(await revenueIn(csv(headers.with(4, '收入（元）（单位不明）'), row('120')))).toMatch(/^refused: .*单位/);
});

const list = (amount: string) =>
  [headers, row(amount)].map((each) => `<row>${each.map(cellOf).join('')}</row>`).join('');
const cellOf = (text: string) => `<c t="str"><v>${text}</v></c>`;
const around = (after: string, comment?: string) =>
  zipOf(
    partsOf(`<worksheet><sheetData>${list('120')}</sheetData>${after}</worksheet>`, {
      'xl/worksheets/_rels/one.xml.rels': relationships({ a: ['comments', '../comments1.xml'] }),
      ...(comment === undefined
        ? {}
        : {
            'xl/comments1.xml': `<comments><commentList><comment ref="E1"><text><r><rPr><b/></rPr><t>李伟:</t></r><r><t>\n${comment}</t></r></text></comment></commentList></comments>`,
          }),
    }),
  );

test.each([
  [
    '<headerFooter><oddHeader>&amp;L2020年&amp;C&amp;"宋体,常规"&amp;12供应商名单&amp;R单位：万元</oddHeader></headerFooter>',
    undefined,
  ],
  ['<headerFooter><oddHeader>&amp;R&amp;K00B0F0（单位：万元）</oddHeader></headerFooter>', undefined],
  [
    '<headerFooter differentFirst="1"><oddHeader/><firstFooter>&amp;L注：金额单位：万元&amp;R&amp;P/&amp;N</firstFooter></headerFooter>',
    undefined,
  ],
  ['', '单位：万元'],
  ['', '以万元为单位'],
])('the unit is heard in %s and in the comment %s', async (after, comment) => {
  expect(await revenueIn(await around(after, comment))).toBe(1_200_000);
});

test('what stands on pages and in comments without a unit says nothing, and another unit contradicts', async () => {
  const pages = '<headerFooter><oddHeader>&amp;C第&amp;P页&amp;R填报单位：某区</oddHeader></headerFooter>';
  expect(await revenueIn(await around(pages, '已核对'))).toBe(120);
  const contradicting = '<headerFooter><oddHeader>&amp;R单位：亿元</oddHeader></headerFooter>';
  expect(await revenueIn(await around(contradicting, '单位：万元'))).toMatch(/^refused: .*多种写法/);
});

/** A list in an XLS with a comment or a text box (MS-XLS 2.4.329), each of whose pages has a header. */
const legacy = (page: string, comment: string): Uint8Array => {
  const file = xls({ sheets: { S: [headers, row('120')] } });
  const zeros = (count: number) => Array.from({ length: count }, () => 0);
  const characters = (text: string) => [...Buffer.from(text, 'utf16le')];
  const note = [
    [0x005d, 0x15, 0, 0x12, 0, 0x19, 0, 1, 0, 0, 0, ...zeros(12), ...zeros(4)],
    [0x01b6, ...zeros(10), comment.length, 0, 16, 0, ...zeros(4)],
    [0x003c, 1, ...characters(comment.slice(0, 2))],
    [0x003c, 1, ...characters(comment.slice(2))],
    [0x003c, ...zeros(16)],
  ];
  const header = [[0x14, page.length, 0, 1, ...characters(page)]];
  const records = [...(comment === '' ? [] : note), ...(page === '' ? [] : header)];
  return withRecords(file, ...records.map(([type = 0, ...bytes]) => xlsRecord(type, Buffer.from(bytes))));
};

test.each([
  ['', '单位：万元', 1_200_000],
  ['', '李伟:\n以万元为单位', 1_200_000],
  ['', '已核对', 120],
  ['&L2020年&C&"宋体,常规"&12供应商名单&R单位：万元', '', 1_200_000],
  ['&R&K00B0F0（单位：万元）', '', 1_200_000],
  ['&C第&P页', '', 120],
])('the page header “%s” and the comment “%s” of an XLS are heard', async (page, comment, yuan) => {
  expect(await revenueIn(legacy(page, comment))).toBe(yuan);
});

test('a page header and a comment of an XLS that contradict each other refuse the amount', async () => {
  expect(await revenueIn(legacy('&R单位：亿元', '单位：万元'))).toMatch(/^refused: .*多种写法/);
});

test('the unit is heard in a text box', async () => {
  const box = (text: string) =>
    `<xdr:wsDr><xdr:sp><xdr:txBody><a:p><a:r><a:t>${text.slice(0, 2)}</a:t></a:r><a:r><a:t>${text.slice(2)}</a:t></a:r></a:p></xdr:txBody></xdr:sp></xdr:wsDr>`;
  const file = (text: string) =>
    zipOf(
      partsOf(`<worksheet><sheetData>${list('120')}</sheetData></worksheet>`, {
        'xl/worksheets/_rels/one.xml.rels': relationships({ a: ['drawing', '../drawings/drawing1.xml'] }),
        'xl/drawings/drawing1.xml': box(text),
      }),
    );
  expect(await revenueIn(await file('单位：万元'))).toBe(1_200_000);
  expect(await revenueIn(await file('示意图'))).toBe(120);
});

const heard: readonly (readonly [string, number])[] = [
  ['表内金额均以“万元”为单位', 1_200_000],
  ['收入以"万元"计', 1_200_000],
  ['收入以「万元」计', 1_200_000],
  ['按『千元』填报', 120_000],
];
const unclear = ['千', '万', '百万', '亿', '千万', '百万亿', 'Mn', 'bn', 'thousands', 'Million', 'billions'].concat([
  'RMB m',
  'RMB mm',
  'CNY w',
  'RMBm',
  '（RMB mm）',
  '单位：万园',
  '单位：万圓圆',
  '单位：千园',
  '单位：亿区',
  '收入以"万"计',
  '收入以“百万”计',
  '收入按千计',
  '填写万元数',
]);

test.each(heard)('%s says the unit of a table, above and below it', async (text, yuan) => {
  for (const list of [csv([text], headers, row('120')), csv(headers, row('120'), [text])])
    expect(await revenueIn(list)).toBe(yuan);
});

test.each(unclear)('%s alone above or below a table makes its amounts unclear', async (text) => {
  for (const list of [csv([text], headers, row('120')), csv(headers, row('120'), [text])])
    expect(await revenueIn(list)).toMatch(/^refused: 无法确定“.+”是否为金额的单位/);
});

test.each(['K', '一', '10000', '10,000', '单位：某科技园', '单位：万科公司', '填报单位：浦东新区', '共120家', 'M'])(
  '%s says nothing of amounts',
  async (text) => expect(await revenueIn(csv([text], headers, row('120')))).toBe(120),
);
