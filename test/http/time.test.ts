import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { annulled, corrected } from '../domain/given.ts';
import { factory } from '../domain/vocabulary.ts';
import { named, type Recording, startRecording } from './recording.ts';

let recording: Recording;
const kangqiao = named(factory.register, 'kangqiao');
const baoshan = named(factory.register, 'baoshan');
/** The ledger's size at each point of the story. */
const size = { certified: 0, corrected: 0, suspendedLate: 0, annulled: 0 };

beforeAll(async () => {
  recording = await startRecording('2021-01-05T02:00:00Z');
  const { record, clock } = recording;
  await record(baoshan, factory.nominated('2020-01-10', { district: 'baoshan' }));
  size.certified = await record(kangqiao, factory.nominated('2020-01-10'), factory.certified('2020-11-03'));
  clock.set('2021-02-01T02:00:00.500Z');
  size.corrected = await record(kangqiao, corrected(1, { effectiveOn: '2020-12-22' }));
  clock.set('2021-03-01T02:00:00Z');
  size.suspendedLate = await record(kangqiao, factory.suspended('2021-01-15'));
  clock.set('2021-04-01T02:00:00Z');
  size.annulled = await record(kangqiao, annulled(1, 3));
});
afterAll(() => recording.server.close());

const viewed = (on: string, knownAt: string | number) => `on=${on}&knownAt=${encodeURIComponent(knownAt)}`;
const json = async (path: string) => {
  const { status, json: body } = await recording.server.get(path);
  expect(status, path).toBe(200);
  return body;
};

/** The number of certified factories, as each read has it. */
const counts = async (on: string, knownAt: string | number): Promise<readonly number[]> => {
  const view = viewed(on, knownAt);
  const ofTarget = (body: { targets: { id: string; count: number }[] }) =>
    body.targets.find(({ id }) => id === 'model-factories');
  const targets = await json(`/api/v1/targets?${view}`);
  const { measures } = await json(`/api/v1/measures?${view}`);
  const explained = await json(`/api/v1/targets/model-factories/entries?${view}`);
  const { points } = await json(
    `/api/v1/targets/model-factories/series?from=2020-06-01&to=${on}&knownAt=${encodeURIComponent(knownAt)}`,
  );
  const breakdown = await json(`/api/v1/breakdown?by=district&${view}`);
  const listed = await json(`/api/v1/factories?status=certified&${view}`);
  const entry = await json(`/api/v1/factories/kangqiao?${view}`);
  const { text } = await recording.server.get(`/api/v1/exports/factories.csv?lang=en&${view}`);
  return [
    ofTarget(targets)?.count ?? -1,
    measures.find(({ id }: { id: string }) => id === 'factories.certified').count,
    explained.count,
    explained.entries.length,
    points.at(-1).count,
    breakdown.targets
      .find(({ id }: { id: string }) => id === 'model-factories')
      .cells.reduce((sum: number, { count }: { count: number }) => sum + count, 0),
    listed.items.length,
    entry.status === 'certified' ? 1 : 0,
    text.split('Certified').length - 1,
  ];
};
const every = (count: number) => Array.from({ length: 9 }, () => count);

describe('a correction, a late fact and an annulment', () => {
  test('a factory counts from its effective date, whenever the fact was recorded', async () => {
    expect(await counts('2020-11-02', size.certified)).toEqual(every(0));
    expect(await counts('2020-11-03', size.certified)).toEqual(every(1));
  });

  test('a corrected date moves the count in what is known since, and not in what was known before', async () => {
    expect(await counts('2020-11-03', size.corrected)).toEqual(every(0));
    expect(await counts('2020-12-21', size.corrected)).toEqual(every(0));
    expect(await counts('2020-12-22', size.corrected)).toEqual(every(1));
    expect(await counts('2020-11-03', size.certified)).toEqual(every(1));
  });

  test('a suspension recorded late takes the factory out from its day, and was not known before', async () => {
    expect(await counts('2021-01-14', size.suspendedLate)).toEqual(every(1));
    expect(await counts('2021-01-15', size.suspendedLate)).toEqual(every(0));
    expect(await counts('2021-01-15', size.corrected)).toEqual(every(1));
  });

  test('an annulled certification never counted, as known since its annulment', async () => {
    expect(await counts('2020-12-31', size.annulled)).toEqual(every(0));
    expect(await counts('2020-12-31', size.suspendedLate)).toEqual(every(1));
  });
});

describe('knownAt', () => {
  test('is an instant: what was recorded at that very millisecond was known, a millisecond before it was not', async () => {
    expect(await counts('2020-11-03', '2021-02-01T02:00:00.500Z')).toEqual(every(0));
    expect(await counts('2020-11-03', '2021-02-01T02:00:00.499Z')).toEqual(every(1));
    expect(await counts('2020-11-03', '2021-02-01T10:00:00.499999999+08:00')).toEqual(every(1));
  });

  test('at an instant and at the ledger’s size of that instant gives the same answer, byte for byte', async () => {
    for (const path of paths('2020-12-22')) {
      const byInstant = await recording.server.get(`${path}&knownAt=2021-02-15t00:00:00z`);
      const bySize = await recording.server.get(`${path}&knownAt=${size.corrected}`);
      expect(byInstant.text, path).toBe(bySize.text);
    }
  });

  test('every answer says its size and when the last event of it was recorded', async () => {
    for (const path of paths('2020-12-22')) {
      if (path.includes('/exports/')) continue;
      const body = await json(`${path}&knownAt=2021-02-15T00:00:00Z`);
      expect(body, path).toMatchObject({ size: size.corrected, knownAt: '2021-02-01T02:00:00.500Z' });
      if (!path.includes('/series')) expect(body.on, path).toBe('2020-12-22');
    }
    const clerk = await recording.server.token('clerk');
    const { json: history } = await recording.server.get(
      `/api/v1/factories/kangqiao/history?knownAt=${size.corrected}`,
      {
        token: clerk,
      },
    );
    expect(history).toMatchObject({ size: size.corrected, knownAt: '2021-02-01T02:00:00.500Z' });
    expect(history.events).toHaveLength(3);
  });

  test('before the first event is size 0, at which nothing is known', async () => {
    for (const knownAt of ['0', '2020-12-31T23:59:59Z', '0001-01-01T00:00:00Z']) {
      expect(await json(`/api/v1/targets?${viewed('2020-12-31', knownAt)}`)).toEqual({
        on: '2020-12-31',
        knownAt: null,
        size: 0,
        targets: [],
      });
      expect((await json(`/api/v1/factories?${viewed('2020-12-31', knownAt)}`)).items).toEqual([]);
      expect((await json(`/api/v1/plans?${viewed('2020-12-31', knownAt)}`)).items).toEqual([]);
      expect((await json(`/api/v1/breakdown?by=sector&${viewed('2020-12-31', knownAt)}`)).targets).toEqual([]);
      for (const path of ['/factories/kangqiao', '/targets/model-factories/entries', '/plans/shanghai-2019-2021']) {
        const { status } = await recording.server.get(`/api/v1${path}?${viewed('2020-12-31', knownAt)}`);
        expect(status, path).toBe(404);
      }
    }
  });

  test.each([
    ['in the future', '2021-04-01T02:00:00.001Z'],
    ['beyond the ledger', '1000'],
    ['of a day that the calendar does not have', '2021-02-30T00:00:00Z'],
    ['of an hour that the clock does not have', '2021-02-01T25:00:00Z'],
    ['without a zone', '2021-02-01T00:00:00'],
    ['a day', '2021-02-01'],
    ['negative', '-1'],
    ['with a fraction', '1.5'],
    ['empty', ''],
    ['a word', 'yesterday'],
  ])('%s is refused, and the answer names it', async (_, knownAt) => {
    const token = await recording.server.token(['clerk', 'auditor']);
    const history = '/api/v1/factories/kangqiao/history?';
    const changes = '/api/v1/targets/model-factories/changes?since=1&on=2020-12-22';
    for (const path of [...paths('2020-12-22'), history, changes]) {
      const { status, json: problem } = await recording.server.get(
        `${path}&knownAt=${encodeURIComponent(knownAt)}`.replace('?&', '?'),
        { token },
      );
      expect(status, path).toBe(400);
      expect(problem, path).toMatchObject({
        type: '/problems/invalid-request',
        errors: [{ in: 'query', name: 'knownAt' }],
      });
    }
  });

  test('of this very moment is not in the future', async () => {
    expect((await json('/api/v1/targets?knownAt=2021-04-01T02:00:00Z')).size).toBe(size.annulled);
  });
});

describe('on', () => {
  test.each(['2020-02-30', '2020-1-1', '20200101', 'today', '', '2020-12-22T00:00:00Z'])('%j is no day', async (on) => {
    for (const path of paths('')) {
      if (path.includes('/series')) continue;
      const { status, json: problem } = await recording.server.get(`${path.replace('on=', `on=${on}`)}`);
      expect(status, path).toBe(400);
      expect(problem.errors, path).toMatchObject([{ in: 'query', name: 'on' }]);
    }
  });

  test('given twice is refused', async () => {
    expect((await recording.server.get('/api/v1/targets?on=2020-12-22&on=2020-12-23')).status).toBe(400);
  });

  test('defaults to today in Shanghai, which begins at 16:00 UTC', async () => {
    recording.clock.set('2021-04-02T15:59:59.999Z');
    expect((await json('/api/v1/targets')).on).toBe('2021-04-02');
    recording.clock.set('2021-04-02T16:00:00Z');
    expect((await json('/api/v1/targets')).on).toBe('2021-04-03');
  });

  test('may be any day of the calendar, the first and the last', async () => {
    for (const on of ['0001-01-01', '9999-12-31'])
      for (const path of paths(on).filter((each) => !each.includes('/series'))) {
        const { status } = await recording.server.get(path);
        expect(status, path).toBe(on === '0001-01-01' && path.includes('/kangqiao') ? 404 : 200);
      }
    expect((await json('/api/v1/factories?on=9999-12-31')).items).toHaveLength(2);
  });

  test('and a series that ends with the calendar ends', async () => {
    const { points } = await json('/api/v1/targets/model-factories/series?from=9999-12-15&to=9999-12-31&step=week');
    expect(points.map((point: { on: string }) => point.on)).toEqual([
      '9999-12-15',
      '9999-12-22',
      '9999-12-29',
      '9999-12-31',
    ]);
  });
});

test('the same day and size give the same answer for ever, whatever is recorded afterwards', async () => {
  const { server, record } = recording;
  const asked = paths('2020-12-31').map((path) => `${path}&knownAt=${size.suspendedLate}`);
  const read = () => Promise.all(asked.map(async (path) => (await server.get(path)).text));
  const before = await read();
  await record(baoshan, factory.certified('2020-06-01'), corrected(0, { effectiveOn: '2019-12-01' }));
  await record(named(factory.register, 'minhang'), factory.certified('2020-06-01', factory.described));
  await record(kangqiao, factory.certified('2020-02-01'), factory.amended('2020-03-01', { name: '另一个名字' }));
  expect(await read()).toEqual(before);
});

/** Every read that has a view, on a day. */
const paths = (on: string): readonly string[] => [
  `/api/v1/targets?on=${on}`,
  `/api/v1/measures?on=${on}`,
  `/api/v1/targets/model-factories/entries?on=${on}`,
  ...(on === '' ? [] : [`/api/v1/targets/model-factories/series?from=2020-01-01&to=${on}`]),
  `/api/v1/breakdown?by=sector,district&on=${on}`,
  `/api/v1/factories?on=${on}`,
  `/api/v1/factories/kangqiao?on=${on}`,
  `/api/v1/plans?on=${on}`,
  `/api/v1/exports/factories.csv?on=${on}`,
  `/api/v1/exports/targets.csv?on=${on}`,
];
