import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { rebuild } from '../../src/readmodel/rebuild.ts';
import { csv, decide, ended, imported, post } from '../imports/spreadsheet.ts';
import { startWireServer, type WireServer } from '../store/esdb-wire/server.ts';
import { openStream } from './event-stream.ts';
import { certificate, factory, nomination, refusedAs, seen } from './office.ts';
import { type Reply, startServer, type TestServer } from './server.ts';

/** Two nodes with one store and one set of keys. The store is the wire server of the tests. */

vi.setConfig({ testTimeout: 60_000 });

let store: WireServer;
let a: TestServer;
let b: TestServer;
let clerk: string;
let reviewer: string;

beforeAll(async () => {
  store = await startWireServer();
  const environment = { REGISTRY_STORE: store.connectionString };
  a = await startServer({ environment });
  b = await startServer({ environment: { ...environment, REGISTRY_KEYS: `${a.folder}/keys` } });
  clerk = await a.token('clerk', 'li.wei');
  reviewer = await b.token('reviewer', 'wang.fang');
});
afterAll(async () => {
  for (const { folder, registry } of [a, b]) {
    await registry.model.reached(await registry.store.end(), 5_000);
    const { differences } = await rebuild(join(folder, 'readmodel'), registry.store, Date.now, () => {});
    expect(differences).toEqual([]);
  }
  await Promise.all([a?.close(), b?.close()]);
  await store?.close();
});

const nominate = (node: TestServer, key: string, more: { headers?: Record<string, string>; body?: object } = {}) =>
  node.post(`/api/v1/factories/${key}/nominate`, { ...nomination, ...more.body }, { token: clerk, ...more });
const submit = async (node: TestServer, key: string): Promise<string> => {
  const { status, json } = await node.post(
    `/api/v1/factories/${key}/certify`,
    { ...factory, ...certificate },
    { token: clerk },
  );
  expect(status).toBe(202);
  return json.submission.id;
};
const decideOn = (node: TestServer, id: string, decision: string, token: string, body: object = {}) =>
  node.post(`/api/v1/submissions/${id}/${decision}`, body, { token });
const position = ({ headers }: Reply) => ({ 'registry-position': headers.get('registry-position') ?? '' });
const statuses = (replies: readonly Reply[]) => replies.map(({ status }) => status).sort();
const eventsOf = (key: string) => store.log.records.filter(({ stream }) => stream === `upgrade.factories-${key}`);

test('a token of one node is valid on another if they share their keys, and refused if they do not', async () => {
  const stranger = await startServer({ environment: { REGISTRY_STORE: store.connectionString } });
  for (const [node, token] of [
    [b, clerk],
    [a, reviewer],
  ] as const)
    expect((await node.get('/api/v1/submissions', { token })).status).toBe(200);
  refusedAs(await stranger.get('/api/v1/submissions', { token: clerk }), 401, 'unauthorized');
  refusedAs(await a.get('/api/v1/targets', { token: await stranger.token('clerk') }), 401, 'unauthorized');
  await stranger.close();
});

test('a command repeated through the other node gets the first answer, and another body under its key is refused', async () => {
  const headers = { 'idempotency-key': 'through-both' };
  const first = await nominate(a, 'repeated', { headers });
  const second = await nominate(b, 'repeated', { headers });
  expect([second.status, second.headers.get('idempotent-replayed')]).toEqual([201, 'true']);
  expect(second.json).toEqual(first.json);
  refusedAs(await nominate(b, 'repeated', { headers, body: { district: 'minhang' } }), 422, 'idempotency-key-reused');
  expect(eventsOf('repeated')).toHaveLength(1);
});

test('one command sent to both nodes at the same moment, many times over, is recorded once and answered the same', async () => {
  for (let round = 0; round < 10; round += 1) {
    const key = `moment-${round}`;
    const headers = { 'idempotency-key': key };
    const replies = await Promise.all([a, b, a, b].map((node) => nominate(node, key, { headers })));
    expect(statuses(replies)).toEqual([201, 201, 201, 201]);
    for (const { json } of replies) expect(json).toEqual(replies[0]?.json);
    expect(eventsOf(key)).toHaveLength(1);
  }
});

test('of two commands that saw the same revision, one on each node, one is recorded and the other is refused', async () => {
  await nominate(a, 'contested');
  for (let revision = 0; revision < 10; revision += 1) {
    const replies = await Promise.all(
      [a, b].map((node, index) =>
        node.post(
          '/api/v1/factories/contested/amend',
          { effectiveOn: '2020-02-01', name: `第 ${revision}.${index} 厂` },
          { token: clerk, headers: seen(revision) },
        ),
      ),
    );
    expect(statuses(replies)).toEqual([201, 412]);
    const refused = replies.find(({ status }) => status === 412);
    expect(refused?.json).toMatchObject({ type: '/problems/revision-mismatch', revision: revision + 1 });
  }
});

test('a command that what the other node recorded no longer allows is refused with the status as it is now', async () => {
  await nominate(a, 'nominated-once');
  const reply = await nominate(b, 'nominated-once', { headers: seen(0) });
  refusedAs(reply, 409, 'transition-not-allowed');
  expect(reply.json.entryStatus).toBe('nominated');
});

test('what is submitted through one node is approved, returned or withdrawn through the other', async () => {
  const [approved, returned, withdrawn] = [
    await submit(a, 'crossed-1'),
    await submit(b, 'crossed-2'),
    await submit(a, 'crossed-3'),
  ];
  const approval = await decideOn(b, approved, 'approve', reviewer);
  expect(approval.status).toBe(201);
  expect((await decideOn(a, returned, 'return', reviewer, { reason: '证书编号有误' })).status).toBe(200);
  const last = await decideOn(b, withdrawn, 'withdraw', clerk);
  expect(last.status).toBe(200);
  for (const node of [a, b]) {
    const { json } = await node.get('/api/v1/submissions?by=li.wei', { token: clerk, headers: position(last) });
    const statusOf = new Map(json.items.map(({ id, status }: { id: string; status: string }) => [id, status]));
    expect([approved, returned, withdrawn].map((id) => statusOf.get(id))).toEqual([
      'approved',
      'returned',
      'withdrawn',
    ]);
  }
  refusedAs(await decideOn(a, approved, 'return', reviewer, { reason: '太迟' }), 409, 'already-decided');
  const again = await decideOn(a, approved, 'approve', reviewer);
  expect([again.status, again.headers.get('idempotent-replayed')]).toEqual([201, 'true']);
  expect(again.json).toEqual(approval.json);
});

test('of two reviewers who decide at the same moment, one on each node, one learns that it is already decided', async () => {
  const second = await a.token('reviewer', 'chen.jie');
  for (let round = 0; round < 10; round += 1) {
    const id = await submit(a, `decided-${round}`);
    const [one, other] = await Promise.all([
      decideOn(a, id, 'approve', reviewer),
      decideOn(b, id, round % 2 === 0 ? 'approve' : 'return', second, round % 2 === 0 ? {} : { reason: '名单有误' }),
    ]);
    expect([one?.status === 409, other?.status === 409].filter(Boolean)).toHaveLength(1);
    refusedAs(one?.status === 409 ? one : other, 409, 'already-decided');
    expect(eventsOf(`decided-${round}`)).toHaveLength(2);
  }
});

test('a dashboard on one node gets what was recorded through the other, with the same position', async () => {
  await b.registry.model.reached(await b.registry.store.end(), 20_000);
  const live = await openStream(b, '/api/v1/live');
  await live.next();
  const auditor = await b.token('auditor');
  const feed = await openStream(b, `/api/v1/events?after=${b.registry.model.place().size - 1}`, { token: auditor });
  const recorded = await nominate(a, 'told');
  expect(JSON.parse((await live.next())?.data ?? '')).toMatchObject({ position: recorded.json.position });
  expect(JSON.parse((await feed.next())?.data ?? '')).toMatchObject({ id: recorded.json.events[0].id });
  const id = await submit(a, 'told-2');
  await live.next();
  await decideOn(a, id, 'approve', reviewer);
  const message = await live.next();
  expect([message?.event, JSON.parse(message?.data ?? '').targets]).toEqual([
    'targets',
    [expect.objectContaining({ id: 'model-factories' })],
  ]);
  await Promise.all([live.close(), feed.close()]);
});

const columns = ['编号', '工厂名称', '行业', '区', '认定日期', '等级'];
const rowsOf = (prefix: string, count: number) =>
  Array.from({ length: count }, (_, n) => [
    `${prefix}-${n}`,
    `${prefix} 第 ${n} 厂`,
    '汽车',
    '浦东',
    '2020-12-22',
    '示范',
  ]);
const certify = { query: 'command=certify' };

test('what a node has not folded yet is in the ledger all the same: its feed may go on after it, but after nothing beyond', async () => {
  const auditor = await b.token('auditor', 'zhao.lei');
  const folded = b.registry.model.place();
  expect((await nominate(a, 'not-folded')).status).toBe(201);
  const size = await a.registry.store.size();
  expect(folded.size).toBeLessThan(size);
  const place = vi.spyOn(b.registry.model, 'place').mockReturnValue(folded);
  try {
    const after = async (entryNumber: number) =>
      (await b.get(`/api/v1/events?after=${entryNumber}`, { token: auditor })).status;
    expect([await after(size - 1), await after(size)]).toEqual([200, 400]);
    const resumed = async (entryNumber: number) => {
      const headers = { authorization: `Bearer ${auditor}`, accept: 'text/event-stream' };
      const left = new AbortController();
      const request = { headers: { ...headers, 'last-event-id': String(entryNumber) }, signal: left.signal };
      const { status } = await fetch(`${b.url}/api/v1/events`, request);
      left.abort();
      return status;
    };
    expect([await resumed(size - 1), await resumed(size)]).toEqual([200, 400]);
  } finally {
    place.mockRestore();
  }
});

test('an import that runs on one node is followed on the other, and not decided there before its end', async () => {
  const started = await post(a, 'factories', csv(columns, ...rowsOf('running', 300)), certify);
  const { id } = started.json.import;
  refusedAs(await decide(b, id, 'approve'), 409, 'import-running');
  const stream = await openStream(b, `/api/v1/imports/${id}`, { token: clerk });
  const told = [];
  for (let next = await stream.next(); next !== undefined; next = await stream.next())
    told.push(JSON.parse(next.data).import);
  expect(told.some(({ state, submitted }) => state === 'running' && submitted > 0)).toBe(true);
  expect(told.at(-1)).toMatchObject({ state: 'finished', total: 300, rows: 300, submitted: 300, refused: 0 });
  const [here, there] = await Promise.all([a, b].map((node) => node.get(`/api/v1/imports/${id}`, { token: clerk })));
  expect(there?.json).toEqual(here?.json);
});

test.each(['approve', 'return'] as const)(
  'an import of one node is decided through the other: %s',
  async (decision) => {
    const { id } = await imported(a, 'factories', csv(columns, ...rowsOf(decision, 20)), certify);
    expect((await decide(b, id, decision)).status).toBe(202);
    await ended(b, id);
    for (const node of [a, b])
      expect(await ended(node, id)).toMatchObject({
        decisions: [{ decision, state: 'finished', decided: 20, left: [] }],
      });
    expect(eventsOf(`${decision}-0`)).toHaveLength(2);
  },
);

test('an import of one node is undone through the other', async () => {
  const nominees = Array.from({ length: 20 }, (_, n) => [`undone-${n}`, `第 ${n} 厂`, '汽车', '浦东', '2020-03-01']);
  const { id } = await imported(a, 'factories', csv(['编号', '工厂名称', '行业', '区', '推荐日期'], ...nominees));
  expect((await decide(b, id, 'undo', 'li.wei')).status).toBe(202);
  await ended(b, id);
  for (const node of [a, b])
    expect(await ended(node, id)).toMatchObject({
      decisions: [{ decision: 'undo', by: 'li.wei', state: 'finished', decided: 20, submitted: 0, left: [] }],
    });
  for (const [key = ''] of nominees)
    expect(eventsOf(key).map(({ type }) => type)).toEqual(['FactoryNominated', 'EventsAnnulled']);
});

test('an import decided through both nodes at the same moment is decided once, and counts each submission once', async () => {
  const { id } = await imported(a, 'factories', csv(columns, ...rowsOf('both', 100)), certify);
  const replies = await Promise.all([a, b].map((node) => decide(node, id, 'approve')));
  expect(statuses(replies)).toEqual([202, 202]);
  await Promise.all([ended(a, id), ended(b, id)]);
  expect((await ended(a, id)).decisions).toEqual([
    { decision: 'approve', by: 'wang.fang', state: 'finished', decided: 100, left: [] },
  ]);
  for (const [key = ''] of rowsOf('both', 100)) expect(eventsOf(key)).toHaveLength(2);
  const kinds = store.log.records.filter(({ stream }) => stream === `upgrade.imports-${id}`).map(({ type }) => type);
  expect(kinds).toEqual(['ImportStarted', 'ImportFinished', 'ImportDecisionStarted', 'ImportDecisionFinished']);
});

test('a file imported through both nodes at the same moment records each row once', async () => {
  const file = csv(columns, ...rowsOf('twice', 100));
  const [one, other] = await Promise.all([a, b].map((node) => imported(node, 'factories', file, certify)));
  expect(one.submitted + other.submitted).toBe(100);
  expect(one.alreadyThere + other.alreadyThere).toBe(100);
  for (const [key = ''] of rowsOf('twice', 100)) expect(eventsOf(key)).toHaveLength(1);
});
