import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { startDemo } from '../cli/started-demo.ts';
import { counterAt, type Line } from './counter.ts';
import { rulesIn } from './rules.ts';

const rules = rulesIn(readFileSync('docs/counting.md', 'utf8'));
const days = ['2019-06-23', '2019-06-24', '2019-10-30', '2020-06-30', '2020-12-22', '2021-12-31', '2022-01-01'];

for (const args of [[], ['--made-up']])
  test(`from the feed of the demo ${args.join(' ')} and docs/counting.md, every figure that is served follows`, async () => {
    const { get, feed } = await startDemo(...args);
    const lines = (await feed())
      .split('\n')
      .filter((line) => line !== '')
      .map((line): Line => JSON.parse(line));
    expect(lines.length).toBeGreaterThan(100);
    for (const share of [0.1, 0.5, 0.9, 1]) {
      const size = Math.round(lines.length * share);
      const counted = counterAt(rules, lines, size);
      for (const on of days) {
        const answer: unknown = await get(`/targets?on=${on}&knownAt=${size}`);
        const targets = counted.figures(on).map(({ keys: _, ...figure }) => expect.objectContaining(figure));
        expect(answer, `on ${on} at ${size}`).toEqual(expect.objectContaining({ size, targets }));
      }
    }
  }, 120_000);
