import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { start as beginning, type EventStore, placeAfter } from '../../src/store/event-store.ts';
import { openEventStoreDb } from '../../src/store/eventstoredb/store.ts';
import { openSqliteStore } from '../../src/store/sqlite/store.ts';
import { startWireServer, type WireServer } from '../store/esdb-wire/server.ts';
import { newEvent } from '../store/events.ts';
import { copyOf, ended, get, newFolder, type Run, registry, serve, start, tokenFor } from './command-line.ts';
import { fillFolder } from './filled.ts';

/** Every run of a command is its own process. */
vi.setConfig({ testTimeout: 120_000 });

let filled: string;
beforeAll(async () => {
  filled = await fillFolder();
});
afterAll(() => rmSync(filled, { recursive: true, force: true }));

/** The wire server of the tests, not an EventStoreDB. */
const startWire = async (): Promise<WireServer> => {
  const server = await startWireServer();
  onTestFinished(server.close);
  return server;
};

const copy = (folder: string, from: string, to: string, ...more: readonly string[]): Promise<Run> =>
  registry(folder, ['copy', '--from', from, '--to', to, ...more]);

const inWire = async <T>(connectionString: string, work: (store: EventStore) => Promise<T>): Promise<T> => {
  const store = openEventStoreDb({ connectionString });
  try {
    return await work(store);
  } finally {
    await store.close();
  }
};

/** The ids of a store's events, grouped by append. */
const idsIn = async (store: EventStore): Promise<readonly (readonly string[])[]> => {
  const ids: string[][] = [];
  for (let place = beginning; ; ) {
    const page = await store.readAppends(place, 1_000);
    const last = page.at(-1)?.at(-1);
    if (last === undefined) return ids;
    ids.push(...page.map((append) => append.map(({ id }) => id)));
    place = placeAfter(last);
  }
};

const sqliteIn = (folder: string): string => `sqlite:${join(folder, 'data', 'events.db')}`;

/** Every row of a ledger's file. */
const rowsOf = (folder: string): readonly Record<string, unknown>[] => {
  const db = new DatabaseSync(join(folder, 'data', 'events.db'), { readOnly: true });
  try {
    return db.prepare('SELECT * FROM events ORDER BY entry_number').all();
  } finally {
    db.close();
  }
};

test('a registry that moves to the wire and back gives the same replay, byte for byte, for any day and any size', async () => {
  const old = copyOf(filled);
  const back = newFolder();
  const { connectionString: wire } = await startWire();
  const size = rowsOf(old).length;
  expect(await copy(old, 'sqlite:events.db', wire)).toMatchObject({
    code: 0,
    stdout: `${size} events, ${size} of them copied now; both stores hold the same events\n`,
  });
  expect(await copy(back, wire, 'sqlite:events.db')).toMatchObject({ code: 0 });
  expect(rowsOf(back)).toEqual(rowsOf(old));

  const instant = (entryNumber: number, addMs: number): string =>
    new Date(Number(rowsOf(old)[entryNumber]?.recorded_at) + addMs).toISOString();
  const views: readonly (readonly string[])[] = [
    ['--on', '2020-12-31'],
    ['--on', '2021-12-31', '--known-at', '0'],
    ['--on', '2021-12-31', '--known-at', '40'],
    ['--on', '2021-12-31', '--known-at', String(size - 1)],
    ['--on', '2020-06-30', '--known-at', instant(50, 0)],
    ['--on', '2021-12-31', '--known-at', instant(size - 1, -1)],
    ['--on', '2021-12-31', '--known-at', '2019-01-01T00:00:00Z'],
  ];
  for (const view of views) {
    const [first, ...others] = await Promise.all(
      [registry(old, ['replay', '--json', ...view]), registry(back, ['replay', '--json', ...view])].concat(
        registry(old, ['replay', '--json', ...view], { REGISTRY_STORE: wire }),
      ),
    );
    expect(first).toMatchObject({ code: 0 });
    for (const { stdout } of others) expect(stdout).toBe(first?.stdout);
  }
});

test('after the move the node serves the same numbers and trail, accepts the same tokens, and recognises every repeated command', async () => {
  const folder = copyOf(filled);
  const before = await serve(folder);
  const auditor = await tokenFor(folder, 'auditor');
  const trailOf = (url: string) => get(`${url}/api/v1/events?limit=500`, auditor);
  const shown = [await get(`${before.url}/api/v1/targets?on=2021-12-31`), await trailOf(before.url)];
  before.child.kill('SIGTERM');
  await ended(before.child);

  const { connectionString: wire } = await startWire();
  expect(await copy(folder, 'sqlite:events.db', wire)).toMatchObject({ code: 0 });
  const moved = { REGISTRY_STORE: wire };
  expect(JSON.parse((await registry(folder, ['status', '--json'], moved)).stdout)).toMatchObject({
    size: rowsOf(folder).length,
    readModel: null,
  });
  const after = await serve(folder, moved);
  const seen = { 'registry-position': await inWire(wire, (store) => store.end()) };
  const targets = await get(`${after.url}/api/v1/targets?on=2021-12-31`, undefined, seen);
  expect([targets, await trailOf(after.url)]).toEqual(shown);
  const again = await registry(
    folder,
    ['import', 'listings', 'samples/listings.csv', '--command', 'list', '--as', 'li.wei'],
    moved,
  );
  expect(again.stdout).toMatch(/^0 recorded, 0 submitted, 59 already there, 0 refused$/m);
});

const total = 3_500;

/** A folder with a ledger of many events, appended in groups of one, two or three. */
const manyEvents = async (): Promise<string> => {
  const folder = newFolder();
  mkdirSync(join(folder, 'data'));
  const store = openSqliteStore({ file: join(folder, 'data', 'events.db'), now: Date.now });
  const appends: Promise<unknown>[] = [];
  for (let count = 0; count < total; ) {
    const together = Math.min(1 + (appends.length % 3), total - count);
    const events = Array.from({ length: together }, () => newEvent());
    appends.push(store.append(`upgrade.factories-k${appends.length}`, 'none', events));
    count += together;
  }
  await Promise.all(appends);
  await store.close();
  return folder;
};

/** Resolves once a condition holds; checks it whenever this process is idle. */
const comesTrue = async (isSo: () => boolean): Promise<void> => {
  while (!isSo()) await new Promise(setImmediate);
};

const kill = async (child: ReturnType<typeof start>): Promise<void> => {
  child.kill('SIGKILL');
  await ended(child);
  expect(child.signalCode).toBe('SIGKILL');
};

const startCopy = (folder: string, from: string, to: string) => {
  const child = start('./registry', ['copy', '--from', from, '--to', to], folder);
  child.stdout.resume();
  child.stderr.resume();
  return child;
};

test('a copy that is killed again and again, in either direction, continues where it stopped and ends equal', {
  timeout: 150_000,
}, async () => {
  const old = await manyEvents();
  const server = await startWire();
  const { connectionString: wire, log } = server;
  const ours = () => log.records.filter(({ stream }) => stream.startsWith('upgrade.')).length;
  const all = rowsOf(old).map(({ id }) => id);
  for (const enough of [1, 400, 1_300]) {
    const child = startCopy(old, sqliteIn(old), wire);
    await comesTrue(() => log.records.length > enough && ours() >= enough);
    await kill(child);
    const there = await inWire(wire, idsIn);
    expect(there.flat()).toEqual(all.slice(0, there.flat().length));
    expect(there.flat().length).toBeLessThan(total);
  }
  const copied = ours();
  const done = await copy(old, sqliteIn(old), wire, '--json');
  expect(done).toMatchObject({ code: 0 });
  expect(JSON.parse(done.stdout)).toEqual({ outcome: 'copied', size: total, copied: total - copied });

  const back = newFolder();
  for (let round = 0; round < 2; round += 1) {
    const before = server.calls().subscribe;
    const child = startCopy(back, wire, 'sqlite:events.db');
    // The first event's form is looked at, the ledger's size is asked for, and erasures are looked for in two pages and at
    // the end; then one page after the other, each once the one before is in the target.
    await comesTrue(() => server.calls().subscribe > before + 6 + round);
    await kill(child);
    expect(rowsOf(back).length).toBeGreaterThanOrEqual(1_000);
    expect(rowsOf(back).length).toBeLessThan(total);
    expect(rowsOf(back)).toEqual(rowsOf(old).slice(0, rowsOf(back).length));
  }
  expect(await copy(back, wire, 'sqlite:events.db')).toMatchObject({ code: 0 });
  expect(rowsOf(back)).toEqual(rowsOf(old));
});

test('a registry is copied while it serves, and a second copy takes what was recorded since', async () => {
  const folder = copyOf(filled);
  const { url, child } = await serve(folder);
  const { connectionString: wire } = await startWire();
  const size = rowsOf(folder).length;
  expect(await copy(folder, 'sqlite:events.db', wire)).toMatchObject({ code: 0 });
  const token = await tokenFor(folder, 'clerk');
  const nominated = await fetch(`${url}/api/v1/factories/later/nominate`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ effectiveOn: '2020-01-10', name: '后来', sector: 'automobiles', district: 'pudong' }),
  });
  expect(nominated.status).toBe(201);
  child.kill('SIGTERM');
  await ended(child);
  expect(await copy(folder, 'sqlite:events.db', wire)).toMatchObject({
    code: 0,
    stdout: `${size + 1} events, 1 of them copied now; both stores hold the same events\n`,
  });
});

test('a target that a server has open is refused, and so is one in which a server has adopted the plan', async () => {
  const folder = copyOf(filled);
  const other = newFolder();
  const { child } = await serve(other);
  const before = rowsOf(other);
  const inUse = await copy(folder, 'sqlite:events.db', sqliteIn(other));
  expect(inUse).toMatchObject({ code: 1, stdout: '' });
  expect(inUse.stderr).toMatch(/^registry: 目标正被另一进程使用.* \/ another process has the target open/m);
  child.kill('SIGTERM');
  await ended(child);
  const differs = await copy(folder, 'sqlite:events.db', sqliteIn(other), '--json');
  expect(differs).toMatchObject({ code: 1 });
  expect(JSON.parse(differs.stdout)).toEqual({ outcome: 'target-differs', entryNumber: 0 });
  const said = await copy(folder, 'sqlite:events.db', sqliteIn(other));
  expect(said.stderr).toMatch(/^registry: 目标与来源的开头不一致.*第 0 条.* \/ .*from entry 0 on/m);
  expect(rowsOf(other)).toEqual(before);
});

test('no server starts on a target while a copy has it open', async () => {
  const folder = newFolder();
  mkdirSync(join(folder, 'data'));
  const target = openSqliteStore({ file: join(folder, 'data', 'events.db'), now: Date.now, alone: true });
  onTestFinished(target.close);
  const refused = await registry(folder, ['serve']);
  expect(refused).toMatchObject({ code: 1, stdout: '' });
  expect(refused.stderr).toMatch(
    /^registry: The event store .*events\.db is unavailable: another process has it open\.$/m,
  );
});

test('a source that is empty or missing is refused, and so is a copy of a store to itself', async () => {
  const folder = newFolder();
  const { connectionString: wire } = await startWire();
  const usage: readonly (readonly [string, string, RegExp])[] = [
    ['sqlite:events.db', wire, /--from sqlite:events\.db: there is no file .*events\.db$/m],
    ['sqlite:a.db', 'sqlite:./a.db', /--from and --to are both sqlite:.*a\.db$/m],
    ['postgres://db', wire, /--from: expected sqlite:FILE or esdb:/],
    [wire, 'events.db', /--to: expected sqlite:FILE or esdb:/],
  ];
  for (const [from, to, message] of usage) {
    const run = await copy(folder, from, to);
    expect(run).toMatchObject({ code: 2, stdout: '' });
    expect(run.stderr).toMatch(message);
  }
  expect(readdirSync(folder)).toEqual([]);
  const empty = await copy(folder, wire, 'sqlite:events.db');
  expect(empty).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('the source holds no events') });
});
