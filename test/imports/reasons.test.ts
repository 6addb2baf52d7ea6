import { expect, test } from 'vitest';
import type { Register } from '../../domain/register.ts';
import { factories } from '../../domain/registers/factories.ts';
import { registerNamed } from '../../domain/registers/index.ts';
import { suppliers } from '../../domain/registers/suppliers.ts';
import { openFile } from '../../src/imports/reading/file.ts';
import { rowsOf } from '../../src/imports/reading/kept-table.ts';
import { newFile } from '../spreadsheets/files.ts';
import { csv } from './spreadsheet.ts';

/** Why rows and files are refused is true, and says what would be taken. */

const said = async (register: Register, command: string, content: string, sheet?: string): Promise<unknown> => {
  const kind = register.factOf.get(command);
  if (kind === undefined) throw new Error(`no ${command}`);
  const table = newFile();
  const request = { register, kind, path: newFile(content), sheet, set: {} };
  const opened = await openFile(request, table);
  if ('fault' in opened) return opened.fault;
  const [row] = await Array.fromAsync(rowsOf(table, request), ({ read }) => read('2021-06-15'));
  return row !== undefined && 'faults' in row
    ? row.faults.map(({ header, reason }) => [header, reason.zh, reason.en])
    : row;
};

const headers = ['编号', '供应商名称', '规模', '认定日期', '营业收入（万元）'];
const supplier = (changes: Readonly<Record<number, string>>) =>
  csv(
    headers,
    ['a', '甲公司', '10亿元', '2020-09-27', '120'].map((cell, index) => changes[index] ?? cell),
  );

test.each([
  ['12.00001', '“12.00001”合 120000.1 元', 'is 120000.1 yuan'],
  ['0.5元', '“0.5元”合 0.5 元', 'is 0.5 yuan'],
  ['-5', '请填写一个金额，如 1200000 或 120万元', 'enter one amount'],
  ['约120', '请填写一个金额', 'enter one amount'],
])('the amount %s is refused in yuan', async (amount, zh, en) => {
  expect(await said(suppliers, 'designate', supplier({ 4: amount }))).toEqual([
    ['营业收入（万元）', expect.stringContaining(zh), expect.stringContaining(en)],
  ]);
});

test.each([
  ['得分', '甲等', '请填写 0 至 100 的数字'],
  ['得分', '101', '不得大于 100'],
  ['备注', 'x'.repeat(2_001), '最多 2000 个字符'],
])('under %s the cell %.5s is refused with what would be taken', async (header, cell, reason) => {
  const list = csv(['编号', '评审组', '评估日期', header], ['kq-1', '一组', '2020-09-27', cell]);
  expect(await said(factories, 'assess', list)).toEqual([
    [header, expect.stringContaining(reason), expect.stringMatching(/enter|at most/i)],
  ]);
});

test('yes or no says what it takes, and a member given twice that it is', async () => {
  const list = csv(
    ['编号', '工厂名称', '行业', '区', '推荐日期', '临港'],
    ['a', '甲厂', '汽车', '浦东', '2020-09-27', '也许'],
  );
  expect(await said(factories, 'nominate', list)).toEqual([
    ['临港', '“也许”不是此列的有效值；请填写是或否', expect.stringContaining('enter yes or no')],
  ]);
  const plans = registerNamed('plans');
  if (plans === undefined) throw new Error('no plans');
  const twice = csv(['编号', '计划名称', '日期'], ['p', '{"zh":"甲","en":"A","zh":"乙"}', '2020-09-27']);
  expect(await said(plans, 'amend', twice)).toEqual(
    expect.arrayContaining([
      ['计划名称', expect.stringContaining('“zh”出现两次'), expect.stringContaining('“zh” twice')],
    ]),
  );
});

test.each(['，', '|', '；', '、', '｜'])(
  'headers separated by %s are refused with what would be read',
  async (separator) => {
    const list = supplier({}).replaceAll(',', separator);
    expect(await said(suppliers, 'designate', list)).toMatchObject({
      zh: expect.stringContaining(`表头似以“${separator}”分隔`),
      en: expect.stringContaining(`begin the file with the line sep=${separator}`),
    });
    expect(await said(suppliers, 'designate', `sep=${separator}\n${list}`)).toMatchObject({ key: 'a' });
  },
);

test('a CSV has no sheet to choose', async () => {
  expect(await said(suppliers, 'designate', supplier({}), 'Sheet1')).toEqual({
    zh: 'CSV 文件没有工作表；请不要指定 sheet',
    en: 'A CSV has no sheets; leave sheet out',
  });
});
