import { readFileSync } from 'node:fs';
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

test('a BI tool that opens the file read-only, while the node serves, sees the counts by day and place', async () => {
  const certified = { measure: 'factories.certified', measure_zh: '示范性智能工厂', measure_en: 'Model factories' };
  const place = {
    sector: 'high-end-manufacturing',
    sector_zh: '高端装备',
    sector_en: 'High-end manufacturing',
    lingang: 0,
  };
  const pudong = { district: 'pudong', district_zh: '浦东新区', district_en: 'Pudong New Area' };
  const minhang = { district: 'minhang', district_zh: '闵行区', district_en: 'Minhang' };
  expect(rows(`SELECT * FROM v_measures WHERE measure LIKE 'factories.%' ORDER BY day, change`)).toEqual([
    { day: '2020-12-22', ...certified, ...place, ...pudong, change: 1, count: 1 },
    { day: '2021-01-01', ...certified, ...place, ...pudong, change: -1, count: 0 },
    { day: '2021-01-01', ...certified, ...place, ...minhang, change: 1, count: 1 },
  ]);
  const { json } = await recording.server.get('/api/v1/measures?on=2020-12-31');
  const sums = rows(
    `SELECT measure AS id, sum(change) AS count FROM v_measures WHERE day <= '2020-12-31' GROUP BY measure`,
  );
  expect(sums).not.toEqual([]);
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
      command_zh: '撤销认定',
      command_en: 'Revoke',
      by: 'li.wei',
      submitted_at: expect.stringMatching(/^2022-03-01T00:00:00\.\d{3}Z$/),
      import: null,
      row: null,
      status: 'returned',
      decided_by: 'wang.fang',
      decided_at: expect.stringMatching(/^2022-03-01T00:00:00\.\d{3}Z$/),
    },
  ]);
});

test('every column of every view is documented', () => {
  const page = readFileSync(new URL('../../docs/views.md', import.meta.url), 'utf8');
  const views = rows(`SELECT name FROM sqlite_schema WHERE type = 'view'`).map(({ name }) => String(name));
  expect(views.length).toBeGreaterThan(4);
  for (const view of views) {
    const [, section = ''] = page.split(new RegExp(`^## .*\`${view}\`.*$`, 'm'));
    const described = section.split(/^## /m)[0] ?? '';
    for (const { name } of rows(`SELECT name FROM pragma_table_info('${view}')`))
      expect(described, `${view}.${name}`).toContain(`\`${name}\``);
  }
});
