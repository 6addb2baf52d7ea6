import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { csv } from '../imports/spreadsheet.ts';
import { sheet, xlsx } from '../spreadsheets/workbooks.ts';
import { get, lineOf, newFolder, registry, serve, start, tokenFor } from './command-line.ts';

const listings = ['import', 'listings', 'samples/listings.csv', '--command', 'list'];
const summary = (stdout: string) => stdout.trim().split('\n').at(-1);

test('a clerk imports, a second person approves, and replay counts it', async () => {
  const folder = newFolder();
  const tried = await registry(folder, [...listings, '--dry-run', '--as', 'li.wei']);
  expect(tried).toMatchObject({ code: 0 });
  expect(tried.stdout).toContain('row 1 688008: submitted');
  expect(summary(tried.stdout)).toBe('0 recorded, 59 submitted, 0 already there, 0 refused');

  const first = await registry(folder, [...listings, '--as', 'li.wei']);
  expect(first.code).toBe(0);
  expect(first.stdout).toMatch(/^import [0-9a-f-]{36}\n/);
  expect(first.stdout).toContain('ignored columns: 行业, 来源数');
  expect(summary(first.stdout)).toBe('0 recorded, 59 submitted, 0 already there, 0 refused');
  const id = /^import (\S+)/.exec(first.stdout)?.[1] ?? '';
  const own = await registry(folder, ['approve', id, '--as', 'li.wei']);
  expect(own).toMatchObject({
    code: 1,
    stdout: '',
    stderr: 'registry: li.wei imported it; a second person must approve it\n',
  });
  const approved = await registry(folder, ['approve', id, '--as', 'wang.fang']);
  expect(approved).toMatchObject({ code: 0, stdout: '59 approved, 0 left\n' });
  const { stdout } = await registry(folder, ['replay', '--on', '2020-12-31', '--json']);
  expect(JSON.parse(stdout).targets).toContainEqual(expect.objectContaining({ id: 'star-listings', count: 37 }));
  const second = await registry(folder, [...listings, '--as', 'zhang.min']);
  expect(summary(second.stdout)).toBe('0 recorded, 0 submitted, 59 already there, 0 refused');
  expect(await registry(folder, ['approve', 'nothing', '--as', 'wang.fang'])).toMatchObject({
    code: 1,
    stderr: 'registry: there is no import nothing\n',
  });
});

test('refused rows are printed with line, column and reason, and the exit status is 1', async () => {
  const folder = newFolder();
  const file = join(folder, 'rows.csv');
  const heads = ['编号', '工厂名称', '行业', '区', '推荐日期'];
  writeFileSync(file, csv(heads, ['a', '甲', '汽车', '浦东', '2020-01-10'], ['b', '乙', '汽车', '苏州', '2020-01-10']));
  const run = await registry(folder, ['import', 'factories', file, '--as', 'li.wei']);
  expect(run.code).toBe(1);
  expect(run.stdout.split('\n').slice(1)).toEqual([
    expect.stringMatching(
      /^line 3, 区: “苏州”不是此列的有效值；可选：.* \/ “苏州” is not a valid value for this column; /,
    ),
    '1 recorded, 0 submitted, 0 already there, 1 refused',
    '',
  ]);
  const json = await registry(folder, ['import', 'factories', file, '--as', 'li.wei', '--json']);
  expect(json.code).toBe(1);
  expect(JSON.parse(json.stdout).import).toMatchObject({
    state: 'finished',
    by: 'li.wei',
    alreadyThere: 1,
    refused: 1,
    refusals: [
      {
        row: 2,
        line: 3,
        column: '区',
        reason: { en: expect.stringMatching(/^“苏州” is not a valid value for this column; /) },
      },
    ],
  });
});

test('rows and columns that are hidden in the file are read and named, in a dry run as well', async () => {
  const folder = newFolder();
  const file = join(folder, 'filtered.xlsx');
  const rows = ['a', 'b'].map((key) => [key, `${key} 厂`, '汽车', '浦东', '2020-01-10']);
  const heads = ['编号', '工厂名称', '行业', '区', '推荐日期'];
  writeFileSync(file, xlsx({ sheets: { S: [heads, ...rows] }, hiddenRows: [3], hiddenColumns: [2] }));
  for (const more of [['--dry-run'], []]) {
    const run = await registry(folder, ['import', 'factories', file, '--as', 'li.wei', ...more]);
    expect(run.code).toBe(0);
    expect(run.stdout).toContain('hidden columns that were read: 工厂名称\nhidden rows that were read: 1 (lines 3)\n');
  }
});

test('a clerk says on the command line what columns give', async () => {
  const folder = newFolder();
  const file = join(folder, 'list.csv');
  const heads = ['编号', '厂名', '行业', '区', '推荐日期', '推荐日期'];
  writeFileSync(file, csv(heads, ['mapped', '甲厂', '汽车', '浦东', '2020-03-01', '2021-03-01']));
  const args = ['import', 'factories', file, '--as', 'li.wei', '--map', '厂名=name'];
  const twice = await registry(folder, args);
  expect(twice).toMatchObject({ code: 1, stderr: expect.stringContaining('map.#5= or map.#6=') });
  const run = await registry(folder, [...args, '--map', '#5=', '--json']);
  expect(run.code).toBe(0);
  expect(JSON.parse(run.stdout).import).toMatchObject({
    recorded: 1,
    columns: { 1: { field: 'name' }, 4: { field: null } },
  });
});

test('a file that cannot be imported is refused with one line that says why', async () => {
  const folder = newFolder();
  const run = await registry(folder, ['import', 'factories', 'samples/listings.csv', '--as', 'li.wei']);
  expect(run).toMatchObject({ code: 1, stdout: '' });
  expect(run.stderr.trim().split('\n').at(-1)).toMatch(/^registry: Missing columns: .*; the headers are: 证券代码, /);
});

test.each([
  [['import', 'nothing', 'samples/listings.csv'], 'unknown register nothing; known registers: '],
  [
    ['import', 'listings', 'samples/listings.csv', '--command', 'fly', '--as', 'x'],
    'There is no command fly to import',
  ],
  [['import', 'listings', 'samples/listings.csv', '--set', 'colour=red', '--as', 'x'], 'has no field “colour”'],
  [['import', 'listings', 'samples/listings.csv', '--map', '行业=colour', '--as', 'x'], 'has no field “colour”'],
  [['import', 'listings', 'samples/listings.csv', '--map', '行业', '--as', 'x'], '--map 行业: expected HEADER=FIELD'],
  [['import', 'listings', 'samples', '--as', 'x'], 'cannot read samples: it is not a file'],
  [['import', 'listings', 'none.csv', '--as', 'x'], 'cannot read none.csv'],
  [['approve', 'nothing'], '--as'],
])('%o is wrong usage', async (args, message) => {
  const run = await registry(newFolder(), args);
  expect(run).toMatchObject({ code: 2, stdout: '' });
  expect(run.stderr).toContain(message);
});

test('a running server sees an import of another process, and its reviewer approves it', async () => {
  const folder = newFolder();
  const { url } = await serve(folder);
  const run = await registry(folder, [...listings, '--as', 'li.wei', '--json']);
  expect(run.code).toBe(0);
  const { id } = JSON.parse(run.stdout).import;
  const token = await tokenFor(folder, 'reviewer', 'wang.fang');
  expect(await get(`${url}/api/v1/imports/${id}`, token)).toEqual({ import: JSON.parse(run.stdout).import });
  const approved = await fetch(`${url}/api/v1/imports/${id}/approve`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
  });
  expect(approved.status).toBe(202);
  const stream = await fetch(`${url}/api/v1/imports/${id}`, {
    headers: { authorization: `Bearer ${token}`, accept: 'text/event-stream' },
  });
  expect(await stream.text()).toContain('"decided":59,"left":[]');
  const rebuilt = await registry(folder, ['rebuild', '--json']);
  expect(JSON.parse(rebuilt.stdout)).toMatchObject({ differences: [], swapped: true });
});

const heads = ['编号', '工厂名称', '行业', '区', '推荐日期'];

test('a template is written to the requested file, and never over another one', async () => {
  const folder = newFolder();
  const file = join(folder, 'empty.xlsx');
  const run = await registry(folder, ['import', '--template', 'factories', '--command', 'certify', file]);
  expect(run).toMatchObject({ code: 0, stdout: `${file}\n`, stderr: '' });
  expect(readFileSync(file).subarray(0, 2).toString()).toBe('PK');
  const again = await registry(folder, ['import', '--template', 'factories', file]);
  expect(again).toMatchObject({ code: 1, stderr: expect.stringContaining('cannot write') });
  const piped = await registry(folder, ['import', '--template', 'factories', '--lang', 'en']);
  expect(piped.stdout.slice(0, 2)).toBe('PK');
  const empty = await registry(folder, ['import', 'factories', file, '--command', 'certify', '--as', 'li.wei']);
  expect(empty).toMatchObject({ code: 1, stdout: expect.stringContaining('skipped line 2: 示例') });
  expect(empty.stderr).toContain('registry: There are no rows to import under the headers');
  expect(summary(empty.stdout)).toBe('0 recorded, 0 submitted, 0 already there, 0 refused');
  expect(await registry(folder, ['import', '--template', 'robots'])).toMatchObject({ code: 2 });
  expect(await registry(folder, ['import', '--template', 'factories', '--command', 'fly'])).toMatchObject({ code: 2 });
  expect(await registry(folder, ['import', 'factories'])).toMatchObject({ code: 2 });
});

test('refused rows are written as a sheet, which imports once it is fixed', async () => {
  const folder = newFolder();
  const file = join(folder, 'rows.xlsx');
  const refused = join(folder, 'refused.xlsx');
  const rows = [
    ['a', '甲', '汽车', '浦东', '2020-01-10'],
    ['b', '乙', '汽车', '苏州', '2020-01-10'],
  ];
  writeFileSync(file, xlsx({ sheets: { '2019': [heads, ...rows], '2020': [heads, ...rows] } }));
  const unnamed = await registry(folder, ['import', 'factories', file, '--as', 'li.wei']);
  expect(unnamed).toMatchObject({ code: 2, stderr: expect.stringContaining('(2019, 2020); choose one with sheet') });
  const args = ['import', 'factories', file, '--sheet', '2020', '--as', 'li.wei', '--refused', refused];
  const run = await registry(folder, [...args, '--lang', 'en']);
  expect(run.code).toBe(1);
  expect(summary(run.stdout)).toBe('1 recorded, 0 submitted, 0 already there, 1 refused');
  const still = await registry(folder, ['import', 'factories', refused, '--as', 'li.wei']);
  expect(still.stdout).toContain('“苏州” is not a valid value for this column');
  expect(summary(still.stdout)).toBe('0 recorded, 0 submitted, 0 already there, 1 refused');
  writeFileSync(file, sheet(heads, ['b', '乙', '汽车', '嘉定', '2020-01-10']));
  const none = join(folder, 'none.xlsx');
  const fixed = await registry(folder, ['import', 'factories', file, '--as', 'li.wei', '--refused', none]);
  expect(fixed.code).toBe(0);
  expect(existsSync(none)).toBe(false);
});

test('a server shows the progress of an import of another process', async () => {
  const folder = newFolder();
  const server = await serve(folder);
  const token = await tokenFor(folder, 'auditor');
  const file = join(folder, 'rows.csv');
  const rows = Array.from({ length: 1_500 }, (_, index) => [
    `k${index}`,
    `第 ${index} 厂`,
    '汽车',
    '浦东',
    '2020-12-22',
  ]);
  writeFileSync(file, csv(heads, ...rows));
  const child = start('./registry', ['import', 'factories', file, '--as', 'li.wei'], folder);
  const [, id = ''] = await lineOf(child, /^import (\S+)/);
  const stream = await fetch(`${server.url}/api/v1/imports/${id}`, {
    headers: { authorization: `Bearer ${token}`, accept: 'text/event-stream' },
  });
  const told = (await stream.text()).split('\n').flatMap((line) => {
    const [, data] = /^data: (.*)$/.exec(line) ?? [];
    return data === undefined ? [] : [JSON.parse(data).import];
  });
  expect(told.some(({ state, rows: taken }) => state === 'running' && taken > 0 && taken < 1_500)).toBe(true);
  expect(told.at(-1)).toMatchObject({ state: 'finished', rows: 1_500, recorded: 1_500 });
});

test('approving an import whose rows wait under earlier ones names each of them, with how many rows wait there', async () => {
  const folder = newFolder();
  const row = (key: string) => [key, `${key} 厂`, '汽车', '浦东', '2020-12-22'];
  const imported = async (...keys: readonly string[]) => {
    const file = join(folder, `${keys.join('-')}.csv`);
    writeFileSync(file, csv(['编号', '工厂名称', '行业', '区', '认定日期'], ...keys.map(row)));
    const args = ['import', 'factories', file, '--command', 'certify', '--set', 'grade=demonstration'];
    const { stdout } = await registry(folder, [...args, '--as', 'li.wei']);
    return { id: /^import (\S+)/.exec(stdout)?.[1] ?? '', stdout };
  };
  const approved = async (id: string) => (await registry(folder, ['approve', id, '--as', 'wang.fang'])).stdout;
  const first = await imported('a1', 'a2', 'a3');
  const second = await imported('b1', 'b2');
  const waits = (rows: number, id: string, pending: number) =>
    `${rows} of its rows wait under import ${id}, which has ${pending} pending submissions; approve that one: ./registry approve ${id} --as SUBJECT\n`;

  const third = await imported('a1', 'a2', 'b1');
  expect(third.stdout).toContain(`\n2 of the rows already there wait under import ${first.id}; `);
  const nothing = '0 approved: nothing of this import waits\n';
  expect(await approved(third.id)).toBe(`${nothing}${waits(2, first.id, 3)}${waits(1, second.id, 2)}`);

  const fourth = await imported('b2', 'c1', 'c1');
  expect(await approved(fourth.id)).toBe(`1 approved, 0 left\n${waits(1, second.id, 2)}`);
  expect(await approved(first.id)).toBe('3 approved, 0 left\n');
  expect(await approved(third.id)).toBe(`${nothing}${waits(1, second.id, 2)}`);
  const asJson = await registry(folder, ['approve', third.id, '--as', 'wang.fang', '--json']);
  expect(JSON.parse(asJson.stdout)).toMatchObject({
    decided: 0,
    waitsUnder: [{ import: second.id, rows: 1, pending: 2 }],
  });
  expect(await approved(second.id)).toBe('2 approved, 0 left\n');
  expect(await approved(third.id)).toContain(nothing);
});
