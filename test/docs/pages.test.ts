import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { registersPage } from '../../docs/registers.ts';
import { projectedRange } from '../../domain/forecast.ts';
import { registers } from '../../domain/registers/index.ts';
import { problems } from '../../src/commands/problems.ts';
import { ending, newFolder, start } from '../cli/command-line.ts';

const pages = [
  'README.md',
  'README.zh-CN.md',
  'CHANGELOG.md',
  'CONTRIBUTING.md',
  'samples/README.md',
  ...globSync('docs/**/*.md'),
];
const read = (path: string) => readFileSync(path, 'utf8');

test('the page on registers follows from the declarations; npm run docs updates it', () => {
  expect(read('docs/registers.md')).toBe(registersPage(registers));
});

test('every link between pages has a target', () => {
  for (const page of pages) {
    for (const [, target = ''] of read(page).matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^https?:/.test(target)) continue;
      const [path = '', anchor] = target.split('#');
      const file = path === '' ? page : join(dirname(page), path);
      expect(existsSync(file), `${page}: ${target}`).toBe(true);
      if (anchor === undefined) continue;
      const anchors = read(file)
        .matchAll(/^#+ (.+)$/gm)
        .map(([, heading = '']) =>
          heading
            .toLowerCase()
            .replace(/[^\p{L}\p{N} -]/gu, '')
            .replaceAll(' ', '-'),
        );
      expect([...anchors], `${page}: ${target}`).toContain(anchor);
    }
  }
});

test('the example of the forecast shows what is computed', () => {
  const plan = { from: '2019-06-24', to: '2021-12-31' };
  const { low, high } = projectedRange(13, 0, plan, '2019-12-31') ?? {};
  expect(read('docs/forecast.md')).toContain(`\`projected\` is ${low}–${high}`);
});

test('every problem that a page names exists', () => {
  const named = pages.flatMap((page) => [...read(page).matchAll(/4\d\d `([a-z-]+)`/g)].map(([, code]) => code));
  expect(named.length).toBeGreaterThan(0);
  for (const code of named) expect(Object.keys(problems)).toContain(code);
});

test('the samples are imported as their page says', async () => {
  const page = read('samples/README.md');
  const [, lines = ''] = /```sh\n(.*?)```/s.exec(page) ?? [];
  const run = await ending(start('bash', ['-euc', lines], newFolder()));
  expect(run.code).toBe(0);
  const summaries = run.stdout.split('\n').filter((line) => line.includes(' recorded, '));
  expect(summaries).toEqual([
    ...[59, 5, 8].map((rows) => `0 recorded, ${rows} submitted, 0 already there, 0 refused`),
    ...[1, 1].map((rows) => `${rows} recorded, 0 submitted, 0 already there, 0 refused`),
  ]);
  for (const [, file = '', headers = ''] of page.matchAll(/^\| `([\w-]+\.csv)` \| [^|]+ \| ([^|]+) \|/gm))
    expect(read(`samples/${file}`).split(/\r?\n/)[0]).toBe(headers.replaceAll(', ', ','));
});
