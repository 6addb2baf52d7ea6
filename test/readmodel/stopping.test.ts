import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { currentSchema, type NewEvent } from '../../domain/event.ts';
import { trailEvents, unknownTypes } from '../../projections/trail.ts';
import { openReadModelFile } from '../../src/readmodel/file.ts';
import { folding, ProjectionFailed } from '../../src/readmodel/fold.ts';
import { newPath } from '../../src/readmodel/folder.ts';
import { questionsTo } from '../../src/readmodel/questions.ts';
import { start } from '../../src/store/event-store.ts';
import { given } from '../domain/given.ts';
import { factory } from '../domain/vocabulary.ts';
import { named, type Recording, startRecording } from '../http/recording.ts';
import { startNode } from './node.ts';

const certified = given(factory.nominated('2020-01-10'), factory.certified('2020-11-03'));
const [nominated] = certified.events;
if (nominated === undefined) throw new Error('No event');

const like = (id: string, change: object): NewEvent => ({ ...nominated, id, ...change }) as NewEvent;
/** An event at which every projection fails: it does not say what it is about. */
const poison = like('99999999-9999-4999-8999-999999999999', { type: 'FactoryMelted', data: { data: {} } });
const unknownType = like('11111111-1111-4111-8111-111111111111', { type: 'FactoryTwinned' });
const newerSchema = like('22222222-2222-4222-8222-222222222222', {
  type: 'ModelCertificationRevoked',
  data: { register: 'factories', key: 'kangqiao-digital', effectiveOn: '2021-01-01', data: { because: { of: [1] } } },
  metadata: { ...nominated.metadata, schema: currentSchema + 1 },
});

test('a batch is one transaction with its checkpoint: if a projection fails at an event, nothing of the batch is there', async () => {
  const node = await startNode();
  await node.append(certified);
  await node.appendRaw('upgrade.factories-poison', [poison]);
  await node.appendRaw('upgrade.factories-after', [like('33333333-3333-4333-8333-333333333333', {})]);
  const file = openReadModelFile(newPath(node.folder, 'test'));
  const fold = folding(file);
  const [plan = [], ...batch] = [await node.store.readAll(start, 1), ...(await node.store.readAll(start, 9)).slice(1)];
  fold(plan);
  expect(() => fold(batch)).toThrow(ProjectionFailed);
  expect(file.place()).toEqual({ size: 1, position: '1', recordedAt: plan[0]?.recordedAt });
  expect(file.all(trailEvents({}, 'asc', 10))).toHaveLength(1);
  for (const table of ['delta', 'submission', "entry WHERE register <> 'plans'"])
    expect(file.get({ sql: `SELECT count(*) AS n FROM ${table}`, params: [] }), table).toEqual({ n: 0 });
  fold(batch.slice(0, 2));
  expect(file.place().size).toBe(3);
  file.close();
});

test('a full disk is not the event’s fault: the batch is tried again, and the read model does not stop', async () => {
  const node = await startNode();
  const file = openReadModelFile(newPath(node.folder, 'test'));
  const full = folding({
    ...file,
    run: () => {
      throw Object.assign(new Error('database or disk is full'), { errcode: 13 });
    },
  });
  const batch = await node.store.readAll(start, 1);
  expect(() => full(batch)).toThrow(/is unavailable: the disk is full\.$/);
  expect(file.place().size).toBe(0);
  folding(file)(batch);
  expect(file.place().size).toBe(1);
  file.close();
});

describe('an event at which a projection fails', () => {
  let recording: Recording;
  beforeEach(async () => {
    recording = await startRecording();
  });
  afterEach(() => recording.server.close());
  const ready = async () => {
    const { server } = recording;
    return server.get('/health/ready', { token: await server.token('admin') });
  };

  test('stops the read model before it, which says so by name, while reads and records go on', async () => {
    const { server, record } = recording;
    const size = await record(named(factory.register, 'kangqiao'), factory.nominated('2020-01-10'));
    const stops = new Promise<void>((resolve) => {
      const { model } = server.registry;
      model.onFolded(() => model.health().state === 'stopped' && resolve());
    });
    await Promise.all([
      server.registry.store.append('upgrade.factories-before', 'none', [
        like('44444444-4444-4444-8444-444444444444', { data: { ...nominated.data, key: 'before' } }),
      ]),
      server.registry.store.append('upgrade.factories-poison', 'none', [poison]),
      server.registry.store.append('upgrade.factories-after', 'none', [
        like('55555555-5555-4555-8555-555555555555', {}),
      ]),
    ]);
    await stops;
    const { status, json, headers } = await ready();
    expect(status).toBe(503);
    expect(headers.get('retry-after')).toBe('1');
    expect(json).toMatchObject({
      state: 'stopped',
      size: size + 1,
      stopped: { entryNumber: size + 1, event: poison.id, type: 'FactoryMelted' },
    });
    expect(json.stopped.message).toContain(poison.id);

    const listed = await server.get('/api/v1/factories');
    expect([listed.status, listed.json.items.map(({ key }: { key: string }) => key)]).toEqual([
      200,
      ['before', 'kangqiao'],
    ]);
    expect((await server.get('/api/v1/targets')).status).toBe(200);
    expect((await server.get('/metrics')).text).toContain('registry_read_model_ready 0\n');
    expect((await server.get('/health/live')).status).toBe(200);
    const token = await server.token('clerk');
    const body = { effectiveOn: '2020-01-10', name: '工厂', sector: 'automobiles', district: 'pudong' };
    expect((await server.post('/api/v1/factories/still-recorded/nominate', body, { token })).status).toBe(201);

    const { stdout } = await promisify(execFile)('./registry', ['status', '--json'], {
      env: { ...process.env, REGISTRY_DATA: server.folder },
    });
    const { size: ledger, readModel } = JSON.parse(stdout);
    expect([ledger, readModel.size, readModel.lag]).toEqual([size + 4, size + 1, 3]);
    expect(readModel.stopped).toContain(poison.id);
  });
});

describe('an event that this release does not know', () => {
  test('is kept in the trail, listed as unknown, counts nothing, and the fold goes on', async () => {
    const { server, record } = await startRecording();
    const kangqiao = named(factory.register, 'kangqiao-digital');
    await record(kangqiao, factory.nominated('2020-01-10'), factory.certified('2020-11-03'));
    const { store, model } = server.registry;
    await store.append('upgrade.factories-kangqiao-digital', 1, [newerSchema, { ...unknownType }]);
    await store.append('upgrade.robots-r2', 'none', [
      like('66666666-6666-4666-8666-666666666666', { data: { ...nominated.data, register: 'robots', key: 'r2' } }),
    ]);
    const after = await record(named(factory.register, 'next'), factory.nominated('2020-01-10'));
    expect(after).toBe(7);
    const token = await server.token('auditor');
    const { json: trail } = await server.get('/api/v1/events?after=2', { token });
    expect(trail.map(({ type }: { type: string }) => type)).toEqual([
      'ModelCertificationRevoked',
      'FactoryTwinned',
      'FactoryNominated',
      'FactoryNominated',
    ]);
    expect(trail[0].data).toMatchObject({ metadata: { schema: currentSchema + 1 }, data: { because: { of: [1] } } });
    expect(model.all(unknownTypes)).toEqual([
      { type: 'FactoryNominated', count: 1 },
      { type: 'FactoryTwinned', count: 1 },
      { type: 'ModelCertificationRevoked', count: 1 },
    ]);
    const { json: entry, headers } = await server.get('/api/v1/factories/kangqiao-digital');
    expect([entry.status, headers.get('etag')]).toEqual(['certified', '"3"']);
    expect((await server.get('/api/v1/targets/model-factories/entries')).json.count).toBe(1);
    expect((await server.get('/health/ready')).status).toBe(200);
    const { stdout } = await promisify(execFile)('./registry', ['status'], {
      env: { ...process.env, REGISTRY_DATA: server.folder },
    });
    expect(stdout).toMatch(/unknown +1 × ModelCertificationRevoked/);
    await server.close();
  });
});

test.each([{ inThread: false }, { inThread: true }])(
  'a stopped read model goes on by itself once a release is started that knows the event: $inThread',
  async ({ inThread }) => {
    const node = await startNode();
    await node.append(certified);
    const model = await node.open({
      inThread,
      through: {
        ...node.store,
        follow: async function* (after, signal) {
          for await (const batch of node.store.follow(after, signal))
            yield batch.map((event) => (event.entryNumber === 2 ? { ...event, ...poison, entryNumber: 2 } : event));
        },
      },
    });
    await model.caughtUp;
    expect(model.health()).toMatchObject({ state: 'stopped', size: 2 });
    await model.close();
    const upgraded = await node.open({ inThread });
    await upgraded.caughtUp;
    expect(upgraded.health()).toMatchObject({ state: 'ready', size: 3 });
    const listed = questionsTo(upgraded).entries({
      register: 'factories',
      on: '2022-01-01',
      size: 3,
      sort: 'key',
      limit: 9,
    });
    expect(listed).toMatchObject([{ status: 'certified' }]);
  },
);

test('a store that goes away is asked again, and the read model is ready once it is back', async () => {
  const node = await startNode();
  let away = true;
  const model = await node.open({
    through: {
      ...node.store,
      follow: (after, signal) => {
        if (away) throw new Error('the store is away');
        return node.store.follow(after, signal);
      },
    },
  });
  expect(model.health()).toMatchObject({ state: 'store-away', detail: 'the store is away' });
  away = false;
  await model.caughtUp;
  expect(model.health()).toMatchObject({ state: 'ready', size: 1 });
});
