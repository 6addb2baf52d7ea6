import { expect } from 'vitest';
import { factory, test as officeTest, seen, submitCertificate } from './office.ts';

const test = officeTest;
const place = (district: string, area: string) => ({
  measure: 'factories.certified',
  sector: factory.sector,
  district,
  area,
});

test('a move of a counted factory to another district shows where from and where to, though no total changes', async ({
  server,
  staff,
}) => {
  const id = await submitCertificate(server, staff.clerk, 'moving', { lingang: true });
  await server.post(`/api/v1/submissions/${id}/approve`, undefined, { token: staff.reviewer });
  const move = { effectiveOn: '2021-02-01', district: 'chongming', lingang: false };
  const expected = [{ from: '2021-02-01', before: [place('pudong', 'core')], after: [place('chongming', 'other')] }];
  const path = '/api/v1/factories/moving/amend';
  const tried = await server.post(`${path}?dryRun=true`, move, { token: staff.clerk });
  expect(tried.json).toMatchObject({ would: 'submit', impact: [], contribution: expected });
  const { json, status } = await server.post(path, move, { token: staff.clerk, headers: seen(1) });
  expect([status, json.submission.contribution]).toEqual([202, expected]);
  const one = await server.get(`/api/v1/submissions/${json.submission.id}`, { token: staff.reviewer });
  expect(one.json.submission.contribution).toEqual(expected);
  const list = await server.get('/api/v1/submissions?key=moving&status=pending', { token: staff.reviewer });
  expect(list.json.items.map(({ contribution }: { contribution: object }) => contribution)).toEqual([expected]);
});

test('what changes no number contributes nothing new', async ({ server, staff }) => {
  const body = { effectiveOn: '2020-01-10', ...factory };
  const { json } = await server.post('/api/v1/factories/quiet/nominate?dryRun=true', body, { token: staff.clerk });
  expect(json).toMatchObject({ would: 'record', impact: [], contribution: [] });
});
