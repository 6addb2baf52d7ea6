import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { openCheckpoint } from '../../src/ledger/checkpoint.ts';
import { ledgerKeyOf } from '../../src/ledger/opening.ts';
import { checkProof } from '../../src/ledger/proof.ts';
import { openBundle } from '../../src/ledger/tile.ts';
import { leafHash } from '../../src/ledger/tree.ts';
import { goVerifies, needsGo } from '../ledger/go.ts';
import { mth } from '../ledger/naive-tree.ts';
import { flipped, newLogKey, sound } from '../ledger/signing.ts';
import { nomination, refusedAs } from './office.ts';
import { startServer, type TestServer } from './server.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const origin = 'registry.example.org/ledger';
/** Enough for two tiles, the second of them partial. */
const nominations = 270;

let server: TestServer;
let auditor: string;
let clerk: string;
let size: number;
/** The feed, which is where an auditor has the leaves from. */
let leaves: readonly Buffer[];

beforeAll(async () => {
  server = await startServer({ inThread: true, environment: { REGISTRY_ORIGIN: origin } });
  auditor = await server.token('auditor');
  clerk = await server.token('clerk');
  for (let n = 0; n < nominations; n += 30)
    await Promise.all(Array.from({ length: 30 }, (_, each) => nominate(`f-${n + each}`)));
  size = nominations + 1;
  await server.registry.ledger.reached(size, 60_000);
  leaves = await feed();
});
afterAll(() => server?.close());

const nominate = (key: string) => server.post(`/api/v1/factories/${key}/nominate`, nomination, { token: clerk });
const feed = async (): Promise<readonly Buffer[]> => {
  const { text } = await server.get('/api/v1/events', { token: auditor, headers: { accept: 'application/x-ndjson' } });
  return text
    .trimEnd()
    .split('\n')
    .map((line) => Buffer.from(line));
};
const key = () => ledgerKeyOf(server.registry.config);
const trust = () => ({ origin, keys: [key().verifier] });
/** The bytes of an answer, whatever they are. */
const bytesOf = async (path: string, token?: string, headers: Record<string, string> = {}) => {
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const response = await fetch(`${server.url}${path}`, { headers: { ...authorization, ...headers } });
  return { status: response.status, headers: response.headers, bytes: Buffer.from(await response.arrayBuffer()) };
};
const checkpoint = async () => (await bytesOf('/ledger/checkpoint')).bytes;

test('anyone may read the checkpoint: the origin, the size and the root of the feed’s lines, signed', async () => {
  const { status, headers, text } = await server.get('/ledger/checkpoint');
  expect(status).toBe(200);
  expect(headers.get('content-type')).toBe('text/plain; charset=utf-8');
  expect(headers.get('cache-control')).toBe('no-cache');
  expect(sound(openCheckpoint(Buffer.from(text), trust()))).toMatchObject({ origin, size, root: mth(leaves) });
});

test('before the first checkpoint there is none, and no tiles; a server that signs nothing has none', async () => {
  const none = await startServer();
  refusedAs(await none.get('/ledger/checkpoint'), 404, 'not-found');
  refusedAs(await none.get('/ledger/tile/0/000'), 404, 'not-found');
  await none.close();
});

const tile = (from: number, to: number) => Buffer.concat(leaves.slice(from, to).map(leafHash));

test('tiles are the hashes of the feed’s lines, whole and partial, and may be kept for ever', async () => {
  for (const [path, expected] of [
    ['0/000', tile(0, 256)],
    ['0/000.p/1', tile(0, 1)],
    ['0/000.p/255', tile(0, 255)],
    [`0/001.p/${size - 256}`, tile(256, size)],
    ['0/001.p/1', tile(256, 257)],
    ['1/000.p/1', mth(leaves.slice(0, 256))],
  ] as const) {
    const { status, headers, bytes } = await bytesOf(`/ledger/tile/${path}`);
    expect([path, status, bytes.equals(expected)]).toEqual([path, 200, true]);
    expect(headers.get('content-type')).toBe('application/octet-stream');
    expect(headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
  }
});

test('bundles are the feed’s lines, for auditors alone, compressed for those who take it', async () => {
  for (const [path, from, to] of [
    ['000', 0, 256],
    [`001.p/${size - 256}`, 256, size],
    ['000.p/3', 0, 3],
  ] as const) {
    for (const encoding of ['gzip', 'identity']) {
      const headers = { 'accept-encoding': encoding };
      const answer = await bytesOf(`/ledger/tile/entries/${path}`, auditor, headers);
      expect([answer.status, answer.headers.get('content-encoding')]).toEqual([
        200,
        encoding === 'gzip' ? 'gzip' : null,
      ]);
      expect(answer.headers.get('cache-control')).toBe('private, no-cache');
      expect(answer.headers.get('vary')).toMatch(/Authorization.*Accept-Encoding/);
      expect(openBundle(answer.bytes, tile(from, to))).toEqual(leaves.slice(from, to));
    }
  }
  refusedAs(await server.get('/ledger/tile/entries/000'), 401, 'unauthorized');
  refusedAs(await server.get('/ledger/tile/entries/000', { token: clerk }), 403, 'forbidden');
});

const notTiles: readonly string[] = [
  ...['0/0', '0/00', '0/0000', '0/000.p/0', '0/000.p/256', '0/000.p/01', '0/000.p', '0/000.p/', '0/000/', '0/x000/000'],
  ...['0/001', '0/001.p/16', '0/002.p/1', '1/000', '1/000.p/2', '2/000.p/1', '63/000.p/1', '64/000.p/1', '00/000'],
  ...[
    '-1/000',
    '0/-01',
    '0/0x0',
    '0/x001',
    '8/0/000',
    'a/000',
    '0/00%30',
    '0/000%2Ep/5',
    '0/000.P/5',
    '0/000,p/5',
    '0/000.p/5/',
  ],
  ...['entries/0', 'entries/001', 'entries/002.p/1', 'entries/000.p/0', 'entries/x000/000', 'Entries/000', 'data/000'],
];

test.each(notTiles)(
  'there is no tile %s: another spelling, an empty one, or one that is not signed yet',
  async (path) => {
    expect((await bytesOf(`/ledger/tile/${path}`, auditor)).status).toBe(404);
  },
);

test('the proof of each event holds for its line of the feed, and for no other line, number or key', async () => {
  const stranger = { origin, keys: [newLogKey('elsewhere').verifier] };
  for (const index of [0, 1, 2, 100, 255, 256, size - 1]) {
    const leaf = leaves[index] ?? Buffer.of();
    const { id } = JSON.parse(leaf.toString());
    const { status, text, headers } = await server.get(`/api/v1/events/${id}/proof`, { token: auditor });
    expect([status, headers.get('content-type')]).toEqual([200, 'text/plain; charset=utf-8']);
    const proof = Buffer.from(text);
    expect(checkProof(proof, { leaf, index }, trust())).toMatchObject({ origin, size });
    const inCapitals = await server.get(`/api/v1/events/${id.toUpperCase()}/proof`, { token: auditor });
    expect(inCapitals.text).toBe(text);
    expect(checkProof(proof, { leaf: flipped(leaf, 9), index }, trust())).toEqual({ fault: 'not-included' });
    expect(checkProof(proof, { leaf, index: index + 1 }, trust())).toEqual({ fault: 'other-index', index });
    expect(checkProof(proof, { leaf, index }, stranger)).toMatchObject({ fault: 'no-known-signature' });
  }
});

test('proofs are for auditors, and there is none of an event that does not exist', async () => {
  const path = `/api/v1/events/${JSON.parse(String(leaves[0])).id}/proof`;
  refusedAs(await server.get(path), 401, 'unauthorized');
  refusedAs(await server.get(path, { token: clerk }), 403, 'forbidden');
  for (const id of ['00000000-0000-4000-8000-000000000000', 'x', '0'])
    refusedAs(await server.get(`/api/v1/events/${id}/proof`, { token: auditor }), 404, 'not-found');
});

test('the proof of an event that was recorded just now waits for the checkpoint that covers it; without one it is 503', async () => {
  const fresh = await startServer({ inThread: true });
  const [by, reader] = [await fresh.token('clerk'), await fresh.token('auditor')];
  const { json } = await fresh.post('/api/v1/factories/now/nominate', nomination, { token: by });
  const { status } = await fresh.get(`/api/v1/events/${json.events[0].id}/proof`, { token: reader });
  expect([200, 503]).toContain(status); // a busy machine may take longer than the proof waits
  await fresh.registry.ledger.reached(2, 60_000);
  expect((await fresh.get(`/api/v1/events/${json.events[0].id}/proof`, { token: reader })).status).toBe(200);
  await fresh.close();

  const silent = await startServer({ inThread: true, environment: { REGISTRY_SIGNS: 'off' } });
  const [first] = silent.registry.questions.events({ after: -1 }, 'asc', 1);
  const reply = await silent.get(`/api/v1/events/${first?.id}/proof`, { token: await silent.token('auditor') });
  refusedAs(reply, 503, 'unavailable');
  expect(reply.headers.get('retry-after')).toBe('1');
  await silent.close();
});

test('a checkpoint, once published, is extended by every later one: Go accepts tiles, bundles and proofs, and refuses what was tampered with', async ({
  skip,
}) => {
  needsGo({ skip });
  const { verifierKey } = key();
  const older = await checkpoint();
  await Promise.all([1, 2, 3].map((n) => nominate(`later-${n}`)));
  await server.registry.ledger.reached(size + 3, 60_000);
  const newer = await checkpoint();
  const count = size + 3;

  // 1. All that the server serves, as a client of tlog-tiles fetches it
  const folder = mkdtempSync(join(tmpdir(), 'registry-go-live-'));
  const fetched = [
    ...['tile/0/000', `tile/0/001.p/${count - 256}`, 'tile/1/000.p/1'],
    ...['tile/entries/000', `tile/entries/001.p/${count - 256}`],
  ];
  for (const path of fetched) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), (await bytesOf(`/ledger/${path}`, auditor)).bytes);
  }
  const olderFile = join(folder, 'older');
  writeFileSync(olderFile, older);
  const inGo = (of = folder, note: Buffer = newer, vkey = verifierKey) =>
    goVerifies(['tiles', of, origin, vkey, olderFile], note);
  expect(inGo()).toEqual({ said: `${count}\n` });

  // 2. Each tampering
  const changed = (path: string, at: number) => {
    const copy = join(mkdtempSync(join(tmpdir(), 'registry-go-live-')), 'log');
    cpSync(folder, copy, { recursive: true });
    const file = join(copy, path);
    writeFileSync(file, flipped(readFileSync(file), at));
    return copy;
  };
  for (const path of fetched) {
    expect([path, inGo(changed(path, 7))]).toEqual([path, { refused: expect.any(String) }]);
    const lost = changed(path, 0);
    rmSync(join(lost, path));
    expect([path, inGo(lost)]).toEqual([path, { refused: expect.any(String) }]);
  }
  for (const at of [3, origin.length + 2, origin.length + 12, newer.length - 9])
    expect(inGo(folder, flipped(newer, at))).toHaveProperty('refused');
  expect(inGo(folder, newer, newLogKey(origin).verifierKey)).toHaveProperty('refused');

  // 3. A proof
  const leaf = (await feed())[count - 1] ?? Buffer.of();
  const { id } = JSON.parse(leaf.toString());
  const proof = (await bytesOf(`/api/v1/events/${id}/proof`, auditor)).bytes;
  const proves = (index: number, line: string) =>
    goVerifies(['proof', origin, verifierKey, String(index), line], proof);
  expect(proves(count - 1, leaf.toString())).toEqual({ said: '' });
  expect(proves(count - 1, leaf.toString().replace('"', "'"))).toHaveProperty('refused');
  expect(proves(count - 2, leaf.toString())).toHaveProperty('refused');
});
