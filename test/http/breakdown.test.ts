import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { JsonObject } from '../../domain/json.ts';
import { annulled, corrected } from '../domain/given.ts';
import { breakthrough, factory, listing, plan } from '../domain/vocabulary.ts';
import { named, type Recording, startRecording } from './recording.ts';

let recording: Recording;
const at = (key: string) => named(factory.register, key);
const size = { certified: 0, moved: 0, annulled: 0 };

beforeAll(async () => {
  recording = await startRecording();
  const { record } = recording;
  const certified = (key: string, fields: JsonObject) =>
    record(at(key), factory.certified('2020-05-01', { ...factory.described, ...fields }));
  await certified('a', { sector: 'automobiles', district: 'pudong', lingang: true });
  await certified('b', { sector: 'automobiles', district: 'pudong' });
  await certified('c', { sector: 'biomedicine', district: 'jiading' });
  await record(named(listing.register, '688012'), listing.listed('2019-07-22', listing.described));
  await record(
    named(breakthrough.register, 'mill'),
    breakthrough.verified('2020-01-01', { ...breakthrough.described, sector: 'biomedicine' }),
  );
  size.certified = await certified('d', { sector: 'biomedicine', district: 'qingpu' });
  size.moved = await record(at('b'), factory.amended('2020-08-01', { district: 'minhang' }));
  await record(at('b'), corrected(1, { effectiveOn: '2020-09-01' }));
  size.annulled = await record(at('c'), annulled(0));
});
afterAll(() => recording.server.close());

type Cell = { readonly count: number };
const read = async (query: string) => {
  const { status, json } = await recording.server.get(`/api/v1/breakdown?${query}`);
  expect(status).toBe(200);
  return json;
};
const cells = async (id: string, query: string): Promise<readonly Cell[]> =>
  (await read(query)).targets.find((each: { id: string }) => each.id === id).cells;

describe('a breakdown', () => {
  const known = () => `on=2020-06-01&knownAt=${size.certified}`;

  test('by sector', async () => {
    expect(await cells('model-factories', `by=sector&${known()}`)).toEqual([
      { sector: 'automobiles', count: 2 },
      { sector: 'biomedicine', count: 2 },
    ]);
  });

  test('by district', async () => {
    expect(await cells('model-factories', `by=district&${known()}`)).toEqual([
      { district: 'jiading', count: 1 },
      { district: 'pudong', count: 2 },
      { district: 'qingpu', count: 1 },
    ]);
  });

  test('by area: core, the districts of the belt, and the others', async () => {
    expect(await cells('model-factories', `by=area&${known()}`)).toEqual([
      { area: 'belt', count: 2 },
      { area: 'core', count: 1 },
      { area: 'other', count: 1 },
    ]);
  });

  test('by sector and district', async () => {
    expect(await cells('model-factories', `by=sector,district&${known()}`)).toEqual([
      { sector: 'automobiles', district: 'pudong', count: 2 },
      { sector: 'biomedicine', district: 'jiading', count: 1 },
      { sector: 'biomedicine', district: 'qingpu', count: 1 },
    ]);
  });

  test('has entries without a place under null', async () => {
    expect(await cells('star-listings', 'by=sector')).toEqual([{ sector: null, count: 1 }]);
    expect(await cells('star-listings', 'by=area')).toEqual([{ area: null, count: 1 }]);
    expect(await cells('star-listings', 'by=sector,district')).toEqual([{ sector: null, district: null, count: 1 }]);
    expect(await cells('breakthroughs', 'by=sector,district')).toEqual([
      { sector: 'biomedicine', district: null, count: 1 },
    ]);
  });

  test('has no cells if nothing counts', async () => {
    expect(await cells('criteria', 'by=sector')).toEqual([]);
  });

  test('moves with its entries, and still shows what was known before', async () => {
    const minhang = async (on: string, known: number) =>
      (await cells('model-factories', `by=district&on=${on}&knownAt=${known}`)).filter(
        (cell) => 'district' in cell && cell.district === 'minhang',
      );
    expect(await minhang('2020-08-01', size.certified)).toEqual([]);
    expect(await minhang('2020-08-01', size.moved)).toEqual([{ district: 'minhang', count: 1 }]);
    expect(await minhang('2020-08-01', size.annulled)).toEqual([]);
    expect(await minhang('2020-09-01', size.annulled)).toEqual([{ district: 'minhang', count: 1 }]);
    expect(await cells('model-factories', `by=sector&knownAt=${size.annulled}`)).toEqual([
      { sector: 'automobiles', count: 2 },
      { sector: 'biomedicine', count: 1 },
    ]);
  });
});

test('every breakdown adds up to the count, for every target, day and size', async () => {
  await recording.record(
    named(plan.register, 'quotas'),
    plan.adopted('2020-01-01', {
      from: '2020-01-01',
      to: '2020-06-30',
      belt: ['qingpu'],
      targets: [
        {
          id: 'cars',
          title: { zh: '汽车', en: 'Cars' },
          measure: 'factories.certified',
          goal: null,
          sector: 'automobiles',
        },
      ],
    }),
  );
  for (const on of ['2019-12-31', '2020-06-01', '2020-08-15', '2022-03-01'])
    for (const known of [1, size.certified, size.moved, size.annulled, size.annulled + 1]) {
      const { json } = await recording.server.get(`/api/v1/targets?on=${on}&knownAt=${known}`);
      const counts = json.targets.map(({ id, plan: of, count }: { id: string; plan: string; count: number }) => [
        of,
        id,
        count,
      ]);
      for (const by of ['sector', 'district', 'area', 'sector,district']) {
        const { targets } = await read(`by=${by}&on=${on}&knownAt=${known}`);
        const sums = targets.map(({ id, plan: of, cells: all }: { id: string; plan: string; cells: Cell[] }) => [
          of,
          id,
          all.reduce((sum, { count }) => sum + count, 0),
        ]);
        expect(sums, `${by} on ${on} at ${known}`).toEqual(counts);
      }
    }
});

test('each plan’s areas follow its own belt, and ?plan= selects one plan', async () => {
  const { targets } = await read(`by=area&plan=quotas`);
  expect(targets).toEqual([
    {
      id: 'cars',
      plan: 'quotas',
      cells: [
        { area: 'core', count: 1 },
        { area: 'other', count: 1 },
      ],
    },
  ]);
  expect((await recording.server.get('/api/v1/breakdown?by=area&plan=none')).status).toBe(404);
});

test('two requests give a dashboard all that it shows of a plan on a day: the targets with their breakdown, and their series', async () => {
  const { server } = recording;
  for (const by of ['sector', 'district', 'area', 'sector,district'])
    for (const view of [
      'plan=shanghai-2019-2021&on=2020-12-31',
      `plan=shanghai-2019-2021&on=2020-06-01&knownAt=${size.certified}`,
      `plan=shanghai-2019-2021&on=2020-10-01&knownAt=${size.moved}`,
    ]) {
      const { json: targets } = await server.get(`/api/v1/targets?${view}`);
      const { targets: parts } = await read(`by=${by}&${view}`);
      const { json: both } = await server.get(`/api/v1/targets?by=${by}&${view}`);
      expect(both).toEqual({
        ...targets,
        targets: targets.targets.map((each: object, index: number) => ({ ...each, cells: parts[index].cells })),
      });
      const { json: series } = await server.get(`/api/v1/series?${view.replace('on=', 'to=')}`);
      expect(series.size).toBe(both.size);
      expect(
        series.targets.map(({ id, pace, points }: { id: string; pace: string; points: { count: number }[] }) => [
          id,
          pace,
          points.at(-1)?.count,
        ]),
      ).toEqual(
        both.targets.map(({ id, pace, count }: { id: string; pace: string; count: number }) => [id, pace, count]),
      );
    }
  expect((await server.get('/api/v1/targets?by=colour')).status).toBe(400);
});
