import { afterAll, beforeAll, expect, test } from 'vitest';
import { seededPlan } from '../../domain/seeded-plan.ts';
import { annulled, corrected } from '../domain/given.ts';
import { factory, listing, plan } from '../domain/vocabulary.ts';
import { named, type Recording, startRecording } from './recording.ts';

let recording: Recording;
const at = (key: string) => named(listing.register, key);
const size = { listed: 0, corrected: 0, annulled: 0 };

beforeAll(async () => {
  recording = await startRecording('2021-06-15T02:00:00Z');
  const { record } = recording;
  await record(at('688001'), listing.listed('2019-07-22', listing.described));
  await record(at('688002'), listing.listed('2019-07-22', listing.described));
  await record(at('688003'), listing.listed('2019-08-31', listing.described));
  size.listed = await record(at('688004'), listing.listed('2021-06-15', listing.described));
  await record(at('688002'), listing.delisted('2020-02-29'));
  size.corrected = await record(at('688003'), corrected(0, { effectiveOn: '2019-09-30' }));
  size.annulled = await record(at('688001'), annulled(0));
});
afterAll(() => recording.server.close());

type Point = { readonly on: string; readonly count: number; readonly expected: number | null };
const series = async (query: string, target = 'star-listings') => {
  const { status, json } = await recording.server.get(`/api/v1/targets/${target}/series?${query}`);
  expect(status).toBe(200);
  return json;
};
const points = async (query: string): Promise<readonly (readonly [string, number])[]> =>
  (await series(query)).points.map(({ on, count }: Point) => [on, count]);

test('steps by day, week and month, and always ends on the last day', async () => {
  const known = `knownAt=${size.listed}`;
  expect(await points(`from=2019-07-20&to=2019-07-23&step=day&${known}`)).toEqual([
    ['2019-07-20', 0],
    ['2019-07-21', 0],
    ['2019-07-22', 2],
    ['2019-07-23', 2],
  ]);
  expect(await points(`from=2019-07-15&to=2019-07-31&step=week&${known}`)).toEqual([
    ['2019-07-15', 0],
    ['2019-07-22', 2],
    ['2019-07-29', 2],
    ['2019-07-31', 2],
  ]);
  expect(await points(`from=2019-07-31&to=2019-10-01&step=month&${known}`)).toEqual([
    ['2019-07-31', 2],
    ['2019-08-31', 3],
    ['2019-09-30', 3],
    ['2019-10-01', 3],
  ]);
  expect(await points(`from=2019-07-22&to=2019-07-22&${known}`)).toEqual([['2019-07-22', 2]]);
});

test('runs by month from the plan’s first day to today by default', async () => {
  const all = await points('');
  expect(all[0]).toEqual(['2019-06-24', 0]);
  expect(all[1]?.[0]).toBe('2019-07-24');
  expect(all.at(-1)?.[0]).toBe('2021-06-15');
});

test('shows late, corrected and annulled records as known now, but not as known before them', async () => {
  const query = 'from=2019-08-31&to=2020-03-31';
  expect(await points(`${query}&knownAt=${size.listed}`)).toEqual([
    ['2019-08-31', 3],
    ['2019-09-30', 3],
    ['2019-10-31', 3],
    ['2019-11-30', 3],
    ['2019-12-31', 3],
    ['2020-01-31', 3],
    ['2020-02-29', 3],
    ['2020-03-31', 3],
  ]);
  expect(await points(`${query}&knownAt=${size.corrected}`)).toEqual([
    ['2019-08-31', 2],
    ['2019-09-30', 3],
    ['2019-10-31', 3],
    ['2019-11-30', 3],
    ['2019-12-31', 3],
    ['2020-01-31', 3],
    ['2020-02-29', 2],
    ['2020-03-31', 2],
  ]);
  expect((await points(`${query}&knownAt=${size.annulled}`)).map(([, count]) => count)).toEqual([
    1, 2, 2, 2, 2, 2, 1, 1,
  ]);
});

test('has on each day what the targets of that day say, even if the goal was revised in between', async () => {
  await recording.record(
    named(plan.register, seededPlan.key),
    plan.revised('2020-07-01', { target: 'star-listings', goal: { min: 20 } }),
  );
  const { points: all } = await series('from=2020-06-29&to=2020-07-02&step=day');
  expect(all).toHaveLength(4);
  for (const { on, count, expected } of all) {
    const { json } = await recording.server.get(`/api/v1/targets?on=${on}`);
    const figure = json.targets.find(({ id }: { id: string }) => id === 'star-listings');
    expect([on, count, expected]).toEqual([on, figure.count, figure.expected]);
  }
});

test('after the plan’s last day stays as on that day', async () => {
  const { points: all } = await series('from=2021-12-30&to=2022-02-01&step=month');
  expect(all.map(({ on, expected }: Point) => [on, expected])).toEqual([
    ['2021-12-30', 19.98],
    ['2022-01-30', 20],
    ['2022-02-01', 20],
  ]);
});

test('expects nothing of a target without a number', async () => {
  const { points: all } = await series('from=2020-01-01&to=2020-01-02', 'solution-exports');
  expect(all.map(({ expected }: Point) => expected)).toEqual([null, null]);
});

test('that runs backwards or has too many points is refused', async () => {
  for (const [query, name] of [
    ['from=2020-02-01&to=2020-01-01', 'to'],
    ['from=1000-01-01&to=2020-01-01&step=day', 'step'],
    ['step=year', 'step'],
    ['from=2020-02-30', 'from'],
  ]) {
    const { status, json } = await recording.server.get(`/api/v1/targets/star-listings/series?${query}`);
    expect(status, query).toBe(400);
    expect(json.errors, query).toMatchObject([{ in: 'query', name }]);
  }
});

test('says for each day what the targets of that day say, wherever it ends, if the plan’s targets were amended', async () => {
  const title = { zh: '目标', en: 'Target' };
  await recording.record(
    named(plan.register, seededPlan.key),
    plan.amended('2021-01-01', {
      to: '2022-06-30',
      targets: [
        { id: 'star-listings', title, measure: 'factories.certified', goal: { min: 5 } },
        { id: 'criteria', title, measure: 'factories.certified', goal: { min: 5 }, sector: 'other' },
        { id: 'new-one', title, measure: 'listings.listed', goal: { min: 7 } },
      ],
    }),
  );
  await recording.record(
    named(factory.register, 'mill'),
    factory.certified('2020-05-01', { ...factory.described, sector: 'other' }),
  );
  const figureOn = async (on: string, target: string) => {
    const { json } = await recording.server.get(`/api/v1/targets?on=${on}`);
    const figure = json.targets.find(({ id }: { id: string }) => id === target);
    return figure && { on, count: figure.count, expected: figure.expected };
  };
  const days = ['2020-11-30', '2020-12-31', '2021-01-31', '2021-02-28'];
  for (const target of ['star-listings', 'criteria', 'new-one']) {
    const said = await Promise.all(days.map((on) => figureOn(on, target)));
    expect((await series('from=2020-11-30&to=2021-02-28', target)).points.slice(-1)).toEqual(said.slice(-1));
    for (const to of ['2021-01-31', '2021-02-28']) {
      const { points: all } = await series(`from=2020-11-30&to=${to}`, target);
      const asked = await Promise.all(all.map(({ on }: Point) => figureOn(on, target)));
      expect(all).toEqual(asked);
    }
  }
  expect(await points('from=2020-12-31&to=2021-01-01&step=day')).toEqual([
    ['2020-12-31', (await figureOn('2020-12-31', 'star-listings')).count],
    ['2021-01-01', 1],
  ]);
  expect((await series('from=2020-12-30&to=2021-01-01&step=day', 'new-one')).points).toHaveLength(1);
});

test('gives the pace and the projection of its last day', async () => {
  for (const to of ['2019-12-31', '2021-12-31', '2022-07-01']) {
    const { pace, projected } = await series(`to=${to}`);
    const { json } = await recording.server.get(`/api/v1/targets?on=${to}`);
    const figure = json.targets.find(({ id }: { id: string }) => id === 'star-listings');
    expect({ pace, projected }, to).toEqual({ pace: figure.pace, projected: figure.projected });
  }
});

test('of a whole plan are those of each of its targets', async () => {
  const query = `from=2019-07-01&to=2020-03-01&step=week&knownAt=${size.corrected}`;
  const { json } = await recording.server.get(`/api/v1/series?plan=${seededPlan.key}&${query}`);
  expect(json).toMatchObject({ from: '2019-07-01', to: '2020-03-01', step: 'week', size: size.corrected });
  const { json: all } = await recording.server.get(`/api/v1/targets?on=2020-03-01&knownAt=${size.corrected}`);
  expect(json.targets.map(({ id }: { id: string }) => id)).toEqual(all.targets.map(({ id }: { id: string }) => id));
  for (const { id, ...line } of json.targets) {
    const { target, knownAt, size: known, ...one } = await series(query, id);
    expect([target, knownAt, known, line]).toEqual([id, json.knownAt, json.size, one]);
  }
});

test('of a plan run from its first day by default, and are refused for a plan that there is not', async () => {
  const { json } = await recording.server.get('/api/v1/series');
  expect(json).toMatchObject({ from: '2019-06-24', to: '2021-06-15', step: 'month' });
  expect((await recording.server.get('/api/v1/series?plan=no-such-plan')).status).toBe(404);
});

test('of the plans known before any was are none', async () => {
  const { status, json } = await recording.server.get('/api/v1/series?knownAt=0');
  expect([status, json.targets]).toEqual([200, []]);
});
