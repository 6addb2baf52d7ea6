import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { csv } from '../imports/spreadsheet.ts';
import { wireErrors } from '../store/esdb-wire/faults.ts';
import { startWireServer, type WireServer } from '../store/esdb-wire/server.ts';
import { ended, get, lineOf, newFolder, registry, type Server, serve, start, tokenFor } from './command-line.ts';

/** A registry in its own process, on a store that is unavailable; the store is the tests' wire server. */

vi.setConfig({ testTimeout: 120_000 });

const startStore = async (): Promise<WireServer> => {
  const store = await startWireServer();
  onTestFinished(() => store.close());
  return store;
};

const settingsFor = ({ port }: WireServer) => ({
  REGISTRY_STORE: `esdb://registry:secret@127.0.0.1:${port}?tls=false&defaultDeadline=2000`,
});

/** Polls a server's health until it is in a state, for a reason. */
const becomes = async ({ url }: Server, state: string, why = '', auditor = '') => {
  const headers = auditor === '' ? {} : { authorization: `Bearer ${auditor}` };
  for (;;) {
    const response = await fetch(`${url}/health/ready`, { headers });
    const health = (await response.json()) as { state: string; size: number; detail?: string };
    if (health.state === state && (health.detail ?? '').includes(why)) return { status: response.status, ...health };
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
};

const nominate = async ({ url }: Server, token: string) => {
  const body = { effectiveOn: '2020-01-10', name: '康桥', sector: 'automobiles', district: 'pudong' };
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'idempotency-key': 'once' };
  const request = { method: 'POST', headers, body: JSON.stringify(body) };
  return fetch(`${url}/api/v1/factories/kangqiao/nominate`, request);
};

test('a server that starts while its store is unavailable listens, says so, refuses commands for now, and recovers by itself', async () => {
  const [folder, store] = [newFolder(), await startStore()];
  await store.stop();
  const server = await serve(folder, settingsFor(store));
  expect(await becomes(server, 'store-away')).toEqual({ status: 503, state: 'store-away', size: 0 });
  const away = await becomes(server, 'store-away', '', await tokenFor(folder, 'auditor'));
  expect(away).toMatchObject({
    status: 503,
    size: 0,
    detail: expect.stringMatching(/^The event store esdb:\S+ is unavailable/),
  });
  expect(away.detail).not.toContain('secret');
  const clerk = await tokenFor(folder, 'clerk');
  const refused = await nominate(server, clerk);
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1']);
  const read = await fetch(`${server.url}/api/v1/plans`);
  expect([read.status, read.headers.get('retry-after')]).toEqual([503, '1']);
  expect(store.log.records).toEqual([]);

  await store.start();
  expect(await becomes(server, 'ready')).toMatchObject({ status: 200, size: 1 });
  expect((await nominate(server, clerk)).status).toBe(201);
  expect(await get(`${server.url}/api/v1/plans`)).toMatchObject({ items: [{ key: 'shanghai-2019-2021' }] });
});

test('a server that knows a ledger serves what it knows while the store is unavailable, and stops on request', async () => {
  const [folder, store] = [newFolder(), await startStore()];
  const first = await serve(folder, settingsFor(store));
  const clerk = await tokenFor(folder, 'clerk');
  expect((await nominate(first, clerk)).status).toBe(201);
  while ((await becomes(first, 'ready')).size < 2);
  first.child.kill('SIGTERM');
  expect(await ended(first.child)).toBe(0);

  store.fail('read', { do: 'fail', error: wireErrors.unauthenticated() }, Number.POSITIVE_INFINITY);
  const second = await serve(folder, settingsFor(store));
  const refuses = "refuses the registry's user; check the credentials and the access lists";
  await becomes(second, 'store-away', refuses, await tokenFor(folder, 'auditor'));
  expect(await get(`${second.url}/api/v1/factories/kangqiao`)).toMatchObject({ name: '康桥', size: 2 });
  expect((await nominate(second, clerk)).status).toBe(503);
  const began = performance.now();
  second.child.kill('SIGTERM');
  expect(await ended(second.child)).toBe(0);
  expect(performance.now() - began).toBeLessThan(5_000);

  store.heal();
  store.fail('read', { do: 'hang' }, 2);
  const third = await serve(folder, settingsFor(store));
  expect(await becomes(third, 'ready')).toMatchObject({ size: 2 });
  const again = await nominate(third, clerk);
  expect([again.status, again.headers.get('idempotent-replayed')]).toEqual([201, 'true']);
});

test('a server that finds another ledger in its store, once that is available, serves that one', async () => {
  const [folder, one, other] = [newFolder(), await startStore(), await startStore()];
  const first = await serve(folder, settingsFor(one));
  const clerk = await tokenFor(folder, 'clerk');
  await nominate(first, clerk);
  while ((await becomes(first, 'ready')).size < 2);
  first.child.kill('SIGKILL');
  await ended(first.child);
  await other.stop();
  const second = await serve(folder, settingsFor(other));
  expect(await becomes(second, 'store-away')).toMatchObject({ size: 2 });
  await other.start();
  expect(await becomes(second, 'ready')).toMatchObject({ size: 1 });
  await expect(get(`${second.url}/api/v1/factories/kangqiao`)).rejects.toThrow('404');
});

test('an import that a killed process left continues once the store is available again', async () => {
  const [folder, store] = [newFolder(), await startStore()];
  const file = join(folder, 'rows.csv');
  const rows = Array.from({ length: 300 }, (_, n) => [`k${n}`, `第 ${n} 厂`, '汽车', '浦东', '2020-12-22']);
  writeFileSync(file, csv(['编号', '工厂名称', '行业', '区', '日期'], ...rows));
  const child = start('./registry', ['import', 'factories', file, '--as', 'li.wei'], folder, settingsFor(store));
  const [, id] = await lineOf(child, /^import (\S+)/);
  while (store.log.records.filter(({ type }) => type === 'FactoryNominated').length < 50)
    await new Promise((resolve) => setTimeout(resolve, 2));
  child.kill('SIGKILL');
  await ended(child);
  await store.stop();
  const server = await serve(folder, settingsFor(store));
  await becomes(server, 'store-away');
  await store.start();
  await becomes(server, 'ready');
  const auditor = await tokenFor(folder, 'auditor');
  const stream = await fetch(`${server.url}/api/v1/imports/${id}`, {
    headers: { authorization: `Bearer ${auditor}`, accept: 'text/event-stream' },
  });
  await stream.text();
  const { import: done } = await get(`${server.url}/api/v1/imports/${id}`, auditor);
  expect(done).toMatchObject({ state: 'finished', recorded: 300, alreadyThere: 0, refused: 0 });
  expect(store.log.records.filter(({ type }) => type === 'FactoryNominated')).toHaveLength(300);
});

test.each([['status'], ['replay'], ['rebuild'], ['import', 'factories', 'samples/factories.csv']])(
  'without its store, %s says in one line that the store is unavailable, and exits with 1',
  async (...args) => {
    const store = await startStore();
    await store.stop();
    const { code, stdout, stderr } = await registry(newFolder(), args, settingsFor(store));
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    const lines = stderr.split('\n').filter((line) => line !== '' && !line.startsWith('events ')); // its progress bar
    expect(lines).toEqual([
      expect.stringMatching(/^registry: The event store esdb:\/\/127\.0\.0\.1:\d+ is unavailable: /),
    ]);
  },
);

test('a node that reads the ledger for the first time answers no read with less than the ledger holds', async () => {
  const store = await startStore();
  const first = await serve(newFolder(), settingsFor(store));
  await becomes(first, 'ready');
  store.fail('subscribe', { do: 'hang' }, Number.POSITIVE_INFINITY);
  const folder = newFolder();
  const second = await serve(folder, settingsFor(store));
  expect(await becomes(second, 'catching-up')).toEqual({ status: 503, state: 'catching-up', size: 0 });
  for (const path of ['targets', 'plans', 'factories', 'factories/kangqiao', 'measures', 'live']) {
    const read = await fetch(`${second.url}/api/v1/${path}`);
    await read.body?.cancel();
    expect([path, read.status, read.headers.get('retry-after')]).toEqual([path, 503, '1']);
  }
  store.heal();
  store.cut();
  expect(await becomes(second, 'ready')).toMatchObject({ size: 1, storeSize: 1 });
  expect((await fetch(`${second.url}/api/v1/targets`)).status).toBe(200);
});
