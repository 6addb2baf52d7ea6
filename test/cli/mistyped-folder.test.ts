import { existsSync, mkdirSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { copyOf, ending, newFolder, registry, start } from './command-line.ts';
import { fillFolder } from './filled.ts';

let filled: string;
beforeAll(async () => {
  filled = await fillFolder();
});
afterAll(() => rmSync(filled, { recursive: true, force: true }));

const reading: readonly { readonly args: readonly string[] }[] = [
  ['status'],
  ['replay'],
  ['replay', '--on', '2020-12-31', '--json'],
  ['explain', 'model-factories'],
  ['rebuild'],
  ['user', 'list'],
  ['user', 'role', 'li.wei', '--role', 'clerk'],
  ['user', 'disable', 'li.wei'],
  ['approve', '7a0e5a0c-4a43-5b8e-9d60-6b7a3c1f2d11', '--as', 'wang.fang'],
  ['backup', join('no', 'such', 'backup.db')],
].map((args) => ({ args }));

test.each(reading)('in a mistyped folder $args says so and creates nothing', async ({ args }) => {
  const folder = newFolder();
  const mistyped = { REGISTRY_DATA: join(folder, 'dta') };
  const run = await registry(folder, args, mistyped);
  expect(run).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(/^registry: there is no [^\n]*\n$/) });
  expect(readdirSync(folder)).toEqual([]);
});

test('a folder of another purpose stays as it is, and so does one whose ledger is elsewhere', async () => {
  const folder = newFolder();
  mkdirSync(join(folder, 'data'));
  expect(await registry(folder, ['status'])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('there is no ledger'),
  });
  expect(readdirSync(join(folder, 'data'))).toEqual([]);
  const elsewhere = { REGISTRY_STORE: `sqlite:${join(copyOf(filled), 'data', 'events.db')}` };
  expect(await registry(newFolder(), ['status'], { ...elsewhere, REGISTRY_DATA: join(folder, 'dta') })).toMatchObject({
    code: 0,
  });
  expect(existsSync(join(folder, 'dta'))).toBe(false);
});

test('a day that does not exist is refused before the log is read', async () => {
  for (const args of [['replay'], ['explain', 'model-factories']])
    for (const on of ['2020-13-01', '2021-02-29', 'today', '20200101'])
      expect(await registry(newFolder(), [...args, '--on', on])).toEqual({
        code: 2,
        stdout: '',
        stderr: `registry: --on ${on}: expected a day, YYYY-MM-DD\n`,
      });
});

test('a link to the command line runs it', async () => {
  const folder = copyOf(filled);
  const link = join(folder, 'bin');
  mkdirSync(link);
  symlinkSync(resolve('registry'), join(link, 'first'));
  symlinkSync('first', join(link, 'second'));
  for (const name of ['first', 'second'])
    expect(await ending(start(join(link, name), ['status'], folder))).toMatchObject({ code: 0 });
});
