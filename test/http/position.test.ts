import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { factory } from '../domain/vocabulary.ts';
import { named, type Recording, startRecording } from './recording.ts';
import { startServer } from './server.ts';

let recording: Recording;
const kangqiao = named(factory.register, 'kangqiao');
beforeAll(async () => {
  recording = await startRecording();
  await recording.record(kangqiao, factory.nominated('2020-01-10'));
});
afterAll(() => recording.server.close());

const reads = [
  '/targets',
  '/targets/model-factories/entries',
  '/targets/model-factories/series',
  '/targets/model-factories/changes?since=0',
  '/measures',
  '/breakdown?by=area',
  '/factories',
  '/factories/kangqiao',
  '/factories/kangqiao/history',
  '/events',
  '/submissions',
  '/plans',
  '/exports/targets.csv',
  '/exports/factories.csv',
];

test('every read says how far its read model had folded', async () => {
  const token = await recording.server.token(['clerk', 'auditor']);
  const { position } = recording.server.registry.model.place();
  for (const path of reads) {
    const { status, headers } = await recording.server.get(`/api/v1${path}`, { token });
    expect([status, headers.get('registry-position')], path).toEqual([200, position]);
  }
});

test('HEAD says what GET does, without the body', async () => {
  const authorization = `Bearer ${await recording.server.token(['clerk', 'auditor'])}`;
  const named = ['registry-position', 'content-type', 'content-length', 'etag', 'link', 'cache-control', 'vary'];
  for (const path of [...reads, '/factories?limit=1', '/registers', '/search?q=a']) {
    const [get, head] = await Promise.all(
      ['GET', 'HEAD'].map(async (method) => {
        const answer = await fetch(`${recording.server.url}/api/v1${path}`, {
          method,
          headers: { authorization, 'accept-encoding': 'identity' },
        });
        const text = await answer.text();
        return { text, said: [answer.status, ...named.map((name) => answer.headers.get(name))] };
      }),
    );
    expect(head?.said, path).toEqual(get?.said);
    expect(head?.text, path).toBe('');
  }
});

test('a read that presents the position of a command sees what it recorded, however slow the fold', async () => {
  const { server } = recording;
  const token = await server.token('clerk');
  for (let n = 0; n < 20; n++) {
    const { headers, json } = await server.post(
      `/api/v1/factories/f${n}/nominate`,
      { effectiveOn: '2020-01-10', name: `工厂 ${n}`, sector: 'automobiles', district: 'pudong' },
      { token },
    );
    const position = headers.get('registry-position') ?? '';
    expect(position).toBe(json.position);
    const read = await server.get('/api/v1/factories', { headers: { 'registry-position': position } });
    expect(read.json.items).toHaveLength(n + 2);
    expect(BigInt(read.headers.get('registry-position') ?? '')).toBeGreaterThanOrEqual(BigInt(position));
  }
});

test('a read that presents none sees all the same what was recorded through its node before', async () => {
  const server = await startServer({ inThread: true });
  onTestFinished(server.close);
  const token = await server.token('clerk');
  for (let n = 0; n < 20; n++) {
    const body = { effectiveOn: '2020-01-10', name: `工厂 ${n}`, sector: 'automobiles', district: 'pudong' };
    await server.post(`/api/v1/factories/own-${n}/nominate`, body, { token });
    expect((await server.get(`/api/v1/factories/own-${n}`)).status).toBe(200);
    expect((await server.get('/api/v1/factories?q=own-')).json.items).toHaveLength(n + 1);
  }
});

test('a read waits for its position, and answers as soon as that is folded', async () => {
  const ahead = String(BigInt(recording.server.registry.model.place().position) + 1n);
  const waiting = recording.server.get('/api/v1/factories', { headers: { 'registry-position': ahead } });
  await recording.server.get('/health/live');
  await recording.record(named(factory.register, 'awaited'), factory.nominated('2020-01-10'));
  const { status, json } = await waiting;
  expect(status).toBe(200);
  expect(json.items).toContainEqual(expect.objectContaining({ key: 'awaited' }));
});

test('a read whose position does not come is 503 with Retry-After, after five seconds at most', async () => {
  const { model } = recording.server.registry;
  const asked: number[] = [];
  const { reached } = model;
  Object.assign(model, {
    reached: (position: string, timeoutMs: number) => {
      asked.push(timeoutMs);
      return reached(position, timeoutMs / 500);
    },
  });
  const token = await recording.server.token(['clerk', 'auditor']);
  for (const path of reads) {
    const { status, json, headers } = await recording.server.get(`/api/v1${path}`, {
      token,
      headers: { 'registry-position': '999999' },
    });
    expect([status, json.type], path).toEqual([503, '/problems/unavailable']);
    expect(Number(headers.get('retry-after')), path).toBeGreaterThan(0);
  }
  Object.assign(model, { reached });
  expect(new Set(asked)).toEqual(new Set([5_000]));
});

test.each(['', 'abc', '-1', '1.5', '1 OR 1', '9'.repeat(31), '@1', 'upgrade.factories-x@', 'x@-1', '%E0%A4%A@1'])(
  '%j is no position',
  async (position) => {
    const { status, json } = await recording.server.get('/api/v1/targets', {
      headers: { 'registry-position': position },
    });
    expect(status).toBe(400);
    expect(json.errors[0]).toMatchObject({ in: 'header', name: 'registry-position' });
  },
);
