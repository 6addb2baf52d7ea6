import { afterAll, beforeAll, expect, test } from 'vitest';
import { startServer, type TestServer } from '../http/server.ts';
import { csv, imported, post } from './spreadsheet.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.close());

const supplier = ['供应商名称', '规模', '营业收入（万元）', '认定日期'];
const plan = ['编号', '计划名称', '开始日期', '结束日期', '重点行业', '核心区', '产业带', '目标', '发布日期'];
const planRow = (title: string, sectors: string, targets: string) => [
  'p',
  title,
  '2022-01-01',
  '2025-12-31',
  sectors,
  'lingang',
  '闵行',
  targets,
  '2022-01-01',
];
const title = '{"zh":"甲","en":"A"}';

/** A row of a list, the column at fault, and what its reason says in Chinese and in English. */
const rows: readonly (readonly [
  register: string,
  command: string,
  headers: readonly string[],
  row: readonly string[],
  column: string,
  zh: string,
  en: string,
])[] = [
  [
    'suppliers',
    'designate',
    supplier,
    ['甲', '10亿元', '', '2020-12-22'],
    '营业收入（万元）',
    '缺少营业收入（万元）',
    'Revenue',
  ],
  [
    'suppliers',
    'designate',
    supplier,
    ['甲', '10亿元', '12.00001', '2020-12-22'],
    '营业收入（万元）',
    '“12.00001”合 120000.1 元；金额须为整数元',
    '“12.00001” is 120000.1 yuan; an amount must be in whole yuan',
  ],
  [
    'suppliers',
    'designate',
    supplier,
    ['甲', '10亿元', '1000000000000', '2020-12-22'],
    '营业收入（万元）',
    '“1000000000000”过大；金额最多 9007199254740991 元，请核对单位',
    '“1000000000000” is too much; an amount is at most 9007199254740991 yuan, so check its unit',
  ],
  ['suppliers', 'designate', supplier, ['甲', '10亿元', '12', ''], '认定日期', '缺少认定日期', 'is missing'],
  [
    'factories',
    'nominate',
    ['工厂名称', '区', '行业', '推荐日期', '备注'],
    ['甲', '浦东', '汽车', '2020-01-01', '长'.repeat(2_001)],
    '备注',
    '最多 2000 个字符',
    'At most 2000 characters',
  ],
  [
    'factories',
    'nominate',
    ['工厂名称', '区', '行业', '推荐日期', '来源'],
    ['甲', '浦东', '汽车', '2020-01-01', '长'.repeat(501)],
    '来源',
    '最多 500 个字符',
    'At most 500 characters',
  ],
  [
    'factories',
    'nominate',
    ['工厂名称', '区', '行业', '推荐日期', '信用代码'],
    ['甲', '浦东', '汽车', '2020-01-01', '91310000132260250X'],
    '信用代码',
    '在当日尚未登记，或已退出',
    'is not on record on that date, or holds no longer',
  ],
  [
    'criteria',
    'publish',
    ['标准号', '标准名称', '级别', '发布日期'],
    ['沪Q 5', '甲', '国家标准', '2020-10-11'],
    '标准号',
    '无法由“沪Q 5”得出有效的编号',
    'No valid Key can be made from “沪Q 5”',
  ],
  [
    'plans',
    'adopt',
    plan,
    planRow(title, '["汽车"]', '[]'),
    '重点行业',
    '多项以顿号或分号分隔',
    'separate several with semicolons',
  ],
  [
    'plans',
    'adopt',
    plan,
    planRow('{"zh":"甲"}', '汽车', '[]'),
    '计划名称',
    '请填写 JSON，如 {"zh":',
    'enter JSON such as {"zh":',
  ],
  ['plans', 'adopt', plan, planRow('{"zh":"甲"}', '汽车', '[]'), '计划名称', 'en 必填', 'en Required'],
  [
    'plans',
    'adopt',
    plan,
    planRow('计划甲', '汽车', '[]'),
    '计划名称',
    '请填写 JSON，如 {"zh":',
    'enter JSON such as {"zh":',
  ],
  [
    'plans',
    'adopt',
    plan,
    planRow(title, '汽车', '10家'),
    '目标',
    '请填写 JSON，如 [{"id":',
    'enter JSON such as [{"id":',
  ],
  [
    'plans',
    'revise',
    ['编号', '目标编号', '目标值', '日期'],
    ['shanghai-2019-2021', 'criteria', '60', '2020-01-01'],
    '目标值',
    '请填写 JSON，如 {"min":',
    'enter JSON such as {"min":',
  ],
  [
    'enterprises',
    'enroll',
    ['信用代码', '企业名称', '行业', '区', '日期'],
    ['913100001322602500', '丙', '汽车', '浦东', '2020-01-01'],
    '信用代码',
    '请在“代码经核实无误”填“是”',
    'enter yes under “Code confirmed”',
  ],
];

test.each(rows)(
  '%s %s: the reason says what would be taken, in the words of the list: %#',
  async (register, command, headers, row, column, zh, en) => {
    const role = register === 'plans' ? 'admin' : 'clerk';
    const done = await imported(server, register, csv(headers, row), { query: `command=${command}&dryRun=true`, role });
    const token = await server.token('clerk');
    for (const [language, says] of [
      ['zh', zh],
      ['en', en],
    ] as const) {
      const { json } = await server.get(`/api/v1/imports/${done.id}`, {
        token,
        headers: { 'accept-language': language },
      });
      const fault = json.import.refusals[0].faults.find((each: { header: string }) => each.header === column);
      expect(fault.reason).toContain(says);
      expect(fault.reason).not.toMatch(/codeConfirmed|true/);
    }
  },
);

test.each([
  ['区，行业，推荐日期，工厂名称\n浦东，汽车，2020-12-22，甲\n', '', '表头似以“，”分隔'],
  ['区|行业|推荐日期|工厂名称\n浦东|汽车|2020-12-22|甲\n', '', '表头似以“|”分隔'],
  ['区,行业,推荐日期,工厂名称\n浦东,汽车,2020-12-22,甲\n', '?sheet=名单', 'CSV 文件没有工作表；请不要指定 sheet'],
])('a file that cannot be read as it is says why: %#', async (text, query, says) => {
  const { status, json } = await post(server, 'factories', text, { query: query.slice(1) });
  expect({ status, message: json.errors[0].message }).toEqual({ status: 400, message: expect.stringContaining(says) });
});
