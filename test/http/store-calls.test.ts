import { afterEach, expect, test } from 'vitest';
import type { WireServer } from '../store/esdb-wire/server.ts';
import { closeAll, startServer as startStore } from '../store/esdb-wire/stores.ts';
import { nomination } from './office.ts';
import { startServer, type TestServer } from './server.ts';

/** How many calls a command costs on EventStoreDB, counted by the wire server. */

const opened: TestServer[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((node) => node.close()));
  await closeAll();
});

const openNode = async (store: WireServer) => {
  const node = await startServer({ environment: { REGISTRY_STORE: store.connectionString } });
  opened.push(node);
  const token = await node.token('clerk', 'li.wei');
  const send = async (key: string, command: string, body: object, headers: Readonly<Record<string, string>> = {}) => {
    const before = store.calls();
    const { status } = await node.post(`/api/v1/factories/${key}/${command}`, body, { token, headers });
    const { append, read } = store.calls();
    return { status, appends: append - before.append, reads: read - before.read };
  };
  /** A node that has just recorded something knows where the log is. The first command of a process may read. */
  const warm = async (key: string) => {
    expect(await send(key, 'nominate', nomination)).toMatchObject({ status: 201 });
  };
  return { node, send, warm };
};

const amend = { effectiveOn: '2020-12-30', name: '新名' };
const once = { 'idempotency-key': 'once' };

test('a command is one append and no read, on a new entry, on a known one, and right after a restart', async () => {
  const store = await startStore();
  const first = await openNode(store);
  await first.warm('a');
  expect(await first.send('b', 'nominate', nomination, once)).toEqual({ status: 201, appends: 1, reads: 0 });
  expect(await first.send('b', 'amend', amend, { 'if-match': '"0"' })).toEqual({ status: 201, appends: 1, reads: 0 });
  const repeat = await first.send('b', 'nominate', nomination, once);
  expect(repeat.status).toBe(201);
  expect(repeat.appends).toBeLessThanOrEqual(1);
  expect(repeat.reads).toBeLessThanOrEqual(1);
  await first.node.close();
  opened.pop();

  const second = await openNode(store);
  await second.warm('c');
  expect(await second.send('d', 'nominate', nomination)).toEqual({ status: 201, appends: 1, reads: 0 });
  expect(await second.send('d', 'amend', amend, { 'if-match': '"0"' })).toEqual({ status: 201, appends: 1, reads: 0 });
  const late = await second.send('b', 'nominate', nomination, once);
  expect(late.status).toBe(201);
  expect(late.appends).toBeLessThanOrEqual(1);
  expect(late.reads).toBeLessThanOrEqual(1);
});
