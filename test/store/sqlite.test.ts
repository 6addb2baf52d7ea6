import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, expect, test, vi } from 'vitest';
import { type EventStore, StoreUnavailable, start } from '../../src/store/event-store.ts';
import {
  openSqliteStore,
  type SqliteOptions,
  StoreCorrupt,
  StoreInUse,
  StoreTooNew,
} from '../../src/store/sqlite/store.ts';
import { storeContract } from './contract.ts';
import { newEvent, newStream, readOn, recorded } from './events.ts';

const folder = mkdtempSync(join(tmpdir(), 'upgrade-sqlite-'));
const opened: EventStore[] = [];
let files = 0;

/** The longest that a timer can wait. */
const neverMs = 2 ** 31 - 1;

const newFile = (): string => {
  files += 1;
  mkdirSync(join(folder, String(files)));
  return join(folder, String(files), 'ledger.sqlite');
};
const open = (file: string, options: Partial<SqliteOptions> = {}): EventStore => {
  const store = openSqliteStore({ file, now: Date.now, ...options });
  opened.push(store);
  return store;
};
const closeAll = async (): Promise<void> => {
  for (const store of opened.splice(0)) await store.close();
};

storeContract('SQLite', async () => {
  const file = newFile();
  const handles: EventStore[] = [];
  const handleOn = (file: string): EventStore => {
    const store = openSqliteStore({ file, now: Date.now });
    handles.push(store);
    return store;
  };
  return {
    store: handleOn(file),
    another: async () => handleOn(file),
    empty: async () => {
      const own = newFile();
      return { store: handleOn(own), other: handleOn(own), prefix: 'upgrade.' };
    },
    close: async () => {
      for (const store of handles) await store.close();
    },
  };
});

afterEach(closeAll);
afterAll(() => rmSync(folder, { recursive: true }));

test('appends that arrive in one turn share one transaction, each decided for itself', async () => {
  const file = newFile();
  const store = open(file);
  const [taken, repeated] = [newStream(), newStream()];
  const event = newEvent();
  await store.append(taken, 'none', [newEvent()]);
  const before = commitsInWal(file);
  const answers = await Promise.all([
    ...Array.from({ length: 100 }, () => store.append(newStream(), 'none', [newEvent()])),
    store.append(taken, 'none', [newEvent()]),
    store.append(repeated, 'none', [event]),
    store.append(repeated, 'none', [event]),
    store.append(repeated, 0, [newEvent()]),
  ]);
  expect(commitsInWal(file)).toBe(before + 1);
  expect(answers.slice(0, 100).every((answer) => answer.appended && !answer.repeated)).toBe(true);
  expect(answers.slice(100)).toMatchObject([
    { appended: false, current: 0 },
    { appended: true, repeated: false },
    { appended: true, repeated: true },
    { appended: true, repeated: false },
  ]);
  expect(await store.size()).toBe(103);
});

test('an append is answered only when the whole group is committed', async () => {
  const file = newFile();
  const store = open(file);
  const reader = new DatabaseSync(file, { readOnly: true });
  const count = () => reader.prepare('SELECT count(*) AS n FROM events').get()?.n;
  const seen = Array.from({ length: 10 }, () => store.append(newStream(), 'none', [newEvent()]).then(count));
  expect(count()).toBe(0);
  expect(await Promise.all(seen)).toEqual(Array.from({ length: 10 }, () => 10));
  reader.close();
});

test('entry numbers start at 0 and a position is the number of events up to it', async () => {
  const store = open(newFile());
  await store.append(newStream(), 'none', [newEvent(), newEvent()]);
  const places = (await readOn(store, start)).map(({ entryNumber, position }) => ({ entryNumber, position }));
  expect(places).toEqual([
    { entryNumber: 0, position: '1' },
    { entryNumber: 1, position: '2' },
  ]);
});

test('a clock that goes backwards never makes an event older than the one before it, also after a restart', async () => {
  const file = newFile();
  let clock = Date.parse('2020-01-01T00:00:00.500Z');
  const now = () => clock;
  const first = open(file, { now });
  await first.append(newStream(), 'none', [newEvent()]);
  clock -= 3_600_000;
  await first.append(newStream(), 'none', [newEvent()]);
  await first.close();
  const second = open(file, { now });
  await second.append(newStream(), 'none', [newEvent()]);
  clock += 3_600_001.7;
  await second.append(newStream(), 'none', [newEvent()]);
  expect((await readOn(second, start)).map((event) => event.recordedAt)).toEqual([
    '2020-01-01T00:00:00.500Z',
    '2020-01-01T00:00:00.500Z',
    '2020-01-01T00:00:00.500Z',
    '2020-01-01T00:00:00.501Z',
  ]);
});

test('closing finishes the appends that are in flight', async () => {
  const file = newFile();
  const store = open(file);
  const answers = Array.from({ length: 10 }, () => store.append(newStream(), 'none', [newEvent()]));
  await store.close();
  expect((await Promise.all(answers)).every((answer) => answer.appended)).toBe(true);
  expect(await open(file).size()).toBe(10);
});

test('a follower whose store is closed is told so', async () => {
  const store = open(newFile(), { pollMs: neverMs });
  const next = store.follow(start, new AbortController().signal)[Symbol.asyncIterator]().next();
  await store.close();
  await expect(next).rejects.toBeInstanceOf(StoreUnavailable);
});

test("a follower is woken at once by its own process's appends and by an abort, without looking", async () => {
  const store = open(newFile(), { pollMs: neverMs });
  const abort = new AbortController();
  const events = store.follow(start, abort.signal)[Symbol.asyncIterator]();
  const next = events.next();
  const [event] = recorded(await store.append(newStream(), 'none', [newEvent()]));
  expect((await next).value).toEqual([event]);
  const end = events.next();
  for (let turn = 0; turn < 3; turn += 1) await nextTurn(); // by now it waits
  abort.abort();
  expect((await end).done).toBe(true);
});

test("a follower looks for other processes' appends every 50 ms, and only while somebody follows", async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  try {
    const file = newFile();
    const [store, other] = [open(file), open(file)];
    expect(vi.getTimerCount()).toBe(0);
    const abort = new AbortController();
    const events = store.follow(start, abort.signal)[Symbol.asyncIterator]();
    const next = events.next();
    expect(vi.getTimerCount()).toBe(1);
    await vi.advanceTimersByTimeAsync(50);
    const [event] = recorded(await other.append(newStream(), 'none', [newEvent()]));
    await vi.advanceTimersByTimeAsync(50);
    expect((await next).value).toEqual([event]);
    abort.abort();
    expect((await events.next()).done).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  } finally {
    vi.useRealTimers();
  }
});

test('catching up with a long ledger lets other work go on between the batches', async () => {
  const store = open(newFile());
  await store.append(
    newStream(),
    'none',
    Array.from({ length: 5_000 }, () => newEvent()),
  );
  const abort = new AbortController();
  const sizes: number[] = [];
  for await (const batch of store.follow(start, abort.signal)) {
    sizes.push(batch.length);
    if (sizes.length === 1) setImmediate(() => abort.abort());
  }
  expect(sizes.every((size) => size === 1_000)).toBe(true);
  expect(sizes.length).toBeLessThan(5);
});

test('two processes that write to one new file at the same time lose nothing and leave no gap', async () => {
  const file = newFile();
  const writers = [startWriter(file, 'upgrade.one', 50), startWriter(file, 'upgrade.two', 50)];
  await Promise.all(writers.map(({ ready }) => ready));
  for (const { child } of writers) child.stdin?.end('go\n');
  const exits = await Promise.all(writers.map(({ exited }) => exited));
  expect(exits).toEqual([0, 0]);
  const acknowledged = writers.flatMap(({ lines }) => lines());
  const events = await readOn(open(file), start);
  expect(acknowledged).toHaveLength(400);
  expect(events.map((event) => `${event.stream} ${event.revision} ${event.id}`).sort()).toEqual(acknowledged.sort());
  expect(events.map((event) => event.entryNumber)).toEqual(events.map((_, index) => index));
  const times = events.map((event) => event.recordedAt);
  expect(times).toEqual([...times].sort());
});

test('after kill -9 every event that was acknowledged is there, and no half of anything', async () => {
  const file = newFile();
  for (const [round, enough] of [1, 40, 150].entries()) {
    const prefix = `upgrade.killed${round}`;
    const { child, exited, lines } = startWriter(file, prefix, 0);
    child.stdin?.end('go\n');
    child.stdout?.on('data', () => lines().length >= enough && child.kill('SIGKILL'));
    await exited;
    expect(child.signalCode).toBe('SIGKILL');
    const store = open(file);
    const events = await readOn(store, start);
    const there = events.map((event) => `${event.stream} ${event.revision} ${event.id}`);
    expect(there).toEqual(expect.arrayContaining([...lines()]));
    expect(events.map((event) => event.entryNumber)).toEqual(events.map((_, index) => index));
    for (const lane of [1, 2, 3, 4]) {
      const stream = await store.readStream(`${prefix}-${lane}`);
      expect(stream.map((event) => event.data.data.name)).toEqual(stream.map((_, at) => `${prefix}-${lane} ${at}`));
    }
    expect((await store.append(newStream(), 'none', [newEvent()])).appended).toBe(true);
    await store.close();
  }
});

test.each<[string, (file: string) => void]>([
  ['that is no database', (file) => writeFileSync(file, '统一社会信用代码,名称\n'.repeat(1_000))],
  ['whose beginning was overwritten', (file) => overwrite(file, 0, 100)],
  ['whose table of contents was overwritten', (file) => overwrite(file, 100, 1_000)],
  ['that was cut off', (file) => writeFileSync(file, readFileSync(file).subarray(0, 3_000))],
  ['of another program', (file) => another(file)],
])('a file %s is refused by its name, and nothing is overwritten', async (_, damage) => {
  const file = newFile();
  const store = open(file);
  await store.append(newStream(), 'none', [newEvent()]);
  await store.close();
  damage(file);
  const before = readFileSync(file);
  expect(() => open(file)).toThrow(StoreCorrupt);
  expect(() => open(file)).toThrow(file);
  expect(readFileSync(file).equals(before)).toBe(true);
  expect(readdirSync(join(file, '..'))).toEqual(['ledger.sqlite']);
});

test('damage in the middle of a file is reported when it is read', async () => {
  const file = newFile();
  const store = open(file);
  await store.append(
    newStream(),
    'none',
    Array.from({ length: 200 }, () => newEvent()),
  );
  await store.close();
  overwrite(file, 4_096, 4_096 * 6);
  await expect(readOn(open(file), start)).rejects.toThrow(StoreCorrupt);
});

test('a file of a newer layout is refused and left as it is', async () => {
  const file = newFile();
  await open(file).close();
  const raw = new DatabaseSync(file);
  raw.exec('PRAGMA user_version = 2');
  raw.close();
  const before = readFileSync(file);
  expect(() => open(file)).toThrow(StoreTooNew);
  expect(() => open(file)).toThrow(`${file} has layout 2`);
  expect(readFileSync(file).equals(before)).toBe(true);
});

test('a file in a folder that is not there is away', () => {
  expect(() => open(join(folder, 'nowhere', 'ledger.sqlite'))).toThrow(StoreUnavailable);
});

test('while another process keeps the file locked appends are refused and reads go on; then appends go on', async () => {
  const file = newFile();
  const store = open(file, { busyTimeoutMs: 1 });
  const stream = newStream();
  await store.append(stream, 'none', [newEvent()]);
  const raw = new DatabaseSync(file);
  raw.exec('BEGIN IMMEDIATE');
  const refused = await Promise.allSettled([
    store.append(stream, 0, [newEvent()]),
    store.append(newStream(), 'none', [newEvent()]),
  ]);
  expect(refused.map((each) => each.status === 'rejected' && each.reason)).toEqual([
    expect.any(StoreUnavailable),
    expect.any(StoreUnavailable),
  ]);
  expect(await store.readStream(stream)).toHaveLength(1);
  raw.exec('ROLLBACK');
  raw.close();
  expect(recorded(await store.append(stream, 0, [newEvent()]))[0]).toMatchObject({ revision: 1, entryNumber: 1 });
});

test('a file that is opened alone is refused where anybody has it open, and to everybody else until it is closed', async () => {
  const file = newFile();
  const store = open(file);
  await store.append(newStream(), 'none', [newEvent()]);
  expect(() => open(file, { alone: true, busyTimeoutMs: 1 })).toThrow(StoreInUse);
  expect((await store.append(newStream(), 'none', [newEvent()])).appended).toBe(true);
  await store.close();
  const alone = open(file, { alone: true });
  expect(() => open(file, { busyTimeoutMs: 1 })).toThrow(StoreInUse);
  expect(() => open(file, { alone: true, busyTimeoutMs: 1 })).toThrow(StoreInUse);
  expect((await alone.append(newStream(), 'none', [newEvent()])).appended).toBe(true);
  await alone.close();
  expect(await open(file).size()).toBe(3);
});

test('a new file can be opened alone too', async () => {
  const file = newFile();
  const alone = open(file, { alone: true });
  expect(() => open(file, { busyTimeoutMs: 1 })).toThrow(StoreInUse);
  await alone.append(newStream(), 'none', [newEvent()]);
  await alone.close();
  expect(await open(file).size()).toBe(1);
});

test('what breaks while a group is decided leaves nothing of the group, and appends go on', async () => {
  const times = [1, 2, Number.NaN, 3];
  const store = open(newFile(), { now: () => times.shift() ?? 0 });
  await store.append(newStream(), 'none', [newEvent()]);
  const broken = [newStream(), newStream()].map((stream) => store.append(stream, 'none', [newEvent()]));
  expect((await Promise.allSettled(broken)).map((each) => each.status)).toEqual(['rejected', 'rejected']);
  expect(await store.size()).toBe(1);
  expect(recorded(await store.append(newStream(), 'none', [newEvent()]))[0]?.entryNumber).toBe(1);
});

test('where the file is full a whole group is refused, nothing of it recorded, and what fits still goes in', async () => {
  const file = newFile();
  const store = open(file, { limitBytes: 400_000 });
  const big = () => newEvent({ name: 'x'.repeat(60_000) });
  const filling = async (): Promise<unknown> => {
    for (;;) await store.append(newStream(), 'none', [big()]);
  };
  await expect(filling()).rejects.toBeInstanceOf(StoreUnavailable);
  const size = await store.size();
  const refused = await Promise.allSettled([
    store.append(newStream(), 'none', [newEvent()]),
    store.append(newStream(), 'none', [big()]),
  ]);
  expect(refused.map((each) => each.status)).toEqual(['rejected', 'rejected']);
  expect(await store.size()).toBe(size);
  expect((await store.append(newStream(), 'none', [newEvent()])).appended).toBe(true);
  await store.close();
  const events = await readOn(open(file), start);
  expect(events.map((event) => event.entryNumber)).toEqual(Array.from({ length: size + 1 }, (_, index) => index));
});

test.skipIf(process.platform !== 'linux')(
  'where the disk refuses to write a whole group is refused, and appends go on when the disk does',
  async () => {
    const file = newFile();
    const script = fileURLToPath(new URL('./limited-writer.ts', import.meta.url));
    const output = execFileSync('/usr/bin/prlimit', ['--fsize=300000:unlimited', process.execPath, script, file], {
      timeout: 10_000,
    });
    const { acknowledged, refusals, sizeWhenRefused } = JSON.parse(output.toString());
    expect(refusals).toEqual(Array.from({ length: 5 }, () => 'StoreUnavailable'));
    expect(sizeWhenRefused).toBeGreaterThan(0);
    expect(acknowledged).toHaveLength(sizeWhenRefused + 5);
    const events = await readOn(open(file), start);
    expect(events.map((event) => event.id).sort()).toEqual(acknowledged.sort());
  },
);

/** The transactions in a write-ahead log that was never begun anew (https://sqlite.org/fileformat.html §4.1). */
const commitsInWal = (file: string): number => {
  const wal = readFileSync(`${file}-wal`);
  let commits = 0;
  for (let frame = 32; frame < wal.length; frame += 24 + 4_096) if (wal.readUInt32BE(frame + 4) > 0) commits += 1;
  return commits;
};

const overwrite = (file: string, from: number, to: number): void =>
  writeFileSync(file, readFileSync(file).fill(0xa5, from, to));

const another = (file: string): void => {
  rmSync(file);
  const raw = new DatabaseSync(file);
  raw.exec('CREATE TABLE events (id); PRAGMA user_version = 1');
  raw.close();
};

type Writer = {
  readonly child: ChildProcess;
  readonly ready: Promise<unknown>;
  readonly exited: Promise<unknown>;
  /** What was acknowledged so far. */
  readonly lines: () => string[];
};

/** Starts `writer.ts`; it begins when it is sent a line. */
const startWriter = (file: string, prefix: string, count: number): Writer => {
  const script = fileURLToPath(new URL('./writer.ts', import.meta.url));
  const child = spawn(process.execPath, [script, file, prefix, String(count)], { stdio: ['pipe', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  const ready = once(child.stdout, 'data');
  const exited = once(child, 'close').then(([code]) => code);
  return { child, ready, exited, lines: () => output.split('\n').slice(1, -1) };
};
