import { once } from 'node:events';
import { Readable } from 'node:stream';
import { afterEach, describe, expect, test } from 'vitest';
import { OutcomeUnknown, placeAfter, StoreUnavailable, start } from '../../src/store/event-store.ts';
import { collected } from '../../src/store/eventstoredb/read.ts';
import { openEventStoreDb } from '../../src/store/eventstoredb/store.ts';
import { type Fault, wireErrors } from './esdb-wire/faults.ts';
import { openWireLog } from './esdb-wire/log.ts';
import { closeAll, followed, generations, idsIn, open, patiently, startServer } from './esdb-wire/stores.ts';
import { newEvent, newStream, readOn, recorded } from './events.ts';

afterEach(closeAll);

describe.each(generations)('an append whose answer is lost, %s,', (_, options) => {
  test.each<[string, Fault]>([
    ['the connection is cut before it is recorded', { do: 'cut' }],
    ['the connection is cut after it is recorded', { do: 'cut', written: true }],
    ['the store is silent and has not recorded it', { do: 'hang' }],
    ['the store is silent and has recorded it', { do: 'hang', written: true }],
    ['the store ends the call and has not recorded it', { do: 'end' }],
    ['the store ends the call and has recorded it', { do: 'end', written: true }],
    ['the deadline passes before it is recorded', { do: 'fail', error: wireErrors.deadline() }],
    ['the deadline passes after it is recorded', { do: 'fail', error: wireErrors.deadline(), written: true }],
    ['the commit times out and it is recorded nevertheless', { do: 'refuse', why: 'timeout', written: true }],
    ['the commit times out', { do: 'refuse', why: 'timeout' }],
    ['the store cancels the call', { do: 'fail', error: wireErrors.cancelled(), written: true }],
    ['the node is not ready', { do: 'refuse', why: 'not-ready' }],
    ['the node has lost its leader', { do: 'fail', error: wireErrors.noLeader() }],
  ])('is found in the stream and recorded once: %s', async (_name, fault) => {
    const server = await startServer(options);
    const store = open(server);
    const stream = newStream();
    await store.append(stream, 'none', [newEvent()]);
    const [first, second] = [newEvent(), newEvent()];
    server.fail('append', fault);
    const answer = await store.append(stream, 0, [first, second]);
    expect(answer).toMatchObject({ appended: true, repeated: false });
    expect(recorded(answer)).toEqual((await store.readStream(stream)).slice(1));
    expect(idsIn(server, stream).slice(1)).toEqual([first.id, second.id]);
  });

  test('is a mismatch if another event was recorded there meanwhile', async () => {
    const server = await startServer(options);
    const store = open(server);
    const stream = newStream();
    await store.append(stream, 'none', [newEvent()]);
    server.fail('append', { do: 'hang' });
    const lost = store.append(stream, 0, [newEvent()]);
    const other = newEvent();
    while (server.calls().append < 2) await new Promise(setImmediate);
    await open(server).append(stream, 0, [other]);
    expect(await lost).toEqual({ appended: false, current: 1 });
    expect(idsIn(server, stream)).toHaveLength(2);
  });

  test.each([false, true])(
    'is reported as unknown if the store stays silent, and a repeat finds out (recorded: %s)',
    async (written) => {
      const server = await startServer(options);
      const hasty = open(server, { callMs: 250, patienceMs: 750 });
      const [stream, first] = [newStream(), newEvent()];
      await patiently(() => hasty.append(stream, 'none', [first]));
      const event = newEvent();
      server.fail('append', { do: 'hang', written }, Number.POSITIVE_INFINITY);
      server.fail('read', { do: 'hang' }, Number.POSITIVE_INFINITY);
      await expect(hasty.append(stream, 0, [event])).rejects.toBeInstanceOf(OutcomeUnknown);
      server.heal();
      const answer = await open(server).append(stream, 0, [event]);
      expect(answer).toMatchObject({ appended: true, repeated: written });
      expect(idsIn(server, stream).slice(1)).toEqual([event.id]);
    },
  );
});

describe.each(generations)('a store that cannot serve a call, %s,', (_, options) => {
  test('because its server is down, rejects within a limit, and is used again when it is back', async () => {
    const server = await startServer(options);
    const store = open(server, { patienceMs: 500 });
    await server.stop();
    const calls = [
      store.append(newStream(), 'none', [newEvent()]),
      store.readStream(newStream()),
      store.readAll(start, 10),
      store.size(),
      store.end(),
      followed(open(server, { patienceMs: 100 })).done,
    ];
    for (const call of calls) await expect(call).rejects.toBeInstanceOf(StoreUnavailable);
    await expect(calls[1]).rejects.toThrow(`The event store esdb://127.0.0.1:${server.port} is unavailable`);
    expect(server.log.records).toEqual([]);
    await server.start();
    const stream = newStream();
    await patiently(() => store.append(stream, 'none', [newEvent()]));
    expect(await store.size()).toBe(1);
    expect(await store.readStream(stream)).toHaveLength(1);
  });

  test('because its server was down, is followed on without a gap', async () => {
    const server = await startServer(options);
    const [store, other] = [open(server, { patienceMs: 500 }), open(server, { patienceMs: 30_000 })];
    const follower = followed(other);
    const stream = newStream();
    for (let revision = 0; revision < 3; revision += 1) {
      const before = revision === 0 ? 'none' : revision - 1;
      await patiently(() => store.append(stream, before, [newEvent()]));
      await server.stop();
      await expect(store.append(stream, revision, [newEvent()])).rejects.toBeInstanceOf(StoreUnavailable);
      await server.start();
    }
    await follower.until(3);
    expect(follower.seen).toEqual(await patiently(() => readOn(store, start)));
    await follower.stop();
  });

  test('because its server refuses the user, says so, records nothing, and is used again when the user is accepted', async () => {
    const server = await startServer(options);
    const store = open(server);
    for (const error of [wireErrors.unauthenticated(), wireErrors.accessDenied()]) {
      const stream = newStream();
      for (const call of ['append', 'read', 'subscribe'] as const)
        server.fail(call, { do: 'fail', error }, Number.POSITIVE_INFINITY);
      const says = "refuses the registry's user";
      await expect(store.append(stream, 'none', [newEvent()])).rejects.toThrow(says);
      await expect(store.readStream(stream)).rejects.toThrow(says);
      await expect(store.readAll(start, 1)).rejects.toThrow(says);
      await expect(followed(store).done).rejects.toThrow(says);
      expect(idsIn(server, stream)).toEqual([]);
      server.heal();
      expect((await store.append(stream, 'none', [newEvent()])).appended).toBe(true);
    }
  });

  test('rejects only that call', async () => {
    const server = await startServer(options);
    const store = open(server);
    await store.append(newStream(), 'none', [newEvent()]);
    server.fail('append', { do: 'refuse', why: 'access-denied' });
    const answers = await Promise.allSettled([1, 2, 3].map(() => store.append(newStream(), 'none', [newEvent()])));
    const refused = answers.filter((answer) => answer.status === 'rejected');
    expect(refused.map(({ reason }) => reason)).toEqual([expect.any(StoreUnavailable)]);
    expect(refused[0]?.reason).not.toBeInstanceOf(OutcomeUnknown);
    expect(await store.size()).toBe(3);
  });

  test('because its leader has changed, appends at the new leader', async () => {
    const log = openWireLog();
    const [node, leader] = [await startServer({ ...options, log }), await startServer({ ...options, log })];
    const store = open(node);
    const stream = newStream();
    await store.append(stream, 'none', [newEvent()]);
    node.fail('append', { do: 'fail', error: wireErrors.notLeader(leader.port) }, Number.POSITIVE_INFINITY);
    const event = newEvent();
    expect(await store.append(stream, 0, [event])).toMatchObject({ appended: true, repeated: false });
    expect(leader.calls().append).toBe(1);
    expect(idsIn(node, stream).slice(1)).toEqual([event.id]);
  });

  test('because an append is too large, says how large it may be', async () => {
    const server = await startServer({ ...options, maxAppendSize: 20_000 });
    const store = open(server);
    const stream = newStream();
    const tooLarge = store.append(stream, 'none', [newEvent({ name: 'x'.repeat(30_000) })]);
    await expect(tooLarge).rejects.toThrow('no append of more than 20000 bytes');
    await expect(tooLarge).rejects.not.toBeInstanceOf(OutcomeUnknown);
    expect(idsIn(server, stream)).toEqual([]);
    expect((await store.append(stream, 'none', [newEvent()])).appended).toBe(true);
  });
});

test('if the server does not say what it supports, appends go on when it does', async () => {
  const server = await startServer();
  server.fail('features', { do: 'fail', error: { code: 13, details: 'Internal' } }, 5);
  const store = open(server);
  const event = newEvent();
  const stream = newStream();
  await patiently(() => store.append(stream, 'none', [event]));
  expect(idsIn(server, stream)).toEqual([event.id]);
});

test('an error on one store does not disturb the appends to another', async () => {
  const [one, two] = [await startServer(), await startServer()];
  const [first, second] = [open(one), open(two, { callMs: 20_000, patienceMs: 60_000 })];
  await first.append(newStream(), 'none', [newEvent()]);
  two.pause();
  const appending = Array.from({ length: 10 }, () => second.append(newStream(), 'none', [newEvent()]));
  while (two.calls().read < 10) await new Promise(setImmediate);
  one.fail('append', { do: 'cut' });
  await first.append(newStream(), 'none', [newEvent()]);
  two.resume();
  expect((await Promise.all(appending)).every((answer) => answer.appended && !answer.repeated)).toBe(true);
});

describe.each(generations)('the ledger among the events of others, %s,', (_, options) => {
  test('ends at the last event of the registry, however many of others come after it', async () => {
    const server = await startServer(options);
    const store = open(server);
    expect(await store.end()).toBe('0');
    expect(await store.readAll(start, 10)).toEqual([]);
    server.log.foreign(3_000);
    expect(await store.size()).toBe(0);
    const [event] = recorded(await store.append(newStream(), 'none', [newEvent()]));
    server.log.foreign(3_000);
    const [placed] = await store.readAll(start, 10);
    expect(placed?.id).toBe(event?.id);
    expect(await open(server).end()).toBe(placed?.position);
    expect(await store.readAll(placed ? placeAfter(placed) : start, 10)).toEqual([]);
  });

  test('is followed on from the newest checkpoint after a disconnect, even without an event of the registry', async () => {
    const server = await startServer(options);
    const store = open(server);
    const follower = followed(store);
    await store.append(newStream(), 'none', [newEvent()]);
    await follower.until(1);
    server.log.foreign(5_000);
    const own = Number(follower.seen[0]?.position);
    while (Math.max(...server.subscribedFrom()) <= own) {
      server.cut();
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await patiently(() => store.append(newStream(), 'none', [newEvent()]));
    await follower.until(2);
    expect(follower.seen).toEqual(await readOn(store, start));
    await follower.stop();
  });

  test.each<[string, Fault]>([
    ['cut', { do: 'cut' }],
    ['ended', { do: 'end' }],
    ['silent', { do: 'hang' }],
    ['refused for a while', { do: 'fail', error: wireErrors.notReady() }],
  ])('is shown without a gap or a repeat if a subscription is %s', async (_name, fault) => {
    const server = await startServer(options);
    const store = open(server);
    await store.append(newStream(), 'none', [newEvent(), newEvent()]);
    server.fail('subscribe', fault, 2);
    const follower = followed(store);
    await follower.until(2);
    server.fail('subscribe', fault, 2);
    server.cut();
    await patiently(() => store.append(newStream(), 'none', [newEvent()]));
    await follower.until(3);
    expect(follower.seen).toEqual(await readOn(store, start));
    await follower.stop();
  });

  test('never goes back in time, wherever reading begins, even if the clock of the store does', async () => {
    let clock = Date.parse('2020-01-01T00:00:01.000Z');
    const server = await startServer({ ...options, log: openWireLog({ now: () => clock }) });
    const store = open(server);
    for (const stepMs of [0, -600, 300, 900]) {
      clock += stepMs;
      await store.append(newStream(), 'none', [newEvent()]);
    }
    const events = await readOn(store, start);
    expect(events.map((event) => event.recordedAt.slice(17))).toEqual(['01.000Z', '01.000Z', '01.000Z', '01.600Z']);
    for (const [index, event] of events.entries())
      expect(await readOn(open(server), placeAfter(event))).toEqual(events.slice(index + 1));
    const follower = followed(store);
    await follower.until(4);
    expect(follower.seen).toEqual(events);
    await follower.stop();
  });
});

test('a read that has shown enough ends by itself and is not cancelled, because servers close connections for that', async () => {
  let cancelled = 0;
  const source = Object.assign(Readable.from([1n, 2n, 3n, 4n].map((revision) => ({ event: { revision } }))), {
    cancel: async () => {
      cancelled += 1;
    },
  });
  const ended = once(source, 'end');
  const records = await collected(source, 5_000, (record) => record?.revision === 2n);
  expect(records).toEqual([{ revision: 1n }, { revision: 2n }]);
  await ended;
  expect(cancelled).toBe(0);
});

test('closing finishes the appends under way and rejects a follower', async () => {
  const server = await startServer();
  const store = open(server);
  const follower = followed(store);
  const answers = Array.from({ length: 10 }, () => store.append(newStream(), 'none', [newEvent()]));
  await store.close();
  expect((await Promise.all(answers)).every((answer) => answer.appended)).toBe(true);
  await expect(follower.done).rejects.toBeInstanceOf(StoreUnavailable);
});

test('a connection string that cannot be parsed is refused at once', () => {
  expect(() => openEventStoreDb({ connectionString: 'http://127.0.0.1:2113' })).toThrow('esdb');
});

describe('a store that has not replicated an append yet', () => {
  /** Longer than a person waits, shorter than a call may take. */
  const replicationMs = 700;

  test('does not answer its repeat, which the stream answers as soon as it shows the events', async () => {
    const server = await startServer({ log: openWireLog({ replicationMs }) });
    const store = open(server, { callMs: 5_000 });
    const stream = newStream();
    const events = [newEvent()];
    const began = performance.now();
    const answers = await Promise.all([store.append(stream, 'none', events), store.append(stream, 'none', events)]);
    expect(performance.now() - began).toBeLessThan(3_000);
    expect(answers.map((answer) => answer.appended && answer.repeated).sort()).toEqual([false, true]);
    expect(idsIn(server, stream)).toEqual(events.map(({ id }) => id));
  });

  test('refuses a rival append, and a new decision sees what it lost to', async () => {
    const server = await startServer({ log: openWireLog({ replicationMs }) });
    const store = open(server);
    const stream = newStream();
    const [first, rival] = [newEvent(), newEvent()];
    const winning = store.append(stream, 'none', [first]);
    while (server.calls().append === 0) await new Promise(setImmediate);
    expect(await store.append(stream, 'none', [rival])).toEqual({ appended: false, current: 0 });
    expect((await store.readStream(stream)).map(({ id }) => id)).toEqual([first.id]);
    expect(await winning).toMatchObject({ appended: true, repeated: false });
    expect(idsIn(server, stream)).toEqual([first.id]);
  });

  test.each([{ batchAppend: true }, { batchAppend: false }])(
    'and does not answer is not asked again, since its stream tells (%o)',
    async (options) => {
      const server = await startServer(options);
      const store = open(server, { callMs: 5_000 });
      const stream = newStream();
      server.fail('append', { do: 'hang', written: true });
      const began = performance.now();
      expect(await store.append(stream, 'none', [newEvent()])).toMatchObject({ appended: true, repeated: false });
      expect(performance.now() - began).toBeLessThan(3_000);
      expect(server.calls().append).toBe(1);
    },
  );
});
