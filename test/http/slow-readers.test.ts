import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { factories } from '../../domain/registers/factories.ts';
import { factory } from '../domain/vocabulary.ts';
import { openStream } from './event-stream.ts';
import { named, type Recording, startRecording } from './recording.ts';

/** The ledger is larger than what the sockets of one machine hold between them. */
const entries = 4_000;
const readers = 6;
/** Of some 20 MB that each has asked for. */
const bytesEach = 3_000_000;
const long = '厂'.repeat(500);

let recording: Recording;
let auditor: string;
let size = 0;

beforeAll(async () => {
  recording = await startRecording('2022-03-01T00:00:00Z', { REGISTRY_STALL_LIMIT: '5' }, { inThread: true });
  auditor = await recording.server.token('auditor');
  const nominated = factory.nominated('2020-01-10', { name: long, operator: long, note: long });
  const recorded = Array.from({ length: entries }, (_, n) => recording.record(named(factories, `f-${n}`), nominated));
  size = Math.max(...(await Promise.all(recorded)));
}, 120_000);
afterAll(() => recording.server.close());

const ask = (path: string, accept: string): Socket => {
  const { hostname, port } = new URL(recording.server.url);
  const socket = connect(Number(port), hostname).on('error', () => {}); // a socket that is cut may be reset
  socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${auditor}\r\nAccept: ${accept}\r\n\r\n`);
  return socket;
};

/** Asks for something and reads nothing of the answer, which has begun to come. */
const stalled = async (path: string, accept: string): Promise<Socket> => {
  const socket = ask(path, accept);
  await once(socket, 'readable');
  return socket;
};

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');
const usedBytes = (): number => {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
};

test.each([
  ['the trail as Server-Sent Events', '/api/v1/events', 'text/event-stream'],
  ['the log as lines', '/api/v1/events', 'application/x-ndjson'],
  ['a register as a file', '/api/v1/exports/factories.csv', 'text/csv'],
])(
  'a client that asks for %s and reads nothing is cut off, costs little memory until then and disturbs nobody',
  async (_, path, accept) => {
    const { server, record } = recording;
    const other = await openStream(server, `/api/v1/events?after=${size - 1}`, { token: auditor });
    const usedBefore = usedBytes();
    const openBefore = await server.connections();
    const sockets = await Promise.all(Array.from({ length: readers }, () => stalled(path, accept)));
    expect(await server.connections()).toBeGreaterThanOrEqual(readers);

    size = await record(named(factories, `after-${accept.replace('/', '-')}`), factory.nominated('2020-01-10'));
    expect((await other.next())?.id).toBe(String(size - 1));
    expect((await server.get('/api/v1/targets')).status).toBe(200);
    expect((usedBytes() - usedBefore) / readers).toBeLessThan(bytesEach);

    const isCut = expect.poll(server.connections, { timeout: 40_000, interval: 200 });
    await isCut.toBeLessThanOrEqual(openBefore + 1); // the reads of this test may have opened one
    await other.close();
    for (const socket of sockets) socket.destroy();
  },
  60_000,
);

test('a client that reads, however slowly, gets everything', async () => {
  const socket = ask('/api/v1/events?after=2000', 'application/x-ndjson');
  let length = 0;
  socket.on('data', (bytes: Buffer) => {
    length += bytes.length;
    socket.pause();
    setImmediate(() => socket.resume());
  });
  await once(socket, 'close');
  expect(length).toBeGreaterThan((entries - 2_000) * Buffer.byteLength(long) * 2);
});

test('a stream on which nothing happens stays open', async () => {
  const { server, record } = recording;
  const response = await fetch(`${server.url}/api/v1/events?after=${size - 1}`, {
    headers: { authorization: `Bearer ${auditor}`, accept: 'text/event-stream' },
  });
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let received = '';
  const receive = async (enough: (text: string) => boolean) => {
    while (!enough(received)) received += (await reader?.read())?.value ?? '';
  };
  await receive((text) => text.split(': alive').length > 3); // for longer than what cuts a reader who stalls
  size = await record(named(factories, 'after-silence'), factory.nominated('2020-01-10'));
  await receive((text) => text.includes(`id: ${size - 1}\n`));
  await reader?.cancel();
});
