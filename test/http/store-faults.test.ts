import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { rebuild } from '../../src/readmodel/rebuild.ts';
import { csv, ended, post } from '../imports/spreadsheet.ts';
import { type Fault, type FaultyCall, type WireError, wireErrors } from '../store/esdb-wire/faults.ts';
import { openWireLog } from '../store/esdb-wire/log.ts';
import type { WireOptions, WireServer } from '../store/esdb-wire/server.ts';
import { closeAll, generations, idsIn, startServer as startStore } from '../store/esdb-wire/stores.ts';
import { openStream } from './event-stream.ts';
import { nomination, refusedAs, seen } from './office.ts';
import { type Reply, startServer, type TestServer } from './server.ts';

/** What a clerk, a dashboard and an operator see when the store misbehaves. It is the wire server of the tests. */

vi.setConfig({ testTimeout: 60_000 });

const opened: TestServer[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((node) => node.close()));
  await closeAll();
});

/** The store may be silent for so long on one call, and its answer is looked for twice as long. */
const silenceMs = 1_000;
/** An answer that takes longer hangs. */
const boundMs = 15_000;
const forever = Number.POSITIVE_INFINITY;
const stream = 'upgrade.factories-kangqiao';

const environmentOf = (store: WireServer, deadlineMs = silenceMs) => ({
  REGISTRY_STORE: `${store.connectionString}&defaultDeadline=${deadlineMs}`,
});

const openNode = async (store: WireServer, deadlineMs = silenceMs): Promise<TestServer> => {
  const node = await startServer({ environment: environmentOf(store, deadlineMs) });
  opened.push(node);
  return node;
};

const opening = async (options: WireOptions = {}) => {
  const store = await startStore(options);
  const node = await openNode(store);
  const token = await node.token('clerk', 'li.wei');
  const headers = { 'idempotency-key': 'once', 'accept-language': 'en' };
  const nominate = (body: object = {}, to = node): Promise<Reply> =>
    bounded(to.post('/api/v1/factories/kangqiao/nominate', { ...nomination, ...body }, { token, headers }));
  return { store, node, token, nominate };
};

const bounded = async <T>(asked: Promise<T>): Promise<T> => {
  const began = performance.now();
  const answer = await asked;
  expect(performance.now() - began).toBeLessThan(boundMs);
  return answer;
};

const failing = (error: WireError, ...calls: readonly FaultyCall[]) => faulty({ do: 'fail', error }, ...calls);
const faulty =
  (fault: Fault, ...calls: readonly FaultyCall[]) =>
  (store: WireServer) => {
    for (const call of calls) store.fail(call, fault, forever);
  };

/** Looks at a node's health until it is as expected. */
const healthOf = async (node: TestServer, expected: object): Promise<void> => {
  const began = performance.now();
  for (;;) {
    const { status, json, headers } = await node.get('/health/ready', { token: await node.token('auditor') });
    expect(headers.get('retry-after')).toBe(status === 503 ? '1' : null);
    const isOver = performance.now() - began > boundMs;
    if (isOver) expect({ status, ...json }).toMatchObject(expected);
    try {
      expect({ status, ...json }).toMatchObject(expected);
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
};

const equalsRebuilt = async ({ folder, registry: { model, store } }: TestServer): Promise<void> => {
  await model.reached(await store.end(), boundMs);
  const { differences, events } = await rebuild(join(folder, 'readmodel'), store, Date.now, () => {});
  expect(differences).toEqual([]);
  expect(model.place().size).toBe(events);
};

const refusedForNow = (reply: Reply, detail: string): void => {
  refusedAs(reply, 503, 'unavailable');
  expect(reply.headers.get('retry-after')).toBe('1');
  expect(reply.json.detail).toContain(detail);
};

type Trouble = {
  readonly begin: (store: WireServer) => unknown;
  readonly end?: (store: WireServer) => unknown;
  /** What an operator reads in the node's health. */
  readonly says: RegExp;
  /** Whether the read model cannot follow either, and the node is not ready. */
  readonly isAway?: boolean;
};

const refusesUser = /refuses the registry's user; check the credentials and the access lists/;

const troubles: readonly (readonly [string, Trouble])[] = [
  [
    'is away',
    {
      begin: (store) => store.stop(),
      end: (store) => store.start(),
      says: /^The event store esdb:\S+ is unavailable: /,
      isAway: true,
    },
  ],
  ['is silent', { begin: faulty({ do: 'hang' }, 'append', 'read'), says: /did not answer in time/ }],
  [
    'cuts every connection',
    {
      begin: (store) => {
        faulty({ do: 'cut' }, 'append', 'read', 'subscribe')(store);
        store.cut();
      },
      says: /is unavailable/,
      isAway: true,
    },
  ],
  [
    'lets every deadline pass',
    { begin: failing(wireErrors.deadline(), 'append', 'read'), says: /did not answer in time/ },
  ],
  ['has no leader', { begin: failing(wireErrors.noLeader(), 'append', 'read'), says: /No leader/ }],
  ['is not ready', { begin: failing(wireErrors.notReady(), 'append', 'read'), says: /Not Ready/ }],
  [
    'no longer knows the registry’s user',
    {
      begin: (store) => {
        failing(wireErrors.unauthenticated(), 'append', 'read', 'subscribe')(store);
        store.cut();
      },
      says: refusesUser,
      isAway: true,
    },
  ],
  ['denies the registry’s user to append', { begin: failing(wireErrors.accessDenied(), 'append'), says: refusesUser }],
  [
    'denies the registry’s user to read',
    {
      begin: (store) => {
        failing(wireErrors.accessDenied(), 'read', 'subscribe')(store);
        store.cut();
      },
      says: refusesUser,
      isAway: true,
    },
  ],
];

describe('a store that answers nothing', () => {
  test.each(troubles)(
    'because it %s: commands are refused for now, reads continue, and everything works again once it is repaired',
    async (_name, { begin, end, says, isAway = false }) => {
      const { store, node, token, nominate } = await opening();
      const before = await node.post('/api/v1/factories/before/nominate', nomination, { token });
      await healthOf(node, { status: 200, state: 'ready', size: 2 });
      await begin(store);

      // Until the node has noticed, a command may meet the trouble by its append, whose outcome nobody knows.
      if (isAway) await healthOf(node, { status: 503, state: 'store-away' });
      else refusedForNow(await nominate(), 'recorded');
      refusedForNow(await nominate(), 'nothing was recorded');
      expect(idsIn(store, stream)).toEqual([]);
      await healthOf(node, {
        lastFault: { at: expect.any(String), message: expect.stringMatching(says) },
        ...(isAway ? { status: 503, state: 'store-away', detail: expect.stringMatching(says) } : { status: 200 }),
      });
      const position = before.headers.get('registry-position') ?? '';
      for (const path of ['targets', 'factories', 'factories/before', 'factories/before/history', 'plans']) {
        const call = { token, headers: { 'registry-position': position } };
        expect((await bounded(node.get(`/api/v1/${path}`, call))).status, path).toBe(200);
      }

      await end?.(store);
      store.heal();
      await healthOf(node, { status: 200, state: 'ready' });
      const recorded = await nominate();
      expect([recorded.status, recorded.headers.get('idempotent-replayed')]).toEqual([201, null]);
      expect(idsIn(store, stream)).toEqual([recorded.json.events[0].id]);
      const { json } = await node.get('/health/ready', { token: await node.token('auditor') });
      expect(json.lastFault).toBeUndefined();
      await equalsRebuilt(node);
    },
  );

  test('to an import: a file is refused for now, and an import that runs waits and records each row once', async () => {
    const store = await startStore();
    const node = await openNode(store, 2_000); // many rows at once take their time
    const total = 150;
    const rows = Array.from({ length: total }, (_, n) => [`k${n}`, `第 ${n} 厂`, '汽车', '浦东', '2020-12-22']);
    const file = csv(['编号', '工厂名称', '行业', '区', '日期'], ...rows);
    const nominated = () => store.log.records.filter(({ type }) => type === 'FactoryNominated').length;
    await store.stop();
    refusedForNow(
      await bounded(post(node, 'factories', file, { headers: { 'accept-language': 'en' } })),
      'nothing was',
    );
    expect(readdirSync(join(node.folder, 'imports'))).toEqual([]);
    await store.start();
    await healthOf(node, { status: 200, state: 'ready' });

    const { status, json } = await post(node, 'factories', file);
    expect(status).toBe(202);
    while (nominated() < 30) await new Promise(setImmediate);
    await store.stop();
    const before = nominated();
    expect(before).toBeLessThan(total);
    await healthOf(node, { status: 503, state: 'store-away' });
    await store.start();
    const done = await ended(node, json.import.id);
    expect(done).toMatchObject({ state: 'finished', recorded: total, alreadyThere: 0, refused: 0 });
    expect(nominated()).toBe(total);
    await equalsRebuilt(node);
  });

  test('whose leader has changed takes commands at the new one', async () => {
    const log = openWireLog();
    const [old, leader] = [await startStore({ log }), await startStore({ log })];
    const node = await openNode(old);
    const token = await node.token('clerk', 'li.wei');
    failing(wireErrors.notLeader(leader.port), 'append', 'read')(old);
    const nominate = (key: string) => bounded(node.post(`/api/v1/factories/${key}/nominate`, nomination, { token }));
    for (const key of ['kangqiao', 'minhang']) expect((await nominate(key)).status).toBe(201);
    expect(idsIn(leader, stream)).toHaveLength(1);
    expect(leader.calls().append).toBe(2);
    await equalsRebuilt(node);
  });

  test('that takes no append of that size refuses the command, says so to the operator and takes smaller ones', async () => {
    const { store, node, nominate } = await opening({ maxAppendSize: 6_000 });
    refusedForNow(await nominate({ note: '页'.repeat(2_000) }), 'nothing was recorded');
    expect(idsIn(store, stream)).toEqual([]);
    await healthOf(node, {
      status: 200,
      lastFault: { message: expect.stringContaining('no append of more than 6000 bytes') },
    });
    expect((await nominate()).status).toBe(201);
    await equalsRebuilt(node);
  });

  test.each<[string, (store: WireServer) => unknown, RegExp]>([
    [
      'deleted',
      ({ log }) => log.softDelete(stream),
      /the stream upgrade\.factories-kangqiao was deleted; an operator must repair it/,
    ],
    [
      'deleted for good',
      ({ log }) => log.tombstone(stream),
      /the stream upgrade\.factories-kangqiao was deleted; an operator must repair it/,
    ],
    [
      'cut off at its beginning',
      ({ log }) => log.truncate(stream, 1),
      /factories-kangqiao are gone.*an operator must repair it/,
    ],
  ])(
    'of an entry whose stream was %s behind our back refuses its commands and no others',
    async (_name, harm, says) => {
      const { store, node, token, nominate } = await opening();
      expect((await nominate()).status).toBe(201);
      const amend = (revision: number) =>
        bounded(
          node.post(
            '/api/v1/factories/kangqiao/amend',
            { effectiveOn: '2020-02-01', name: '康桥第二工厂' },
            { token, headers: { ...seen(revision), 'accept-language': 'en' } },
          ),
        );
      expect((await amend(0)).status).toBe(201);
      const recorded = idsIn(store, stream);
      await harm(store);
      const minhang = await node.post('/api/v1/factories/minhang/nominate', nomination, { token });
      expect(minhang.status).toBe(201);
      await node.registry.model.reached(minhang.headers.get('registry-position') ?? '', boundMs); // it is told of the harm
      refusedForNow(
        await amend(1),
        'has lost events of this entry, which an administrator must repair; nothing was recorded',
      );
      await healthOf(node, { status: 200, lastFault: { message: expect.stringMatching(says) } });
      expect(idsIn(store, stream).slice(0, 2)).toEqual(recorded);
      const again = await startServer({ environment: environmentOf(store), folder: node.folder });
      await healthOf(again, { status: 200, state: 'ready', size: 4 });
      for (const each of [node, again]) {
        const shown = await each.get('/api/v1/factories/kangqiao', { token });
        expect([shown.status, shown.json.name]).toEqual([200, '康桥第二工厂']);
      }
      await again.close();
      const other = await node.post('/api/v1/factories/lingang/nominate', nomination, { token });
      expect(other.status).toBe(201);
    },
  );

  test('to a subscription any longer: dashboards still get messages, without a gap or a repeat', async () => {
    const { store, node, token } = await opening();
    const auditor = await node.token('auditor');
    const feed = await openStream(node, '/api/v1/events', { token: auditor });
    const told = [await feed.next()];
    for (let count = 0; count < 6; count += 1) {
      if (count % 2 === 0) store.fail('subscribe', { do: count % 4 === 0 ? 'end' : 'hang' });
      store.cut();
      const sent = () => node.post(`/api/v1/factories/f${count}/nominate`, nomination, { token });
      while ((await sent()).status === 503);
      told.push(await feed.next());
    }
    await feed.close();
    expect(told.map((message) => Number(message?.id))).toEqual([0, 1, 2, 3, 4, 5, 6]);
    await equalsRebuilt(node);
  });
});

describe.each(generations)('a store that answers nothing, %s,', (_, options) => {
  test.each([false, true])(
    'in the middle of a command: the answer says that the outcome is unknown, and a repeat under the same key gets the one answer (recorded: %s)',
    async (written) => {
      const { store, node, nominate } = await opening(options);
      const asked = store.calls().append;
      store.fail('append', { do: 'hang', written }, forever);
      const sent = nominate();
      while (store.calls().append === asked) await new Promise(setImmediate);
      store.fail('read', { do: 'hang' }, forever);
      refusedForNow(await sent, 'may have recorded the command');

      store.heal();
      const again = await nominate();
      expect([again.status, again.headers.get('idempotent-replayed')]).toEqual([201, written ? 'true' : null]);
      expect(idsIn(store, stream)).toEqual([again.json.events[0].id]);
      expect((await nominate()).json).toEqual(again.json);
      expect(idsIn(store, stream)).toHaveLength(1);
      await equalsRebuilt(node);
    },
  );

  test.each<[string, Fault]>([
    ['the connection is cut before it is recorded', { do: 'cut' }],
    ['the connection is cut after it is recorded', { do: 'cut', written: true }],
    ['the store is silent and has recorded it', { do: 'hang', written: true }],
    ['the deadline passes after it is recorded', { do: 'fail', error: wireErrors.deadline(), written: true }],
    ['the commit times out', { do: 'refuse', why: 'timeout' }],
    ['the node has lost its leader', { do: 'fail', error: wireErrors.noLeader() }],
  ])('to one append: the stream is read for it before the command is answered, if %s', async (_name, fault) => {
    const { store, node, nominate } = await opening(options);
    store.fail('append', fault);
    // What was recorded is found by reading: a second append would be refused.
    if ('written' in fault) store.fail('append', { do: 'refuse', why: 'access-denied' }, forever);
    const recorded = await nominate();
    expect([recorded.status, recorded.headers.get('idempotent-replayed')]).toEqual([201, null]);
    expect(idsIn(store, stream)).toEqual([recorded.json.events[0].id]);
    await equalsRebuilt(node);
  });

  test('to one append is distinguished from what somebody else recorded meanwhile', async () => {
    const { store, node, token, nominate } = await opening(options);
    const other = await openNode(store);
    const theirs = await other.token('clerk', 'zhang.min');
    store.fail('append', { do: 'hang', written: true });
    const sent = nominate();
    while (idsIn(store, stream).length === 0) await new Promise(setImmediate);
    const amendment = { effectiveOn: '2020-02-01', name: '康桥第二工厂' };
    const amended = await other.post('/api/v1/factories/kangqiao/amend', amendment, {
      token: theirs,
      headers: seen(0),
    });
    expect(amended.status).toBe(201);
    const { status, json } = await sent;
    expect([status, json.events[0]]).toEqual([201, expect.objectContaining({ revision: 0, type: 'FactoryNominated' })]);
    expect(idsIn(store, stream)).toEqual([json.events[0].id, amended.json.events[0].id]);
    const late = await node.post('/api/v1/factories/kangqiao/amend', amendment, { token, headers: seen(0) });
    refusedAs(late, 412, 'revision-mismatch');
    for (const each of [node, other]) await equalsRebuilt(each);
  });
});
