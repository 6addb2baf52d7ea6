import { cpSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { ending, get, lineOf, newFolder, start } from '../cli/command-line.ts';
import { csv } from '../imports/spreadsheet.ts';

const page = readFileSync('docs/adding-a-register.md', 'utf8');
const [declaration = '', line = ''] = [...page.matchAll(/```ts\n(.*?)```/gs)].map(([, text]) => text);
const steps = /```\n(npm .*?)\n```/s.exec(page)?.[1]?.split('\n') ?? [];

/** What a copy of the repository needs to be checked and tested; packages are shared with the original. */
const parts = (): readonly string[] =>
  readdirSync('.').filter((name) => !['node_modules', '.git', 'data', 'coverage'].includes(name));

/** A copy in which the steps of the page have been followed, whether or not they have been in the original. */
const copyWithRegister = (folder: string): string => {
  const copy = join(folder, 'copy');
  for (const part of parts()) cpSync(part, join(copy, part), { recursive: true });
  symlinkSync(resolve('node_modules'), join(copy, 'node_modules'));
  writeFileSync(join(copy, 'domain/registers/laboratories.ts'), declaration);
  const declared = join(copy, 'domain/registers/declared.ts');
  if (!readFileSync(declared, 'utf8').includes(line)) writeFileSync(declared, line, { flag: 'a' });
  return copy;
};

test('a tenth register needs only the file and the line that the page shows', { timeout: 300_000 }, async () => {
  const folder = newFolder();
  const copy = copyWithRegister(folder);
  const within = (...command: readonly string[]) => start('bash', ['-c', `cd ${copy} && ${command.join(' ')}`], folder);
  for (const step of steps.filter((each) => each !== 'npm test'))
    expect(await ending(within(step)), step).toMatchObject({ code: 0 });
  expect(steps).toContain('npm test'); // of which the check and some tests are enough here
  expect(await ending(within('npm run check')), 'npm run check').toMatchObject({ code: 0 });
  const touched = ['test/docs/pages.test.ts', 'test/imports/earlier-headers.test.ts', 'test/domain/tables.test.ts'];
  expect(await ending(within('node_modules/.bin/vitest run', ...touched)), 'tests').toMatchObject({ code: 0 });
  expect(readFileSync(join(copy, 'docs/registers.md'), 'utf8')).toContain('[*] --> planned: plan');

  const headers = ['实验室名称', '依托单位', '区', '开放日期', '面积'];
  const file = join(folder, 'laboratories.csv');
  writeFileSync(file, csv(headers, ['智能装备实验室', '上海电气', '闵行', '2020-05-06', '1200']));
  const main = 'node src/main.ts';
  const imported = await ending(within(main, 'import laboratories', file, '--command open --as li.wei --json'));
  expect(JSON.parse(imported.stdout).import).toMatchObject({ submitted: 1, ignored: [] });
  await ending(within(main, 'approve', JSON.parse(imported.stdout).import.id, '--as wang.fang'));

  const server = within('exec', main, 'serve');
  const [, url = ''] = await lineOf(server, /^listening on (http:\/\/\S+)$/);
  const { measures } = await get(`${url}/api/v1/measures?on=2020-12-31`);
  expect(measures).toContainEqual({ id: 'laboratories.open', count: 1 });
  const { items } = await get(`${url}/api/v1/laboratories?q=${encodeURIComponent('装备')}&district=minhang`);
  expect(items).toMatchObject([{ status: 'opened', areaSqm: 1200 }]);
  const { paths } = await get(`${url}/api/openapi.json`);
  const routes = Object.keys(paths).filter((path) => path.includes('laboratories'));
  for (const path of ['plan', 'open', 'close', 'amend', 'correct', 'annul', 'history'])
    expect(routes).toContain(`/api/v1/laboratories/{key}/${path}`);
  expect(routes).toEqual(
    expect.arrayContaining([
      '/api/v1/imports/laboratories',
      '/api/v1/exports/laboratories.csv',
      '/api/v1/laboratories',
    ]),
  );
});
