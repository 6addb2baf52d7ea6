import { afterAll, beforeAll, expect, test } from 'vitest';
import { csv, imported, post } from '../imports/spreadsheet.ts';
import { xls, xlsx } from '../spreadsheets/workbooks.ts';
import { refusedAs } from './office.ts';
import { startServer, type TestServer } from './server.ts';

/** Files that come at once are opened one after the other. */

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.close());

const headers = ['编号', '工厂名称', '行业', '区', '推荐日期'];
const rowsOf = (count: number) =>
  Array.from({ length: count }, (_, n) => [
    `at-once-${count}-${n}`,
    `${count} 之 ${n} 厂`,
    '汽车',
    '浦东',
    '2020-03-01',
  ]);
const query = 'dryRun=true';

test('files that come at the same moment, of any kind and some of them broken, are each answered for itself', async () => {
  const kinds = [
    (count: number) => csv(headers, ...rowsOf(count)),
    (count: number) => xlsx({ sheets: { 名单: [headers, ...rowsOf(count)] } }),
    (count: number) => xls({ sheets: { 名单: [headers, ...rowsOf(count)] } }),
  ];
  const counts = Array.from({ length: 15 }, (_, index) => index + 1);
  const [totals, broken] = await Promise.all([
    Promise.all(
      counts.map(async (count) => {
        const file = kinds[count % kinds.length]?.(count) ?? '';
        return (await imported(server, 'factories', file, { query })).total;
      }),
    ),
    Promise.all(counts.map((count) => post(server, 'factories', `%PDF-1.${count}\n`, { query }))),
  ]);
  expect(totals).toEqual(counts);
  for (const reply of broken) expect([reply.status, reply.text]).toEqual([400, expect.stringContaining('PDF')]);
});

test('if too many files wait to be opened, one more is refused with a time to wait, until their clients have left', async () => {
  const left = new AbortController();
  const authorization = `Bearer ${await server.token('clerk')}`;
  const waiting = Array.from({ length: 40 }, () => {
    const body = new FormData();
    body.append('file', new Blob([csv(headers, ...rowsOf(20_000))]), 'long.csv');
    const request = { method: 'POST', headers: { authorization }, body, signal: left.signal };
    return fetch(`${server.url}/api/v1/imports/factories?${query}`, request).catch(() => undefined);
  });
  await expect.poll(() => server.registry.imports.isFull(), { interval: 5 }).toBe(true);
  const beyond = await post(server, 'factories', csv(headers, ...rowsOf(1)), { query });
  refusedAs(beyond, 503, 'unavailable');
  expect(Number(beyond.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
  left.abort();
  await Promise.all(waiting);
  await expect.poll(() => server.registry.imports.isFull()).toBe(false);
  expect((await imported(server, 'factories', csv(headers, ...rowsOf(1)), { query })).total).toBe(1);
});
