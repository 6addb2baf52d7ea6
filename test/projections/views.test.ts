import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { annulled, corrected, returnedBy, submittedBy } from '../domain/given.ts';
import { factory, listing } from '../domain/vocabulary.ts';
import { named, type Recording, startRecording } from '../http/recording.ts';

let recording: Recording;
let file: DatabaseSync;
const kangqiao = named(factory.register, 'kangqiao');

beforeAll(async () => {
  recording = await startRecording();
  const { record } = recording;
  await record(
    kangqiao,
    factory.certified('2020-11-03', factory.described),
    corrected(0, { effectiveOn: '2020-12-22' }),
  );
  await record(kangqiao, factory.amended('2021-01-01', { district: 'minhang' }));
  await record(kangqiao, submittedBy('li.wei', factory.revoked('2021-06-01')), returnedBy('wang.fang', 3, '材料不全'));
  await record(named(factory.register, 'gone'), factory.nominated('2020-01-10'), annulled(0));
  await record(named(listing.register, '688012'), listing.listed('2019-07-22', listing.described));
  file = new DatabaseSync(join(recording.server.folder, 'readmodel', 'current.db'), { readOnly: true });
});
afterAll(async () => {
  file.close();
  await recording.server.close();
});

const rows = (sql: string) =>
  file
    .prepare(sql)
    .all()
    .map((row) => ({ ...row }));

test('a BI tool that opens the file read-only, while the node serves, sees the counts by place', async () => {
  expect(rows('SELECT * FROM v_measures WHERE count <> 0 ORDER BY measure')).toEqual([
    {
      measure: 'factories.certified',
      sector: 'high-end-manufacturing',
      district: 'minhang',
      lingang: 0,
      count: 1,
    },
    { measure: 'listings.listed', sector: null, district: null, lingang: 0, count: 1 },
  ]);
  const { json } = await recording.server.get('/api/v1/measures');
  const sums = rows('SELECT measure AS id, sum(count) AS count FROM v_measures GROUP BY measure');
  expect(json.measures).toEqual(expect.arrayContaining(sums));
});

test('it sees the entries as they are now', () => {
  expect(
    rows(`SELECT register, key, status, name, district FROM v_entries WHERE register <> 'plans' ORDER BY key`),
  ).toEqual([
    { register: 'listings', key: '688012', status: 'listed', name: '上海康桥数字工厂', district: null },
    { register: 'factories', key: 'kangqiao', status: 'certified', name: '上海康桥数字工厂', district: 'minhang' },
  ]);
});

test('it sees every event and every submission', () => {
  expect(rows('SELECT entry_number, type FROM v_events ORDER BY entry_number').map(({ type }) => type)).toEqual([
    'PlanAdopted',
    'FactoryCertifiedAsModel',
    'EventCorrected',
    'FactoryAmended',
    'CommandSubmitted',
    'SubmissionReturned',
    'FactoryNominated',
    'EventsAnnulled',
    'BusinessListed',
  ]);
  expect(rows('SELECT * FROM v_submissions')).toEqual([
    {
      id: 'factories~kangqiao~3',
      register: 'factories',
      key: 'kangqiao',
      command: 'revoke',
      by: 'li.wei',
      import: null,
      status: 'returned',
      decided_by: 'wang.fang',
    },
  ]);
});
