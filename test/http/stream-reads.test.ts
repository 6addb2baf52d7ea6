import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { factories } from '../../domain/registers/factories.ts';
import { commandsOn } from '../../src/commands/commands.ts';
import { csv, decide, imported } from '../imports/spreadsheet.ts';
import { certificate, enrolment, factory, nominate, nomination, openOffice, people, seen, uscc } from './office.ts';
import type { TestServer } from './server.ts';

/** Each read of a stream costs a journey to the store: nothing is read twice for one decision. */

let server: TestServer;
let staff: Awaited<ReturnType<typeof people>>;
beforeAll(async () => {
  server = await openOffice();
  staff = await people(server);
});
afterAll(() => server.close());
afterEach(() => vi.restoreAllMocks());

/** The streams of entries that are read meanwhile, one for each read. */
const readsOf = () => {
  const reads = vi.spyOn(server.registry.store, 'readStream');
  return () => reads.mock.calls.map(([stream]) => stream).filter((stream) => !stream.startsWith('upgrade.imports-'));
};

test('a first command is appended without a read; a further one, a refusal and a repeat read the entry once', async () => {
  const reads = readsOf();
  const appends = vi.spyOn(server.registry.store, 'append');
  await nominate(server, staff.clerk, 'once');
  const certify = (revision: number) =>
    server.post('/api/v1/factories/once/certify', certificate, {
      token: staff.clerk,
      headers: { ...seen(revision), 'idempotency-key': 'certify-once' },
    });
  expect((await certify(0)).status).toBe(202);
  expect([appends.mock.calls.length, reads()]).toEqual([2, ['upgrade.factories-once']]);

  const refused = await server.post('/api/v1/factories/once/nominate', nomination, { token: staff.clerk });
  expect(refused.status).toBe(428);
  // Without If-Match it could have been the entry's first command, which only the append can tell.
  expect([appends.mock.calls.length, reads()]).toEqual([3, Array(2).fill('upgrade.factories-once')]);

  expect((await certify(0)).headers.get('idempotent-replayed')).toBe('true');
  expect([appends.mock.calls.length, reads()]).toEqual([3, Array(3).fill('upgrade.factories-once')]);
});

test('a command on what another node has recorded since is decided anew on what it reads', async () => {
  await nominate(server, staff.clerk, 'behind');
  const elsewhere = commandsOn(server.registry.store, server.registry.model, server.registry.questions, Date.now);
  const amend = (name: string, ifMatch: number) => {
    const body = { effectiveOn: '2020-02-01', name };
    return { register: factories, key: 'behind', name: 'amend', body, sent: body, by: 'li.wei', ifMatch };
  };
  expect(await elsewhere.execute(amend('别处', 0))).toMatchObject({ kind: 'recorded', event: { revision: 1 } });
  const { commands } = server.registry;
  expect(await commands.execute(amend('本处', 0))).toMatchObject({
    rejection: { code: 'revision-mismatch', revision: 1 },
  });
  expect(await commands.execute(amend('本处', 1))).toMatchObject({ kind: 'recorded', event: { revision: 2 } });
});

test('a command reads of an entry with many facts only what is not known yet', async () => {
  await nominate(server, staff.clerk, 'long');
  const read = vi.spyOn(server.registry.store, 'readStream');
  for (let revision = 0; revision < 30; revision++)
    await server.post(
      '/api/v1/factories/long/amend',
      { effectiveOn: '2020-02-01', name: `第${revision}名` },
      { token: staff.clerk, headers: seen(revision) },
    );
  const sizes = await Promise.all(read.mock.results.map(async ({ value }) => (await value).length));
  expect(Math.max(...sizes)).toBeLessThanOrEqual(11);
  expect(Math.max(...sizes.slice(12))).toBeLessThanOrEqual(2);
});

test('a command that names an enterprise reads that entry once', async () => {
  await server.post(`/api/v1/enterprises/${uscc}/enroll`, enrolment, { token: staff.clerk });
  const reads = readsOf();
  await nominate(server, staff.clerk, 'of-one', { enterprise: uscc });
  expect(reads()).toEqual([`upgrade.enterprises-${uscc.toLowerCase()}`]);
});

test('an import reads each row’s entry once, and so does its undoing but to see that nothing is left', async () => {
  const heads = ['编号', '工厂名称', '行业', '区', '推荐日期'];
  const rows = ['a', 'b', 'c'].map((key) => [`row-${key}`, `第${key}工厂`, '汽车', '浦东', '2020-03-01']);
  const streams = rows.map(([key]) => `upgrade.factories-${key}`);
  const reads = readsOf();
  await imported(server, 'factories', csv(heads, ...rows), { query: 'dryRun=true' });
  expect(reads().sort()).toEqual(streams);
  vi.restoreAllMocks();

  const realReads = readsOf();
  const { id } = await imported(server, 'factories', csv(heads, ...rows));
  expect(realReads().sort()).toEqual(streams);
  vi.restoreAllMocks();

  await server.registry.model.reached(await server.registry.store.end(), 5_000);
  const undoReads = readsOf();
  await decide(server, id, 'undo');
  await server.registry.imports.settled(id);
  expect(undoReads().sort()).toEqual([...streams, ...streams].sort());
});

test('what the caller has read is decided on once; if somebody else has recorded since, the entry is read anew', async () => {
  const { commands } = server.registry;
  await nominate(server, staff.clerk, 'stale');
  const stale = await commands.readEntry(factories, 'stale');
  await server.post(
    '/api/v1/factories/stale/amend',
    { effectiveOn: '2020-02-01', name: '新名' },
    { token: staff.clerk, headers: seen(0) },
  );
  const reads = readsOf();
  const body = { effectiveOn: '2020-03-01', panel: '专家组' };
  const given = { register: factories, key: 'stale', name: 'assess', body, sent: body, by: 'li.wei' };
  expect(await commands.execute({ ...given, ifMatch: 0 }, stale)).toMatchObject({
    kind: 'refused',
    rejection: { code: 'revision-mismatch', revision: 1 },
  });
  expect(await commands.execute({ ...given, ifMatch: 'unchecked' }, stale)).toMatchObject({
    kind: 'recorded',
    event: { revision: 2 },
  });
  expect(reads()).toEqual(Array(2).fill('upgrade.factories-stale'));
});

test('a submission carries the change that was decided; its repeat leaves that to the history of now', async () => {
  const { commands } = server.registry;
  const body = { ...factory, ...certificate };
  const given = { register: factories, key: 'carried', name: 'certify', body, sent: body, by: 'li.wei' };
  const submitted = await commands.execute({ ...given, idempotencyKey: 'carried' });
  expect(submitted).toMatchObject({
    kind: 'submitted',
    replayed: false,
    effect: { change: [{ day: certificate.effectiveOn, cell: { measure: 'factories.certified' }, by: 1 }] },
  });
  const repeat = await commands.execute({ ...given, idempotencyKey: 'carried' });
  expect(repeat).toMatchObject({ kind: 'submitted', replayed: true });
  expect(repeat).not.toHaveProperty('effect');
});
