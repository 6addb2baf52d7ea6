import { cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { ending, get, lineOf, newFolder, start } from '../cli/command-line.ts';
import { csv } from '../imports/spreadsheet.ts';

const page = readFileSync('docs/adding-a-register.md', 'utf8');
const [declaration = '', line = ''] = [...page.matchAll(/```ts\n(.*?)```/gs)].map(([, text]) => text);

test('a tenth register needs only the file and the line that the page shows', async () => {
  const folder = newFolder();
  const copy = join(folder, 'copy');
  for (const part of ['domain', 'projections', 'src', 'docs', 'package.json', 'tsconfig.json'])
    cpSync(part, join(copy, part), { recursive: true });
  symlinkSync(resolve('node_modules'), join(copy, 'node_modules'));
  writeFileSync(join(copy, 'domain/registers/laboratories.ts'), declaration);
  writeFileSync(join(copy, 'domain/registers/declared.ts'), line, { flag: 'a' });

  const within = (...command: readonly string[]) => start('bash', ['-c', `cd ${copy} && ${command.join(' ')}`], folder);
  expect(await ending(within('node_modules/.bin/tsc'))).toEqual({ code: 0, stdout: '', stderr: '' });
  await ending(within('npm run --silent docs'));
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
