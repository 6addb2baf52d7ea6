import { expect, test } from 'vitest';
import { choice, choices, enterprises, integer, shaped, text, yesNo, yuan } from '../../domain/field.ts';
import { district, districts } from '../../domain/places.ts';
import { goalSchema } from '../../domain/registers/plans.ts';
import { cellValue, isEmpty, unreadable, visible } from '../../src/imports/reading/cells.ts';
import { damageTo } from '../../src/imports/reading/codes.ts';
import type { Cell } from '../../src/spreadsheets/sheet.ts';

test('numbers may be full-width and have commas between thousands, but nothing else with them', () => {
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

test('an option is understood by its name or its title in either language, a district also by its short form', () => {
  for (const cell of ['pudong', '浦东新区', '浦东', 'Pudong New Area', 'PUDONG'])
    expect(cellValue(district, cell)).toBe('pudong');
  expect(cellValue(district, '苏州')).toBeUndefined();
  const level = choice({ national: { zh: '国家标准', en: 'National' } }, '级别', 'Level');
  expect(cellValue(level, '国家标准')).toBe('national');
});

test('some of a list are given by their titles, and none of another', () => {
  const belt = choices(districts, '产业带', 'Belt');
  expect(cellValue(belt, '浦东新区、闵行区；Jiading, songjiang')).toEqual([
    'pudong',
    'minhang',
    'jiading',
    'songjiang',
  ]);
  expect(cellValue(belt, '浦东新区、苏州')).toBeUndefined();
});

test('codes are separated by commas, semicolons or white space; a field with a shape of its own is JSON', () => {
  const leads = enterprises('牵头单位', 'Leads');
  expect(cellValue(leads, '91310000132260250X、914403001922038216；')).toEqual([
    '91310000132260250X',
    '914403001922038216',
  ]);
  const goal = shaped('range', goalSchema, '目标值', 'Goal');
  expect(cellValue(goal, '{"min":100}')).toEqual({ min: 100 });
  expect(cellValue(goal, '100 个')).toBeUndefined();
});

test('zero-width characters and outer white space are not part of a text', () => {
  expect(visible('\u200B 康桥\uFEFF工厂 ')).toBe('康桥工厂');
  expect(cellValue(text('名称', 'Name'), '康桥\u200D工厂')).toBe('康桥工厂');
});

test('amounts are whole yuan, whatever unit their cell, header or table gives', () => {
  const revenue = yuan('收入（元）', 'Revenue in yuan', '收入');
  const read = (cell: Cell, exponent = 0) => cellValue(revenue, cell, { date1904: false, unit: { exponent } });
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

test('a code that a spreadsheet has damaged is recognised, and one that it has left alone is not suspected', () => {
  const damage = (cell: Cell, length?: number) => damageTo(cell, length)?.en;
  for (const cell of ['9.13E+17', '１.２３Ｅ＋１７', '9.13E17', 913100001322602500, '913100001322602000'])
    expect(damage(cell, 18), String(cell)).toContain('turned into a number');
  expect(damage('91310000132260250', 18)).toContain('fewer than 18 digits');
  expect(damage('91310000132260250X', 18)).toBeUndefined();
  expect(damage(12)).toContain('turned into a number');
  expect(damage('0012')).toBeUndefined();
  expect(damage('T1E5')).toBeUndefined();
});

test('errors and formulas without their values are not values, but a text that begins with a sign is one', () => {
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

test('a cell with only a dash is empty', () => {
  for (const cell of ['', ' ', '-', '——', '/', '\u200B', undefined]) expect(isEmpty(cell)).toBe(true);
  for (const cell of ['0', 0, '无', { unreadable: '#N/A' }]) expect(isEmpty(cell)).toBe(false);
});

test('a cell of JSON that gives a member twice is no value, as over REST', () => {
  const field = shaped('range', goalSchema, '目标', 'Targets');
  for (const cell of ['{"min":2,"max":4,"max":5}', String.raw`{"a":{"zh":"一","z\u0068":"二"}}`])
    expect(cellValue(field, cell)).toBeUndefined();
  expect(cellValue(field, '{"min":2,"max":4}')).toEqual({ min: 2, max: 4 });
});
