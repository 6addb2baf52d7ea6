import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as pause } from 'node:timers/promises';
import { parse } from 'csv-parse/sync';
import { stringify } from 'csv-stringify/sync';
import { z } from 'zod';
import { type Bench, type Measurement, newFolder, type Registry, serveRegistry, settings } from '../bench.ts';
import { enterpriseCode } from '../log/enterprise-code.ts';
import { median, seconds } from '../result.ts';

const rowCount = 10_000;
const limitSeconds = 10;

/** A spreadsheet of enterprises; each round has others. */
const sheet = (round: number): string => {
  const rows = Array.from({ length: rowCount }, (_, index) => {
    const number = round * rowCount + index;
    return [
      enterpriseCode(number),
      `上海精密机械${number}号有限公司`,
      '高端装备',
      '闵行区',
      '2020年9月27日',
      '沪经信智〔2020〕1 号',
    ];
  });
  return stringify([['统一社会信用代码', '企业名称', '行业', '区', '生效日期', '来源'], ...rows]);
};

const progress = z.object({
  import: z.object({ state: z.string(), recorded: z.number(), refused: z.number() }),
});

/** The seconds from the upload to the last recorded row. */
const imported = async ({ url, token }: Registry, content: string): Promise<number> => {
  const authorization = { authorization: `Bearer ${token}` };
  const body = new FormData();
  body.set('file', new File([content], 'enterprises.csv', { type: 'text/csv' }));
  const began = performance.now();
  const answer = await fetch(`${url}/api/v1/imports/enterprises`, { method: 'POST', headers: authorization, body });
  const location = answer.headers.get('location');
  if (location === null) throw new Error(`the import was not accepted: ${answer.status} ${await answer.text()}`);
  for (;;) {
    const body = await (await fetch(`${url}${location}`, { headers: authorization })).json();
    const { state, recorded, refused } = progress.parse(body).import;
    if (state === 'finished' && recorded !== rowCount) throw new Error(`${recorded} recorded, ${refused} refused`);
    if (state === 'finished') return (performance.now() - began) / 1_000;
    await pause(20);
  }
};

/** The seconds for parsing the same rows and inserting them into a table in one transaction. */
const inserted = (bench: Bench, content: string): number => {
  const began = performance.now();
  const db = new DatabaseSync(join(newFolder(bench, 'rows'), 'rows.db'));
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE rows (row TEXT NOT NULL) STRICT; BEGIN');
  const insert = db.prepare('INSERT INTO rows (row) VALUES (?)');
  for (const row of parse(content, { columns: true })) insert.run(JSON.stringify(row));
  db.exec('COMMIT');
  db.close();
  return (performance.now() - began) / 1_000;
};

export const imports: Measurement = async (bench) => {
  const registry = await serveRegistry(bench, settings(newFolder(bench, 'data')));
  const ours: number[] = [];
  const bare: number[] = [];
  for (let round = 1; round <= bench.rounds; round += 1) {
    bench.progress(`import, round ${round} of ${bench.rounds}`);
    const content = sheet(round);
    ours.push(await imported(registry, content));
    bare.push(inserted(bench, content));
  }
  await registry.stop();
  return [
    {
      name: 'import of 10,000 rows',
      ours: seconds(median(ours)),
      baseline: seconds(median(bare)),
      against: 'parsing, one insert',
      ratios: ours.map((took, round) => (bare[round] ?? Number.NaN) / took),
      target: { below: seconds(limitSeconds), holds: median(ours) < limitSeconds },
    },
  ];
};
