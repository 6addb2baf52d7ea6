import { randomUUID } from 'node:crypto';
import { EventStoreDBClient } from '@eventstore/db-client';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type EventStore, StoreUnavailable } from '../../src/store/event-store.ts';
import { type EventStoreDbOptions, openEventStoreDb } from '../../src/store/eventstoredb/store.ts';
import { startServer, type TestServer } from '../http/server.ts';
import type { OpenedStore } from './contract/fixture.ts';
import { followed, patiently } from './esdb-wire/stores.ts';
import { newEvent, newStream, readOn, recorded } from './events.ts';

/** What a test may do to the store's server, which must not lose anything that it has acknowledged. */
export type Control = {
  /** Suspends the server; its connections stay open. */
  readonly pause: () => Promise<void>;
  readonly resume: () => Promise<void>;
  /** Ends the server at once. */
  readonly kill: () => Promise<void>;
  readonly start: () => Promise<void>;
  /** Asks the server to end, and starts it again. */
  readonly restart: () => Promise<void>;
};

export type OpenedServer = {
  readonly connectionString: string;
  readonly prefix?: string;
  readonly close: () => Promise<void>;
};

/** Long enough for a server on a busy machine, in tests that do not wait for it to be silent. */
const callMs = 20_000;

/** Handles on a server for the contract of every store. */
export const opened = ({ connectionString, prefix, close }: OpenedServer): OpenedStore & OpenedServer => {
  const handles: EventStore[] = [];
  const open = (under = prefix): EventStore => {
    const store = openEventStoreDb({ connectionString, callMs, ...(under && { prefix: under }) });
    handles.push(store);
    return store;
  };
  return {
    connectionString,
    ...(prefix && { prefix }),
    store: open(),
    another: async () => open(),
    empty: async () => {
      const copies = `upgrade-copy-${randomUUID()}.`;
      return { store: open(copies), other: open(copies), prefix: copies };
    },
    close: async () => {
      for (const store of handles) await store.close();
      await close();
    },
  };
};

/** What an operator could do to a registry's streams, and how the store reports it. */
export const alteredStreams = (name: string, open: () => Promise<OpenedStore & OpenedServer>): void => {
  describe(`a stream on ${name}`, () => {
    const using = async (
      work: (opened: OpenedStore & { readonly stream: string }, admin: EventStoreDBClient) => Promise<void>,
    ): Promise<void> => {
      const place = await open();
      const admin = EventStoreDBClient.connectionString(place.connectionString);
      try {
        await work({ ...place, stream: newStream(place.prefix) }, admin);
      } finally {
        await admin.dispose();
        await place.close();
      }
    };

    test('that was deleted is not taken for a new one, and its events stay in the ledger', () =>
      using(async ({ store, another, stream }, admin) => {
        const events = recorded(await store.append(stream, 'none', [newEvent(), newEvent()]));
        await admin.deleteStream(stream, { expectedRevision: 1n });
        const other = await another();
        const says = `the stream ${stream} was deleted`;
        await expect(other.readStream(stream)).rejects.toThrow(says);
        await expect(other.append(stream, 'none', [newEvent()])).rejects.toThrow(says);
        await expect(other.append(stream, 1, [newEvent()])).rejects.toThrow(says);
        await expect(other.append(stream, 1, [newEvent()])).rejects.toBeInstanceOf(StoreUnavailable);
        const inLedger = (await readOn(other, { size: 0, position: '0' })).filter((event) => event.stream === stream);
        expect(inLedger.map(({ id }) => id)).toEqual(events.map(({ id }) => id));
      }));

    test('that was tombstoned is reported as deleted, and the tombstone has no entry number', () =>
      using(async ({ store, another, stream, prefix }, admin) => {
        const [first] = recorded(await store.append(stream, 'none', [newEvent()]));
        const before = await store.size();
        await admin.tombstoneStream(stream, { expectedRevision: 0n });
        const other = await another();
        // The server tombstones the stream's metadata too, and its errors name that.
        for (const work of [
          () => other.readStream(stream),
          () => other.append(stream, 'none', [newEvent()]),
          () => other.append(stream, 0, [newEvent()]),
          () => store.append(stream, 0, [newEvent()]),
        ]) {
          const error: unknown = await work().catch((reason: unknown) => reason);
          expect(error).toBeInstanceOf(StoreUnavailable);
          expect(String(error)).toContain(`: the stream ${stream} was deleted; an operator must repair it.`);
          expect(String(error)).not.toMatch(/\$\$|%24/);
        }
        const [next] = recorded(await other.append(newStream(prefix), 'none', [newEvent()]));
        const ledger = await readOn(other, { size: 0, position: '0' });
        const shown = ledger.filter((event) => event.stream === stream || event.id === next?.id);
        expect(shown.map(({ id, entryNumber }) => [id, entryNumber])).toEqual([
          [first?.id, before - 1],
          [next?.id, before],
        ]);
      }));

    test.each([2, 3])('whose first %i of 3 events were truncated is not taken for a whole one', (before) =>
      using(async ({ store, another, stream }, admin) => {
        await store.append(stream, 'none', [newEvent(), newEvent(), newEvent()]);
        await admin.setStreamMetadata(stream, { truncateBefore: before });
        const says = `events of the stream ${stream} are gone`;
        await expect(store.readStream(stream)).rejects.toThrow(says);
        await expect((await another()).append(stream, 2, [newEvent()])).rejects.toThrow(says);
      }),
    );

    test.each([
      ['$maxCount', { maxCount: 1 }],
      ['$maxAge', { maxAge: 1 }],
    ])('that lost events to %s is not taken for a whole one', (_, limit) =>
      using(async ({ store, another, stream }, admin) => {
        await store.append(stream, 'none', [newEvent(), newEvent(), newEvent()]);
        await admin.setStreamMetadata(stream, limit);
        const says = `events of the stream ${stream} are gone`;
        await expect.poll(() => store.readStream(stream).catch(String), { timeout: 20_000 }).toContain(says);
        await expect((await another()).append(stream, 2, [newEvent()])).rejects.toThrow(says);
      }),
    );
  });
};

const slowly = { timeout: 180_000 };

/** The server is paused, killed and restarted: no acknowledged event is lost, and none is there twice. */
export const serverFaults = (name: string, open: () => Promise<OpenedServer & { readonly control: Control }>): void => {
  describe(`${name}, if its server fails,`, slowly, () => {
    let server: OpenedServer & { readonly control: Control };
    const stores: EventStore[] = [];
    const openStore = (options: Partial<EventStoreDbOptions> = {}): EventStore => {
      const { connectionString, prefix } = server;
      const store = openEventStoreDb({ connectionString, ...(prefix && { prefix }), ...options });
      stores.push(store);
      return store;
    };
    beforeAll(async () => {
      server = await open();
    }, slowly.timeout);
    afterEach(async () => {
      await Promise.all(stores.splice(0).map((store) => store.close()));
    });
    afterAll(() => server?.close());

    test('an append during which it was paused is reported as unknown, and its repeat records it once', async () => {
      const store = openStore({ callMs: 500, patienceMs: 1_500 });
      const stream = newStream(server.prefix);
      await store.append(stream, 'none', [newEvent()]);
      const event = newEvent();
      await server.control.pause();
      try {
        await expect(store.append(stream, 0, [event])).rejects.toBeInstanceOf(StoreUnavailable);
      } finally {
        await server.control.resume();
      }
      expect(recorded(await patiently(() => store.append(stream, 0, [event]))).map(({ id }) => id)).toEqual([event.id]);
      expect((await patiently(() => store.readStream(stream))).map(({ id }) => id).slice(1)).toEqual([event.id]);
    });

    const faults: readonly [string, (control: Control) => Promise<void>][] = [
      ['killed', async (control) => control.kill().then(control.start)],
      ['restarted', (control) => control.restart()],
    ];
    test.each(faults)(
      'writers and a follower go on after it was %s, and each event is in the ledger once',
      async (_, fault) => {
        const follower = followed(openStore(), true);
        const acknowledged = new Map<string, string[]>();
        let isOver = false;
        const total = () => [...acknowledged.values()].reduce((sum, ids) => sum + ids.length, 0);
        const write = async (): Promise<void> => {
          const store = openStore({ callMs: 2_000 });
          const stream = newStream(server.prefix);
          const ids: string[] = [];
          acknowledged.set(stream, ids);
          while (!isOver) {
            const event = newEvent();
            const expected = ids.length === 0 ? 'none' : ids.length - 1;
            recorded(await patiently(() => store.append(stream, expected, [event])));
            ids.push(event.id);
          }
        };
        const writers = Array.from({ length: 8 }, write);
        await expect.poll(total, slowly).toBeGreaterThan(100);
        await fault(server.control);
        const then = total();
        await expect.poll(total, slowly).toBeGreaterThan(then + 100);
        isOver = true;
        await Promise.all(writers);

        const ledger = await readOn(openStore(), { size: 0, position: '0' });
        for (const [stream, ids] of acknowledged)
          expect(ledger.filter((event) => event.stream === stream).map(({ id }) => id)).toEqual(ids);
        expect(ledger.map(({ entryNumber }) => entryNumber)).toEqual(ledger.map((_event, index) => index));
        await follower.until(ledger.length);
        expect(follower.seen).toEqual(ledger);
        await follower.stop();
      },
    );

    test('a clerk is told to retry, and the command is then recorded once', async () => {
      const registry = await startServer({ environment: { REGISTRY_STORE: server.connectionString } });
      try {
        const clerk = await registry.token('clerk', 'li.wei');
        for (const [kind, stop, start] of [
          ['paused', server.control.pause, server.control.resume],
          ['killed', server.control.kill, server.control.start],
        ] as const)
          await nominatedOnce(registry, clerk, kind, stop, start);
      } finally {
        await registry.close();
      }
    });
  });
};

/** A clerk nominates a factory while the store is unavailable, and again under the same key when it is back. */
const nominatedOnce = async (
  registry: TestServer,
  token: string,
  kind: string,
  stop: () => Promise<void>,
  start: () => Promise<void>,
): Promise<void> => {
  const path = `/api/v1/factories/suite-${randomUUID().slice(0, 8)}`;
  const body = { effectiveOn: '2020-01-10', name: '闵行工厂', sector: 'automobiles', district: 'minhang' };
  const nominate = () => registry.post(`${path}/nominate`, body, { token, headers: { 'idempotency-key': path } });
  await stop();
  try {
    const refused = await nominate();
    expect(refused.status, kind).toBe(503);
    expect(refused.headers.get('retry-after'), kind).toMatch(/^\d+$/);
  } finally {
    await start();
  }
  await expect.poll(async () => (await nominate()).status, slowly).toBe(201);
  const again = await nominate();
  expect(again.status, kind).toBe(201);
  await expect.poll(async () => (await registry.get('/health/ready')).status, slowly).toBe(200);
  const position = again.headers.get('registry-position') ?? '';
  const { json } = await registry.get(`${path}/history`, { token, headers: { 'registry-position': position } });
  expect(json.events, kind).toHaveLength(1);
  expect(json.events[0].id, kind).toBe(again.json.events[0].id);
};
