import { afterAll, beforeAll, expect, test } from 'vitest';
import { explain, replayLog, targetsDocument } from '../../src/maintenance/replay.ts';
import { annulled, approvedBy, corrected, submittedBy } from '../domain/given.ts';
import { enterprise, factory, listing, plan } from '../domain/vocabulary.ts';
import { named, type Recording, startRecording } from '../http/recording.ts';

let recording: Recording;
const at = (key: string) => named(factory.register, key);

beforeAll(async () => {
  recording = await startRecording('2021-01-05T02:00:00.250Z');
  const { record, clock } = recording;
  const certify = factory.certified('2020-11-03', { ...factory.described, district: 'minhang' });
  await record(at('a'), submittedBy('li.wei', certify), approvedBy('wang.fang', 0, 'li.wei', certify));
  await record(at('B'), factory.certified('2020-12-01', factory.described));
  clock.set('2021-06-01T02:00:00Z');
  await record(
    at('a'),
    corrected(1, { effectiveOn: '2020-12-22' }),
    factory.amended('2021-01-01', { district: 'pudong' }),
  );
  await record(named(listing.register, '688012'), listing.listed('2019-07-22', listing.described));
  await record(
    named(plan.register, 'minhang-2020'),
    plan.adopted('2020-01-01', {
      from: '2020-01-01',
      to: '2022-12-31',
      targets: [
        {
          id: 'model-factories',
          title: { zh: '闵行', en: 'Minhang' },
          measure: 'factories.certified',
          goal: { min: 3 },
          district: 'minhang',
        },
      ],
    }),
    plan.revised('2020-12-01', { goal: { min: 5 } }),
  );
  clock.set('2022-03-01T02:00:00Z');
  await record(
    named(enterprise.register, '91310000132260250X'),
    enterprise.completedUpgrade('2020-03-01', enterprise.described),
  );
  await record(at('a'), annulled(1, 3));
});
afterAll(() => recording.server.close());

const days = ['2019-01-01', '2020-11-03', '2020-12-22', '2021-01-01', '2022-03-01'];

test('the log replayed from its first event gives the targets as they are read, byte for byte, for any day and size', async () => {
  const { server } = recording;
  const total = await server.registry.store.size();
  for (let size = 0; size <= total; size++)
    for (const on of days) {
      const { text } = await server.get(`/api/v1/targets?on=${on}&knownAt=${size}`);
      expect(JSON.stringify(targetsDocument(await replayLog(server.registry.store, { size }), on))).toBe(text);
    }
});

test('and for any instant', async () => {
  const { server } = recording;
  for (const instant of [
    '2020-01-01T00:00:00Z',
    '2021-01-05T02:00:00.249Z',
    '2021-01-05T02:00:00.250Z',
    '2021-12-31T00:00:00Z',
    '2022-03-01T02:00:00Z',
  ]) {
    const { text } = await server.get(`/api/v1/targets?on=2021-01-01&knownAt=${instant}`);
    const replayed = await replayLog(server.registry.store, { instantMs: Date.parse(instant) });
    expect(JSON.stringify(targetsDocument(replayed, '2021-01-01'))).toBe(text);
  }
});

test('a number explained from the bare log names the entries, days and facts that are read', async () => {
  const { server } = recording;
  const size = 8;
  const replayed = await replayLog(server.registry.store, { size }, () => {}, true);
  const { json } = await server.get(
    `/api/v1/targets/model-factories/entries?on=2021-12-31&knownAt=${size}&plan=shanghai-2019-2021`,
  );
  const explained = explain(replayed, 'model-factories', '2021-12-31', 'shanghai-2019-2021');
  expect(explained?.target).toEqual(json.target);
  expect(explained?.entries.map(({ events, ...entry }) => ({ ...entry, events: events.map(({ id }) => id) }))).toEqual(
    json.entries,
  );
  expect(explained?.entries.map(({ key }) => key)).toEqual(['B', 'a']);
  expect(explained?.entries[1]?.events).toMatchObject([
    { by: 'li.wei', approvedBy: 'wang.fang', effectiveOn: '2020-12-22' },
  ]);
});
