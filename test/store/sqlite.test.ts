import { readFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterAll, afterEach, expect, test, vi } from 'vitest';
import { streamPrefix } from '../../domain/event.ts';
import { type EventStore, type PlacedEvent, StoreUnavailable, start } from '../../src/store/event-store.ts';
import { openSqliteStore } from '../../src/store/sqlite/store.ts';
import { storeContract } from './contract.ts';
import { newEvent, newStream, readOn, recorded } from './events.ts';
import { sqliteFiles } from './sqlite-files.ts';

const { newFile, open, closeAll, remove } = sqliteFiles();

/** The longest that a timer can wait. */
const neverMs = 2 ** 31 - 1;

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
      return { store: handleOn(own), other: handleOn(own), prefix: streamPrefix };
    },
    close: async () => {
      for (const store of handles) await store.close();
    },
  };
});

afterEach(closeAll);
afterAll(remove);

test('appends that arrive in one turn share one transaction, and each is decided for itself', async () => {
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

test('if the clock goes backwards, no event gets a time earlier than the one before it, even after a restart', async () => {
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

test('closing finishes the appends under way', async () => {
  const file = newFile();
  const store = open(file);
  const answers = Array.from({ length: 10 }, () => store.append(newStream(), 'none', [newEvent()]));
  await store.close();
  expect((await Promise.all(answers)).every((answer) => answer.appended)).toBe(true);
  expect(await open(file).size()).toBe(10);
});

test('a follower of a store that is closed gets StoreUnavailable', async () => {
  const store = open(newFile(), { pollMs: neverMs });
  const next = store.follow(start, new AbortController().signal)[Symbol.asyncIterator]().next();
  await store.close();
  await expect(next).rejects.toBeInstanceOf(StoreUnavailable);
});

test('an append alone after another alone is committed in the next turn; after several at once, a turn more is waited for others', async () => {
  const store = open(newFile());
  const turnsOf = async (appends: number): Promise<number> => {
    let isDone = false;
    const done = Promise.all(Array.from({ length: appends }, () => store.append(newStream(), 'none', [newEvent()])));
    void done.then(() => {
      isDone = true;
    });
    for (let turns = 1; ; turns += 1) {
      await nextTurn();
      if (isDone) return turns;
    }
  };
  const [first, alone, several, afterSeveral, aloneAgain] = [
    await turnsOf(1),
    await turnsOf(1),
    await turnsOf(3),
    await turnsOf(1),
    await turnsOf(1),
  ];
  expect([first, alone, several, afterSeveral, aloneAgain]).toEqual([2, 1, 2, 2, 1]);
});

test('followers at different paces get each event once, also what is no longer kept for them, and what others append', async () => {
  const file = newFile();
  const [store, other] = [open(file, { pollMs: neverMs }), open(file)];
  const abort = new AbortController();
  const follow = () => store.follow(start, abort.signal)[Symbol.asyncIterator]();
  const [quick, slow] = [follow(), follow()];
  const numbers = async (events: ReturnType<typeof follow>, count: number): Promise<readonly number[]> => {
    const found: number[] = [];
    while (found.length < count) {
      const { value = [] }: { value?: readonly PlacedEvent[] } = await events.next();
      found.push(...value.map(({ entryNumber }) => entryNumber));
    }
    return found;
  };
  const hundred = () => Array.from({ length: 100 }, () => newEvent());

  const first = Promise.all([numbers(quick, 1), numbers(slow, 1)]);
  await store.append(newStream(), 'none', [newEvent()]);
  expect(await first).toEqual([[0], [0]]);
  const quickly = numbers(quick, 5_100);
  for (let group = 0; group < 50; group += 1) {
    if (group === 30) await other.append(newStream(), 'none', hundred());
    await store.append(newStream(), 'none', hundred());
  }
  const all = Array.from({ length: 5_100 }, (_, index) => index + 1);
  expect(await quickly).toEqual(all);
  expect(await numbers(slow, 5_100)).toEqual(all);
  abort.abort();
});

test('an append in the same process or an abort wakes a follower at once, without polling', async () => {
  const store = open(newFile(), { pollMs: neverMs });
  const abort = new AbortController();
  const events = store.follow(start, abort.signal)[Symbol.asyncIterator]();
  const next = events.next();
  const [event] = recorded(await store.append(newStream(), 'none', [newEvent()]));
  expect((await next).value).toEqual([event]);
  const end = events.next();
  for (let turn = 0; turn < 3; turn += 1) await nextTurn(); // now it waits
  abort.abort();
  expect((await end).done).toBe(true);
});

test("a store polls for other processes' appends every 50 ms, and only while it has a follower", async () => {
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

test('other work goes on between the batches of a long ledger', async () => {
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

/** The number of transactions in a write-ahead log that was never restarted (https://sqlite.org/fileformat.html §4.1). */
const commitsInWal = (file: string): number => {
  const wal = readFileSync(`${file}-wal`);
  let commits = 0;
  for (let frame = 32; frame < wal.length; frame += 24 + 4_096) if (wal.readUInt32BE(frame + 4) > 0) commits += 1;
  return commits;
};
