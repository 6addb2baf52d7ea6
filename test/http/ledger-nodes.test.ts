import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { openCheckpoint, parseCheckpoint } from '../../src/ledger/checkpoint.ts';
import { ledgerKeyOf } from '../../src/ledger/opening.ts';
import { makeBackup } from '../../src/maintenance/backup.ts';
import { copyLedger } from '../../src/maintenance/copy.ts';
import { restoreBackup } from '../../src/maintenance/restore.ts';
import { openEventStoreDb } from '../../src/store/eventstoredb/store.ts';
import { mth } from '../ledger/naive-tree.ts';
import { sound } from '../ledger/signing.ts';
import { startWireServer, type WireServer } from '../store/esdb-wire/server.ts';
import { nomination } from './office.ts';
import { startServer, type TestServer } from './server.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let first: TestServer;
let store: WireServer;

beforeAll(async () => {
  first = await startServer({ inThread: true });
  store = await startWireServer();
  for (let n = 0; n < 20; n += 1) await nominate(first, `f-${n}`);
});
afterAll(async () => {
  await first?.close();
  await store?.close();
});

const nominate = async (node: TestServer, key: string): Promise<void> => {
  const token = await node.token('clerk');
  const { status } = await node.post(`/api/v1/factories/${key}/nominate`, nomination, { token });
  expect(status).toBe(201);
};

/** What a node publishes once it covers a size. */
const signedBy = async (node: TestServer, size: number) => {
  expect(await node.registry.ledger.reached(size, 60_000)).toBe(true);
  const { text } = await node.get('/ledger/checkpoint');
  const { origin } = node.registry.config;
  const { verifier } = ledgerKeyOf(node.registry.config);
  const { size: signed, root } = sound(openCheckpoint(Buffer.from(text), { origin, keys: [verifier] }));
  return { size: signed, root: root.toString('base64') };
};

const leavesOf = async (node: TestServer): Promise<readonly Buffer[]> => {
  const headers = { accept: 'application/x-ndjson' };
  const { text } = await node.get('/api/v1/events', { token: await node.token('auditor'), headers });
  return text
    .trimEnd()
    .split('\n')
    .map((line) => Buffer.from(line));
};

test('the same log has the same root in a file, restored from a backup, and copied to a store', async () => {
  const signed = await signedBy(first, 21);
  expect(signed).toEqual({ size: 21, root: mth(await leavesOf(first)).toString('base64') });

  const folder = mkdtempSync(join(tmpdir(), 'upgrade-registry-test-'));
  const backup = join(folder, 'backup.db');
  const quietly = () => {};
  await makeBackup({ ledger: join(first.folder, 'events.db'), others: {} }, backup, Date.now, quietly);
  const restored = join(folder, 'restored');
  await restoreBackup(backup, { ledger: join(restored, 'events.db'), others: {} }, quietly);
  const second = await startServer({ inThread: true, folder: restored });
  expect(await signedBy(second, 21)).toEqual(signed);
  await second.close();

  const target = openEventStoreDb({ connectionString: store.connectionString });
  await copyLedger(first.registry.store, target, quietly);
  await target.close();
  const third = await startServer({ inThread: true, environment: { REGISTRY_STORE: store.connectionString } });
  expect(await signedBy(third, 21)).toEqual(signed);
  await third.close();
});

test('two nodes on one store that record and sign in turns never sign a fork, and publish the same; one that ends is followed', async () => {
  const shared = await startWireServer();
  const keys = mkdtempSync(join(tmpdir(), 'upgrade-registry-test-'));
  const environment = { REGISTRY_STORE: shared.connectionString, REGISTRY_KEYS: keys };
  const [a, b] = [
    await startServer({ inThread: true, environment }),
    await startServer({ inThread: true, environment }),
  ];
  for (let n = 0; n < 12; n += 1) {
    await nominate(n % 2 === 0 ? a : b, `f-${n}`);
    if (n % 4 === 3) await Promise.all([signedBy(a, n + 2), signedBy(b, n + 2)]);
  }
  expect(await signedBy(a, 13)).toEqual(await signedBy(b, 13));
  expect(a.registry.ledger.fault()).toBeUndefined();
  await a.close();
  await nominate(b, 'after');
  expect(await signedBy(b, 14)).toMatchObject({ size: 14 });

  const leaves = await leavesOf(b);
  const checkpoints = shared.log.records
    .filter(({ stream }) => stream === `ledger-checkpoints-${b.registry.config.origin}`)
    .map(({ data }) => parseCheckpoint(JSON.parse(Buffer.from(data).toString()).note.split('\n\n')[0].concat('\n')));
  expect(checkpoints.length).toBeGreaterThan(3);
  let before = 0;
  for (const checkpoint of checkpoints) {
    expect(checkpoint?.size).toBeGreaterThan(before);
    before = checkpoint?.size ?? 0;
    expect(checkpoint?.root).toEqual(mth(leaves.slice(0, before)));
  }
  expect(b.registry.ledger.fault()).toBeUndefined();
  await b.close();
  await shared.close();
});

test('two nodes on one store with keys of their own do not sign over each other: the second one says that another key has signed', async () => {
  const shared = await startWireServer();
  const environment = { REGISTRY_STORE: shared.connectionString };
  const a = await startServer({ inThread: true, environment });
  await signedBy(a, 1);
  const b = await startServer({ inThread: true, environment });
  await vi.waitUntil(() => b.registry.ledger.fault() !== undefined, { timeout: 60_000 });
  expect(b.registry.ledger.fault()).toMatchObject({ fault: 'other-key' });
  expect(b.registry.ledger.published()).toBeUndefined();
  await Promise.all([a.close(), b.close()]);
  await shared.close();
});
