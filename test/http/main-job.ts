import { expect } from 'vitest';
import type { TestServer } from './server.ts';

/**
 * The main job of the registry: a clerk and a reviewer take a factory from nomination to certification, and it counts
 * from its effective date. The registry may hold others already; the factory's key must be new to it.
 */
export const mainJob = async (server: TestServer, key: string): Promise<void> => {
  const clerk = await server.token('clerk', 'li.wei');
  const reviewer = await server.token('reviewer', 'wang.fang');
  const auditor = await server.token('auditor');
  const path = `/api/v1/factories/${key}`;
  const countOn = async (on: string, seen: Readonly<Record<string, string>> = {}) => {
    const { json } = await server.get(`/api/v1/targets?on=${on}`, { headers: seen });
    return json.targets.find(({ id }: { id: string }) => id === 'model-factories').count;
  };
  const [dayBefore, day, end] = await Promise.all(['2020-12-21', '2020-12-22', '2021-12-31'].map((on) => countOn(on)));

  const nominated = await server.post(
    `${path}/nominate`,
    { effectiveOn: '2020-01-10', name: '康桥数字化工厂', sector: 'automobiles', district: 'pudong' },
    { token: clerk },
  );
  expect(nominated.status).toBe(201);
  expect(nominated.headers.get('etag')).toBe('"0"');
  expect(nominated.json.entry).toMatchObject({ register: 'factories', key, status: 'nominated', revision: 0 });

  const submitted = await server.post(
    `${path}/certify`,
    { effectiveOn: '2020-12-22', grade: 'demonstration' },
    { token: clerk, headers: { 'if-match': '"0"' } },
  );
  expect(submitted.status).toBe(202);
  const { submission } = submitted.json;
  expect(submission).toMatchObject({ id: `factories~${key}~1`, status: 'pending', by: 'li.wei' });
  expect(submission.impact).toContainEqual({
    target: 'model-factories',
    plan: 'shanghai-2019-2021',
    on: '2021-12-31',
    before: end,
    after: end + 1,
  });

  const approved = await server.post(`/api/v1/submissions/${submission.id}/approve`, {}, { token: reviewer });
  expect(approved.status).toBe(201);
  const seen = { 'registry-position': approved.headers.get('registry-position') ?? '' };
  expect(await countOn('2020-12-21', seen)).toBe(dayBefore);
  expect(await countOn('2020-12-22', seen)).toBe(day + 1);

  const { json: explained } = await server.get('/api/v1/targets/model-factories/entries?on=2020-12-31&limit=500');
  expect(explained.entries).toContainEqual({
    register: 'factories',
    key,
    name: '康桥数字化工厂',
    since: '2020-12-22',
    events: [approved.json.events[0].id],
  });
  const { json: history } = await server.get(`${path}/history`, { token: auditor });
  expect(history.events.at(-1)).toMatchObject({
    type: 'FactoryCertifiedAsModel',
    by: 'li.wei',
    approvedBy: 'wang.fang',
  });
};
