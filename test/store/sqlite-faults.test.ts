import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { afterAll, afterEach, expect, test } from 'vitest';
import { OtherForm, StoreUnavailable, start } from '../../src/store/event-store.ts';
import { layout, schema } from '../../src/store/sqlite/schema.ts';
import { StoreCorrupt, StoreInUse } from '../../src/store/sqlite/store.ts';
import { newEvent, newStream, readOn, recorded } from './events.ts';
import { sqliteFiles } from './sqlite-files.ts';

const { folder, newFile, open, closeAll, remove } = sqliteFiles();

afterEach(closeAll);
afterAll(remove);

test('two processes that write to one new file at the same time lose no event and leave no gap', async () => {
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

test('a file that another process begins at the same moment is opened once that has let go of it', async () => {
  const file = newFile();
  const beginning = new DatabaseSync(file);
  beginning.exec(schema);
  beginning.close();
  const other = new Worker(
    `const { DatabaseSync } = require('node:sqlite');
    const { parentPort, workerData } = require('node:worker_threads');
    const db = new DatabaseSync(workerData);
    db.exec('BEGIN IMMEDIATE');
    parentPort.postMessage('holds it');
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
    db.exec('COMMIT');
    db.close();`,
    { eval: true, workerData: file },
  );
  await once(other, 'message');
  expect((await open(file).append(newStream(), 'none', [newEvent()])).appended).toBe(true);
});

test('after kill -9 every acknowledged event is there, and no part of an append', async () => {
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
  ['that is not a database', (file) => writeFileSync(file, '统一社会信用代码,名称\n'.repeat(1_000))],
  ['whose beginning was overwritten', (file) => overwrite(file, 0, 100)],
  ['whose table of contents was overwritten', (file) => overwrite(file, 100, 1_000)],
  ['that was cut off', (file) => writeFileSync(file, readFileSync(file).subarray(0, 3_000))],
  ['of another program', (file) => overwriteByAnotherProgram(file)],
])('a file %s is refused by name and left unchanged', async (_, damage) => {
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

test.each([
  ['a newer', layout + 1, `this release knows up to ${layout}`],
  ['an earlier', layout - 1, 'in which an earlier release recorded'],
])('a file of %s layout is refused in one line and left unchanged', async (_, version, why) => {
  const file = newFile();
  await open(file).close();
  const raw = new DatabaseSync(file);
  raw.exec(`PRAGMA user_version = ${version}`);
  raw.close();
  const before = readFileSync(file);
  expect(() => open(file)).toThrow(OtherForm);
  expect(() => open(file)).toThrow(
    new RegExp(`^${file} has layout ${version}[;,] .*${why}.* It was left unchanged\\.$`),
  );
  expect(readFileSync(file).equals(before)).toBe(true);
});

test('a file in a folder that does not exist is unavailable', () => {
  expect(() => open(join(folder, 'nowhere', 'ledger.sqlite'))).toThrow(StoreUnavailable);
});

test('while another process locks the file, appends are refused and reads go on; afterwards appends go on', async () => {
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

test('opening a file alone is refused if anyone has it open, and keeps all others out until it is closed', async () => {
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

test('an error while a group is decided leaves nothing of the group, and appends go on', async () => {
  const times = [1, 2, Number.NaN, 3];
  const store = open(newFile(), { now: () => times.shift() ?? 0 });
  await store.append(newStream(), 'none', [newEvent()]);
  const broken = [newStream(), newStream()].map((stream) => store.append(stream, 'none', [newEvent()]));
  expect((await Promise.allSettled(broken)).map((each) => each.status)).toEqual(['rejected', 'rejected']);
  expect(await store.size()).toBe(1);
  expect(recorded(await store.append(newStream(), 'none', [newEvent()]))[0]?.entryNumber).toBe(1);
});

test('if the file is full, a whole group is refused and none of it recorded, and an append that fits is still recorded', async () => {
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
  'if the disk refuses to write, a whole group is refused, and appends go on when the disk does',
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

const overwrite = (file: string, from: number, to: number): void =>
  writeFileSync(file, readFileSync(file).fill(0xa5, from, to));

const overwriteByAnotherProgram = (file: string): void => {
  rmSync(file);
  const raw = new DatabaseSync(file);
  raw.exec('CREATE TABLE events (id); PRAGMA user_version = 1');
  raw.close();
};

type Writer = {
  readonly child: ChildProcess;
  readonly ready: Promise<unknown>;
  readonly exited: Promise<unknown>;
  /** The lines written so far, one for each acknowledged event. */
  readonly lines: () => string[];
};

/** Starts `writer.ts`, which begins to write when it is sent a line. */
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
