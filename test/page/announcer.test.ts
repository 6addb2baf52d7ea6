import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Figure } from '../../web/answers.ts';
import { type Announcer, announcer } from '../../web/parts/announcer.ts';

const figure = (id: string, count: number): Figure => ({
  id,
  plan: 'plan',
  title: { zh: id, en: id },
  goal: null,
  count,
  countedOn: '2020-12-31',
  expected: null,
  pace: null,
  projected: null,
});

let said: string[] = [];
let announce: Announcer;
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  said = [];
  announce = announcer((figures) => said.push(figures.map(({ id, count }) => `${id} ${count}`).join()));
});
afterEach(() => {
  vi.useRealTimers();
});

test('a moved number is announced at once, and the next ones together after five seconds, each as it is then', () => {
  announce.moved([figure('factories', 1)]);
  vi.advanceTimersByTime(0);
  expect(said).toEqual(['factories 1']);
  announce.moved([figure('factories', 2)]);
  vi.advanceTimersByTime(2_000);
  announce.moved([figure('criteria', 7)]);
  announce.moved([figure('factories', 3)]);
  vi.advanceTimersByTime(2_999);
  expect(said).toHaveLength(1);
  vi.advanceTimersByTime(1);
  expect(said).toEqual(['factories 1', 'factories 3,criteria 7']);
  vi.advanceTimersByTime(60_000);
  expect(said).toHaveLength(2);
});

test('however often numbers move, no two announcements are less than five seconds apart', () => {
  const at: number[] = [];
  const hurried = announcer(() => at.push(performance.now()));
  for (let times = 0; times < 400; times++) {
    hurried.moved([figure('factories', times)]);
    vi.advanceTimersByTime(97);
  }
  expect(at.length).toBeGreaterThan(5);
  for (const [index, ms] of at.entries()) expect(ms - (at[index - 1] ?? -5_000)).toBeGreaterThanOrEqual(5_000);
});

test('nothing is announced while a dial moves, only once it has come to rest', () => {
  announce.moved([figure('factories', 1)]);
  for (let times = 0; times < 20; times++) {
    announce.dialMoved();
    vi.advanceTimersByTime(500);
  }
  expect(said).toEqual([]);
  vi.advanceTimersByTime(500);
  expect(said).toEqual(['factories 1']);
});

test('what was not announced yet is forgotten once somebody looks at the past', () => {
  announce.moved([figure('factories', 1)]);
  announce.forget();
  vi.advanceTimersByTime(10_000);
  expect(said).toEqual([]);
  announce.moved([figure('factories', 2)]);
  vi.advanceTimersByTime(0);
  expect(said).toEqual(['factories 2']);
});
