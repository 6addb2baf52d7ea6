import { expect, test } from 'vitest';
import { plans } from '../../domain/registers/index.ts';
import { seededPlan } from '../../domain/seeded-plan.ts';
import { planOn } from '../../domain/targets.ts';
import { nothingOf, recorded } from './given.ts';

test('the plan of 2019–2021 can be adopted as it is, with the official targets', () => {
  const { key, effectiveOn, data } = seededPlan;
  const adopted = recorded(nothingOf(plans, key), { name: 'adopt', body: () => ({ effectiveOn, ...data }) });
  const plan = planOn(adopted.entry, effectiveOn);
  expect([plan?.id, plan?.from, plan?.to]).toEqual(['shanghai-2019-2021', '2019-06-24', '2021-12-31']);
  expect(Object.fromEntries(plan?.targets.map(({ id, goal }) => [id, goal]) ?? [])).toEqual({
    breakthroughs: { min: 100 },
    'star-listings': { min: 10 },
    criteria: { min: 50 },
    platforms: { min: 2, max: 3 },
    suppliers: { min: 10 },
    'suppliers-10bn': { min: 1, max: 2 },
    'benchmark-factories': { min: 10 },
    'model-factories': { min: 100 },
    'upgraded-enterprises': { min: 1_000 },
    'solution-exports': null,
  });
  expect(plan?.belt).toEqual(['pudong', 'minhang', 'jiading', 'baoshan', 'songjiang']);
});
