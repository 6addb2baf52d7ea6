import { expect, test } from 'vitest';
import { choice, enterprises, integer, shaped, text, yesNo } from '../../domain/field.ts';
import { district } from '../../domain/places.ts';
import { goalSchema } from '../../domain/registers/plans.ts';
import { cellValue, dayIn, visible } from '../../src/imports/cells.ts';

test.each([
  '2020-09-27',
  '2020/9/27',
  '2020.09.27',
  '20200927',
  '2020年9月27日',
  '２０２０－０９－２７',
  ' 2020-9-27 ',
])('%s is 27 September 2020', (cell) => expect(dayIn(cell)).toBe('2020-09-27'));

test.each(['2020-02-30', '2020-13-01', '27/9/2020', '去年', '20209', '44101'])('%s is no day', (cell) =>
  expect(dayIn(cell)).toBeUndefined(),
);

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
