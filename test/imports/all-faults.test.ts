import { afterAll, beforeAll, expect, test } from 'vitest';
import { registers } from '../../domain/registers/index.ts';
import { start } from '../../src/store/event-store.ts';
import { startServer, type TestServer } from '../http/server.ts';
import { csv, imported } from './spreadsheet.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.close());

test('all that is wrong with a row is told at once, each with its column, header, value and reason', async () => {
  const headers = ['编号', '工厂名称', '行业', '区', '认定日期', '等级'];
  const text = csv(headers, ['不是编号', '甲'.repeat(501), '渔业', '浦东', '2020-02-30', '']);
  const done = await imported(server, 'factories', text, { query: 'command=certify' });
  const [{ line, faults }] = done.refusals;
  expect(line).toBe(2);
  const places = faults.map(({ column, header, value }: Record<string, unknown>) => [column, header, value]);
  expect(places.sort()).toEqual([
    [1, '编号', '不是编号'],
    [2, '工厂名称', `${'甲'.repeat(60)}…`],
    [3, '行业', '渔业'],
    [5, '认定日期', '2020-02-30'],
    [6, '等级', ''],
  ]);
  for (const { reason } of faults) expect(reason).toMatch(/\w/);
});

const enterprise = ['统一社会信用代码', '企业名称', '区', '行业', '入库日期', '是否位于临港', '代码经核实无误', '佐证'];
const factory = ['编号', '工厂名称', '企业代码', '区', '行业', '推荐日期', '是否位于临港'];
const enrolled = '91310000132260250X';
const wrong = '91310000132260250A';

/** A row, and for each of its faults the column and a word of the reason. */
type Case = readonly [
  register: string,
  command: string,
  headers: readonly string[],
  row: readonly string[],
  faults: readonly (readonly [string | null, string])[],
];

const cases: readonly Case[] = [
  [
    'enterprises',
    'enroll',
    enterprise,
    [wrong, '错码一', '嘉定', '汽车', '2020-12-22', '是', '', ''],
    [
      ['统一社会信用代码', 'enter yes under “Code confirmed”'],
      ['是否位于临港', 'Lingang is part of Pudong'],
    ],
  ],
  [
    'enterprises',
    'enroll',
    enterprise,
    [wrong, '错码二', '嘉定', '渔业', '2020-12-22', '是', '', ''],
    [
      ['行业', '渔业'],
      ['统一社会信用代码', 'fails its check'],
      ['是否位于临港', 'Lingang'],
    ],
  ],
  [
    'enterprises',
    'enroll',
    enterprise,
    [wrong, '错码三', '苏州', '汽车', '2020-12-22', '是', '', ''],
    [
      ['区', '苏州'],
      ['统一社会信用代码', 'fails its check'],
    ],
  ],
  [
    'enterprises',
    'enroll',
    enterprise,
    [wrong, '错码四', '嘉定', '汽车', '2020-12-32', '是', '', ''],
    [
      ['入库日期', '2020-12-32'],
      ['统一社会信用代码', 'fails its check'],
      ['是否位于临港', 'Lingang'],
    ],
  ],
  [
    'enterprises',
    'enroll',
    enterprise,
    [wrong, '错码五', '浦东', '汽车', '2020-12-22', '是', '也许', '某文件'],
    [['代码经核实无误', '也许']],
  ],
  [
    'enterprises',
    'enroll',
    enterprise,
    [wrong, '错码六', '浦东', '汽车', '2020-12-22', '是', '是', ''],
    [['统一社会信用代码', 'name a document under “Evidence”']],
  ],
  [
    'enterprises',
    'enroll',
    enterprise,
    ['123', '错码七', '嘉定', '汽车', '2020-12-22', '是', '', ''],
    [
      ['统一社会信用代码', '123'],
      ['是否位于临港', 'Lingang'],
    ],
  ],
  [
    'enterprises',
    'enroll',
    enterprise,
    ['', '错码八', '嘉定', '汽车', '', '是', '', ''],
    [
      ['入库日期', 'is missing'],
      ['统一社会信用代码', 'is missing'],
      ['是否位于临港', 'Lingang'],
    ],
  ],
  [
    'enterprises',
    'enroll',
    enterprise,
    [enrolled, '重复入库', '嘉定', '', '2020-12-22', '', '', ''],
    [
      ['行业', 'Sector is missing'],
      [null, 'the status is "Enrolled"'],
    ],
  ],
  [
    'enterprises',
    'enroll',
    enterprise,
    [enrolled, '重复入库', '嘉定', '汽车', '2020-12-22', '是', '', ''],
    [
      [null, 'the status is "Enrolled"'],
      ['是否位于临港', 'Lingang'],
    ],
  ],
  [
    'enterprises',
    'enroll',
    enterprise,
    [enrolled, '重复入库', '嘉定', '汽车', '2020-12-32', '', '', ''],
    [['入库日期', '2020-12-32']],
  ],
  [
    'factories',
    'nominate',
    factory,
    ['dup-2', '重复甲厂', '91310115MA1K3ABC0X', '嘉定', '汽车', '2020-12-22', '是'],
    [
      ['工厂名称', 'Has the same name as dup-1'],
      ['是否位于临港', 'Lingang'],
      ['企业代码', 'is not on record on that date'],
    ],
  ],
  [
    'factories',
    'nominate',
    factory,
    ['dup-3', '重复甲厂', '', '嘉定', '渔业', '2020-12-22', '是'],
    [
      ['行业', '渔业'],
      ['工厂名称', 'Has the same name as dup-1'],
      ['是否位于临港', 'Lingang'],
    ],
  ],
  [
    'factories',
    'nominate',
    factory,
    ['不是编号', '重复甲厂', '91310115MA1K3ABC0X', '嘉定', '汽车', '2020-12-22', '是'],
    [
      ['编号', '不是编号'],
      ['是否位于临港', 'Lingang'],
      ['企业代码', 'is not on record'],
    ],
  ],
  [
    'factories',
    'nominate',
    factory,
    ['dup-1', '重复甲厂', '123', '嘉定', '汽车', '2020-12-23', '是'],
    [
      ['企业代码', '123'],
      [null, 'the status is "Nominated"'],
      ['是否位于临港', 'Lingang'],
    ],
  ],
  [
    'factories',
    'nominate',
    factory,
    ['dup-4', '单独厂', enrolled, '嘉定', '汽车', '2020-01-01', '是'],
    [
      ['是否位于临港', 'Lingang'],
      ['企业代码', 'is not on record on that date'],
    ],
  ],
  [
    'factories',
    'certify',
    ['编号', '认定日期', '等级', '是否位于临港'],
    ['new-1', '2020-12-22', '示范', '是'],
    [
      [null, 'Name'],
      [null, 'Sector'],
      [null, 'District'],
      ['是否位于临港', 'Lingang'],
    ],
  ],
  [
    'factories',
    'certify',
    ['编号', '认定日期', '等级', '工厂名称'],
    ['new-2', '2020-12-22', '国际', ''],
    [
      ['等级', '国际'],
      ['工厂名称', 'Name'],
      [null, 'Sector'],
      [null, 'District'],
    ],
  ],
  [
    'factories',
    'assess',
    ['编号', '评估日期', '评审组', '得分', '企业代码'],
    ['new-3', '2020-12-22', '', '101', '123'],
    [
      ['评审组', 'is missing'],
      ['得分', '100'],
      [null, 'Not on record'],
    ],
  ],
  [
    'factories',
    'amend',
    ['编号', '日期', '是否位于临港', '企业代码'],
    ['dup-1', '2020-12-23', '是', '91310115MA1K3ABC0X'],
    [['企业代码', 'is not on record']],
  ],
  [
    'factories',
    'amend',
    ['编号', '日期', '区', '是否位于临港'],
    ['dup-1', '2019-12-23', '嘉定', '是'],
    [
      [null, 'Not on record'],
      ['是否位于临港', 'Lingang'],
    ],
  ],
  [
    'plans',
    'revise',
    ['编号', '目标编号', '目标值', '日期'],
    ['shanghai-2019-2021', 'nothing', '{"min":60}', '2020-01-01'],
    [['目标编号', 'The plan has no target "nothing"']],
  ],
];

test.each(cases)(
  '%s %s: what the cells, the register and other entries say against a row is told together: %#',
  async (register, command, headers, row, faults) => {
    const role = register === 'plans' ? 'admin' : 'clerk';
    const sending = { role, by: 'li.wei', set: {} } as const;
    await imported(
      server,
      'enterprises',
      csv(enterprise, [enrolled, '上海某企', '浦东', '汽车', '2020-06-01', '', '', '']),
    );
    await imported(server, 'factories', csv(factory, ['dup-1', '重复甲厂', '', '浦东', '汽车', '2020-12-22', '']));
    const size = await server.registry.store.size();
    for (const query of [`command=${command}&dryRun=true`, `command=${command}`]) {
      const done = await imported(server, register, csv(headers, row), { ...sending, query });
      expect(done).toMatchObject({ refused: 1 });
      const found = done.refusals[0].faults.map(({ header, reason }: Record<string, unknown>) => [header, reason]);
      expect(found).toEqual(faults.map(([header, says]) => [header, expect.stringContaining(says)]));
      for (const { column, header, value } of done.refusals[0].faults)
        expect([column, value]).toEqual(
          header === null ? [null, ''] : [headers.indexOf(header) + 1, row[headers.indexOf(header)]],
        );
    }
    const recorded = (await server.registry.store.readAll(start, 10_000)).slice(size);
    const refused = recorded.find(({ type }) => type === 'ImportRowsRefused');
    expect(JSON.stringify(refused?.data)).toMatch(/"codes":\["[a-z-]+"/);
  },
);

const commands = registers.flatMap((register) => register.facts.map((kind) => ({ register, kind })));

test.each(commands.map(({ register, kind }) => [register.name, kind.command, register, kind] as const))(
  'no reason for which a row of %s %s is rejected holds a pattern or a code',
  async (name, command, register, kind) => {
    const fields = Object.values(kind.takes);
    const headers = [register.key.title.zh, '生效日期', ...fields.map(({ title }) => title.zh)];
    const lines = ['x y', '!!', '-1', 'a'.repeat(600), '["x"]'].map((cell) => headers.map(() => cell));
    const { refusals } = await imported(server, name, csv(headers, ...lines), {
      query: `command=${command}`,
      role: register.role,
    });
    expect(refusals.length).toBe(lines.length);
    for (const { faults } of refusals)
      for (const { reason } of faults) expect(reason).not.toMatch(/\^|\\d|\[A-Z|>=|string|must match|invalid_/i);
  },
);
