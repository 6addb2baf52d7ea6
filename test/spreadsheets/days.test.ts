import { expect, test } from 'vitest';
import { dayIn } from '../../src/spreadsheets/days.ts';
import { dayOfSerial, showsDays } from '../../src/spreadsheets/serial-days.ts';

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
])('%s is not a day', (cell) => expect(dayIn(cell)).toBeUndefined());

test('serial days of both systems are days up to the millisecond before midnight', () => {
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

test('number formats that show a day are told apart from those that show a number', () => {
  for (const format of ['yyyy-mm-dd', 'yyyy"年"m"月"d"日"', '[$-804]yyyy/m/d;@', 'm/d/yy h:mm', '[h]:mm'])
    expect(showsDays(164, format), format).toBe(true);
  for (const format of ['General', '0.00', '#,##0"元 day"', '[Red]0', '0\\d', '@', '0;[Red]"d"'])
    expect(showsDays(164, format), format).toBe(false);
  for (const id of [14, 22, 31, 57]) expect(showsDays(id, undefined)).toBe(true);
  for (const id of [0, 1, 9, 37, 49]) expect(showsDays(id, undefined)).toBe(false);
});
