import { request } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { factory } from '../domain/vocabulary.ts';
import { named, type Recording, startRecording } from './recording.ts';

let recording: Recording;
let auditor: string;
beforeAll(async () => {
  recording = await startRecording(undefined, {}, { inThread: true });
  auditor = await recording.server.token('auditor');
  for (let n = 0; n < 60; n++)
    await recording.record(named(factory.register, `f-${n}`), factory.nominated('2020-01-10', { name: `第${n}工厂` }));
});
afterAll(() => recording.server.close());

/** The answer as it came over the socket. */
const raw = async (path: string, encodings: string | undefined, more: Readonly<Record<string, string>> = {}) => {
  const headers = { ...more, ...(encodings === undefined ? {} : { 'accept-encoding': encodings }) };
  const sent = request(`${recording.server.url}${path}`, { headers });
  sent.end();
  const { promise, resolve, reject } = Promise.withResolvers<import('node:http').IncomingMessage>();
  sent.once('response', resolve).once('error', reject);
  const answer = await promise;
  return { status: answer.statusCode, headers: answer.headers, answer };
};

const fetched = async (...asked: Parameters<typeof raw>) => {
  const { status, headers, answer } = await raw(...asked);
  return { status, headers, bytes: await buffer(answer) };
};

const asAuditor = () => ({ authorization: `Bearer ${auditor}` });
const worthIt = [
  '/api/v1/targets',
  '/api/v1/factories?limit=50',
  '/api/v1/exports/factories.csv',
  '/api/v1/registers',
  '/api/openapi.json',
  '/api/docs',
];

describe('an answer that is worth it', () => {
  test.each(worthIt)(
    '%s comes in brotli or gzip, the same once unpacked, and says what it depends on',
    async (path) => {
      const plain = await fetched(path, undefined);
      expect(plain.headers['content-encoding']).toBeUndefined();
      for (const [encodings, encoding, unpack] of [
        ['gzip', 'gzip', gunzipSync],
        ['br', 'br', brotliDecompressSync],
        ['gzip, deflate, br, zstd', 'br', brotliDecompressSync],
        ['gzip;q=1, br;q=0.2', 'gzip', gunzipSync],
      ] as const) {
        const packed = await fetched(path, encodings);
        expect([packed.status, packed.headers['content-encoding']], encodings).toEqual([200, encoding]);
        expect(unpack(packed.bytes).equals(plain.bytes), encodings).toBe(true);
        expect(packed.bytes.length).toBeLessThan(plain.bytes.length / 2);
        expect(packed.headers['content-type']).toBe(plain.headers['content-type']);
        expect(packed.headers.vary).toBe(plain.headers.vary);
      }
      expect(plain.headers.vary).toMatch(/accept-encoding$/);
      expect(plain.headers['content-length']).toBe(String(plain.bytes.length));
    },
  );

  test('comes as it is if the reader takes none of these', async () => {
    for (const encodings of [undefined, 'identity', 'deflate', 'br;q=0, gzip;q=0', 'zstd'])
      expect((await fetched('/api/v1/registers', encodings)).headers['content-encoding'], encodings).toBeUndefined();
  });

  test('of the trail, as a page, too; as lines it is sent as it is', async () => {
    const page = await fetched('/api/v1/events', 'gzip', asAuditor());
    expect(page.headers['content-encoding']).toBe('gzip');
    expect(JSON.parse(gunzipSync(page.bytes).toString())).toHaveLength(50);
    const lines = await fetched('/api/v1/events', 'gzip', { ...asAuditor(), accept: 'application/x-ndjson' });
    expect(lines.headers['content-encoding']).toBeUndefined();
    expect(lines.bytes.toString().trimEnd().split('\n')).toHaveLength(61);
  });
});

test('an event stream is never packed, so that each message comes at once', async () => {
  for (const [path, headers] of [
    ['/api/v1/live', {}],
    ['/api/v1/events', asAuditor()],
  ] as const) {
    const { headers: answered, answer } = await raw(path, 'gzip, br', { ...headers, accept: 'text/event-stream' });
    expect([answered['content-type'], answered['content-encoding']]).toEqual([
      'text/event-stream; charset=utf-8',
      undefined,
    ]);
    answer.destroy();
  }
});

test('short answers, refusals and workbooks are not packed', async () => {
  for (const path of ['/api/v1/measures?on=2020-01-01&knownAt=0', '/api/v1/factories/never', '/health/live']) {
    const { headers } = await fetched(path, 'gzip, br');
    expect(headers['content-encoding'], path).toBeUndefined();
    expect(headers.vary ?? '', path).not.toMatch(/encoding/i);
  }
  expect((await fetched('/api/v1/exports/factories.xlsx', 'gzip, br')).headers['content-encoding']).toBeUndefined();
});

test('the ETag of the document and of an entry is the same, packed or not, and the document is 304 for it', async () => {
  const [plain, packed] = [await fetched('/api/openapi.json', undefined), await fetched('/api/openapi.json', 'br')];
  const etag = plain.headers.etag ?? '';
  expect(packed.headers.etag).toBe(etag);
  for (const seen of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
    const again = await fetched('/api/openapi.json', 'br', { 'if-none-match': seen });
    expect([seen, again.status, again.bytes.length, again.headers.etag]).toEqual([seen, 304, 0, etag]);
  }
  expect((await fetched('/api/openapi.json', 'br', { 'if-none-match': '"other"' })).status).toBe(200);
  expect((await fetched('/api/v1/factories/f-1', 'br')).headers.etag).toBe('"0"');
});
