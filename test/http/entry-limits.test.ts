import { expect } from 'vitest';
import { nominate, test as officeTest, refusedAs, seen } from './office.ts';

const test = officeTest;

test('the 101st submission of an entry is refused until one of the others is decided', async ({ server, staff }) => {
  const certify = (revision: number, query = '') =>
    server.post(
      `/api/v1/factories/waiting/certify${query}`,
      { effectiveOn: '2020-12-22', grade: 'demonstration' },
      { token: staff.clerk, headers: seen(revision) },
    );
  await nominate(server, staff.clerk, 'waiting');
  for (let revision = 0; revision < 100; revision++) expect((await certify(revision)).status).toBe(202);
  for (const reply of [await certify(100), await certify(100, '?dryRun=true')]) {
    refusedAs(reply, 409, 'too-many-pending');
    expect(reply.json.limit).toBe(100);
  }
  const note = { effectiveOn: '2020-02-01', operator: '甲' };
  const amend = await server.post('/api/v1/factories/waiting/amend', note, { token: staff.clerk, headers: seen(100) });
  expect(amend.status).toBe(201);
  const withdrawn = await server.post('/api/v1/submissions/factories~waiting~7/withdraw', undefined, {
    token: staff.clerk,
  });
  expect(withdrawn.status).toBe(200);
  expect((await certify(102)).status).toBe(202);
  const { json } = await server.get('/api/v1/submissions?key=waiting&status=pending', { token: staff.clerk });
  expect(json.items).toHaveLength(50);
  expect(json.items[49].impact.length).toBeGreaterThan(0);
});
