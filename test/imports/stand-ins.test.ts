import fc from 'fast-check';
import { expect, test } from 'vitest';
import { standInFault } from '../../src/imports/reading/stand-ins.ts';
import { csvRecords } from '../../src/spreadsheets/csv.ts';
import { dayIn } from '../../src/spreadsheets/days.ts';
import { SheetFault } from '../../src/spreadsheets/sheet.ts';

test.each([
  ['同上', '与上一行相同'],
  ['〃', '与上一行相同'],
  ['″', '与上一行相同'],
  [' 同上 ', '与上一行相同'],
  ['无', '没有内容'],
  ['NULL', '没有内容'],
  ['N/A', '没有内容'],
  ['ｎ／ａ', '没有内容'],
  ['暂无', '没有内容'],
  ['待定', '没有内容'],
  ['nan', '没有内容'],
  ['NaN', '没有内容'],
  ['<NA>', '没有内容'],
  ['NaT', '没有内容'],
  ['None', '没有内容'],
  ['(null)', '没有内容'],
  ['(空白)', '没有内容'],
  ['[空]', '没有内容'],
  ['undefined', '没有内容'],
  ['\\N', '没有内容'],
  ['不详', '没有内容'],
  ['未知', '没有内容'],
  ['略', '没有内容'],
  ['不适用', '没有内容'],
  ['待补充', '没有内容'],
  ['（空）', '没有内容'],
  ['?????', '损坏'],
  ['上海?芯工厂', '损坏'],
  ['锟斤拷锟斤拷', '损坏'],
  ['åº·æ¡¥å·¥åŽ‚', '损坏'],
  ['□□工厂', '损坏'],
  ['涓婃捣', '损坏'],
  ['搴锋ˉ宸ュ巶', '损坏'],
  ['涓婃捣鑱斿奖鍖荤枟绉戞妧', '损坏'],
  ['MEB鏅鸿兘宸ュ巶', '损坏'],
  ['&#24247;&#26725;工厂', '损坏'],
  ['A&amp;B工厂', '损坏'],
  ['%E5%BA%B7工厂', '损坏'],
  [String.raw`\u5eb7\u6865工厂`, '损坏'],
  ['康桥\uFFFD厂', '损坏'],
])('the text %j is no name: %s', (text, reason) => {
  expect(standInFault(text, text)?.zh).toContain(reason);
});

test.each([
  '康桥工厂',
  '联通',
  '鑫鑫鑫机械厂',
  '上海鑫淼焱垚有限公司',
  '懿德堃钰（上海）',
  'A&B 工厂',
  'Who’s next? 上海',
  '无锡工厂',
  '同上一厂',
  'Café é à la crème',
  '100% 工厂',
  'Nullmax 公司',
  'Nano 公司',
  '空间电源研究所',
  '略阳厂',
  '-',
])('the text %j may be a name', (text) => {
  expect(standInFault(text, text)).toBeUndefined();
});

test('no name of a public list is taken for damaged', () => {
  const common = '上海市浦东新区张江高科技园区华虹宏力半导体制造有限公司中芯国际集成电路鑫森淼焱垚懿堃钰铄瑾琛';
  const names = fc.string({ unit: fc.constantFrom(...common), minLength: 4, maxLength: 12 });
  fc.assert(fc.property(names, (name) => standInFault(name, name) === undefined));
});

test.each([
  '2020-12-22 10:00-12:00',
  '2020年12月22日 9:00–11:00',
  '2020-12-22 8:00-09:00',
  '2020-12-22 14:00-0500',
  '2020-12-22 13:00 PM',
])('the text %j is a span or no time, so it is no day', (text) => {
  expect(dayIn(text)).toBeUndefined();
});

test('an instant with a zone west of Greenwich is still a day', () => {
  expect(dayIn('2020-09-26T19:00-05:00')).toBe('2020-09-27');
  expect(dayIn('2020-09-26 19:00:00 -0500')).toBe('2020-09-27');
});

test('a quotation mark that is not closed is told by its line, in Chinese without English words', async () => {
  const error: unknown = await Array.fromAsync(csvRecords(['a,b\n1,2\n"3,4\n'])).catch((fault: unknown) => fault);
  if (!(error instanceof SheetFault)) throw new Error('was read');
  expect(error.message).toContain('line 3');
  expect(JSON.stringify(error)).not.toMatch(/parsing/);
});
