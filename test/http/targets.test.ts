import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { JsonObject } from '../../domain/json.ts';
import { seededPlan } from '../../domain/seeded-plan.ts';
import { corrected } from '../domain/given.ts';
import { criterion, enterprise, factory, listing, plan, platform, solution, supplier } from '../domain/vocabulary.ts';
import { named, type Recording, startRecording } from './recording.ts';

let recording: Recording;
const seeded = seededPlan.key;
const pudong = named(plan.register, 'Pudong-2020-2022');
const later = named(plan.register, 'shanghai-2022-2025');
const target = (id: string, measure: string, own: JsonObject = {}): JsonObject => ({
  id,
  title: { zh: id, en: id },
  measure,
  goal: { min: 4 },
  ...own,
});
/** The ledger's size before the second plan and after the third. */
const size = { onePlan: 0, threePlans: 0 };

beforeAll(async () => {
  recording = await startRecording('2023-06-01T02:00:00Z');
  const { record } = recording;
  const certified = (key: string, on: string, fields: JsonObject) =>
    record(named(factory.register, key), factory.certified(on, { ...factory.described, ...fields }));
  await certified('one', '2020-05-01', { sector: 'automobiles', district: 'pudong', lingang: true });
  await certified('two', '2020-06-01', { sector: 'biomedicine', district: 'pudong', grade: 'benchmark' });
  await certified('three', '2021-12-31', { sector: 'biomedicine', district: 'minhang' });
  await certified('four', '2022-01-01', { sector: 'automobiles', district: 'minhang' });
  await record(named(listing.register, '688012'), listing.listed('2019-07-22', listing.described));
  await record(named(criterion.register, 'c1'), criterion.published('2020-01-01', criterion.described));
  await record(named(criterion.register, 'c1'), criterion.superseded('2020-07-01'));
  await record(
    named(platform.register, 'p1'),
    platform.designated('2020-01-01', { ...platform.described, level: 'municipal' }),
  );
  await record(
    named(supplier.register, 's1'),
    supplier.designated('2020-01-01', { ...supplier.described, tier: '10bn' }),
  );
  await record(named(solution.register, 'x1'), solution.delivered('2020-01-01', solution.described));
  const upgraded = { ...enterprise.described, aboveDesignatedSize: true };
  await record(named(enterprise.register, '91310000132260250X'), enterprise.completedUpgrade('2020-03-01', upgraded));
  const small = { ...enterprise.described, aboveDesignatedSize: false };
  size.onePlan = await record(
    named(enterprise.register, '914403001922038216'),
    enterprise.completedUpgrade('2020-03-01', small),
  );
  await record(
    pudong,
    plan.adopted('2020-01-01', {
      from: '2020-01-01',
      to: '2022-12-31',
      targets: [
        target('model-factories', 'factories.certified', { district: 'pudong' }),
        target('biomedicine', 'factories.certified', { sector: 'biomedicine' }),
        target('cars-in-minhang', 'factories.certified', { sector: 'automobiles', district: 'minhang', goal: null }),
      ],
    }),
  );
  size.threePlans = await record(
    later,
    plan.adopted('2022-01-01', {
      from: '2022-01-01',
      to: '2025-12-31',
      targets: [target('model-factories', 'factories.certified', { goal: { min: 2, max: 200 } })],
    }),
  );
});
afterAll(() => recording.server.close());

type Figure = { readonly id: string; readonly plan: string; readonly count: number; readonly countedOn: string };
const figures = async (query: string): Promise<readonly Figure[]> => {
  const { status, json } = await recording.server.get(`/api/v1/targets?${query}`);
  expect(status).toBe(200);
  return json.targets;
};
const counts = async (query: string) =>
  Object.fromEntries((await figures(query)).map(({ plan: of, id, count }) => [`${of}/${id}`, count]));

describe('the targets of the plan of 2019', () => {
  test('stand in the order and with the goals of the plan', async () => {
    const found = await figures(`on=2019-06-24&plan=${seeded}`);
    expect(found.map((each) => [each.id, 'goal' in each && each.goal])).toEqual([
      ['breakthroughs', { min: 100 }],
      ['star-listings', { min: 10 }],
      ['criteria', { min: 50 }],
      ['platforms', { min: 2, max: 3 }],
      ['suppliers', { min: 10 }],
      ['suppliers-10bn', { min: 1, max: 2 }],
      ['benchmark-factories', { min: 10 }],
      ['model-factories', { min: 100 }],
      ['upgraded-enterprises', { min: 1000 }],
      ['solution-exports', null],
    ]);
  });

  test('count each its own measure', async () => {
    const found = await counts(`on=2021-12-31&plan=${seeded}`);
    expect(found).toEqual({
      [`${seeded}/breakthroughs`]: 0,
      [`${seeded}/star-listings`]: 1,
      [`${seeded}/criteria`]: 1,
      [`${seeded}/platforms`]: 0,
      [`${seeded}/suppliers`]: 1,
      [`${seeded}/suppliers-10bn`]: 1,
      [`${seeded}/benchmark-factories`]: 1,
      [`${seeded}/model-factories`]: 3,
      [`${seeded}/upgraded-enterprises`]: 1,
      [`${seeded}/solution-exports`]: 1,
    });
  });

  test('are counted on the day asked for, and from its last day on as on that day', async () => {
    const at = async (on: string) =>
      (await figures(`on=${on}&plan=${seeded}`)).find(({ id }) => id === 'model-factories');
    expect(await at('2021-12-30')).toMatchObject({ count: 2, countedOn: '2021-12-30' });
    expect(await at('2021-12-31')).toMatchObject({ count: 3, countedOn: '2021-12-31' });
    expect(await at('2023-06-01')).toMatchObject({ count: 3, countedOn: '2021-12-31', expected: 100, pace: 'missed' });
  });

  test('say what is expected by the day, and where they are heading while the plan runs', async () => {
    const at = async (on: string) =>
      (await figures(`on=${on}&plan=${seeded}`)).find(({ id }) => id === 'star-listings');
    expect(await at('2019-06-24')).toMatchObject({ count: 0, expected: 0, pace: 'on-track', projected: null });
    expect(await at('2019-07-22')).toMatchObject({ count: 1, expected: 0.3, pace: 'ahead' });
    expect(await at('2021-12-31')).toMatchObject({ expected: 10, pace: 'behind', projected: { low: 1, high: 1 } });
    const [without] = (await figures(`on=2020-12-31&plan=${seeded}`)).filter(({ id }) => id === 'solution-exports');
    expect(without).toMatchObject({ goal: null, expected: null, pace: null });
  });
});

describe('several plans', () => {
  test('have their targets listed whatever the day, once they were known', async () => {
    const plans = (found: readonly Figure[]) => [...new Set(found.map((each) => each.plan))];
    expect(plans(await figures('on=2019-01-01'))).toEqual([seeded, pudong.key, later.key]);
    expect(plans(await figures(`on=2023-01-01&knownAt=${size.onePlan}`))).toEqual([seeded]);
  });

  test('count each to its own last day, and a quota only its sector, its district, or both', async () => {
    const found = await counts('on=2023-06-01');
    expect(found).toMatchObject({
      [`${seeded}/model-factories`]: 3,
      [`${pudong.key}/model-factories`]: 2,
      [`${pudong.key}/biomedicine`]: 2,
      [`${pudong.key}/cars-in-minhang`]: 1,
      [`${later.key}/model-factories`]: 4,
    });
  });

  test('?plan= selects the targets of one plan, whatever the case of its key, and is 404 for an unknown plan', async () => {
    const found = await figures('plan=pudong-2020-2022');
    expect(found.map((each) => [each.plan, each.id])).toEqual([
      [pudong.key, 'model-factories'],
      [pudong.key, 'biomedicine'],
      [pudong.key, 'cars-in-minhang'],
    ]);
    for (const query of ['plan=nanjing-2020', `plan=${pudong.key}&knownAt=${size.onePlan}`])
      expect((await recording.server.get(`/api/v1/targets?${query}`)).status).toBe(404);
  });

  test.each([
    ['the only one in force', '2019-12-31', seeded],
    ['of two in force, the one that began last', '2020-01-01', pudong.key],
    ['of two others in force, the one that began last', '2022-01-01', later.key],
    ['the one still in force', '2024-06-01', later.key],
    ['after all have ended, the one that ended last', '2026-06-01', later.key],
  ])('a target id that several have means, without ?plan=, %s', async (_, on, meant) => {
    const { json } = await recording.server.get(`/api/v1/targets/model-factories/entries?on=${on}`);
    expect(json.target.plan).toBe(meant);
    const token = await recording.server.token('clerk');
    const changes = await recording.server.get(`/api/v1/targets/model-factories/changes?since=1&on=${on}`, { token });
    expect(changes.json.plan).toBe(meant);
  });

  test('?plan= says which for the entries, series and changes of a target', async () => {
    const token = await recording.server.token('clerk');
    const at = async (of: string) => {
      const entries = await recording.server.get(`/api/v1/targets/model-factories/entries?on=2023-06-01&plan=${of}`);
      const series = await recording.server.get(`/api/v1/targets/model-factories/series?to=2023-06-01&plan=${of}`);
      const changes = await recording.server.get(
        `/api/v1/targets/model-factories/changes?on=2023-06-01&since=1&plan=${of}`,
        { token },
      );
      return [entries.json.count, series.json.points.at(-1).count, changes.json.after];
    };
    expect(await at(seeded)).toEqual([3, 3, 3]);
    expect(await at(pudong.key)).toEqual([2, 2, 2]);
    expect(await at(later.key)).toEqual([4, 4, 4]);
    for (const path of ['entries?', 'series?', 'changes?since=1&'])
      expect(
        (await recording.server.get(`/api/v1/targets/biomedicine/${path}plan=${seeded}`, { token })).status,
        path,
      ).toBe(404);
  });

  test('before any has begun, the target is that of the plan that ends last', async () => {
    const { json } = await recording.server.get('/api/v1/targets/model-factories/entries?on=2019-01-01');
    expect(json).toMatchObject({ count: 0, entries: [], target: { plan: later.key } });
  });
});

test('a revised goal holds from its day on, and was not known before', async () => {
  const { record } = recording;
  const at = async (query: string) =>
    (await figures(`plan=${seeded}&${query}`)).find(({ id }) => id === 'model-factories') as object;
  const before = await record(named(plan.register, seeded), plan.revised('2020-07-01', { goal: { min: 120 } }));
  const after = await record(named(plan.register, seeded), corrected(1, { effectiveOn: '2020-08-01' }));
  expect(await at(`on=2020-07-15&knownAt=${before - 1}`)).toMatchObject({ goal: { min: 100 } });
  expect(await at(`on=2020-07-15&knownAt=${before}`)).toMatchObject({ goal: { min: 120 } });
  expect(await at(`on=2020-06-30&knownAt=${before}`)).toMatchObject({ goal: { min: 100 } });
  expect(await at(`on=2020-07-15&knownAt=${after}`)).toMatchObject({ goal: { min: 100 } });
  expect(await at('on=2020-08-01')).toMatchObject({ goal: { min: 120 } });
});

test('measures are counted whatever the plans', async () => {
  const { json } = await recording.server.get('/api/v1/measures?on=2023-06-01');
  expect(Object.fromEntries(json.measures.map(({ id, count }: Figure) => [id, count]))).toMatchObject({
    'enterprises.upgraded': 1,
    'factories.certified': 4,
    'factories.benchmark': 1,
    'criteria.published': 1,
    'breakthroughs.verified': 0,
    'suppliers.designated': 1,
    'suppliers.designated-10bn': 1,
    'platforms.national': 0,
    'listings.listed': 1,
    'solutions.exported': 1,
  });
});

test('plans are read by anyone, with their targets, sectors and places', async () => {
  const { json } = await recording.server.get('/api/v1/plans');
  expect(json.items.map(({ key }: { key: string }) => key)).toEqual([pudong.key, seeded, later.key]);
  const { json: one } = await recording.server.get(`/api/v1/plans/${seeded.toUpperCase()}`);
  expect(one).toMatchObject({
    key: seeded,
    status: 'adopted',
    from: '2019-06-24',
    to: '2021-12-31',
    core: 'lingang',
    belt: ['pudong', 'minhang', 'jiading', 'baoshan', 'songjiang'],
  });
  expect(one.targets).toHaveLength(10);
  expect(one.sectors).toHaveLength(6);
  expect((await recording.server.get('/api/v1/plans/nanjing')).status).toBe(404);
});

test('a query that no read knows is refused, and so is a target that no plan has', async () => {
  for (const path of ['/targets?day=2020-01-01', '/measures?plan=x', '/breakdown', '/breakdown?by=colour'])
    expect((await recording.server.get(`/api/v1${path}`)).status, path).toBe(400);
  const token = await recording.server.token('auditor');
  for (const path of ['entries', 'series', 'changes?since=1'])
    expect((await recording.server.get(`/api/v1/targets/robots/${path}`, { token })).status, path).toBe(404);
});
