import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import {
  certificate,
  factory,
  nominate,
  nomination,
  test as officeTest,
  openOffice,
  refusedAs,
  seen,
} from './office.ts';
import type { Reply } from './server.ts';

const isReplayed = ({ headers }: Reply) => headers.get('idempotent-replayed') === 'true';
const answer = ({ status, json, headers }: Reply) => ({
  status,
  json,
  etag: headers.get('etag'),
  location: headers.get('location'),
  position: headers.get('registry-position'),
});

/** An office in a folder of its own, so that its server can be restarted; its tokens stay valid. */
const test = officeTest
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads from the pattern which fixtures this one needs
  .extend('server', { scope: 'file' }, async ({}, { onCleanup }) => {
    const folder = mkdtempSync(join(tmpdir(), 'upgrade-registry-test-'));
    const server = { ...(await openOffice({ folder })) };
    onCleanup(async () => {
      await server.close();
      rmSync(folder, { recursive: true, force: true });
    });
    return server;
  })
  .extend('restart', ({ server }) => async () => {
    await server.close();
    Object.assign(server, await openOffice({ folder: server.folder }));
  })
  .extend(
    'send',
    ({ server, staff }) =>
      (path: string, body: object, key: string, headers: Record<string, string> = {}, token = staff.clerk) =>
        server.post(`/api/v1/factories/${path}`, body, { token, headers: { 'idempotency-key': key, ...headers } }),
  );

test('the same key and the same body get the first answer again, and nothing more is recorded', async ({
  server,
  send,
}) => {
  const first = await send('again/nominate', nomination, 'key-1');
  expect([first.status, isReplayed(first)]).toEqual([201, false]);
  const size = await server.registry.store.size();
  const second = await send('again/nominate', nomination, 'key-1');
  expect(isReplayed(second)).toBe(true);
  expect(answer(second)).toEqual(answer(first));
  expect(await server.registry.store.size()).toBe(size);
});

test('the first answer is repeated, whatever happened to the entry in between', async ({ send }) => {
  const first = await send('moved-on/nominate', nomination, 'key-2');
  await send('moved-on/assess', { effectiveOn: '2020-02-01', panel: '专家组' }, 'key-3', seen(0));
  await send('moved-on/certify', certificate, 'key-4', seen(1));
  const second = await send('moved-on/nominate', nomination, 'key-2');
  expect(isReplayed(second)).toBe(true);
  expect(answer(second)).toEqual(answer(first));
});

test('it does not matter which revision a repeat names, or whether it names one', async ({ server, staff, send }) => {
  await nominate(server, staff.clerk, 'named');
  const body = { effectiveOn: '2020-02-01', panel: '专家组' };
  const first = await send('named/assess', body, 'key-5', seen(0));
  for (const headers of [{}, seen(0), seen(7)]) {
    expect(answer(await send('named/assess', body, 'key-5', headers))).toEqual(answer(first));
  }
});

test('the order of a body’s members and its white space do not make it another body', async ({
  server,
  staff,
  send,
}) => {
  const first = await send('reordered/nominate', nomination, 'key-6');
  const reordered = Object.fromEntries(Object.entries(nomination).reverse());
  const second = await server.call('POST', '/api/v1/factories/reordered/nominate', {
    token: staff.clerk,
    headers: { 'idempotency-key': 'key-6', 'content-type': 'application/json' },
    raw: JSON.stringify(reordered, undefined, 4),
  });
  expect(isReplayed(second)).toBe(true);
  expect(answer(second)).toEqual(answer(first));
});

test('the same key with another body is refused', async ({ send }) => {
  await send('reused/nominate', nomination, 'key-7');
  const other = { ...nomination, operator: '另一家运营单位' };
  refusedAs(await send('reused/nominate', other, 'key-7'), 422, 'idempotency-key-reused');
  refusedAs(await send('reused/nominate', other, 'key-7', seen(9)), 422, 'idempotency-key-reused');
});

test('a repeat whose free texts are others is the same command: the ledger has no hash that would confirm a guess of them', async ({
  staff,
  server,
  send,
}) => {
  const first = await send('reworded/nominate', { ...nomination, note: '初稿' }, 'key-20');
  for (const note of [{}, { note: '补充' }, { note: '初稿' }]) {
    const again = await send('reworded/nominate', { ...nomination, ...note }, 'key-20');
    expect(isReplayed(again)).toBe(true);
    expect(answer(again)).toEqual(answer(first));
  }
  const assessment = (panel: string, title: string) => ({
    ...{ effectiveOn: '2020-02-01', panel, score: 90 },
    evidence: [{ title, uri: 'https://example.org/1' }],
  });
  await send('reworded/assess', assessment('甲组', '纪要'), 'key-21', seen(0));
  expect(isReplayed(await send('reworded/assess', assessment('乙组', '文件'), 'key-21', seen(0)))).toBe(true);
  refusedAs(
    await send('reworded/assess', { ...assessment('甲组', '纪要'), score: 91 }, 'key-21', seen(0)),
    ...([422, 'idempotency-key-reused'] as const),
  );
  const { json } = await server.get('/api/v1/factories/reworded/history', { token: staff.clerk });
  expect(json.events).toMatchObject([{ note: '初稿' }, { data: { panel: '甲组' }, evidence: [{ title: '纪要' }] }]);
});

test('a key counts for one person, one entry and one command', async ({ staff, send }) => {
  const first = await send('scoped/nominate', nomination, 'key-8');
  const elsewhere = await send('scoped-elsewhere/nominate', nomination, 'key-8');
  expect([elsewhere.status, isReplayed(elsewhere)]).toEqual([201, false]);
  const command = await send('scoped/assess', { effectiveOn: '2020-02-01', panel: '专家组' }, 'key-8', seen(0));
  expect([command.status, isReplayed(command)]).toEqual([201, false]);
  refusedAs(await send('scoped/nominate', nomination, 'key-8', {}, staff.colleague), 428, 'revision-required');
  expect(answer(await send('SCOPED/nominate', nomination, 'key-8'))).toEqual(answer(first));
});

test('a refused command leaves its key free', async ({ send }) => {
  refusedAs(await send('refused/nominate', { ...nomination, sector: 'fishing' }, 'key-9'), 400, 'invalid-request');
  refusedAs(
    await send('refused/assess', { effectiveOn: '2020-02-01', panel: 'x' }, 'key-9'),
    409,
    'transition-not-allowed',
  );
  const first = await send('refused/nominate', nomination, 'key-9');
  expect([first.status, isReplayed(first)]).toEqual([201, false]);
});

test('commands without a key are never treated as repeats', async ({ server, staff }) => {
  const post = (headers = {}) =>
    server.post(
      '/api/v1/factories/keyless/amend',
      { effectiveOn: '2020-02-01', name: '新名' },
      { token: staff.clerk, headers },
    );
  await nominate(server, staff.clerk, 'keyless');
  expect((await post(seen(0))).status).toBe(201);
  refusedAs(await post(seen(0)), 412, 'revision-mismatch');
  expect((await post(seen(1))).status).toBe(201);
});

test('after a restart on the same folder a repeat still gets the first answer', async ({ restart, send }) => {
  const first = await send('restarted/nominate', nomination, 'key-10');
  await send('restarted/assess', { effectiveOn: '2020-02-01', panel: '专家组' }, 'key-11', seen(0));
  await restart();
  const second = await send('restarted/nominate', nomination, 'key-10');
  expect(isReplayed(second)).toBe(true);
  expect(answer(second)).toEqual(answer(first));
  const other = { ...nomination, operator: '另一家运营单位' };
  refusedAs(await send('restarted/nominate', other, 'key-10'), 422, 'idempotency-key-reused');
});

test('a repeat of a submission shows it as it stands now, before and after a restart', async ({
  server,
  staff,
  restart,
  send,
}) => {
  const body = { ...factory, ...certificate };
  const first = await send('standing/certify', body, 'key-12');
  expect([first.status, first.json.submission.status]).toEqual([202, 'pending']);
  const waiting = await send('standing/certify', body, 'key-12');
  expect(isReplayed(waiting)).toBe(true);
  expect(answer(waiting)).toEqual(answer(first));

  const approved = await server.post(
    `/api/v1/submissions/${first.json.submission.id}/approve`,
    {},
    { token: staff.reviewer },
  );
  const decided = async () => {
    const repeat = await send('standing/certify', body, 'key-12');
    expect([repeat.status, isReplayed(repeat)]).toEqual([202, true]);
    expect(repeat.json.submission).toMatchObject({
      id: first.json.submission.id,
      status: 'approved',
      decidedBy: 'wang.fang',
      event: approved.json.events[0].id,
    });
  };
  await decided();
  await restart();
  await decided();
});

test('a decision that is repeated after a restart gets its first answer', async ({ server, staff, restart, send }) => {
  const { json } = await send('decided/certify', { ...factory, ...certificate }, 'key-15');
  const approve = () => server.post(`/api/v1/submissions/${json.submission.id}/approve`, {}, { token: staff.reviewer });
  const first = await approve();
  await restart();
  const second = await approve();
  expect(isReplayed(second)).toBe(true);
  expect(answer(second)).toEqual(answer(first));
});

test('a dry run of a command that was already recorded says that nothing would change', async ({ send }) => {
  const body = { ...factory, ...certificate };
  await send('dry/certify', body, 'key-13');
  const again = await send('dry/certify?dryRun=true', body, 'key-13');
  expect(again.json).toMatchObject({ would: 'submit', impact: [] });
  const other = await send('dry/certify?dryRun=true', { ...body, grade: 'benchmark' }, 'key-13');
  refusedAs(other, 422, 'idempotency-key-reused');
});

test('a dry run does not use up its key', async ({ send }) => {
  await send('dry-first/nominate?dryRun=true', nomination, 'key-14');
  const first = await send('dry-first/nominate', nomination, 'key-14');
  expect([first.status, isReplayed(first)]).toEqual([201, false]);
});
