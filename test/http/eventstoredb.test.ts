import { afterAll, beforeAll, expect, test } from 'vitest';
import { startWireServer, type WireServer } from '../store/esdb-wire/server.ts';
import { startServer, type TestServer } from './server.ts';

/** Two nodes of the registry on one store; the store is the wire server of the tests, not an EventStoreDB. */
let store: WireServer;
let a: TestServer;
let b: TestServer;

beforeAll(async () => {
  store = await startWireServer();
  const environment = { REGISTRY_STORE: store.connectionString };
  a = await startServer({ environment });
  b = await startServer({ environment: { ...environment, REGISTRY_KEYS: `${a.folder}/keys` } });
});
afterAll(async () => {
  await a?.close();
  await b?.close();
  await store?.close();
});

const seen = (reply: { headers: Headers }) => ({ 'registry-position': reply.headers.get('registry-position') ?? '' });

test('a clerk on one node and a reviewer on the other certify a factory, and both nodes count it', async () => {
  const clerk = await a.token('clerk', 'li.wei');
  const reviewer = await a.token('reviewer', 'wang.fang');
  const body = { effectiveOn: '2020-12-22', name: '康桥数字化工厂', sector: 'automobiles', district: 'pudong' };
  const submitted = await a.post(
    '/api/v1/factories/kangqiao/certify',
    { ...body, grade: 'demonstration' },
    { token: clerk },
  );
  expect(submitted.status).toBe(202);
  const approved = await b.post(`/api/v1/submissions/${submitted.json.submission.id}/approve`, {}, { token: reviewer });
  expect(approved.status).toBe(201);
  for (const node of [a, b]) {
    const { json } = await node.get('/api/v1/targets/model-factories/entries?on=2020-12-31', {
      headers: seen(approved),
    });
    expect(json).toMatchObject({ count: 1, entries: [{ key: 'kangqiao', since: '2020-12-22' }] });
  }
  const targets = await Promise.all([a, b].map((node) => node.get('/api/v1/targets?on=2020-12-31&knownAt=3')));
  expect(targets[0]?.text).toBe(targets[1]?.text);
});

test('one idempotency key through both nodes records once', async () => {
  const token = await a.token('clerk', 'li.wei');
  const body = { effectiveOn: '2020-01-10', name: '闵行工厂', sector: 'automobiles', district: 'minhang' };
  const call = { token, headers: { 'idempotency-key': 'one-for-both' } };
  const replies = await Promise.all(
    [a, b, a, b].map((node) => node.post('/api/v1/factories/once/nominate', body, call)),
  );
  expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([201]));
  expect(new Set(replies.map(({ json }) => json.events[0].id)).size).toBe(1);
});
