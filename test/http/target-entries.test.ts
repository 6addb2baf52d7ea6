import { afterAll, beforeAll, expect, test } from 'vitest';
import type { JsonObject } from '../../domain/json.ts';
import { annulled, corrected } from '../domain/given.ts';
import { enterprise, factory, plan } from '../domain/vocabulary.ts';
import { named, type Recording, startRecording } from './recording.ts';

let recording: Recording;
const at = (key: string) => named(factory.register, key);
const path = '/api/v1/targets/model-factories/entries';

beforeAll(async () => {
  recording = await startRecording();
  const { record } = recording;
  const certified = (key: string, fields: JsonObject) =>
    record(at(key), factory.certified('2020-05-01', { ...factory.described, name: `工厂 ${key}`, ...fields }));
  await certified('car-core', { sector: 'automobiles', district: 'pudong', lingang: true });
  await certified('car-belt', { sector: 'automobiles', district: 'pudong' });
  await certified('bio-belt', { sector: 'biomedicine', district: 'jiading' });
  await certified('bio-other', { sector: 'biomedicine', district: 'qingpu' });
  await record(at('nominee'), factory.nominated('2020-01-10'));
});
afterAll(() => recording.server.close());

const read = async (query = '') => {
  const { status, json } = await recording.server.get(`${path}?${query}`);
  expect(status).toBe(200);
  return json;
};
const keys = async (query: string) => {
  const { count, entries } = await read(query);
  expect(count, query).toBe(entries.length);
  return entries.map(({ key }: { key: string }) => key);
};

test('the entries behind a number are listed by key, and no others', async () => {
  expect(await keys('')).toEqual(['bio-belt', 'bio-other', 'car-belt', 'car-core']);
});

test('each says since when it counts and which facts make it count', async () => {
  await recording.record(
    at('story'),
    factory.nominated('2020-01-10'),
    factory.assessed('2020-02-10'),
    factory.certified('2020-05-01'),
    factory.suspended('2020-07-01'),
    factory.reinstated('2020-08-01'),
    factory.amended('2020-09-01', { name: '改名后的工厂' }),
  );
  const on = async (day: string) =>
    (await read(`on=${day}`)).entries.find(({ key }: { key: string }) => key === 'story');
  const [certified, reinstated] = [2, 4].map((revision) => recording.id(at('story'), revision));
  expect(await on('2020-04-30')).toBeUndefined();
  expect(await on('2020-06-30')).toMatchObject({ register: 'factories', since: '2020-05-01', events: [certified] });
  expect(await on('2020-07-01')).toBeUndefined();
  expect(await on('2020-08-31')).toMatchObject({ since: '2020-08-01', events: [certified, reinstated] });
  expect(await on('2020-09-01')).toMatchObject({ name: '改名后的工厂', since: '2020-08-01' });
  await recording.record(at('story'), annulled(2, 3, 4));
});

test('what was known before a correction is still answered the same after it, however often both are asked', async () => {
  const key = 'corrected-day';
  await recording.record(at(key), factory.certified('2020-05-01', factory.described));
  const since = async (query: string) =>
    (await read(query)).entries.find((entry: { key: string }) => entry.key === key)?.since;
  const { size } = await read();
  expect(await since('')).toBe('2020-05-01');
  await recording.record(at(key), corrected(0, { effectiveOn: '2020-04-01' }));
  expect(await since('')).toBe('2020-04-01');
  expect(await since(`knownAt=${size}`)).toBe('2020-05-01');
  expect(await since('')).toBe('2020-04-01');
  await recording.record(at(key), annulled(0));
});

test('filters by sector, district and area narrow both the count and the list', async () => {
  expect(await keys('sector=automobiles')).toEqual(['car-belt', 'car-core']);
  expect(await keys('district=pudong')).toEqual(['car-belt', 'car-core']);
  expect(await keys('area=core')).toEqual(['car-core']);
  expect(await keys('area=belt')).toEqual(['bio-belt', 'car-belt']);
  expect(await keys('area=other')).toEqual(['bio-other']);
  expect(await keys('area=belt&sector=automobiles&district=pudong')).toEqual(['car-belt']);
  expect(await keys('sector=civil-aviation')).toEqual([]);
  for (const query of ['sector=toys', 'district=suzhou', 'area=moon', 'status=certified'])
    expect((await recording.server.get(`${path}?${query}`)).status, query).toBe(400);
});

test('a quota lists only its own sector or district, whatever else is asked for', async () => {
  const quota = { title: { zh: '配额', en: 'Quota' }, measure: 'factories.certified', goal: { min: 1 } };
  await recording.record(
    named(plan.register, 'quotas'),
    plan.adopted('2020-01-01', {
      targets: [
        { id: 'cars', sector: 'automobiles', ...quota },
        { id: 'pudong', district: 'pudong', ...quota },
      ],
    }),
  );
  const list = async (id: string, query = '') => {
    const { json } = await recording.server.get(`/api/v1/targets/${id}/entries?${query}`);
    expect(json.entries).toHaveLength(json.count);
    return json.entries.map(({ key }: { key: string }) => key);
  };
  expect(await list('cars')).toEqual(['car-belt', 'car-core']);
  expect(await list('cars', 'sector=biomedicine')).toEqual([]);
  expect(await list('cars', 'sector=automobiles&area=core')).toEqual(['car-core']);
  expect(await list('pudong', 'sector=automobiles')).toEqual(['car-belt', 'car-core']);
  expect(await list('pudong', 'district=jiading')).toEqual([]);
});

test('after the plan has ended the entries are those of its last day', async () => {
  await recording.record(at('after'), factory.certified('2022-01-01', factory.described));
  await recording.record(at('car-belt'), factory.revoked('2022-02-01'));
  const { target, entries } = await read('on=2022-02-28');
  expect(target.countedOn).toBe('2021-12-31');
  expect(entries.map(({ key }: { key: string }) => key)).toEqual(['bio-belt', 'bio-other', 'car-belt', 'car-core']);
});

test('the list comes in pages while the count stays the whole, the same as the target’s own', async () => {
  const first = await recording.server.get(`${path}?on=2020-12-31&limit=3`);
  expect(first.json).toMatchObject({ count: 4, target: { count: 4 } });
  expect(first.json.entries).toHaveLength(3);
  const next = /^<(.+)>; rel="next"$/.exec(first.headers.get('link') ?? '')?.[1] ?? '';
  const second = await recording.server.get(next);
  expect(second.json).toMatchObject({ count: 4, on: '2020-12-31' });
  expect(second.json.entries.map(({ key }: { key: string }) => key)).toEqual(['car-core']);
  expect(second.headers.get('link')).toBeNull();
});

test('a factory that moved counts in the district where it is on the day', async () => {
  await recording.record(at('bio-other'), factory.amended('2020-10-01', { district: 'songjiang' }));
  const of = async (query: string) => (await read(query)).entries.map(({ key }: { key: string }) => key);
  expect(await of('on=2020-09-30&district=qingpu')).toEqual(['bio-other']);
  expect(await of('on=2020-10-01&district=qingpu')).toEqual([]);
  expect(await of('on=2020-10-01&area=belt')).toEqual(['bio-belt', 'bio-other', 'car-belt']);
  const size = await recording.record(at('bio-other'), corrected(1, { data: { district: 'minhang' } }));
  expect(await of('on=2020-10-01&district=minhang')).toEqual(['bio-other']);
  expect(await of(`on=2020-10-01&district=songjiang&knownAt=${size - 1}`)).toEqual(['bio-other']);
});

test('entries of other registers are behind other numbers', async () => {
  await recording.record(
    named(enterprise.register, '91310000132260250X'),
    enterprise.completedUpgrade('2020-03-01', enterprise.described),
  );
  const { json } = await recording.server.get('/api/v1/targets/upgraded-enterprises/entries');
  expect(json.entries).toMatchObject([{ register: 'enterprises', key: '91310000132260250X', since: '2020-03-01' }]);
});
