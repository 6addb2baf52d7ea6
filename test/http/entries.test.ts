import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { JsonObject } from '../../domain/json.ts';
import { registers } from '../../domain/registers/index.ts';
import { annulled, corrected, submittedBy } from '../domain/given.ts';
import { criterion, enterprise, factory, solution, supplier } from '../domain/vocabulary.ts';
import { named, type Recording, startRecording } from './recording.ts';

let recording: Recording;
const at = (key: string) => named(factory.register, key);
const [north, south] = ['91310000132260250X', '914403001922038216'].map((key) => named(enterprise.register, key));
if (north === undefined || south === undefined) throw new Error('Two enterprises');

beforeAll(async () => {
  recording = await startRecording();
  const { record } = recording;
  await record(north, enterprise.enrolled('2019-01-01', { name: '北方装备' }));
  await record(south, enterprise.enrolled('2019-01-01', { name: '南方电子' }));
  const nominated = (key: string, on: string, fields: JsonObject) => record(at(key), factory.nominated(on, fields));
  await nominated('b', '2020-02-01', { name: '乙', sector: 'automobiles', district: 'minhang' });
  await nominated('C', '2020-03-01', { name: '丙', sector: 'biomedicine', district: 'pudong', enterprise: north.key });
  await nominated('a', '2020-01-01', { name: '丁', sector: 'biomedicine', district: 'pudong', lingang: true });
  await nominated('d', '2020-01-01', { name: '甲', sector: 'automobiles', district: 'qingpu', enterprise: south.key });
  await record(at('d'), factory.assessed('2020-06-01'));
  await record(at('annulled'), factory.nominated('2020-01-01'), annulled(0));
  await record(at('waiting'), submittedBy('li.wei', factory.certified('2020-01-01', factory.described)));
});
afterAll(() => recording.server.close());

const list = async (query: string, register = 'factories'): Promise<readonly { key: string; since: string }[]> => {
  const { status, json } = await recording.server.get(`/api/v1/${register}?${query}`);
  expect(status, query).toBe(200);
  return json.items;
};
const keys = async (query: string, register?: string) => (await list(query, register)).map(({ key }) => key);

describe('a list of entries', () => {
  test('has every entry with a fact that holds, and no others', async () => {
    expect(await keys('')).toEqual(['C', 'a', 'b', 'd']);
  });

  test('shows each as it is read by itself', async () => {
    for (const item of await list('')) {
      const { json } = await recording.server.get(`/api/v1/factories/${item.key}`);
      const { on: _, knownAt: __, size: ___, counts: ____, ...entry } = json;
      expect(item).toEqual(entry);
    }
  });

  test('says since which day each has its status, however it has changed otherwise', async () => {
    await recording.record(at('since'), factory.nominated('2021-01-01', { name: '戊', district: 'baoshan' }));
    await recording.record(at('since'), factory.assessed('2021-02-01'), factory.amended('2021-03-01', { name: '己' }));
    await recording.record(at('since'), factory.assessed('2021-04-01'));
    const since = async (query: string) => (await list(`district=baoshan&${query}`)).map(({ since }) => since);
    expect(await since('')).toEqual(['2021-02-01']);
    expect(await since('on=2021-01-15')).toEqual(['2021-01-01']);
    await recording.record(at('since'), corrected(1, { effectiveOn: '2021-01-20' }));
    expect(await since('')).toEqual(['2021-01-20']);
    await recording.record(at('since'), annulled(0, 1, 2, 3));
  });

  test('says how many match on all pages, and how many of them have each value', async () => {
    const { json } = await recording.server.get('/api/v1/factories?limit=2&facets=status,sector,district,area');
    expect(json.items).toHaveLength(2);
    expect(json.total).toBe(4);
    expect(json.facets).toEqual({
      status: [
        { value: 'nominated', count: 3 },
        { value: 'assessed', count: 1 },
      ],
      sector: [
        { value: 'automobiles', count: 2 },
        { value: 'biomedicine', count: 2 },
      ],
      district: [
        { value: 'minhang', count: 1 },
        { value: 'pudong', count: 2 },
        { value: 'qingpu', count: 1 },
      ],
      area: [
        { value: 'core', count: 1 },
        { value: 'belt', count: 2 },
        { value: 'other', count: 1 },
      ],
    });
    const { json: some } = await recording.server.get('/api/v1/factories?sector=biomedicine&facets=area');
    expect([some.total, some.facets]).toEqual([
      2,
      {
        area: [
          { value: 'core', count: 1 },
          { value: 'belt', count: 1 },
        ],
      },
    ]);
    const { json: then } = await recording.server.get('/api/v1/factories?on=2020-01-31');
    expect([then.total, then.facets]).toEqual([2, undefined]);
  });

  test('counts under null what has no sector, district or area, also in a register without the field', async () => {
    await recording.record(named(criterion.register, 'gb-1'), criterion.proposed('2020-01-01', criterion.described));
    const facets = async (register: string, names: string) =>
      (await recording.server.get(`/api/v1/${register}?facets=${names}`)).json;
    const none = [{ value: null, count: 1 }];
    expect((await facets('criteria', 'status,sector,district,area')).facets).toEqual({
      status: [{ value: 'proposed', count: 1 }],
      sector: none,
      district: none,
      area: none,
    });
    for (const { name } of registers) {
      const { total, facets: found } = await facets(name, 'status,sector,district,area');
      for (const [facet, values] of Object.entries<{ readonly count: number }[]>(found))
        expect(
          values.reduce((sum, { count }) => sum + count, 0),
          `${name} ${facet}`,
        ).toBe(total);
    }
  });

  test.each([
    ['suppliers?sector=biomedicine', 'sector', 'q, status, enterprise, flag'],
    ['criteria?district=pudong', 'district', 'q, status, enterprise, flag'],
    ['breakthroughs?area=core', 'area', 'q, status, sector, enterprise, flag'],
    ['plans?enterprise=91310000132260250X', 'enterprise', 'q, status, flag'],
    ['exports/suppliers.csv?sector=biomedicine', 'sector', 'q, status, enterprise, flag'],
    ['exports/suppliers.xlsx?colour=red', 'colour', 'q, status, enterprise, flag'],
    ['targets?sector=biomedicine', 'sector', 'on, knownAt, plan, by'],
    ['recording-days?on=2020-01-01', 'on', 'none is taken here'],
  ])('refuses in %s the filter %s that is not there, and names those that are', async (path, name, choices) => {
    const headers = { 'accept-language': 'en', accept: '*/*' };
    const { status, json } = await recording.server.get(`/api/v1/${path}`, { headers });
    expect([status, json.errors]).toMatchObject([400, [{ in: 'query', name }]]);
    expect(json.errors[0].message).toContain(choices);
  });

  test.each(['facets=', 'facets=colour', 'facets=status,colour'])('refuses %s', async (query) => {
    const { status, json } = await recording.server.get(`/api/v1/factories?${query}`);
    expect([status, json.errors]).toMatchObject([400, [{ in: 'query', name: 'facets' }]]);
  });

  test('shows how many submissions wait to those who may record', async () => {
    await recording.record(at('b'), submittedBy('li.wei', factory.certified('2021-01-01')));
    const pending = async (token?: string) =>
      (await recording.server.get('/api/v1/factories?q=乙', { token })).json.items[0].pending;
    expect(await pending(await recording.server.token('clerk'))).toBe(1);
    expect(await pending(await recording.server.token('viewer'))).toBeUndefined();
    expect(await pending()).toBeUndefined();
  });

  test('on an earlier day shows entries as they were then', async () => {
    expect(await list('on=2020-01-31')).toMatchObject([
      { key: 'a', status: 'nominated' },
      { key: 'd', status: 'nominated' },
    ]);
    expect(await list('on=2020-06-01&status=assessed')).toMatchObject([{ key: 'd', status: 'assessed' }]);
    expect(await keys('on=2019-12-31')).toEqual([]);
  });

  test.each([
    ['status=nominated', ['C', 'a', 'b']],
    ['status=assessed', ['d']],
    ['sector=biomedicine', ['C', 'a']],
    ['district=pudong', ['C', 'a']],
    ['area=core', ['a']],
    ['area=belt', ['C', 'b']],
    ['area=other', ['d']],
    ['enterprise=91310000132260250X', ['C']],
    ['enterprise=91310000132260250x', ['C']],
    ['enterprise=nobody', []],
    ['flag=no-enterprise', ['a', 'b']],
    ['sector=biomedicine&district=pudong&area=belt&status=nominated', ['C']],
    ['sector=automobiles&district=pudong', []],
  ])('filtered by %s', async (query, expected) => {
    expect(await keys(query)).toEqual(expected);
  });

  test.each([
    ['key', ['C', 'a', 'b', 'd']],
    ['-key', ['d', 'b', 'a', 'C']],
    ['name', ['a', 'C', 'b', 'd']],
    ['-name', ['d', 'b', 'C', 'a']],
    ['status', ['d', 'C', 'a', 'b']],
    ['-status', ['b', 'a', 'C', 'd']],
    ['since', ['a', 'b', 'C', 'd']],
    ['-since', ['d', 'C', 'b', 'a']],
  ])('sorted by %s', async (sort, expected) => {
    expect(await keys(`sort=${sort}`)).toEqual(expected);
  });

  test.each([
    'status=certifed',
    'status=none',
    'sector=toys',
    'district=suzhou',
    'area=moon',
    'flag=red',
    'sort=size',
    'color=red',
    'limit=0',
    'limit=501',
    'limit=-1',
    'limit=1.5',
    'limit=ten',
    'limit=',
  ])('refuses %s', async (query) => {
    const { status, json } = await recording.server.get(`/api/v1/factories?${query}`);
    expect(status).toBe(400);
    expect(json.errors).toMatchObject([{ in: 'query', name: query.split('=')[0] }]);
  });

  test('is there for every register', async () => {
    const token = await recording.server.token('auditor');
    for (const { name } of registers) {
      expect((await recording.server.get(`/api/v1/${name}`)).status, name).toBe(200);
      expect((await recording.server.get(`/api/v1/exports/${name}.csv`)).status, name).toBe(200);
      expect((await recording.server.get(`/api/v1/${name}/688999`)).status, name).toBe(404);
      expect((await recording.server.get(`/api/v1/${name}/688999/history`, { token })).status, name).toBe(404);
    }
    expect((await recording.server.get('/api/v1/robots')).status).toBe(404);
  });
});

test('criteria are found by the enterprises that lead them', async () => {
  await recording.record(
    named(criterion.register, 'led'),
    criterion.proposed('2020-01-01', { leads: [south.key, north.key] }),
  );
  await recording.record(named(criterion.register, 'other'), criterion.proposed('2020-01-01'));
  expect(await keys(`enterprise=${north.key}`, 'criteria')).toEqual(['led']);
});

describe('an entry whose reference no longer holds', () => {
  const dangling = (query = '', register?: string) => keys(`flag=dangling&${query}`, register);

  test('is flagged from the day on which the enterprise left, its count unchanged', async () => {
    await recording.record(at('d'), factory.certified('2020-07-01'));
    expect(await dangling()).toEqual([]);
    const size = await recording.record(south, enterprise.left('2021-06-01'));
    expect(await dangling('on=2021-05-31')).toEqual([]);
    expect(await dangling('on=2021-06-01')).toEqual(['d']);
    expect(await dangling(`on=2021-06-01&knownAt=${size - 1}`)).toEqual([]);
    const { json } = await recording.server.get('/api/v1/targets/model-factories/entries?on=2021-12-31');
    expect(json).toMatchObject({ count: 1, entries: [{ key: 'd' }] });
    await recording.record(south, enterprise.enrolled('2021-09-01'));
    expect(await dangling('on=2021-08-31')).toEqual(['d']);
    expect(await dangling('on=2021-09-01')).toEqual([]);
  });

  test('is flagged once the enrolment is known to be annulled, on every day', async () => {
    const size = await recording.record(north, annulled(0));
    expect(await dangling('on=2020-03-01')).toEqual(['C']);
    expect(await dangling(`on=2020-03-01&knownAt=${size - 1}`)).toEqual([]);
    expect(await dangling('', 'criteria')).toEqual(['led']);
  });

  test('is no longer flagged when it is tied to another', async () => {
    await recording.record(at('C'), factory.amended('2021-10-01', { enterprise: south.key }));
    expect(await dangling('on=2021-09-30')).toEqual(['C']);
    expect(await dangling('on=2021-10-01')).toEqual([]);
    await recording.record(at('C'), factory.amended('2021-11-01', { enterprise: null }));
    expect(await dangling('on=2021-11-01')).toEqual([]);
    expect(await keys('flag=no-enterprise&on=2021-11-01')).toEqual(['C', 'a', 'b']);
  });

  test('is flagged for a supplier only if it names an enterprise by its key', async () => {
    const sold = (key: string, name: string) =>
      recording.record(named(solution.register, key), solution.signed('2020-05-01', { supplier: name }));
    await recording.record(named(supplier.register, 'integrator'), supplier.nominated('2020-01-01'));
    await sold('by-key', 'integrator');
    await sold('by-other-case', 'Integrator');
    await sold('by-name', '某集成商');
    expect(await dangling('', 'solutions')).toEqual([]);
    await recording.record(named(supplier.register, 'integrator'), annulled(0));
    expect(await dangling('', 'solutions')).toEqual(['by-key']);
  });

  test('is not flagged, at a size before it, for what was recorded under that key only afterwards', async () => {
    const size = await recording.record(
      named(solution.register, 'before'),
      solution.signed('2020-05-01', { supplier: 'later-supplier' }),
    );
    const at = `on=2020-06-01&knownAt=${size}`;
    expect(await dangling(at, 'solutions')).toEqual(['by-key']);
    await recording.record(named(supplier.register, 'later-supplier'), supplier.nominated('2021-01-01'));
    expect(await dangling(at, 'solutions')).toEqual(['by-key']);
  });
});

describe('a search through all registers', () => {
  const found = async (query: string) => (await recording.server.get(`/api/v1/search?${query}`)).json.items;

  test('finds entries of every register by words in names and codes', async () => {
    await recording.record(named(supplier.register, 'sought'), supplier.nominated('2021-01-01', { name: '西部装备' }));
    const items = await found(`q=${encodeURIComponent('部装')}`);
    expect(items).toEqual([{ register: 'suppliers', key: 'sought', name: '西部装备', status: 'nominated' }]);
    expect(await found('q=ough')).toEqual(items);
  });

  test('begins with what is called exactly so, or has that key', async () => {
    await recording.record(at('first'), factory.nominated('2021-01-01', { name: '东海精工' }));
    await recording.record(at('a-longer'), factory.nominated('2021-01-01', { name: '东海精工一厂' }));
    await recording.record(named(supplier.register, 'z'), supplier.nominated('2021-01-01', { name: '东海精工' }));
    const items = await found(`q=${encodeURIComponent('东海精工')}`);
    expect(items.map(({ key }: { key: string }) => key)).toEqual(['first', 'z', 'a-longer']);
    expect((await found(`q=${encodeURIComponent('东海精工')}&limit=1`)).length).toBe(1);
    expect((await found('q=FIRST'))[0]).toMatchObject({ key: 'first' });
  });

  test('finds nothing annulled, and refuses to search for nothing', async () => {
    expect(await found('q=annulled')).toEqual([]);
    for (const query of ['', 'q=', 'q=%20', `q=${'x'.repeat(201)}`])
      expect((await recording.server.get(`/api/v1/search?${query}`)).status, query).toBe(400);
  });
});

test('an entry by itself says what it counts toward on the day, since when, and because of which facts', async () => {
  const counted = at('counted');
  await recording.record(counted, factory.nominated('2020-01-01'), factory.certified('2020-06-01'));
  await recording.record(counted, factory.suspended('2020-08-01'), factory.reinstated('2020-09-01'));
  const { json: history } = await recording.server.get('/api/v1/factories/counted/history');
  const ids: readonly string[] = history.events.map(({ id }: { id: string }) => id);
  const counts = async (on: string) => (await recording.server.get(`/api/v1/factories/counted?on=${on}`)).json.counts;
  const measure = 'factories.certified';
  expect(await counts('2020-05-31')).toEqual([]);
  expect(await counts('2020-07-01')).toEqual([{ measure, since: '2020-06-01', events: [ids[1]] }]);
  expect(await counts('2020-08-15')).toEqual([]);
  expect(await counts('2020-09-01')).toEqual([{ measure, since: '2020-09-01', events: [ids[1], ids[3]] }]);
});
