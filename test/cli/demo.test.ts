import { expect, test } from 'vitest';
import { registers } from '../../domain/registers/index.ts';
import { madeUp } from '../../src/cli/made-up.ts';
import { startDemo } from './started-demo.ts';

test('the made-up demo has entries in every register, none of its rows refused, and every page says so', async () => {
  const { get, page } = await startDemo('--made-up');
  const { items } = await get('/imports?limit=100');
  expect(items.length).toBe(madeUp().length);
  expect(items.filter(({ refused, state }) => refused !== 0 || state !== 'finished')).toEqual([]);
  for (const { name } of registers) expect((await get(`/${name}?limit=1`)).total, name).toBeGreaterThan(0);
  expect((await get('/submissions?status=pending')).total).toBe(5);
  expect(await page()).toContain('<meta name="made-up" content="yes">');
}, 120_000);

test('the plain demo has the real rows alone, and says nothing of invented ones', async () => {
  const { get, page } = await startDemo();
  const totals = await Promise.all(registers.map(async ({ name }) => [name, (await get(`/${name}`)).total]));
  expect(Object.fromEntries(totals)).toEqual({
    enterprises: 1,
    factories: 5,
    criteria: 8,
    breakthroughs: 0,
    suppliers: 0,
    platforms: 1,
    listings: 59,
    solutions: 0,
    plans: 1,
  });
  expect((await get('/imports')).items.every(({ refused }) => refused === 0)).toBe(true);
  expect(await page()).toContain('<meta name="made-up" content="no">');
});

test('nobody can take an invented entry for a real one', () => {
  const rows = madeUp().flatMap(({ rows: each }) => each);
  for (const row of rows) {
    const { name, title, client } = row;
    const named = [name, title, client].filter((text) => text !== undefined);
    for (const text of named) expect(text).toMatch(/^示例/);
    expect(String(row.key)).toMatch(/^(demo-|91319999MADE|6899\d\d$)/);
  }
  expect(madeUp()).toEqual(madeUp());
});
