import { expect, test } from 'vitest';
import { choice, enterprises, integer, shaped, text, yesNo, yuan } from '../../domain/field.ts';
import { district } from '../../domain/places.ts';
import { goalSchema } from '../../domain/registers/plans.ts';
import { cellValue, damageTo, dayIn, isEmpty, unreadable, visible } from '../../src/imports/reading/cells.ts';
import { unitOfHead, unitOfTable } from '../../src/imports/reading/money.ts';
import { dayOfSerial, showsDays } from '../../src/spreadsheets/serial-days.ts';
import type { Cell } from '../../src/spreadsheets/sheet.ts';

test.each([
  '2020-09-27',
  '2020/9/27',
  '2020.09.27',
  '20200927',
  '2020年9月27日',
  '２０２０－０９－２７',
  ' 2020-9-27 ',
  '2020 年 9 月 27 日',
  '2020年9月27号',
  '2020-09-27 00:00:00',
  '2020/9/27 23:59',
  '2020年9月27日 23时59分59秒',
  '2020-09-26T16:00:00Z',
  '2020-09-27T15:59:59.999Z',
  '2020-09-26T19:00:00-05:00',
  '2020-09-27 23:59:59 +0800',
  '44101',
  '44101.99999',
])('%s is 27 September 2020', (cell) => expect(dayIn(cell)).toBe('2020-09-27'));

test.each([
  '2020-02-30',
  '2020-13-01',
  '27/9/2020',
  '去年',
  '20209',
  '2020年9月',
  '32000',
  '80000',
  '2020/9-27',
  '2020-09-27T00:00:00+99:00',
])('%s is no day', (cell) => expect(dayIn(cell)).toBeUndefined());

test('numbers may be full-width and have commas between thousands, and nothing else beside them', () => {
  const field = integer(0, 1e9, '数', 'Number');
  expect(cellValue(field, '1,200,000')).toBe(1_200_000);
  expect(cellValue(field, '４２')).toBe(42);
  expect(cellValue(field, '9.5')).toBe(9.5);
  for (const cell of ['9.13E+17', '12万', '1,2', '约 5', '']) expect(cellValue(field, cell)).toBeUndefined();
});

test('yes and no are understood in both languages', () => {
  const field = yesNo('是否', 'Whether');
  for (const cell of ['是', '有', 'Yes', 'TRUE', '１', '√']) expect(cellValue(field, cell)).toBe(true);
  for (const cell of ['否', '无', 'no', 'False', '0', '×']) expect(cellValue(field, cell)).toBe(false);
  expect(cellValue(field, '也许')).toBeUndefined();
});

test('one of a list is understood by its name, its title in either language, and a district by its short form', () => {
  for (const cell of ['pudong', '浦东新区', '浦东', 'Pudong New Area', 'PUDONG'])
    expect(cellValue(district, cell)).toBe('pudong');
  expect(cellValue(district, '苏州')).toBeUndefined();
  const level = choice({ national: { zh: '国家标准', en: 'National' } }, '级别', 'Level');
  expect(cellValue(level, '国家标准')).toBe('national');
});

test('codes are parted by commas, semicolons or white space; what has a shape of its own is JSON', () => {
  const leads = enterprises('牵头单位', 'Leads');
  expect(cellValue(leads, '91310000132260250X、914403001922038216；')).toEqual([
    '91310000132260250X',
    '914403001922038216',
  ]);
  const goal = shaped(goalSchema, '目标值', 'Goal');
  expect(cellValue(goal, '{"min":100}')).toEqual({ min: 100 });
  expect(cellValue(goal, '100 个')).toBeUndefined();
});

test('zero-width characters and outer white space are not part of a text', () => {
  expect(visible('\u200B 康桥\uFEFF工厂 ')).toBe('康桥工厂');
  expect(cellValue(text('名称', 'Name'), '康桥\u200D工厂')).toBe('康桥工厂');
});

test('amounts are whole yuan, whatever unit their cell, their head or their table gives', () => {
  const revenue = yuan('收入（元）', 'Revenue in yuan', '收入');
  const read = (cell: Cell, power = 0) => cellValue(revenue, cell, { date1904: false, power });
  for (const cell of [
    '1.2亿元',
    '１．２亿',
    '12,000万元',
    '120 百万元',
    '￥120,000,000',
    '120000000元',
    '120 million yuan',
  ])
    expect(read(cell), cell).toBe(120_000_000);
  expect(read(1.1, 4)).toBe(11_000);
  expect(read(0.1 + 0.2, 8)).toBe(30_000_000);
  expect(read('3,500', 4)).toBe(35_000_000);
  expect(read('1.2亿元', 4)).toBe(120_000_000);
  expect(read('3500元', 4)).toBe(3_500);
  for (const cell of ['约500万', '500万美元', '-5万', '1,2万', '万元', '']) expect(read(cell), cell).toBeUndefined();
});

test('heads give the unit of their amounts, and so does a line above the table', () => {
  expect(unitOfHead('收入(万元)')).toEqual({ base: '收入', power: 4 });
  expect(unitOfHead('投资额/亿元')).toEqual({ base: '投资额', power: 8 });
  expect(unitOfHead('合同额(单位:千元)')).toEqual({ base: '合同额', power: 3 });
  expect(unitOfHead('revenueinmillionyuan')).toEqual({ base: 'revenue', power: 6 });
  expect(unitOfHead('revenue(100millioncny)')).toEqual({ base: 'revenue', power: 8 });
  expect(unitOfHead('收入(万美元)')).not.toMatchObject({ base: '收入' });
  expect(unitOfHead('收入')).toBeUndefined();
  expect(unitOfTable('制表:市经信委单位:万元')).toBe(4);
  expect(unitOfTable('单位:元')).toBe(0);
  expect(unitOfTable('申报单位名单')).toBeUndefined();
  expect(unitOfTable('填报单位:万元科技有限公司')).toBeUndefined();
});

test('the days of both systems are arithmetic, up to the millisecond before midnight', () => {
  expect(dayOfSerial(44_101, false)).toBe('2020-09-27');
  expect(dayOfSerial(44_101 - 1_462, true)).toBe('2020-09-27');
  expect(dayOfSerial(44_101 + 86_399_999 / 86_400_000, false)).toBe('2020-09-27');
  expect(dayOfSerial(44_101 + 86_399 / 86_400, false)).toBe('2020-09-27');
  expect(dayOfSerial(44_100.99999999999, false)).toBe('2020-09-27');
  expect(dayOfSerial(1, false)).toBe('1900-01-01');
  expect(dayOfSerial(59, false)).toBe('1900-02-28');
  expect(dayOfSerial(60, false)).toBeUndefined();
  expect(dayOfSerial(61, false)).toBe('1900-03-01');
  expect(dayOfSerial(0.5, false)).toBeUndefined();
  expect(dayOfSerial(1e12, false)).toBeUndefined();
});

test('number formats that show a day are told from those that show a number', () => {
  for (const format of ['yyyy-mm-dd', 'yyyy"年"m"月"d"日"', '[$-804]yyyy/m/d;@', 'm/d/yy h:mm', '[h]:mm'])
    expect(showsDays(164, format), format).toBe(true);
  for (const format of ['General', '0.00', '#,##0"元 day"', '[Red]0', '0\\d', '@', '0;[Red]"d"'])
    expect(showsDays(164, format), format).toBe(false);
  for (const id of [14, 22, 31, 57]) expect(showsDays(id, undefined)).toBe(true);
  for (const id of [0, 1, 9, 37, 49]) expect(showsDays(id, undefined)).toBe(false);
});

test('what a spreadsheet has done to a code is told, and a code that it has left alone is not suspected', () => {
  const told = (cell: Cell, length?: number) => damageTo(cell, length)?.en;
  for (const cell of ['9.13E+17', '１.２３Ｅ＋１７', '9.13E17', 913100001322602500, '913100001322602000'])
    expect(told(cell, 18), String(cell)).toContain('turned into a number');
  expect(told('91310000132260250', 18)).toContain('fewer than 18 digits');
  expect(told('91310000132260250X', 18)).toBeUndefined();
  expect(told(12)).toContain('turned into a number');
  expect(told('0012')).toBeUndefined();
  expect(told('T1E5')).toBeUndefined();
});

test('errors and formulas without their values are no values, and a text with a sign before it is one', () => {
  for (const cell of [
    '#N/A',
    '#REF!',
    '########',
    '=A1&B1',
    '+SUM(A1)',
    '-A1',
    '@SUM(A1)',
    '+1+1',
    { unreadable: '#N/A' },
  ] as const)
    expect(unreadable(cell), String(cell)).toBeDefined();
  for (const cell of ['-', '+86', '@某公司', '-2', 'A=B', '#1 车间']) expect(unreadable(cell), cell).toBeUndefined();
});

test('a cell of nothing but a dash is empty', () => {
  for (const cell of ['', ' ', '-', '——', '/', '\u200B', undefined]) expect(isEmpty(cell)).toBe(true);
  for (const cell of ['0', 0, '无', { unreadable: '#N/A' }]) expect(isEmpty(cell)).toBe(false);
});
