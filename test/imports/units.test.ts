import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Made, xls, xlsx } from '../spreadsheets/workbooks.ts';
import { revenueIn } from './revenue.ts';
import { csv } from './spreadsheet.ts';

type Place = {
  readonly above?: string;
  readonly header?: string;
  readonly rowBelow?: string;
  readonly column?: string;
  readonly note?: string;
};

const list = (amount: string, { above, header = '收入', rowBelow, column, note }: Place): string => {
  const unit = column === undefined ? [] : [column];
  const lines: readonly (readonly string[] | undefined)[] = [
    above === undefined ? undefined : [above],
    ['编号', '供应商名称', '规模', '认定日期', header, ...unit.map(() => '单位')],
    rowBelow === undefined ? undefined : ['', '', '', '', rowBelow],
    ['a', '甲公司', '10亿元', '2020-09-27', amount, ...unit],
    note === undefined ? undefined : [note],
  ];
  return lines.map((line) => (line === undefined ? '' : csv(line))).join('');
};

const units: Readonly<Record<string, number>> = {
  元: 0,
  十元: 1,
  百元: 2,
  千元: 3,
  万元: 4,
  十万元: 5,
  百万元: 6,
  千万元: 7,
  亿元: 8,
  十亿元: 9,
  百亿元: 10,
  人民币万元: 4,
  '万元（人民币）': 4,
  万元人民币: 4,
  'thousand yuan': 3,
  'million yuan': 6,
  'billion yuan': 9,
  '100 million yuan': 8,
  'RMB million': 6,
  'CNY 10,000': 4,
  '10,000 yuan': 4,
  "RMB '000": 3,
  'RMB thousands': 3,
};

const places: Readonly<Record<string, (unit: string) => Place>> = {
  'above the table': (unit) => ({ above: `单位：${unit}` }),
  'above the table in brackets': (unit) => ({ above: `（单位：${unit}）` }),
  'above the table, in brackets after the colon': (unit) => ({ above: `单位：（${unit}）` }),
  'above the table after a count': (unit) => ({ above: `单位：家、${unit}` }),
  'above the table by the word for amounts': (unit) => ({ above: `金额：${unit}` }),
  'above the table on its own': (unit) => ({ above: `（${unit}）` }),
  'in English above the table': (unit) => ({ above: `Unit: ${unit}` }),
  'in the header': (unit) => ({ header: `收入（${unit}）` }),
  'in the header after 单位': (unit) => ({ header: `收入（单位：${unit}）` }),
  'in the header after a stroke': (unit) => ({ header: `收入/${unit}` }),
  'in the row under the headers': (unit) => ({ rowBelow: `（${unit}）` }),
  'in a column of its own': (unit) => ({ column: unit }),
  'in a note below': (unit) => ({ note: `注：金额单位：${unit}` }),
  'as a sentence in a note below': (unit) => ({ note: `注：以上金额均为${unit}` }),
};

test.each(Object.keys(places))('an amount is read in the unit that stands %s', async (place) => {
  for (const [unit, exponent] of Object.entries(units))
    expect(await revenueIn(list('120', places[place]?.(unit) ?? {})), unit).toBe(120 * 10 ** exponent);
});

test.each([
  ['注：金额单位以万元计', 4],
  ['注：金额以人民币百万元列示', 6],
  ['注：表中数字以万元计', 4],
  ['注：以万元为单位', 4],
  ['Amounts in RMB million', 6],
  ['All figures are in thousands of yuan', 3],
  ['2020年收入情况表（万元）', 4],
  ['填报单位：浦东新区科经委 单位：万元', 4],
  ['2020年10亿元规模供应商名单', 0],
  ['十亿元规模供应商名单', 0],
  ['注：收入10亿元以上为规模企业', 0],
  ['填报单位：万元科技有限公司', 0],
  ['单位：家', 0],
  ['币种：人民币 单位：万元', 4],
  ['币种：人民币', 0],
])('under %s an amount is in 10 to the power of %i yuan', async (above, exponent) => {
  expect(await revenueIn(list('120', { above }))).toBe(120 * 10 ** exponent);
});

test.each([
  '单位：万美元',
  '单位：千美元',
  '单位：USD million',
  'Unit: US$',
  '单位：HK$',
  '单位：万港币',
  '单位：欧元',
  '单位：€',
  '币种：美元',
  'Currency: JPY',
  '单位：日元',
  '单位：万元、亿元',
  '单位：万元、万美元',
  '单位：万',
  'Revenue in millions of USD',
  '（万美元）',
])('under %s amounts without a unit of their own are refused, and those with one are read', async (above) => {
  for (const place of [{ above }, { note: `注：${above}` }])
    expect(await revenueIn(list('120', place)), JSON.stringify(place)).toMatch(/^refused: .*(外币|单位)/);
  expect(await revenueIn(list('120万元', { above }))).toBe(1_200_000);
});

test.each(['收入（万美元）', '收入（USD）', '收入（万）', '收入（万元、亿元）', '收入（港币）', 'Revenue in USD'])(
  'amounts under the header %s are refused',
  async (header) => expect(await revenueIn(list('120', { header }))).toMatch(/^refused: .*(外币|单位)|^file: Missing/),
);

test.each(['120万美元', 'US$120', '$120', '€ 120', '120 USD', 'HK$ 120', '120港元', '120 million dollars', '￡120'])(
  'the amount %s is refused with its currency, whatever the unit of the table',
  async (amount) => {
    for (const above of [undefined, '单位：万元'])
      expect(await revenueIn(list(amount, above === undefined ? {} : { above }))).toMatch(/^refused: 金额为外币（/);
  },
);

const headers = ['编号', '供应商名称', '规模', '认定日期', '收入'];
const book = (amount: Made) => ({ sheets: { 表: [headers, ['a', '甲公司', '10亿元', '2020-09-27', amount]] } });

test.each([
  ['[$$-409]#,##0', 'refused'],
  ['[$HK$-C04]#,##0.00', 'refused'],
  ['[$€-2] #,##0', 'refused'],
  ['"$"#,##0', 'refused'],
  ['\\$#,##0', 'refused'],
  ['"US$"#,##0_);[Red]("US$"#,##0)', 'refused'],
  ['[$USD] #,##0', 'refused'],
  ['[$¥-411]#,##0', 'refused'],
  ['_-[$£-809]* #,##0.00_-', 'refused'],
  ['#,##0"美元"', 'refused'],
  ['[$¥-804]#,##0', 'yuan'],
  ['[$￥-804]#,##0.00', 'yuan'],
  ['"¥"#,##0', 'yuan'],
  ['"￥"#,##0;"￥"-#,##0', 'yuan'],
  ['#,##0', 'yuan'],
  ['[$-804]#,##0', 'yuan'],
  ['#,##0"元"', 'yuan'],
])('a number that the format %s shows is %s', async (z, outcome) => {
  for (const file of [xlsx(book({ v: 1_200_000, z })), xls(book({ v: 1_200_000, z }))]) {
    const revenue = await revenueIn(file);
    if (outcome === 'yuan') expect(revenue).toBe(1_200_000);
    else expect(revenue).toMatch(/^refused: 金额为外币（/);
  }
});

test('an amount times its unit is exact, wherever the unit stands', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 99_999 }),
      fc.constantFrom(...Object.entries(units)),
      fc.constantFrom(...Object.values(places)),
      async (amount, [unit, exponent], place) => {
        expect(await revenueIn(list(String(amount), place(unit)))).toBe(Number(`${amount}e${exponent}`));
      },
    ),
    { numRuns: 60 },
  );
});

test.each([
  ['收入', '元', 120],
  ['收入', '万元', 1_200_000],
  ['收入', '人民币', 120],
  ['收入', '', 120],
  ['收入（万元）', '人民币', 1_200_000],
  ['收入（万元）', 'CNY', 1_200_000],
  ['收入（万元）', '万元', 1_200_000],
  ['收入（万元）', '', 1_200_000],
  ['收入（万元）', '元', '多种写法'],
  ['收入（万元）', '亿元', '多种写法'],
  ['收入（万元）', '美元', '外币'],
  ['收入', '美元', '外币'],
  ['收入', '万', '无法确定“万”'],
  ['收入', '吨', '无法确定“吨”'],
  ['收入', '台', '无法确定“台”'],
  ['收入', '浦东新区科经委', '无法确定“浦东新区科经委”'],
  ['收入（万元）', '吨', '无法确定“吨”'],
])('under %s with %j in the column 单位 an amount is %s', async (header, column, outcome) => {
  const revenue = await revenueIn(list('120', { header, column }));
  if (typeof outcome === 'number') expect(revenue).toBe(outcome);
  else expect(revenue).toContain(outcome);
  if (outcome !== '外币') expect(await revenueIn(list('120万元', { header, column }))).toBe(1_200_000);
});
