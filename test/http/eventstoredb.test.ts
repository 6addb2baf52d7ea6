import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startWireServer, type WireServer } from '../store/esdb-wire/server.ts';
import { generations } from '../store/esdb-wire/stores.ts';
import { startServer, type TestServer } from './server.ts';

const seen = (reply: { headers: Headers }) => ({ 'registry-position': reply.headers.get('registry-position') ?? '' });

/** The store is the wire server of the tests, not an EventStoreDB. */
describe.each(generations)('two nodes on one store, %s', (_, options) => {
  let store: WireServer;
  let a: TestServer;
  let b: TestServer;

  beforeAll(async () => {
    store = await startWireServer(options);
    const environment = { REGISTRY_STORE: store.connectionString };
    a = await startServer({ environment });
    b = await startServer({ environment: { ...environment, REGISTRY_KEYS: `${a.folder}/keys` } });
  });
  afterAll(async () => {
    await a?.close();
    await b?.close();
    await store?.close();
  });

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
    const approved = await b.post(
      `/api/v1/submissions/${submitted.json.submission.id}/approve`,
      {},
      { token: reviewer },
    );
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

  test('a command’s position is honoured by the other node, whichever of its forms the store allows', async () => {
    const token = await a.token('clerk', 'li.wei');
    const body = { effectiveOn: '2020-02-01', name: '宝山工厂', sector: 'automobiles', district: 'baoshan' };
    const recorded = await a.post('/api/v1/factories/baoshan-1/nominate', body, { token });
    const { position } = recorded.json;
    expect(recorded.headers.get('registry-position')).toBe(position);
    expect(position).toMatch(options.positions === false ? /^upgrade\.factories-baoshan-1@0$/ : /^\d+$/);
    const read = await b.get('/api/v1/factories/baoshan-1', { headers: seen(recorded) });
    expect(read.json).toMatchObject({ key: 'baoshan-1', status: 'nominated' });
  });

  test('a submission says its place and time in the ledger once the node knows them, and the same on every node', async () => {
    const token = await a.token('clerk', 'li.wei');
    const body = { effectiveOn: '2020-12-22', name: '嘉定工厂', sector: 'automobiles', district: 'jiading' };
    const submitted = await a.post(
      '/api/v1/factories/jiading-1/certify',
      { ...body, grade: 'demonstration' },
      { token },
    );
    const { id } = submitted.json.submission;
    const one = await b.get(`/api/v1/submissions/${id}`, { token, headers: seen(submitted) });
    const { json: listed } = await a.get('/api/v1/submissions?key=jiading-1', { token, headers: seen(submitted) });
    const { json: events } = await a.get('/api/v1/events?key=jiading-1', { token: await a.token('auditor') });
    const { entrynumber, time } = events[0];
    const place = { entryNumber: entrynumber, submittedAt: time };
    expect([submitted.json.submission, one.json.submission, listed.items[0]]).toEqual([
      expect.objectContaining(place),
      expect.objectContaining(place),
      expect.objectContaining(place),
    ]);
  });

  test('a node that starts on a store that holds a registry adopts nothing', async () => {
    const before = await a.registry.store.end();
    const third = await startServer({ environment: { REGISTRY_STORE: store.connectionString } });
    await third.close();
    expect(await a.registry.store.end()).toBe(before);
  });
});
