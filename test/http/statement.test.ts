import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { counterAt, type Line } from '../counting/counter.ts';
import { rulesIn } from '../counting/rules.ts';
import { annulled } from '../domain/given.ts';
import { factory } from '../domain/vocabulary.ts';
import { mth } from '../ledger/naive-tree.ts';
import { named, type Recording, startRecording } from './recording.ts';

let recording: Recording;
beforeAll(async () => {
  recording = await startRecording('2022-03-01T00:00:00Z', {}, { inThread: true });
  const { record } = recording;
  for (const [index, key] of ['b', 'Z', 'a-1', 'a', '0'].entries())
    await record(named(factory.register, key), factory.certified(`2020-0${index + 1}-01`, factory.described));
  await record(named(factory.register, 'a'), annulled(0));
});
afterAll(() => recording.server.close());

const rules = rulesIn(readFileSync('docs/counting.md', 'utf8'));
const path = '/api/v1/targets/model-factories/statement';
const stated = async (query: string) => {
  const { status, json } = await recording.server.get(`${path}?${query}`);
  expect(status).toBe(200);
  return json;
};

test('a statement has the keys in the order of their code points, their digest, and the rules that it was counted by', async () => {
  const { keys, keysSha256, count, rules: version, target } = await stated('on=2021-01-01&knownAt=6');
  expect(keys).toEqual(['0', 'Z', 'a', 'a-1', 'b']);
  expect(count).toBe(5);
  expect(keysSha256).toBe(createHash('sha256').update('0\nZ\na\na-1\nb\n').digest('hex'));
  expect(version).toBe(rules.version);
  expect(target).toMatchObject({ id: 'model-factories', plan: 'shanghai-2019-2021', count: 5 });
});

test('for every day and size, a statement is what a stranger counts from the leaves, under the root of those leaves', async () => {
  const { server } = recording;
  const feed = await server.get('/api/v1/events', {
    token: await server.token('auditor'),
    headers: { accept: 'application/x-ndjson' },
  });
  const leaves = feed.text.split('\n').slice(0, -1);
  const lines = leaves.map((leaf): Line => JSON.parse(leaf));
  for (let size = 1; size <= leaves.length; size++)
    for (const on of ['2020-02-15', '2022-01-31']) {
      const { root, keys, ...statement } = await stated(`on=${on}&knownAt=${size}`);
      expect(root).toBe(mth(leaves.slice(0, size).map((leaf) => Buffer.from(leaf))).toString('base64'));
      expect(keys).toEqual(counterAt(rules, lines, size).figure('model-factories', on)?.keys);
      expect(statement).toMatchObject({ on, size, knownAt: lines[size - 1]?.time });
    }
});

test('a target that no plan has yet is 404, a size beyond the ledger 400', async () => {
  const { server } = recording;
  expect((await server.get(`${path}?knownAt=0`)).status).toBe(404);
  expect((await server.get(`${path}?knownAt=1000`)).status).toBe(400);
  expect((await server.get(`${path}?plan=another`)).status).toBe(404);
});

test('a node that hashes nothing has no root to state, and says so instead of leaving it out', async () => {
  const without = await startRecording();
  const { status, headers, json } = await without.server.get(path);
  expect(status).toBe(503);
  expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
  expect(json.type).toBe('/problems/unavailable');
  await without.server.close();
});
