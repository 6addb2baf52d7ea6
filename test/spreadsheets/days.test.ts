import fc from 'fast-check';
import { expect, test } from 'vitest';
import { addDays } from '../../domain/calendar.ts';
import { dayFormatOf } from '../../src/spreadsheets/day-formats.ts';
import { dayIn } from '../../src/spreadsheets/days.ts';
import { dayOfSerial } from '../../src/spreadsheets/serial-days.ts';

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
  '2020年9月27日星期日',
  '2020年9月27日（周日） 9:05',
  '2020-09-27 礼拜天',
  '2020-9-27 上午 9:05',
  '2020-9-27 上午0:05',
  '2020年9月27日下午11时59分59秒',
  '2020-9-27 下午 15:30',
  '2020/9/27 9:05:00 PM',
  '2020/9/27 12:00 a.m.',
  '2020-09-27 24:00',
  '2020-09-27T24:00:00.000',
  '二〇二〇年九月二十七日',
  '二零二零年九月二十七日',
  '二○二○年九月二十七号 9:05',
  '2020‑09‑27',
  '2020–09–27',
  '2020—09—27',
  '2020−09−27',
  '2020-09-27+08:00',
  '2020-09-27T24:00+08:00',
  '2020-09-26 16:00:00 UTC',
  '2020-09-26T24:00:00Z',
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
  '2020-09-27 25:61',
  '2020-09-27 24:01',
  '2020-09-27 24:00:00.5',
  '2020-09-27 23:60',
  '2020-09-27 23:59:60',
  '2020-09-27 13:00 AM',
  '2020-09-27 上午 9:05 PM',
  '2020-09-27 下午 24:00',
  '2020年9月27日星期一',
  '2020-09-27Z',
  '2020-09-27-05:00',
  '2020-09-279:05',
  '1989-12-31',
  '0202-09-27',
  '1980年9月27日',
  '一九八九年十二月三十一日',
  '1989-12-31T15:59:59Z',
  '32873',
  '二〇二〇年十三月一日',
  '二〇二〇年二月三十日',
  '二〇二〇年二十月一日',
  '二〇二〇年九月二七日',
])('%s is not a day', (cell) => expect(dayIn(cell)).toBeUndefined());

const inChinese = (number: number): string => {
  const numerals = '〇一二三四五六七八九';
  const tens = ['', '十', '二十', '三十'][Math.floor(number / 10)] ?? '';
  return number % 10 === 0 ? tens : `${tens}${numerals[number % 10]}`;
};

/** A day in each form that is understood. */
const formsOf = (day: string): readonly string[] => {
  const [year = '', month = '', date = ''] = day.split('-');
  const [m, d] = [Number(month), Number(date)];
  const weekday = '日一二三四五六'[new Date(day).getUTCDay()];
  const serial = 25_569 + Date.parse(day) / 86_400_000;
  return [
    ...[day, `${year}/${m}/${d}`, `${year}.${month}.${date}`, `${year}${month}${date}`, `${year}年${m}月${d}日`],
    ...[`${year}–${month}–${date}`, `${year}年${m}月${d}日星期${weekday}`, `${day} 24:00`, `${day} 下午 11:59`],
    ...[`${day}T00:00:00+08:00`, `${addDays(day, -1)}T16:00:00Z`, `${addDays(day, -1)} 22:30:00 +06:00`],
    `${[...year].map((digit) => '〇一二三四五六七八九'[Number(digit)]).join('')}年${inChinese(m)}月${inChinese(d)}日`,
    ...[String(serial), String(serial + 0.75)],
  ];
};

test('any day from 1990 on is that day in every form that is understood, and any earlier day in none', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 40_000 }), (count) => {
      const day = addDays('1990-01-01', count);
      for (const form of formsOf(day)) expect(dayIn(form), form).toBe(day);
    }),
  );
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 32_000 }), (count) => {
      for (const form of formsOf(addDays('1990-01-01', -count))) expect(dayIn(form), form).toBeUndefined();
    }),
  );
});

test('serial days of both systems are days up to the last instant before midnight', () => {
  expect(dayOfSerial(44_101, false)).toBe('2020-09-27');
  expect(dayOfSerial(44_101 - 1_462, true)).toBe('2020-09-27');
  expect(dayOfSerial(44_101 + 86_399_999 / 86_400_000, false)).toBe('2020-09-27');
  expect(dayOfSerial(44_101 + 86_399 / 86_400, false)).toBe('2020-09-27');
  expect(dayOfSerial(44_101.99999999999, false)).toBe('2020-09-27');
  expect(dayOfSerial(44_100.99999999999, false)).toBe('2020-09-26');
  expect(dayOfSerial(1, false)).toBe('1900-01-01');
  expect(dayOfSerial(59, false)).toBe('1900-02-28');
  expect(dayOfSerial(60, false)).toBeUndefined();
  expect(dayOfSerial(61, false)).toBe('1900-03-01');
  expect(dayOfSerial(0.5, false)).toBeUndefined();
  expect(dayOfSerial(1e12, false)).toBeUndefined();
});

test('number formats that show a day are told apart from those that show a number', () => {
  for (const format of [
    'yyyy-mm-dd',
    'yyyy"年"m"月"d"日"',
    '[$-804]yyyy/m/d;@',
    'm/d/yy h:mm',
    '[h]:mm',
    '[h]',
    'aaaa',
  ])
    expect(dayFormatOf(164, format), format).toBeDefined();
  for (const format of [
    'General',
    '0.00',
    '#,##0"元 day"',
    '[Red]0',
    '0\\d',
    '@',
    '0;[Red]"d"',
    '0.00E+00',
    'General"年"',
    '[DBNum1]General',
  ])
    expect(dayFormatOf(164, format), format).toBeUndefined();
  for (const id of [14, 22, 31, 57]) expect(dayFormatOf(id)).toBeDefined();
  for (const id of [0, 1, 9, 37, 49]) expect(dayFormatOf(id)).toBeUndefined();
});
