import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { start as beginning } from '../../src/store/event-store.ts';
import { openSqliteStore } from '../../src/store/sqlite/store.ts';
import { csv } from '../imports/spreadsheet.ts';
import { sheet } from '../spreadsheets/workbooks.ts';
import { ended, get, lineOf, newFolder, registry, type Server, serve, start, tokenFor } from './command-line.ts';

const total = 1_500;
const heads = ['编号', '工厂名称', '行业', '区', '日期'];
const rows = Array.from({ length: total }, (_, index) => [`k${index}`, `第 ${index} 厂`, '汽车', '浦东', '2020-12-22']);

/** Resolves once the ledger has more than `size` events. */
const grown = async (folder: string, size: number): Promise<void> => {
  const stop = new AbortController();
  const store = openSqliteStore({ file: join(folder, 'data', 'events.db'), now: Date.now, pollMs: 2 });
  for await (const batch of store.follow(beginning, stop.signal)) {
    if ((batch.at(-1)?.entryNumber ?? 0) < size) continue;
    stop.abort();
  }
  await store.close();
};

const sizeOf = async (folder: string): Promise<number> => {
  const store = openSqliteStore({ file: join(folder, 'data', 'events.db'), now: Date.now });
  const size = await store.size();
  await store.close();
  return size;
};

/** The import as the server shows it once it has ended. */
const followed = async ({ url }: Server, id: string, token: string) => {
  const stream = await fetch(`${url}/api/v1/imports/${id}`, {
    headers: { authorization: `Bearer ${token}`, accept: 'text/event-stream' },
  });
  await stream.text();
  return (await get(`${url}/api/v1/imports/${id}`, token)).import;
};

/** The rows named by an import's events of one type. */
const rowsOf = async ({ url }: Server, id: string, type: string, token: string): Promise<readonly number[]> => {
  const response = await fetch(`${url}/api/v1/events?import=${id}&type=${type}`, {
    headers: { authorization: `Bearer ${token}`, accept: 'application/x-ndjson' },
  });
  const lines = (await response.text()).split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line).data.metadata.row).sort((a, b) => a - b);
};

const everyRow = rows.map((_, index) => index + 1);

const withOneBad = [heads, ...rows, ['bad', '坏', '汽车', '苏州', '2020-12-22']];

test.each([
  ['CSV', csv(heads, ...withOneBad.slice(1))],
  ['XLSX', sheet(...withOneBad)],
])(
  'an import of %s that is killed halfway continues when the registry restarts, and records every row once',
  async (_, content) => {
    const folder = newFolder();
    const file = join(folder, 'rows');
    writeFileSync(file, content);
    const child = start('./registry', ['import', 'factories', file, '--as', 'li.wei'], folder);
    const [, id = ''] = await lineOf(child, /^import (\S+)/);
    await grown(folder, 300);
    child.kill('SIGKILL');
    await ended(child);
    expect(await sizeOf(folder)).toBeLessThan(total);
    const early = await registry(folder, ['approve', id, '--as', 'wang.fang']);
    expect(early).toMatchObject({ code: 1, stderr: expect.stringContaining('is still running') });

    const server = await serve(folder);
    const auditor = await tokenFor(folder, 'auditor');
    expect(await followed(server, id, auditor)).toMatchObject({
      state: 'finished',
      rows: total + 1,
      recorded: total,
      alreadyThere: 0,
      refused: 1,
      refusals: [{ row: total + 1, line: total + 2, column: '区' }],
    });
    expect(await rowsOf(server, id, 'FactoryNominated', auditor)).toEqual(everyRow);
  },
);

test('an approval of an import that is killed halfway continues when the registry restarts', async () => {
  const folder = newFolder();
  const file = join(folder, 'rows.csv');
  writeFileSync(file, csv(heads, ...rows));
  const args = ['import', 'factories', file, '--command', 'certify', '--set', 'grade=demonstration', '--as', 'li.wei'];
  const imported = await registry(folder, args);
  const id = /^import (\S+)/.exec(imported.stdout)?.[1] ?? '';
  const size = await sizeOf(folder);
  const child = start('./registry', ['approve', id, '--as', 'wang.fang'], folder);
  child.stdout.resume();
  child.stderr.resume();
  await grown(folder, size + 200);
  child.kill('SIGKILL');
  await ended(child);
  expect(await sizeOf(folder)).toBeLessThan(size + total);

  const server = await serve(folder);
  const auditor = await tokenFor(folder, 'auditor');
  expect((await followed(server, id, auditor)).decisions).toEqual([
    { decision: 'approve', by: 'wang.fang', state: 'finished', decided: total, left: [] },
  ]);
  expect(await rowsOf(server, id, 'FactoryCertifiedAsModel', auditor)).toEqual(everyRow);
  const { targets } = await get(`${server.url}/api/v1/targets?on=2020-12-31`);
  expect(targets).toContainEqual(expect.objectContaining({ id: 'model-factories', count: total }));
});

test('an undo of an import that is killed halfway continues when the registry restarts, and annuls every fact once', async () => {
  const folder = newFolder();
  const file = join(folder, 'rows.csv');
  writeFileSync(file, csv(heads, ...rows));
  const imported = await registry(folder, ['import', 'factories', file, '--as', 'li.wei']);
  const id = /^import (\S+)/.exec(imported.stdout)?.[1] ?? '';
  const size = await sizeOf(folder);
  const first = await serve(folder);
  const authorization = `Bearer ${await tokenFor(folder, 'clerk', 'li.wei')}`;
  const answer = await fetch(`${first.url}/api/v1/imports/${id}/undo`, { method: 'POST', headers: { authorization } });
  expect(answer.status).toBe(202);
  await grown(folder, size + 200);
  first.child.kill('SIGKILL');
  await ended(first.child);
  expect(await sizeOf(folder)).toBeLessThan(size + total);

  const server = await serve(folder);
  const auditor = await tokenFor(folder, 'auditor');
  expect((await followed(server, id, auditor)).decisions).toEqual([
    { decision: 'undo', by: 'li.wei', state: 'finished', decided: total, submitted: 0, left: [] },
  ]);
  expect(await sizeOf(folder)).toBe(size + total + 2);
  expect((await get(`${server.url}/api/v1/factories`)).items).toEqual([]);
});

test('a server that is stopped during an import continues it when it restarts', async () => {
  const folder = newFolder();
  const first = await serve(folder);
  const clerk = await tokenFor(folder, 'clerk', 'li.wei');
  const form = new FormData();
  form.append('file', new Blob([csv(heads, ...rows)]), 'rows.csv');
  const answer = await fetch(`${first.url}/api/v1/imports/factories`, {
    method: 'POST',
    headers: { authorization: `Bearer ${clerk}` },
    body: form,
  });
  expect(answer.status).toBe(202);
  const { id } = ((await answer.json()) as { import: { id: string } }).import;
  await grown(folder, 200);
  first.child.kill('SIGTERM');
  expect(await ended(first.child)).toBe(0);
  expect(await sizeOf(folder)).toBeLessThan(total);

  const server = await serve(folder);
  const auditor = await tokenFor(folder, 'auditor');
  expect(await followed(server, id, auditor)).toMatchObject({ state: 'finished', recorded: total, alreadyThere: 0 });
  expect(await rowsOf(server, id, 'FactoryNominated', auditor)).toEqual(everyRow);
});
