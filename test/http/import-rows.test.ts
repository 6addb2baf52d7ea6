import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { csv, decide, ended, imported } from '../imports/spreadsheet.ts';
import { sheet } from '../spreadsheets/workbooks.ts';
import { refusedAs } from './office.ts';
import { startServer, type TestServer } from './server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.close());

const headers = ['编号', '工厂名称', '行业', '区', '认定日期', '等级'];
const certified = (key: string, sector = '汽车') => [key, `${key} 厂`, sector, '浦东', '2020-12-22', '示范'];
const certify = 'command=certify';
const dry = `${certify}&dryRun=true`;

const read = async (path: string, role: Parameters<TestServer['token']>[0] = 'clerk') => {
  const size = String(await server.registry.store.size());
  return server.get(path, { token: await server.token(role), headers: { 'registry-position': size } });
};
const run = async (id: string, by = 'zhao.lei', role: Parameters<TestServer['token']>[0] = 'clerk') =>
  server.post(`/api/v1/imports/${id}/run`, undefined, {
    token: await server.token(role, by),
    headers: { 'accept-language': 'en' },
  });
const nextOf = (answer: { readonly headers: Headers }) =>
  /<([^>]+)>; rel="next"/.exec(answer.headers.get('link') ?? '')?.[1];

test('a dry run says for each row its values, its outcome and its impact, as a command’s dry run does', async () => {
  const done = await imported(
    server,
    'factories',
    csv(headers, certified('shown-1'), ['shown-2', '某厂', '渔业', '浦东', '2020-12-22', '示范']),
    { query: dry },
  );
  const { json } = await read(`/api/v1/imports/${done.id}/rows`);
  expect(json).toMatchObject({ total: 2, rows: 2 });
  const [first, second] = json.items;
  expect(first).toMatchObject({
    ...{ row: 1, line: 2, key: 'shown-1', outcome: 'submitted' },
    values: {
      name: 'shown-1 厂',
      sector: 'automobiles',
      district: 'pudong',
      effectiveOn: '2020-12-22',
      grade: 'demonstration',
    },
  });
  const { effectiveOn, ...body } = first.values;
  const tried = await server.post(
    '/api/v1/factories/shown-1/certify?dryRun=true',
    { effectiveOn, ...body },
    { token: await server.token('clerk') },
  );
  expect(first.impact).toEqual(tried.json.impact);
  expect(first.impact.length).toBeGreaterThan(0);
  expect(first.contribution).toEqual(tried.json.contribution);
  expect(second).toMatchObject({
    ...{ row: 2, line: 3, key: 'shown-2', outcome: 'refused' },
    values: { name: '某厂', district: 'pudong' },
    faults: [{ column: 3, header: '行业', value: '渔业' }],
  });
  expect(second).not.toHaveProperty('impact');
  expect(second.values).not.toHaveProperty('sector');
});

test('rows are read page by page, all of them or those of one outcome, in their order and each once', async () => {
  const rows = Array.from({ length: 250 }, (_, index) =>
    certified(`paged-${index}`, index % 3 === 0 ? '渔业' : '汽车'),
  );
  const done = await imported(server, 'factories', csv(headers, ...rows), { query: dry });
  for (const [query, total, numbers] of [
    ['', 250, rows.map((_, index) => index + 1)],
    ['&outcome=refused', 84, rows.flatMap((_, index) => (index % 3 === 0 ? [index + 1] : []))],
    ['&outcome=submitted', 166, rows.flatMap((_, index) => (index % 3 === 0 ? [] : [index + 1]))],
    ['&outcome=alreadyThere', 0, []],
  ] as const) {
    const seen: number[] = [];
    for (let path: string | undefined = `/api/v1/imports/${done.id}/rows?limit=40${query}`; path !== undefined; ) {
      const answer = await read(path);
      expect(answer.json.total).toBe(total);
      seen.push(...answer.json.items.map(({ row }: { row: number }) => row));
      path = nextOf(answer);
    }
    expect(seen).toEqual(numbers);
  }
  const first = await read(`/api/v1/imports/${done.id}/rows?limit=40`);
  const cursor = new URL(nextOf(first) ?? '', 'http://x').searchParams.get('cursor') ?? '';
  const [place, asked] = JSON.parse(Buffer.from(cursor, 'base64url').toString());
  for (const at of [place.at + 1, -1, 'x']) {
    const forged = Buffer.from(JSON.stringify([{ at }, asked])).toString('base64url');
    expect((await read(`/api/v1/imports/${done.id}/rows?limit=40&cursor=${forged}`)).status).toBe(400);
  }
  expect((await read(`/api/v1/imports/${done.id}/rows?outcome=lost`)).status).toBe(400);
  expect((await read('/api/v1/imports/none/rows')).status).toBe(404);
});

test('a real import says what became of each row; without its file a node says what the ledger has', async () => {
  await imported(server, 'factories', csv(headers, certified('real-1')), { query: certify });
  const text = csv(headers, certified('real-1'), certified('real-2'), certified('real-3', '渔业'));
  const done = await imported(server, 'factories', text, { query: certify });
  expect((await read(`/api/v1/imports/${done.id}/rows`)).json).toMatchObject({
    ...{ total: 3, rows: 3 },
    items: [
      { outcome: 'alreadyThere' },
      { outcome: 'submitted', values: { name: 'real-2 厂' } },
      { outcome: 'refused', faults: [{ header: '行业' }] },
    ],
  });
  for (const suffix of ['.rows', '.refused']) rmSync(join(server.folder, 'imports', `${done.id}${suffix}`));
  await decide(server, done.id, 'approve');
  await ended(server, done.id);
  const elsewhere = `/api/v1/imports/${done.id}/rows?limit=1`;
  const first = await read(elsewhere);
  expect(first.json).toMatchObject({
    rows: 'elsewhere',
    items: [{ row: 2, key: 'real-2', outcome: 'submitted', values: { name: 'real-2 厂', effectiveOn: '2020-12-22' } }],
  });
  expect((await read(nextOf(first) ?? '')).json).toMatchObject({
    items: [{ row: 3, line: 4, outcome: 'refused', values: {} }],
  });
  expect((await read(`${elsewhere}&outcome=refused`)).json.items).toHaveLength(1);
  expect((await read(`${elsewhere}&outcome=recorded`)).json.items).toEqual([]);
});

test('a dry run says what all of its rows would change together, and an import which values were set for it', async () => {
  const rows = [certified('sum-1'), certified('sum-2'), certified('sum-3', '电子信息')].map((row) => row.slice(0, 5));
  const sent = { query: dry, set: { grade: 'demonstration' } };
  const tried = await imported(server, 'factories', csv(headers.slice(0, 5), ...rows), sent);
  expect(tried).toMatchObject({ submitted: 3, set: { grade: 'demonstration' } });
  const { json } = await read(`/api/v1/imports/${tried.id}/rows?limit=1`);
  expect(tried.impact).toEqual(
    json.items[0].impact.map((each: { before: number }) => ({ ...each, after: each.before + 3 })),
  );
  const none = csv(headers, certified('sum-4', '渔业'));
  expect(await imported(server, 'factories', none, { query: dry })).toMatchObject({ impact: [] });
  expect(await imported(server, 'factories', none, { query: certify })).not.toHaveProperty('impact');
});

test('a dry run is run for real, with its file, mapping and values, by the person who asks now', async () => {
  const size = await server.registry.store.size();
  const text = csv(
    ['代号', '厂名', '行业', '区', '何时', '何时'],
    ['run-1', '跑一厂', '汽车', '浦东', '2020-12-22', '2019-12-22'],
  );
  const map = { 代号: 'key', 厂名: 'name', '#5': 'effectiveOn', '#6': '' };
  const tried = await imported(server, 'factories', text, {
    query: dry,
    map,
    set: { grade: 'demonstration' },
    name: '名单.csv',
  });
  expect(tried).toMatchObject({ dryRun: true, submitted: 1 });
  expect(await server.registry.store.size()).toBe(size);
  const answer = await run(tried.id);
  expect(answer.status).toBe(202);
  const { id } = answer.json.import;
  expect(answer.headers.get('location')).toBe(`/api/v1/imports/${id}`);
  const done = await ended(server, id);
  expect(done).toMatchObject({
    dryRun: false,
    by: 'zhao.lei',
    submitted: 1,
    refused: 0,
    file: '名单.csv',
    sha256: tried.sha256,
    columns: tried.columns,
  });
  expect((await read(`/api/v1/submissions?import=${id}`)).json.items[0]).toMatchObject({
    by: 'zhao.lei',
    body: { grade: 'demonstration', name: '跑一厂', effectiveOn: '2020-12-22' },
  });
  const again = await run(tried.id);
  expect(await ended(server, again.json.import.id)).toMatchObject({ submitted: 0, alreadyThere: 1 });
});

test('what is not a dry run, or is no longer kept, cannot be run, and only by who may import', async () => {
  const real = await imported(server, 'factories', csv(headers, certified('no-dry')), { query: certify });
  const refused = await run(real.id);
  refusedAs(refused, 400, 'invalid-request');
  expect(refused.json.errors).toMatchObject([
    { in: 'path', name: 'id', message: expect.stringContaining('is not a dry run') },
  ]);
  const tried = await imported(server, 'factories', csv(headers, certified('gone')), { query: dry });
  for (const role of ['auditor', 'viewer', 'admin'] as const) expect((await run(tried.id, 'x', role)).status).toBe(403);
  expect((await server.post(`/api/v1/imports/${tried.id}/run`, undefined)).status).toBe(401);
  rmSync(join(server.folder, 'imports', tried.id));
  const gone = await run(tried.id);
  refusedAs(gone, 404, 'not-found');
  expect(gone.json.detail).toContain('for 7 days');
  for (const id of ['none', '..%2F..%2Fevents', encodeURIComponent(`../imports/${tried.id}`)])
    expect((await run(id)).status).toBe(404);
});

test('a dry run outlives its server, and is not in the ledger', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'upgrade-registry-dry-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const own = await startServer({ folder });
  const tried = await imported(own, 'factories', csv(headers, certified('outlives')), { query: dry });
  await own.close();
  const next = await startServer({ folder });
  onTestFinished(() => next.close());
  const { json } = await next.get(`/api/v1/imports/${tried.id}`, { token: await next.token('clerk') });
  expect(json.import).toMatchObject({ dryRun: true, state: 'finished', submitted: 1 });
  expect(await next.registry.store.readStream(`upgrade.imports-${tried.id}`)).toEqual([]);
});

/** Characters that some programs take for ends of lines or of texts. */
const odd = ['2028', '2029', '000b', '000c', '001c', '001d', '001e', '001f', '0007', '001b', '00ad', 'fffe', 'ffff'];
const more = ['feff', '200b', '200e', '202e', 'e000', 'd800', 'dfff', '0000', '000d', '000a', '0022', '005c'];

test('rejected rows are told whatever characters are in them', async () => {
  const rows = [...odd, ...more].map((code, index) => [`odd-${index}`, `甲_x${code}_厂`, `渔_x${code}_业`]);
  const file = sheet(
    ['编号', '工厂名称', '行业', '区', '推荐日期'],
    ...rows.map((row) => [...row, '浦东', '2020-12-22']),
    ['sound', '_x4E59_厂', '汽车', '浦东', '2020-12-22'],
  );
  const { id } = await imported(server, 'factories', file, { by: 'li.wei' });
  const { status, json } = await read(`/api/v1/imports/${id}`);
  expect(status).toBe(200);
  expect(json.import).toMatchObject({ recorded: 1, refused: rows.length });
  expect(json.import.refusals).toHaveLength(rows.length);
  const told = await read(`/api/v1/imports/${id}/rows?limit=100`);
  expect(told.json.items).toHaveLength(rows.length + 1);
  for (const path of ['refused.xlsx', 'rows?outcome=refused']) {
    const answer = await read(`/api/v1/imports/${id}/${path}`);
    expect(answer.status, path).toBe(200);
  }
  expect((await decide(server, id, 'undo')).status).toBe(202);
});

test('an import is told without its refused rows to who asks for none, and how many there are', async () => {
  const done = await imported(
    server,
    'factories',
    csv(headers, certified('none-1', '渔业'), certified('none-2', '渔业')),
    {
      query: dry,
    },
  );
  const whole = await read(`/api/v1/imports/${done.id}`);
  expect(whole.json.import.refusals.map(({ line }: { line: number }) => line)).toEqual([2, 3]);
  const { json } = await read(`/api/v1/imports/${done.id}?refusals=false`);
  expect(json.import).toEqual({ ...whole.json.import, refusals: [] });
  refusedAs(await read(`/api/v1/imports/${done.id}?refusals=none`), 400, 'invalid-request');
});
