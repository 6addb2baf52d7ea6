import { expect, test } from 'vitest';
import { type ExportAsked, exportsMade } from '../../src/http/export-jobs.ts';
import { type ExportTask, exportQuestion } from '../../src/http/export-tables.ts';

const keptBytes = 1_048_576;

/** A ledger that grows by a thousand events a second while an export takes so long; what is known now is asked for. */
const flooded = async (tookMs: number, { isExact = false, seconds = 60, everyMs = 100 } = {}) => {
  let nowMs = 0;
  let made = 0;
  const ask = async () => {
    made += 1;
    nowMs += tookMs;
    return { bytes: new Uint8Array([made]) } as never;
  };
  const { get } = exportsMade({ ask }, exportQuestion, keptBytes, () => nowMs);
  let oldest = 0;
  for (; nowMs < seconds * 1_000; nowMs += everyMs) {
    const asked: ExportAsked<ExportTask> = {
      task: { shown: { of: 'targets' }, format: 'csv', language: 'zh', on: '2020-12-31', knownAt: null, size: nowMs },
      position: String(nowMs),
      isExact,
    };
    const left = new AbortController();
    const { position } = await get(asked, 'somebody', left.signal);
    left.abort();
    oldest = Math.max(oldest, Number(asked.position) - Number(position));
  }
  return { made, oldest };
};

test('while facts are recorded, an export that is asked for all the time takes about a tenth of the time to make', async () => {
  const { made, oldest } = await flooded(400);
  expect(made * 400).toBeLessThan(60_000 / 9);
  expect(made).toBeGreaterThan(10);
  expect(oldest).toBeLessThanOrEqual(5_000);
});

test('however long an export takes, it is no older than five seconds and what it takes', async () => {
  const { oldest } = await flooded(2_000);
  expect(oldest).toBeLessThanOrEqual(5_000);
});

test('an export that is made at once is hardly ever old', async () => {
  const { oldest } = await flooded(5, { everyMs: 10, seconds: 5 });
  expect(oldest).toBeLessThanOrEqual(55);
});

test('a reader who wants what is known exactly now always gets it', async () => {
  const { made, oldest } = await flooded(400, { isExact: true, seconds: 10 });
  expect(oldest).toBe(0);
  expect(made).toBe(20);
});

/** Exports that take until they are let go, and the signals that end them. */
const held = () => {
  const begun: { readonly signal: AbortSignal; readonly finish: () => void }[] = [];
  const ask = (_question: unknown, _task: unknown, signal: AbortSignal) => {
    const { promise, resolve, reject } = Promise.withResolvers<never>();
    signal.addEventListener('abort', () => reject(signal.reason));
    begun.push({ signal, finish: () => resolve({ bytes: new Uint8Array([begun.length]) } as never) });
    return promise;
  };
  const { get } = exportsMade({ ask }, exportQuestion, keptBytes, () => 0);
  const reader = (by = 'somebody', size = 1) => {
    const asked: ExportAsked<ExportTask> = {
      task: { shown: { of: 'targets' }, format: 'csv', language: 'zh', on: '2020-12-31', knownAt: null, size },
      position: String(size),
      isExact: true,
    };
    const left = new AbortController();
    const bytes = get(asked, by, left.signal).then(({ bytes: made }) => made);
    bytes.catch(() => {});
    return { left, bytes };
  };
  return { begun, reader, turn: () => new Promise((resolve) => setImmediate(resolve)) };
};

test('an export is given up once all who wait for it have left, and no sooner', async () => {
  const { begun, reader, turn } = held();
  const [one, other] = [reader(), reader()];
  await turn();
  one.left.abort();
  await turn();
  expect(begun.map(({ signal }) => signal.aborted)).toEqual([false]);
  other.left.abort();
  await turn();
  expect(begun.map(({ signal }) => signal.aborted)).toEqual([true]);
  await expect(other.bytes).rejects.toThrow();
  reader();
  await turn();
  expect(begun.map(({ signal }) => signal.aborted)).toEqual([true, false]);
});

test('an export is made once for all who ask for it at the time, and kept for those who ask later', async () => {
  const { begun, reader, turn } = held();
  const readers = [reader(), reader(), reader()];
  await turn();
  begun[0]?.finish();
  const made = await Promise.all(readers.map(({ bytes }) => bytes));
  for (const { left } of readers) left.abort();
  made.push(await reader().bytes);
  expect([begun.length, new Set(made).size]).toEqual([1, 1]);
});

test('however many ask for exports, two are made and 32 wait; one more is refused with a time to wait until one has left', async () => {
  const { begun, reader, turn } = held();
  const readers = Array.from({ length: 34 }, (_, number) => reader(`reader ${number}`, number));
  await turn();
  expect(begun).toHaveLength(2);
  await expect(reader('one more', 34).bytes).rejects.toMatchObject({ code: 'overloaded' });
  const alike = reader('who asks for the same as another', 33);
  await turn();
  readers[20]?.left.abort();
  await turn();
  const settled = Promise.race([reader('another', 35).bytes, alike.bytes]).then(
    () => 'made',
    (error: unknown) => error,
  );
  await turn();
  expect(await Promise.race([settled, 'waits'])).toBe('waits');
});
