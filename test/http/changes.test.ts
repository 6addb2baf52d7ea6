import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { annulled, approvedBy, corrected, submittedBy } from '../domain/given.ts';
import { factory, plan } from '../domain/vocabulary.ts';
import { named, type Recording, startRecording } from './recording.ts';

let recording: Recording;
const at = (key: string) => named(factory.register, key);
const [a, b, c] = [at('a'), at('b'), at('c')];
/** The ledger's size after each record. */
const sizes: number[] = [];

beforeAll(async () => {
  recording = await startRecording('2021-01-05T02:00:00Z');
  const { record, clock } = recording;
  const then = async (instant: string, ...told: Parameters<typeof record>) => {
    clock.set(instant);
    sizes.push(await record(...told));
  };
  const certify = factory.certified('2020-12-22', factory.described);
  await then('2021-01-05T02:00:00Z', a, submittedBy('li.wei', certify), approvedBy('wang.fang', 0, 'li.wei', certify));
  await then('2021-02-01T02:00:00Z', b, factory.certified('2020-11-03', { ...factory.described, district: 'minhang' }));
  await then('2021-03-01T02:00:00Z', b, factory.amended('2020-11-10', { name: '改名' }));
  await then('2021-04-01T02:00:00Z', a, corrected(1, { effectiveOn: '2021-01-01' }));
  await then('2021-05-01T02:00:00Z', c, factory.certified('2020-12-01', factory.described));
  await then('2021-06-01T02:00:00Z', c, factory.revoked('2020-12-15'));
  await then('2021-07-01T02:00:00Z', b, annulled(0, 1));
});
afterAll(() => recording.server.close());

type Change = { readonly change: number; readonly entryNumber: number; readonly key: string; readonly type: string };
const changes = async (query: string, target = 'model-factories') => {
  const token = await recording.server.token('clerk');
  const { status, json } = await recording.server.get(`/api/v1/targets/${target}/changes?${query}`, { token });
  expect(status, query).toBe(200);
  return json;
};

test('name the events between that moved the count for a day, in the order of the ledger', async () => {
  const body = await changes('on=2020-12-31&since=2021-01-31T00:00:00Z');
  expect(body).toMatchObject({
    target: 'model-factories',
    on: '2020-12-31',
    size: sizes[6],
    since: { size: sizes[0], knownAt: '2021-01-05T02:00:00.000Z' },
    before: 1,
    after: 0,
  });
  expect(body.changes.map(({ key, type, change }: Change) => [key, type, change])).toEqual([
    ['b', 'FactoryCertifiedAsModel', 1],
    ['a', 'EventCorrected', -1],
    ['c', 'FactoryCertifiedAsModel', 1],
    ['c', 'ModelCertificationRevoked', -1],
    ['b', 'EventsAnnulled', -1],
  ]);
});

test('say of each event who recorded it, who approved it and when', async () => {
  const body = await changes('on=2020-12-31&since=1&knownAt=2021-01-31T00:00:00Z');
  expect(body.changes).toEqual([
    {
      event: recording.id(a, 1),
      type: 'FactoryCertifiedAsModel',
      entryNumber: 2,
      register: 'factories',
      key: 'a',
      effectiveOn: '2020-12-22',
      recordedAt: '2021-01-05T02:00:00.000Z',
      by: 'li.wei',
      approvedBy: 'wang.fang',
      change: 1,
    },
  ]);
});

describe('of any two sizes on any day', () => {
  test('add up to the difference', async () => {
    const days = ['2020-11-02', '2020-11-05', '2020-12-10', '2020-12-31', '2021-01-01'];
    const known = [1, ...sizes];
    for (const on of days)
      for (const since of known)
        for (const until of known.filter((size) => size >= since)) {
          const { before, after, changes: all } = await changes(`on=${on}&since=${since}&knownAt=${until}&limit=500`);
          const sum = all.reduce((total: number, { change }: Change) => total + change, 0);
          expect(before + sum, `${on} ${since}–${until}`).toBe(after);
          const { json } = await recording.server.get(`/api/v1/targets?on=${on}&knownAt=${until}`);
          expect(json.targets.find(({ id }: { id: string }) => id === 'model-factories').count).toBe(after);
        }
  });
});

test('come in pages that link to the next, with the day and both sizes as they were', async () => {
  const token = await recording.server.token('clerk');
  const seen: string[] = [];
  let next: string | undefined =
    '/api/v1/targets/model-factories/changes?on=2020-12-31&since=2021-01-31T00:00:00Z&limit=2';
  while (next !== undefined) {
    const { json, headers } = await recording.server.get(next, { token });
    expect([json.before, json.after, json.changes.length <= 2]).toEqual([1, 0, true]);
    expect([json.size, json.since.size]).toEqual([sizes[6], sizes[0]]);
    seen.push(...json.changes.map(({ key, change }: Change) => `${key} ${change}`));
    next = /^<(\/.+)>; rel="next"$/.exec(headers.get('link') ?? '')?.[1];
  }
  expect(seen).toEqual(['b 1', 'a -1', 'c 1', 'c -1', 'b -1']);
  for (const [query, name] of [
    ['limit=0', 'limit'],
    ['limit=501', 'limit'],
    ['cursor=x', 'cursor'],
  ]) {
    const { status, json } = await recording.server.get(`/api/v1/targets/model-factories/changes?since=1&${query}`, {
      token,
    });
    expect([status, json.errors]).toMatchObject([400, [{ in: 'query', name }]]);
  }
});

test('are empty between a size and itself', async () => {
  expect((await changes(`on=2020-12-31&since=${sizes[2]}&knownAt=${sizes[2]}`)).changes).toEqual([]);
});

test('of a quota are those of its district', async () => {
  await recording.record(
    named(plan.register, 'quotas'),
    plan.adopted('2020-01-01', {
      targets: [
        {
          id: 'minhang',
          title: { zh: '闵行', en: 'Minhang' },
          measure: 'factories.certified',
          goal: null,
          district: 'minhang',
        },
      ],
    }),
  );
  const { changes: all } = await changes('on=2020-12-31&since=0', 'minhang');
  expect(all.map(({ key, change }: Change) => [key, change])).toEqual([
    ['b', 1],
    ['b', -1],
  ]);
});

test('after the plan has ended are counted on its last day', async () => {
  recording.clock.set('2022-05-01T02:00:00Z');
  await recording.record(at('late'), factory.certified('2022-01-01', factory.described));
  const { changes: all } = await changes(`on=2022-04-30&since=${sizes[6]}`);
  expect(all).toEqual([]);
});

test('need a since, not after knownAt and not in the future', async () => {
  const token = await recording.server.token('clerk');
  for (const query of ['', 'since=tomorrow', 'since=5&knownAt=4', 'since=2030-01-01T00:00:00Z', 'since=1000']) {
    const { status, json } = await recording.server.get(`/api/v1/targets/model-factories/changes?${query}`, { token });
    expect(status, query).toBe(400);
    expect(json.errors, query).toMatchObject([{ in: 'query', name: 'since' }]);
  }
});

test('are for clerks and auditors', async () => {
  const path = '/api/v1/targets/model-factories/changes?since=1';
  expect((await recording.server.get(path)).status).toBe(401);
  for (const role of ['viewer', 'admin'] as const)
    expect((await recording.server.get(path, { token: await recording.server.token(role) })).status, role).toBe(403);
  for (const role of ['clerk', 'reviewer', 'auditor'] as const)
    expect((await recording.server.get(path, { token: await recording.server.token(role) })).status, role).toBe(200);
});
