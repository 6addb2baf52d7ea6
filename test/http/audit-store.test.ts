import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { streamOf } from '../../domain/event.ts';
import { seedEvent } from '../../src/commands/seed.ts';
import { openSqliteStore } from '../../src/store/sqlite/store.ts';
import { startWireServer } from '../store/esdb-wire/server.ts';
import { newEvent } from '../store/events.ts';
import { nomination } from './office.ts';
import { startServer, type TestServer } from './server.ts';

vi.setConfig({ testTimeout: 120_000 });

const auditTimes = { firstMs: 0, restMs: 50 };

/** A server on an event store of its own, which is audited again and again. */
const onStore = async () => {
  const store = await startWireServer();
  onTestFinished(store.close);
  const server = await startServer({
    inThread: true,
    auditTimes,
    environment: { REGISTRY_STORE: store.connectionString },
  });
  onTestFinished(server.close);
  for (const key of ['f-1', 'f-2', 'f-3', 'f-4']) await nominate(server, key);
  expect(await server.registry.ledger.reached(5, 60_000)).toBe(true);
  const token = await server.token('auditor');
  const told = async (sentence: RegExp) => {
    for (;;) {
      const { json, status } = await server.get('/health/ready', { token });
      const [found = ''] = json.ledger?.audit?.found ?? [];
      if (sentence.test(found) && (found === '') === (json.ledger?.notSigned === undefined))
        return { status, ledger: json.ledger };
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  const passed = async (): Promise<string> => {
    const before = server.registry.audit.state()?.last?.at;
    await vi.waitUntil(() => (server.registry.audit.state()?.last?.at ?? before) !== before, { timeout: 60_000 });
    return before ?? '';
  };
  const placeOf = (key: string) => store.log.records.findIndex(({ stream }) => stream === `upgrade.factories-${key}`);
  return { store, server, told, passed, placeOf };
};

const nominate = async (server: TestServer, key: string): Promise<void> => {
  const token = await server.token('clerk');
  expect((await server.post(`/api/v1/factories/${key}/nominate`, nomination, { token })).status).toBe(201);
};

test('on an event store, too, an event that changed or vanished is named, and turns a running node red', async () => {
  const { store, told, placeOf } = await onStore();
  const place = placeOf('f-2');
  const record = store.log.records[place];
  if (record === undefined) throw new Error('f-2 is not there');
  const data = Buffer.from(Buffer.from(record.data).toString().replace(nomination.district, 'minhang'));
  store.log.records[place] = { ...record, data };
  const changed = await told(
    /^Entry number 2 \(FactoryNominated \S+ of factories\/f-2\) is not what this node has hashed/,
  );
  expect(changed.status).toBe(503);
  expect(changed.ledger.notSigned).toMatch(/^Entry number 2 /);
  store.log.records.splice(place, 1); // as a scavenge does: those after it move up
  await told(/^Entry number 2 \(FactoryNominated \S+ of factories\/f-2\) has vanished from the store$/);
  store.log.records.splice(place, 0, record);
  expect((await told(/^$/)).status).toBe(200);
});

test('while the store is away the self-audit waits and accuses nobody; afterwards it goes on', async () => {
  const { store, server, passed } = await onStore();
  await passed();
  await store.stop();
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  const { json } = await server.get('/health/ready', { token: await server.token('auditor') });
  expect(json.ledger.audit).not.toHaveProperty('found');
  await store.start();
  await passed();
  await passed();
  expect(server.registry.audit.state()?.last?.faults).toEqual([]);
});

test('a node that joins later audits what it has hashed itself, also if another one has signed more', async () => {
  const { store, server } = await onStore();
  const keys = server.registry.config.keysFolder;
  const environment = { REGISTRY_STORE: store.connectionString, REGISTRY_KEYS: keys };
  const second = await startServer({ inThread: true, auditTimes, environment });
  onTestFinished(second.close);
  for (let n = 10; n < 30; n++) await nominate(server, `f-${n}`);
  await vi.waitUntil(() => second.registry.audit.state()?.last?.size === 25, { timeout: 60_000 });
  expect(second.registry.audit.state()?.last?.faults).toEqual([]);
  expect(server.registry.ledger.fault()).toBeUndefined();
  expect(second.registry.ledger.fault()).toBeUndefined();
});

test('a server that stops in the middle of a pass accuses nobody, and begins anew at its next start', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'upgrade-registry-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = openSqliteStore({ file: join(folder, 'events.db'), now: Date.now });
  const { stream, event } = seedEvent();
  await file.append(stream, 'none', [event]);
  const all = Array.from({ length: 3_000 }, (_, n) => {
    const fresh = newEvent();
    return file.append(streamOf('factories', `f-${n}`), 'none', [{ ...fresh, data: { ...fresh.data, key: `f-${n}` } }]);
  });
  await Promise.all(all);
  await file.close();

  const first = await startServer({ folder, inThread: true, auditTimes });
  await vi.waitUntil(() => first.registry.audit.state()?.now !== undefined, { timeout: 60_000, interval: 5 });
  const { last } = first.registry.audit.state() ?? {};
  await first.registry.audit.close();
  expect(first.registry.audit.state()).toEqual({
    ...(last && { last }),
    now: { checked: expect.any(Number), size: 3_001, faults: [] },
  });
  await first.close();
  const second = await startServer({ folder, inThread: true, auditTimes });
  onTestFinished(second.close);
  const isNew = () => (second.registry.audit.state()?.last?.at ?? last?.at) !== last?.at;
  await vi.waitUntil(isNew, { timeout: 60_000 });
  expect(second.registry.audit.state()?.last).toMatchObject({ checked: 3_001, size: 3_001, faults: [] });
});
