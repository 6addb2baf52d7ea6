import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { csv, ended, imported, post } from '../imports/spreadsheet.ts';
import { openStream } from './event-stream.ts';
import { refusedAs } from './office.ts';
import { startServer, type TestServer } from './server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.close());

const headers = ['编号', '工厂名称', '行业', '区', '推荐日期'];
const nominated = (key: string) => [key, `${key} 厂`, '汽车', '浦东', '2020-12-22'];
const listings = csv(['证券代码', '公司简称', '上市日期'], ['688901', '甲科技', '2020-12-22']);

const list = async (query = '', role: Parameters<TestServer['token']>[0] = 'clerk') => {
  const size = String(await server.registry.store.size());
  return server.get(`/api/v1/imports?${query}`, {
    token: await server.token(role),
    headers: { 'registry-position': size },
  });
};
const idsOf = ({ json }: { readonly json: { readonly items: readonly { readonly id: string }[] } }) =>
  json.items.map(({ id }) => id);

test('imports and dry runs are listed, the newest first, by register, person and state, page by page', async () => {
  const made: string[] = [];
  for (const [register, text, sending] of [
    ['factories', csv(headers, nominated('list-1')), { by: 'li.wei' }],
    ['listings', listings, { by: 'wang.fang', query: 'command=list' }],
    ['factories', csv(headers, nominated('list-2')), { by: 'LI.WEI', query: 'dryRun=true' }],
    ['factories', csv(headers), { by: 'li.wei' }],
    ['factories', csv(headers, nominated('list-3')), { by: 'wang.fang', query: 'dryRun=true' }],
    [
      'plans',
      csv(['编号', '目标编号', '目标值', '日期'], ['shanghai-2019-2021', 'criteria', '{"min":60}', '2020-01-01']),
      { by: 'he.yan', role: 'admin', query: 'command=revise' },
    ],
  ] as const)
    made.unshift((await imported(server, register, text, sending)).id);
  const [plan, dryB, empty, dryA, list_, first] = made;
  const all = await list();
  expect(idsOf(all)).toEqual(made);
  expect(all.json).toMatchObject({
    total: 6,
    items: {
      1: {
        register: 'factories',
        dryRun: true,
        state: 'finished',
        recorded: 1,
        total: 1,
        by: 'wang.fang',
        file: 'rows.csv',
        refusals: [],
      },
      2: { state: 'failed', problem: { status: 400 } },
      4: { submitted: 1, columns: { 0: { field: 'key' } } },
    },
  });
  for (const [query, expected] of [
    ['register=factories', [dryB, empty, dryA, first]],
    ['register=listings', [list_]],
    ['register=suppliers', []],
    ['by=li.wei', [empty, dryA, first]],
    ['by=nobody', []],
    ['state=failed', [empty]],
    ['state=finished', [plan, dryB, dryA, list_, first]],
    ['state=running', []],
    ['state=waiting', []],
    ['register=factories&by=wang.fang&state=finished', [dryB]],
  ] as const) {
    const answer = await list(query);
    expect(idsOf(answer), query).toEqual(expected);
    expect(answer.json.total, query).toBe(expected.length);
  }
  const paged: string[] = [];
  for (let query: string | undefined = 'limit=2'; query !== undefined; ) {
    const answer = await list(query);
    expect(answer.json.total).toBe(6);
    paged.push(...idsOf(answer));
    query = /\?([^>]+)>; rel="next"/.exec(answer.headers.get('link') ?? '')?.[1];
  }
  expect(paged).toEqual(made);
  for (const query of ['state=lost', 'register=nothing', 'cursor=x', 'colour=red'])
    expect((await list(query)).status).toBe(400);
});

test('what runs and what waits for its turn is listed so', async () => {
  const rows = Array.from({ length: 600 }, (_, index) => nominated(`busy-${index}`));
  const text = csv(headers, ...rows);
  const ids = [];
  for (let count = 0; count < 4; count += 1)
    ids.push((await post(server, 'factories', text, { query: 'dryRun=true' })).json.import.id);
  const waiting = await list('state=waiting');
  const running = await list('state=running');
  expect(waiting.json.total + running.json.total).toBeGreaterThan(0);
  for (const [{ json }, state] of [
    [waiting, 'waiting'],
    [running, 'running'],
  ] as const)
    for (const each of json.items) expect(each.state).toBe(state);
  for (const id of ids) await ended(server, id);
  expect((await list('state=waiting')).json.total).toBe(0);
});

test('imports are for clerks and auditors; an administrator reads those of plans', async () => {
  const { json } = await list();
  const idOf = (register: string) => json.items.find((each: { register: string }) => each.register === register).id;
  for (const role of ['clerk', 'reviewer', 'auditor'] as const)
    for (const path of ['', '/rows', '/refused.xlsx'])
      expect(
        (await server.get(`/api/v1/imports/${idOf('factories')}${path}`, { token: await server.token(role) })).status,
      ).toBe(200);
  for (const path of ['', '/rows', '/refused.xlsx']) {
    const token = await server.token('admin');
    refusedAs(await server.get(`/api/v1/imports/${idOf('factories')}${path}`, { token }), 403, 'forbidden');
    expect((await server.get(`/api/v1/imports/${idOf('plans')}${path}`, { token })).status).toBe(200);
    expect(
      (await server.get(`/api/v1/imports/${idOf('plans')}${path}`, { token: await server.token('viewer') })).status,
    ).toBe(403);
  }
  expect(idsOf(await list('', 'admin'))).toEqual([idOf('plans')]);
  refusedAs(await list('register=factories', 'admin'), 403, 'forbidden');
  expect((await list('', 'viewer')).status).toBe(403);
  expect((await server.get('/api/v1/imports')).status).toBe(401);
});

test('streams end when the token that opened them does: progress just ends, and the log of lines breaks off', async () => {
  let expired = false;
  let looks = Number.POSITIVE_INFINITY;
  const now = () => {
    if (Number.isFinite(looks)) looks -= 1;
    return Date.now() + (expired || looks < 0 ? 7_200_000 : 0);
  };
  const own = await startServer({ now });
  onTestFinished(() => own.close());
  const rows = Array.from({ length: 2_000 }, (_, index) => nominated(`stream-${index}`));
  const started = await post(own, 'factories', csv(headers, ...rows));
  const { id } = started.json.import;
  const token = await own.token('auditor');
  const stream = await openStream(own, `/api/v1/imports/${id}`, { token });
  let last = JSON.parse((await stream.next())?.data ?? '');
  expired = true;
  for (let next = await stream.next(); next !== undefined; next = await stream.next()) last = JSON.parse(next.data);
  expect(last.import.state).not.toBe('finished');
  expired = false;
  await own.registry.imports.settled(id);
  await own.registry.model.reached(await own.registry.store.end(), 60_000);

  const lines = () =>
    fetch(`${own.url}/api/v1/events`, {
      headers: { accept: 'application/x-ndjson', authorization: `Bearer ${token}` },
    });
  expect((await (await lines()).text()).trim().split('\n').length).toBeGreaterThan(2_000);
  looks = 8;
  const broken = await lines();
  expect(broken.status).toBe(200);
  await expect(broken.text()).rejects.toThrow();
});
