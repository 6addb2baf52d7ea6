import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { countOf, csv, decide, imported, post, trailOf } from '../imports/spreadsheet.ts';
import { startServer, type TestServer } from './server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.close());

const sample = (name: string) => new Uint8Array(readFileSync(`samples/${name}`));
const columns = ['编号', '工厂名称', '行业', '区', '推荐日期'];
const factory = (key: string, name: string, day = '2020-03-01') => [key, name, '汽车', '浦东', day];

test('the real rows count once a second person has approved their imports', async () => {
  const listings = await imported(server, 'listings', sample('listings.csv'), {
    query: 'command=list',
    name: 'listings.csv',
  });
  expect(listings).toMatchObject({
    register: 'listings',
    command: 'list',
    file: 'listings.csv',
    by: 'li.wei',
    dryRun: false,
    state: 'finished',
    total: 59,
    rows: 59,
    recorded: 0,
    submitted: 59,
    alreadyThere: 0,
    refused: 0,
    ignored: ['行业', '来源数'],
    refusals: [],
    decisions: [],
  });
  const factories = await imported(server, 'factories', sample('factories.csv'), {
    query: 'command=certify',
    set: { grade: 'demonstration' },
  });
  const criteria = await imported(server, 'criteria', sample('criteria.csv'), {
    query: 'command=publish',
    set: { level: '国家标准' },
  });
  expect(factories).toMatchObject({ submitted: 5, refused: 0, ignored: [] });
  expect(criteria).toMatchObject({ submitted: 8, refused: 0, ignored: [] });
  expect(await countOf(server, 'star-listings', '2021-12-31')).toBe(0);

  for (const { id } of [listings, factories, criteria]) {
    expect((await decide(server, id, 'approve')).status).toBe(202);
    await server.registry.imports.settled(id);
  }
  expect(await countOf(server, 'star-listings', '2019-12-31')).toBe(13);
  expect(await countOf(server, 'star-listings', '2020-12-31')).toBe(37);
  expect(await countOf(server, 'star-listings', '2021-12-31')).toBe(59);
  expect(await countOf(server, 'model-factories', '2020-12-31')).toBe(5);
  expect(await countOf(server, 'criteria', '2020-12-31')).toBe(6);

  const { json: criterion } = await server.get('/api/v1/criteria/GB-T-39116-2020');
  expect(criterion).toMatchObject({ number: 'GB/T 39116-2020', level: 'national', implementedOn: '2021-05-01' });
});

test('every register takes a file, straight to the outcome that a public list reports', async () => {
  const rows: Record<string, { command: string; columns: string[]; row: string[] }> = {
    breakthroughs: {
      command: 'verify',
      columns: ['编号', '产品名称', '类别', '行业', '评审组', '认定日期'],
      row: ['press-1', '万吨级伺服压力机', '智能制造装备', '高端装备', '专家组', '2020年11月3日'],
    },
    suppliers: {
      command: 'designate',
      columns: ['key', 'Name', 'Tier', 'Revenue in yuan', 'Effective on'],
      row: ['supplier-1', '某智能装备集团', '1 billion yuan', '1,200,000,000', '2020-11-03'],
    },
    platforms: {
      command: 'designate',
      columns: ['平台名称', '运营单位', '级别', '日期'],
      row: ['工业互联网平台', '某研究院', '国家级', '2020/11/3'],
    },
    enterprises: {
      command: 'complete-upgrade',
      columns: ['统一社会信用代码', '企业名称', '行业', '区', '项目', '成效', '完成改造日期'],
      row: ['91310000132260250X', '某企业', '汽车', '嘉定', '数字化车间', '升级', '20201103'],
    },
    solutions: {
      command: 'deliver',
      columns: ['供应商', '客户', '输出地', '交付日期'],
      row: ['某集成商', '某客户', '苏州', '2020.11.03'],
    },
  };
  for (const [register, { command, columns: names, row }] of Object.entries(rows)) {
    const done = await imported(server, register, csv(names, row), { query: `command=${command}` });
    expect(done, register).toMatchObject({ submitted: 1, refused: 0, ignored: [], refusals: [] });
  }
});

test('each event of an import carries the import and its row', async () => {
  const done = await imported(
    server,
    'factories',
    csv(columns, factory('row-1', '甲一厂'), factory('row-2', '甲二厂')),
  );
  expect(done).toMatchObject({ recorded: 2, submitted: 0 });
  const trail = await trailOf(server, done.id);
  expect(trail.map(({ type, data }: { type: string; data: object }) => ({ type, ...data }))).toMatchObject([
    { type: 'FactoryNominated', key: 'row-1', metadata: { import: done.id, row: 1, by: 'li.wei' } },
    { type: 'FactoryNominated', key: 'row-2', metadata: { import: done.id, row: 2, by: 'li.wei' } },
  ]);
  const token = await server.token('auditor');
  const { json: own } = await server.get(`/api/v1/events?register=imports&key=${done.id}`, { token });
  expect(own.map(({ type }: { type: string }) => type)).toEqual(['ImportStarted', 'ImportFinished']);
  expect(own[0].data.data.sha256).toBe(done.sha256);
});

test('a refused row never stops the others, and names its line, its column and the reason', async () => {
  const text = csv(
    columns,
    factory('good-1', '乙一厂'),
    factory('bad sector', '乙二厂'),
    ['bad-sector', '乙三厂', '制造业', '浦东', '2020-03-01'],
    ['', '', '', '', ''],
    factory('bad-day', '乙"四"\n厂', '2020-02-30'),
    factory('good-2', '乙五厂'),
    factory('good-1', '乙一厂改名', '2020-04-01'),
  );
  const done = await imported(server, 'factories', text);
  expect(done).toMatchObject({ total: 6, rows: 6, recorded: 2, refused: 4 });
  expect(done.refusals).toMatchObject([
    { row: 2, line: 3, column: '编号', reason: '“bad sector” is not a valid Key' },
    {
      row: 3,
      line: 4,
      column: '行业',
      reason: expect.stringMatching(/^“制造业” is not a valid value for this column; choose from: Automobiles, /),
    },
    {
      row: 4,
      line: 6,
      column: '推荐日期',
      reason: expect.stringContaining('“2020-02-30” is not a valid value for this column; enter a day from 1990 on'),
    },
    { row: 6, line: 9, column: null, reason: expect.stringContaining('On that date the status is "Nominated"') },
  ]);
  const { json: chinese } = await server.get(`/api/v1/imports/${done.id}`, { token: await server.token('clerk') });
  expect(chinese.import.refusals[1].reason).toMatch(/^“制造业”不是此列的有效值；可选：汽车、/);
});

test('a reference that does not hold and a code that fails its check name their columns', async () => {
  const done = await imported(
    server,
    'factories',
    csv([...columns, '企业代码'], [...factory('tied', '丙厂'), '914403001922038216']),
  );
  expect(done.refusals).toMatchObject([{ row: 1, column: '企业代码' }]);
  const enterprises = await imported(
    server,
    'enterprises',
    csv(['信用代码', '企业名称', '行业', '区', '日期'], ['913100001322602500', '丙公司', '汽车', '浦东', '2020-01-01']),
  );
  expect(enterprises.refusals).toMatchObject([{ row: 1, column: '信用代码' }]);
});

test('a row that starts a history names the column that it lacks for that', async () => {
  const done = await imported(server, 'factories', csv(['编号', '认定日期', '等级'], ['new', '2020-12-22', '示范']), {
    query: 'command=certify',
  });
  expect(done.refusals).toMatchObject([
    {
      row: 1,
      column: null,
      reason: expect.stringContaining('Name: Required, because the entry starts with this record'),
    },
  ]);
});

test('a file imported a second time records nothing, whether its rows are recorded or still wait', async () => {
  const nominated = csv(columns, factory('twice-1', '丁一厂'), factory('twice-2', '丁二厂'));
  expect(await imported(server, 'factories', nominated)).toMatchObject({ recorded: 2 });
  const again = await imported(server, 'factories', nominated, { by: 'zhang.min' });
  expect(again).toMatchObject({ recorded: 0, submitted: 0, alreadyThere: 2, refused: 0 });

  const certified = csv(
    ['编号', '认定日期', '等级'],
    ['twice-1', '2020-12-22', '示范'],
    ['twice-2', '2020-12-22', '标杆'],
  );
  const first = await imported(server, 'factories', certified, { query: 'command=certify' });
  expect(first).toMatchObject({ submitted: 2 });
  const waiting = await imported(server, 'factories', certified, { query: 'command=certify' });
  expect(waiting).toMatchObject({ submitted: 0, alreadyThere: 2 });
  await decide(server, first.id, 'approve');
  await server.registry.imports.settled(first.id);
  const counted = await imported(server, 'factories', certified, { query: 'command=certify' });
  expect(counted).toMatchObject({ submitted: 0, alreadyThere: 2 });
});

test('a row that stands twice in a file is recorded once', async () => {
  const done = await imported(server, 'factories', csv(columns, factory('once', '戊厂'), factory('ONCE', '戊厂')));
  expect(done).toMatchObject({ recorded: 1, alreadyThere: 1 });
});

test('two imports of one file at the same time record each row once, of commands that could be repeated too', async () => {
  const names = Array.from({ length: 150 }, (_, index) => `race-${index}`);
  const nominated = csv(columns, ...names.map((name) => factory(name, `己${name}厂`)));
  const both = await Promise.all([1, 2].map(() => imported(server, 'factories', nominated)));
  expect(both.reduce((sum, { recorded }) => sum + recorded, 0)).toBe(150);
  expect(both.reduce((sum, { alreadyThere }) => sum + alreadyThere, 0)).toBe(150);

  const assessed = csv(['编号', '评审组', '日期'], ...names.map((name) => [name, '第一组', '2020-05-01']));
  const pair = await Promise.all(
    [1, 2].map(() => imported(server, 'factories', assessed, { query: 'command=assess' })),
  );
  expect(pair.reduce((sum, { recorded }) => sum + recorded, 0)).toBe(150);
  expect(pair.reduce((sum, { alreadyThere }) => sum + alreadyThere, 0)).toBe(150);
});

test('a name that an entry bears under another key is a likely duplicate, unless the clerk says otherwise', async () => {
  await imported(server, 'factories', csv(columns, factory('north', '庚（上海）智能工厂')));
  const text = csv(columns, factory('south', '庚(上海) 智能工厂'));
  const refused = await imported(server, 'factories', text);
  expect(refused).toMatchObject({ recorded: 0, refused: 1 });
  expect(refused.refusals).toMatchObject([{ row: 1, column: '工厂名称', reason: expect.stringContaining('north') }]);
  expect(await imported(server, 'factories', text, { set: { duplicates: 'allow' } })).toMatchObject({ recorded: 1 });

  const assessed = csv(
    ['编号', '工厂名称', '推荐日期', '行业', '区'],
    ['south', '庚(上海) 智能工厂', '2020-03-01', '汽车', '浦东'],
  );
  expect(await imported(server, 'factories', assessed)).toMatchObject({ alreadyThere: 1 });
});

test('likely duplicates are found among the accepted rows of one file and among pending submissions', async () => {
  const done = await imported(
    server,
    'factories',
    csv(columns, factory('one', '辛厂', '2020-02-30'), factory('two', '辛厂'), factory('three', '辛 厂')),
  );
  expect(done).toMatchObject({ recorded: 1, refused: 2 });
  expect(done.refusals).toMatchObject([{ row: 1 }, { row: 3, reason: expect.stringContaining('two') }]);

  const listed = (code: string) => csv(['证券代码', '公司简称', '上市日期'], [code, '壬科技', '2020-12-22']);
  expect(await imported(server, 'listings', listed('688901'), { query: 'command=list' })).toMatchObject({
    submitted: 1,
  });
  const waiting = await imported(server, 'listings', listed('688902'), { query: 'command=list' });
  expect(waiting.refusals).toMatchObject([{ column: '公司简称', reason: expect.stringContaining('688901') }]);
});

test('contracts with one client are no duplicates of each other', async () => {
  const text = csv(
    ['供应商', '客户', '目的地', '签约日期'],
    ['甲集成', '乙汽车', '越南', '2020-01-01'],
    ['甲集成', '乙汽车', '泰国', '2020-01-01'],
  );
  expect(await imported(server, 'solutions', text)).toMatchObject({ recorded: 2, refused: 0 });
});

test('an import amends what its rows name and leaves the rest', async () => {
  await imported(server, 'factories', csv(columns, factory('amended', '癸厂')));
  const text = csv(['编号', '企业名称', '日期'], ['amended', '癸集团', '2021-01-01']);
  expect(await imported(server, 'factories', text, { query: 'command=amend' })).toMatchObject({ recorded: 1 });
  const size = String(await server.registry.store.size());
  const { json } = await server.get('/api/v1/factories/amended', { headers: { 'registry-position': size } });
  expect(json).toMatchObject({ name: '癸厂', operator: '癸集团', district: 'pudong' });
});

test('a dry run says row by row what would happen and records nothing', async () => {
  const size = await server.registry.store.size();
  const text = csv(
    ['编号', '工厂名称', '行业', '区', '认定日期', '等级'],
    ['dry-1', '子一厂', '汽车', '浦东', '2020-12-22', '示范'],
    ['dry-1', '子一厂', '汽车', '浦东', '2020-12-22', '示范'],
    ['dry-2', '子二厂', '汽车', '浦东', '2020-12-32', '示范'],
    ['dry-3', '子一厂', '汽车', '浦东', '2020-12-22', '示范'],
  );
  const done = await imported(server, 'factories', text, { query: 'command=certify&dryRun=true' });
  expect(done).toMatchObject({ dryRun: true, recorded: 0, submitted: 1, alreadyThere: 1, refused: 2 });
  const rowsOf = async (id: string) =>
    (await server.get(`/api/v1/imports/${id}/rows`, { token: await server.token('clerk') })).json.items;
  expect(await rowsOf(done.id)).toMatchObject([
    { row: 1, line: 2, key: 'dry-1', outcome: 'submitted' },
    { row: 2, line: 3, key: 'dry-1', outcome: 'alreadyThere' },
    { row: 3, line: 4, key: 'dry-2', outcome: 'refused' },
    { row: 4, line: 5, key: 'dry-3', outcome: 'refused' },
  ]);
  expect(done.refusals).toMatchObject([
    { row: 3, line: 4, column: '认定日期' },
    { row: 4, line: 5, column: '工厂名称' },
  ]);
  const nominated = await imported(server, 'factories', csv(columns, factory('dry-4', '子四厂')), {
    query: 'dryRun=true',
  });
  expect(await rowsOf(nominated.id)).toMatchObject([{ row: 1, key: 'dry-4', outcome: 'recorded' }]);
  expect(await server.registry.store.size()).toBe(size);
  expect((await decide(server, done.id, 'approve')).status).toBe(409);
});

test.each(['dryRun=false', 'dryRun=true'])(
  'a file of which nothing could be read is never a success: %s',
  async (query) => {
    for (const file of [csv(columns), `${csv(columns)}合计,3 家\r\n`, `${csv(columns)}${csv(columns)}`])
      expect(await imported(server, 'factories', file, { query })).toMatchObject({
        state: 'failed',
        total: 0,
        rows: 0,
        problem: {
          type: '/problems/invalid-request',
          status: 400,
          detail: 'There are no rows to import under the headers; check the file and import it again',
        },
      });
    expect(
      await imported(server, 'factories', csv(columns, factory(`read-${query.length}`, `读 ${query.length} 厂`)), {
        query,
      }),
    ).not.toHaveProperty('problem');
  },
);

test('long refusals and many of them still fit the events that keep them', async () => {
  const rows = Array.from({ length: 400 }, (_, index) => factory(`long-${index}`, '丑'.repeat(501)));
  const done = await imported(server, 'factories', csv(columns, ...rows));
  expect(done.refusals).toHaveLength(400);
  const events = await server.registry.store.readStream(`upgrade.imports-${done.id}`);
  for (const event of events) expect(Buffer.byteLength(JSON.stringify(event))).toBeLessThan(65_536);
});

test('what the request lacks is reported before anything begins', async () => {
  const size = await server.registry.store.size();
  const good = csv(columns, factory('never', '寅厂'));
  const token = await server.token('clerk');
  const faultOf = async (...given: Parameters<typeof post> extends [unknown, ...infer Rest] ? Rest : never) => {
    const { status, json } = await post(server, ...given);
    return { status, ...json.errors?.[0] };
  };
  expect(await faultOf('factories', csv(['工厂名称'], ['甲']))).toMatchObject({
    status: 400,
    in: 'body',
    pointer: '/file',
    message: expect.stringContaining('文件的表头是：工厂名称'),
  });
  expect(await faultOf('factories', new Uint8Array([0x50, 0x4b, 0x03, 0x04, 0x99]))).toMatchObject({ status: 400 });
  expect(await faultOf('factories', good, { set: { colour: 'red' } })).toMatchObject({
    status: 400,
    pointer: '/set.colour',
  });
  expect(await faultOf('factories', good, { query: 'command=fly' })).toMatchObject({
    status: 400,
    in: 'query',
    name: 'command',
  });
  expect(await faultOf('factories', good, { query: 'dryRun=maybe' })).toMatchObject({ status: 400, name: 'dryRun' });
  expect((await post(server, 'nothing', good)).status).toBe(404);

  const none = new FormData();
  none.append('set.grade', 'demonstration');
  expect((await server.call('POST', '/api/v1/imports/factories', { token, raw: none })).status).toBe(400);
  const unknown = new FormData();
  unknown.append('colour', 'red');
  expect((await server.call('POST', '/api/v1/imports/factories', { token, raw: unknown })).status).toBe(400);
  const two = new FormData();
  for (const name of ['a.csv', 'b.csv']) two.append('file', new Blob([good]), name);
  expect((await server.call('POST', '/api/v1/imports/factories', { token, raw: two })).status).toBe(400);
  expect((await server.post('/api/v1/imports/factories', {}, { token })).status).toBe(415);
  const cut = await server.call('POST', '/api/v1/imports/factories', {
    token,
    raw: '--x\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\ncut',
    headers: { 'content-type': 'multipart/form-data; boundary=x' },
  });
  expect(cut.status).toBe(400);
  expect(await server.registry.store.size()).toBe(size);
});

test('a file of more than 64 MB is too large', async () => {
  const answer = await post(server, 'factories', new Uint8Array(64 * 1_048_576 + 1));
  expect(answer.status).toBe(413);
});

test('only those who record in a register can import into it', async () => {
  const good = csv(columns, factory('role', '卯厂'));
  for (const role of ['viewer', 'auditor', 'admin'] as const)
    expect((await post(server, 'factories', good, { role })).status).toBe(403);
  expect((await server.call('POST', '/api/v1/imports/factories')).status).toBe(401);
  expect((await post(server, 'factories', good, { role: 'reviewer', by: 'chen.jie' })).status).toBe(202);
  expect((await post(server, 'plans', csv(['编号'], ['a']))).status).toBe(403);
  const done = await imported(server, 'factories', csv(columns));
  const { status } = await server.get(`/api/v1/imports/${done.id}`, { token: await server.token('viewer') });
  expect(status).toBe(403);
  expect((await server.get('/api/v1/imports/none', { token: await server.token('clerk') })).status).toBe(404);
});

test('an administrator’s goals for a plan are a spreadsheet like any other', async () => {
  const text = csv(
    ['编号', '目标编号', '目标值', '日期'],
    ['shanghai-2019-2021', 'criteria', '{"min":60}', '2020-01-01'],
  );
  const done = await imported(server, 'plans', text, { query: 'command=revise', role: 'admin', by: 'he.yan' });
  expect(done).toMatchObject({ submitted: 1, refused: 0 });
});

test('a value for a field that does not exist is refused, whatever its name', async () => {
  for (const field of ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'colour', '']) {
    const answer = await post(server, 'factories', 'key\nx\n', { set: Object.fromEntries([[field, 'x']]) });
    expect({ field, status: answer.status, at: answer.json.errors?.[0]?.pointer }).toEqual({
      field,
      status: 400,
      at: `/set.${field}`,
    });
  }
});
