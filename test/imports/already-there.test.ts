import { afterAll, beforeAll, expect, test } from 'vitest';
import { startServer, type TestServer } from '../http/server.ts';
import { csv, decide, ended, imported, trailOf } from './spreadsheet.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.close());

const nominated = (key: string, name = `${key}厂`, day = '2020-03-01') =>
  csv(['编号', '工厂名称', '行业', '区', '推荐日期'], [key, name, '汽车', '浦东', day]);
const assessed = (key: string, score: string, day = '2020-05-01') =>
  csv(['编号', '评审组', '得分', '评估日期'], [key, '专家组', score, day]);
const assess = { query: 'command=assess' };

/** Records a command on the latest revision of a factory, approved by a second person if it waits for one. */
const command = async (key: string, name: string, body: object) => {
  const token = await server.token('clerk', 'li.wei');
  const size = String(await server.registry.store.size());
  const entry = await server.get(`/api/v1/factories/${key}`, { headers: { 'registry-position': size } });
  const headers = { 'if-match': entry.headers.get('etag') ?? '' };
  const reply = await server.post(`/api/v1/factories/${key}/${name}`, body, { token, headers });
  expect(reply.status).toBe(201);
};
const factOf = async (id: string) => (await trailOf(server, id)).at(-1).id;

test.each([
  ['its score', { data: { score: 80 } }],
  ['its day', { effectiveOn: '2020-05-02' }],
  ['both', { effectiveOn: '2020-05-02', data: { score: 80 } }],
  ['a field away', { data: { score: null } }],
])('a list imported again after a correction of %s records nothing', async (_, patch) => {
  const key = `corrected-${Object.keys(patch).join('-')}-${JSON.stringify(patch).length}`;
  await imported(server, 'factories', nominated(key));
  const first = await imported(server, 'factories', assessed(key, '90'), assess);
  expect(first).toMatchObject({ recorded: 1 });
  await command(key, 'correct', { event: await factOf(first.id), ...patch, reason: '抄录有误' });
  const again = await imported(server, 'factories', assessed(key, '90'), { ...assess, by: 'zhang.min' });
  expect(again).toMatchObject({ recorded: 0, submitted: 0, alreadyThere: 1, refused: 0 });
});

test('a fact that was corrected twice and approved is still there as it was first recorded', async () => {
  const list = csv(
    ['编号', '工厂名称', '行业', '区', '认定日期', '等级'],
    ['approved', '批准厂', '汽车', '浦东', '2020-12-22', '示范'],
  );
  const certify = { query: 'command=certify' };
  const first = await imported(server, 'factories', list, certify);
  await decide(server, first.id, 'approve');
  await ended(server, first.id);
  const event = await factOf(first.id);
  await command('approved', 'correct', { event, data: { name: '批准一厂' }, reason: '抄录有误' });
  await command('approved', 'correct', { event, data: { name: '批准二厂' }, reason: '抄录有误' });
  expect(await imported(server, 'factories', list, certify)).toMatchObject({ submitted: 0, alreadyThere: 1 });
});

test('what only a correction says was not recorded by a list', async () => {
  await imported(server, 'factories', nominated('only-corrected'));
  const first = await imported(server, 'factories', assessed('only-corrected', '90'), assess);
  await command('only-corrected', 'correct', {
    event: await factOf(first.id),
    data: { score: 80 },
    reason: '抄录有误',
  });
  const other = await imported(server, 'factories', assessed('only-corrected', '80'), assess);
  expect(other).toMatchObject({ recorded: 1, alreadyThere: 0 });
});

test('an annulled fact is not there, so that an undone import can be imported again', async () => {
  const first = await imported(server, 'factories', nominated('annulled'));
  await command('annulled', 'annul', { events: [await factOf(first.id)], reason: '作废' });
  expect(await imported(server, 'factories', nominated('annulled'))).toMatchObject({ recorded: 1, alreadyThere: 0 });
});
