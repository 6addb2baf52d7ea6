import { expect } from 'vitest';
import { nominate, nomination, test as officeTest, refusedAs, seen } from './office.ts';

const test = officeTest.extend(
  'amend',
  ({ server, staff }) =>
    (key: string, headers: Record<string, string>, effectiveOn = '2020-02-01') =>
      server.post(`/api/v1/factories/${key}/amend`, { effectiveOn, name: '新名' }, { token: staff.clerk, headers }),
);

test('a first record needs no revision', async ({ server, staff }) => {
  expect((await server.post('/api/v1/factories/first/nominate', nomination, { token: staff.clerk })).status).toBe(201);
});

test('a revision of an entry that nobody has recorded is refused', async ({ server, staff }) => {
  const reply = await server.post('/api/v1/factories/unborn/nominate', nomination, {
    token: staff.clerk,
    headers: seen(0),
  });
  refusedAs(reply, 412, 'revision-mismatch');
  expect(reply.json.revision).toBeNull();
});

test('a command without the revision it was made on is refused with the current one', async ({
  server,
  staff,
  amend,
}) => {
  await nominate(server, staff.clerk, 'without');
  const reply = await amend('without', {});
  refusedAs(reply, 428, 'revision-required');
  expect(reply.json.revision).toBe(0);
});

test('a command on a revision that is no longer the current one is refused with the current one', async ({
  server,
  staff,
  amend,
}) => {
  await nominate(server, staff.clerk, 'stale');
  expect((await amend('stale', seen(0))).status).toBe(201);
  for (const other of [0, 2, 999_999_999]) {
    const reply = await amend('stale', seen(other));
    refusedAs(reply, 412, 'revision-mismatch');
    expect(reply.json.revision).toBe(1);
  }
  expect((await amend('stale', seen(1))).json.entry.revision).toBe(2);
});

test('a weak tag, as caches make from a strong one, is accepted too', async ({ server, staff, amend }) => {
  await nominate(server, staff.clerk, 'weak');
  expect((await amend('weak', { 'if-match': 'W/"0"' })).status).toBe(201);
});

test('a malformed revision is refused before the entry is checked', async ({ server, staff, amend }) => {
  await nominate(server, staff.clerk, 'malformed');
  for (const wrong of ['0', '*', 'latest'])
    refusedAs(await amend('malformed', { 'if-match': wrong }), 400, 'invalid-request');
});

test('submissions and their decisions are revisions too', async ({ server, staff, amend }) => {
  await nominate(server, staff.clerk, 'counted');
  const submitted = await server.post(
    '/api/v1/factories/counted/certify',
    { effectiveOn: '2020-12-22', grade: 'demonstration' },
    { token: staff.clerk, headers: seen(0) },
  );
  expect(submitted.headers.get('etag')).toBe('"1"');
  refusedAs(await amend('counted', seen(0)), 412, 'revision-mismatch');
  const returned = await server.post(
    '/api/v1/submissions/factories~counted~1/return',
    { reason: '证书编号有误' },
    { token: staff.reviewer },
  );
  expect(returned.headers.get('etag')).toBe('"2"');
  const amended = await amend('counted', seen(2));
  expect(amended.headers.get('etag')).toBe('"3"');
});

test('a refused command leaves the revision as it was', async ({ server, staff, amend }) => {
  await nominate(server, staff.clerk, 'unmoved');
  refusedAs(await amend('unmoved', seen(0), '2019-01-01'), 409, 'transition-not-allowed');
  expect((await amend('unmoved', seen(0))).status).toBe(201);
});
