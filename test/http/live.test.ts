import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { annulled, submittedBy } from '../domain/given.ts';
import { factory, plan } from '../domain/vocabulary.ts';
import { openStream } from './event-stream.ts';
import { named, type Recording, startRecording } from './recording.ts';

let recording: Recording;
const kangqiao = named(factory.register, 'kangqiao');
beforeEach(async () => {
  recording = await startRecording('2021-06-01T02:00:00Z');
});

afterEach(() => recording.server.close());

const live = (headers = {}) => openStream(recording.server, '/api/v1/live', { headers });
const parsed = (message: { event?: string | undefined; data: string } | undefined) => ({
  event: message?.event,
  ...JSON.parse(message?.data ?? '{}'),
});
type Figure = { readonly id: string; readonly count: number };

test('a dashboard that connects gets every target as it stands', async () => {
  await recording.record(kangqiao, factory.certified('2020-11-03', factory.described));
  const stream = await live();
  const first = parsed(await stream.next());
  await stream.close();
  const { json } = await recording.server.get('/api/v1/targets');
  expect(first).toMatchObject({ event: 'targets', ...json });
  expect(stream.headers.get('content-type')).toMatch(/^text\/event-stream/);
  expect(stream.headers.get('cache-control')).toBe('private, no-cache');
});

test('it gets the targets whose number moved, or only the position if none did', async () => {
  const stream = await live();
  await stream.next();
  const told = async (...record: Parameters<Recording['record']>) => {
    const size = await recording.record(...record);
    const message = parsed(await stream.next());
    expect(message.size).toBe(size);
    expect(message.position).toBe(recording.server.registry.model.place().position);
    return [message.event, message.targets?.map(({ id, count }: Figure) => [id, count])];
  };
  expect(await told(kangqiao, factory.nominated('2020-01-10'))).toEqual(['position', undefined]);
  expect(await told(kangqiao, submittedBy('li.wei', factory.certified('2020-11-03')))).toEqual(['position', undefined]);
  expect(await told(kangqiao, factory.certified('2020-11-03', { grade: 'benchmark' }))).toEqual([
    'targets',
    [
      ['benchmark-factories', 1],
      ['model-factories', 1],
    ],
  ]);
  expect(await told(kangqiao, factory.amended('2021-01-01', { district: 'minhang' }))).toEqual(['position', undefined]);
  expect(await told(kangqiao, annulled(2))).toEqual([
    'targets',
    [
      ['benchmark-factories', 0],
      ['model-factories', 0],
    ],
  ]);
  expect(await told(named(plan.register, 'next'), plan.adopted('2021-01-01'))).toEqual([
    'targets',
    [['model-factories', 0]],
  ]);
  await stream.close();
});

test('a dashboard resumes with the id of its last message, and with none that no message of this ledger can have', async () => {
  await recording.record(kangqiao, factory.nominated('2020-01-10'));
  const stream = await live();
  const { id = '' } = (await stream.next()) ?? {};
  await stream.close();
  for (const seen of [id, '0', String(BigInt(id) - 1n)]) {
    const resumed = await live({ 'last-event-id': seen });
    expect(parsed(await resumed.next()).event, seen).toBe('targets');
    await resumed.close();
  }
  const beyond = [String(BigInt(id) + 1n), '9'.repeat(30), '9007199254740993'];
  const foreign = [
    '-1',
    '01',
    '1.0',
    '1e3',
    'x',
    'upgrade.factories-a@0',
    `${id} ${id}`,
    '9'.repeat(31),
    '٣',
    '1_000',
    '0x1',
    '+1',
    'null',
  ];
  for (const seen of [...beyond, ...foreign]) {
    const reply = await recording.server.get('/api/v1/live', {
      headers: { 'last-event-id': encodeURIComponent(seen) },
    });
    expect([seen, reply.status, reply.json?.errors?.[0].name]).toEqual([seen, 400, 'last-event-id']);
  }
});

test('it gets the targets of a withdrawn plan, too', async () => {
  const next = named(plan.register, 'next');
  await recording.record(next, plan.adopted('2021-01-01'));
  const stream = await live();
  expect(parsed(await stream.next()).targets).toHaveLength(11);
  await recording.record(next, annulled(0));
  const message = parsed(await stream.next());
  expect(message).toMatchObject({ event: 'targets', targets: [], gone: [{ plan: 'next', id: 'model-factories' }] });
  await stream.close();
});

test('it waits for the position that it presents', async () => {
  const ahead = String(BigInt(recording.server.registry.model.place().position) + 1n);
  const opening = live({ 'registry-position': ahead });
  await recording.server.get('/health/live');
  const size = await recording.record(kangqiao, factory.nominated('2020-01-10'));
  const stream = await opening;
  expect(parsed(await stream.next()).size).toBe(size);
  await stream.close();
});

test('many dashboards get the same messages, and one that leaves does not disturb the others', async () => {
  const streams = await Promise.all(Array.from({ length: 20 }, () => live()));
  await Promise.all(streams.map((stream) => stream.next()));
  await streams[0]?.close();
  await recording.record(kangqiao, factory.certified('2020-11-03', factory.described));
  const told = await Promise.all(streams.slice(1).map(async (stream) => parsed(await stream.next()).event));
  expect(new Set(told)).toEqual(new Set(['targets']));
  await Promise.all(streams.map((stream) => stream.close()));
});

test('streams end when the server closes, which takes no longer for them', async () => {
  const { server } = await startRecording();
  const token = await server.token('auditor');
  const streams = await Promise.all([
    openStream(server, '/api/v1/live'),
    openStream(server, '/api/v1/live'),
    openStream(server, '/api/v1/events', { token }),
    openStream(server, '/api/v1/events?after=0', { token }),
  ]);
  for (const { headers } of streams) expect(headers.get('connection')).toBe('close');
  await streams[0]?.next();
  await streams[2]?.next();
  const began = performance.now();
  await server.close();
  expect(performance.now() - began).toBeLessThan(5_000);
  for (const stream of streams) {
    let message = await stream.next();
    while (message !== undefined) message = await stream.next();
  }
});

test('a stream whose reader has stopped reading does not delay the server’s close', async () => {
  const { server, record } = await startRecording();
  const token = await server.token('auditor');
  await record(
    kangqiao,
    ...Array.from({ length: 500 }, () =>
      factory.nominated('2020-01-10', { note: '长'.repeat(2_000), name: '厂'.repeat(500) }),
    ),
  );
  const { port, hostname } = new URL(server.url);
  const socket = connect(Number(port), hostname);
  socket.write(
    `GET /api/v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nAccept: text/event-stream\r\n\r\n`,
  );
  await once(socket, 'readable');
  const began = performance.now();
  await server.close();
  expect(performance.now() - began).toBeLessThan(5_000);
  socket.destroy();
});
