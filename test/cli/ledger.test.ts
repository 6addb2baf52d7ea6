import { readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { copyOf, get, registry, serve, tokenFor } from './command-line.ts';
import { fillFolder } from './filled.ts';

let filled: string;
beforeAll(async () => {
  filled = await fillFolder();
});
afterAll(() => rmSync(filled, { recursive: true, force: true }));

test('replay prints what the server answers, for any day and as known at any size or instant', async () => {
  const folder = copyOf(filled);
  const { url } = await serve(folder);
  const { size } = await get(`${url}/api/v1/targets`);
  const auditor = await tokenFor(folder, 'auditor');
  const trail = await get(`${url}/api/v1/events?limit=500`, auditor);
  const views: readonly (readonly [on: string | undefined, knownAt: string | undefined])[] = [
    [undefined, undefined],
    ['2020-12-31', undefined],
    ['2031-12-31', '0'],
    ['2021-12-31', String(size - 3)],
    ['2021-12-31', trail[100].time],
    ['2021-12-31', '2019-01-01T00:00:00Z'],
  ];
  const runs = views.map(async ([on, knownAt]) => {
    const options = [
      ...(on === undefined ? [] : ['--on', on]),
      ...(knownAt === undefined ? [] : ['--known-at', knownAt]),
    ];
    const query = new URLSearchParams({ ...(on && { on }), ...(knownAt && { knownAt }) });
    const run = await registry(folder, ['replay', '--json', ...options]);
    expect(run.code).toBe(0);
    expect(JSON.parse(run.stdout)).toEqual(await get(`${url}/api/v1/targets?${query}`));
  });
  await Promise.all(runs);

  const { stdout, code } = await registry(folder, ['replay', '--on', '2020-12-31']);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^on 2020-12-31, as known after \d+ events, the last recorded /);
  expect(stdout).toMatch(/^star-listings +37 +10 .* reached +2020-12-31 +科创板上市企业$/m);
});

test('on a machine whose clock is behind, replay takes every instant up to the last recorded event, and refuses later ones', async () => {
  const folder = copyOf(filled);
  const shift = join(folder, 'shift');
  writeFileSync(shift, String(-48 * 3_600_000));
  const behind = {
    NODE_OPTIONS: `--import=${pathToFileURL('test/faults/clock.ts')}`,
    CLOCK_SHIFT_FILE: shift,
  };
  const replayed = (at: string) => registry(folder, ['replay', '--json', '--known-at', at], behind);
  const { size, knownAt } = JSON.parse((await registry(folder, ['replay', '--json'])).stdout);
  const [newest, first, later] = await Promise.all([
    replayed(knownAt),
    replayed(new Date(Date.parse(knownAt) - 60_000).toISOString()),
    replayed(new Date(Date.parse(knownAt) + 1).toISOString()),
  ]);
  expect(JSON.parse(newest.stdout)).toMatchObject({ size, knownAt });
  expect(first.code).toBe(0);
  expect(later).toMatchObject({ code: 2, stderr: expect.stringContaining('must not be in the future') });
});

test('explain lists the entries behind a number, each with its events', async () => {
  const folder = copyOf(filled);
  const { stdout, code } = await registry(folder, ['explain', 'model-factories', '--on', '2020-12-31', '--json']);
  expect(code).toBe(0);
  const explained = JSON.parse(stdout);
  expect(explained).toMatchObject({ on: '2020-12-31', target: { id: 'model-factories', count: 5 } });
  expect(explained.entries).toHaveLength(5);
  expect(explained.entries[0]).toMatchObject({
    register: 'factories',
    since: '2020-12-22',
    events: [{ type: 'FactoryCertifiedAsModel', effectiveOn: '2020-12-22', by: 'li.wei', approvedBy: 'wang.fang' }],
  });
  const printed = await registry(folder, ['explain', 'model-factories']);
  expect(printed.stdout).toMatch(/^示范性智能工厂 · .*: 5 on 2021-12-31\n/);
  expect(printed.stdout).toMatch(
    /#\d+ FactoryCertifiedAsModel of 2020-12-22, recorded .* by li.wei, approved by wang.fang\n/,
  );
  expect(await registry(folder, ['explain', 'happiness'])).toMatchObject({
    code: 1,
    stdout: '',
    stderr: expect.stringContaining('registry: no plan known at that point has a target "happiness"'),
  });
});

test('a rebuild beside a running server is swapped in, and the server switches to it', async () => {
  const folder = copyOf(filled);
  const { url } = await serve(folder);
  const before = await get(`${url}/api/v1/targets`);
  const link = () => readlinkSync(join(folder, 'data', 'readmodel', 'current.db'));
  const old = link();
  const { code, stdout } = await registry(folder, ['rebuild']);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^\d+ events folded; the rebuilt read model is now in use\n$/);
  expect(link()).not.toBe(old);
  expect(await get(`${url}/api/v1/targets`)).toEqual(before);
  const token = await tokenFor(folder, 'clerk');
  const nominated = await fetch(`${url}/api/v1/factories/later/nominate`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ effectiveOn: '2020-01-10', name: '后来', sector: 'automobiles', district: 'pudong' }),
  });
  const position = nominated.headers.get('registry-position') ?? '';
  const { items } = await get(`${url}/api/v1/factories?q=后来`, undefined, { 'registry-position': position });
  expect(items).toMatchObject([{ key: 'later' }]);
});

test('a read model that differs from the log is reported and not replaced', async () => {
  const folder = copyOf(filled);
  const db = new DatabaseSync(join(folder, 'data', 'readmodel', 'current.db'));
  db.exec("UPDATE entry SET name = '另一个' WHERE key = '688008'");
  db.close();
  const run = await registry(folder, ['rebuild', '--json']);
  expect(run.code).toBe(1);
  expect(JSON.parse(run.stdout)).toMatchObject({
    swapped: false,
    differences: [
      { table: 'entry', serving: expect.stringContaining('另一个'), rebuilt: expect.stringContaining('澜起科技') },
    ],
  });
  expect((await registry(folder, ['rebuild'])).stdout).toContain('另一个');
});

test('status prints the ledger’s size and how far the read model lags', async () => {
  const folder = copyOf(filled);
  const { stdout } = await registry(folder, ['status', '--json']);
  expect(JSON.parse(stdout)).toMatchObject({
    store: `sqlite:${join(folder, 'data', 'events.db')}`,
    size: 1 + 2 * 64 + 2 * 4,
    readModel: { current: true, lag: 0, stopped: null, unknown: [] },
  });
});

test('a number of events beyond the ledger is wrong usage', async () => {
  const run = await registry(copyOf(filled), ['replay', '--known-at', '7000']);
  expect(run).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(/the ledger has \d+ events/) });
});

test('--json prints exactly one document on stdout, however much is logged', async () => {
  const folder = copyOf(filled);
  const loud = { LOG_LEVEL: 'trace' };
  for (const args of [
    ['replay'],
    ['rebuild'],
    ['import', 'listings', 'samples/listings.csv', '--command', 'list', '--as', 'x'],
  ]) {
    const { stdout } = await registry(folder, [...args, '--json'], loud);
    expect(() => JSON.parse(stdout)).not.toThrow();
  }
});
