import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { newGathering } from '../../src/readmodel/gathering.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Gathers after a batch that took so long, and whether that has ended. */
const begin = ({ gather }: ReturnType<typeof newGathering>, signal = new AbortController().signal, tookMs = 0) => {
  const begun = { hasEnded: false };
  void gather(performance.now() - tookMs, signal).then(() => {
    begun.hasEnded = true;
  });
  return begun;
};
/** Lets what follows from promises happen, and no time pass. */
const settled = () => vi.advanceTimersByTimeAsync(0);

test('events gather for a moment that nobody notices, and no longer', async () => {
  const begun = begin(newGathering());
  await vi.advanceTimersByTimeAsync(10);
  expect(begun.hasEnded).toBe(false);
  await vi.advanceTimersByTimeAsync(40);
  expect(begun.hasEnded).toBe(true);
});

test('a batch that took long shortens the moment, or takes it away: a node that is behind waits for nothing', async () => {
  const { signal } = new AbortController();
  const shorter = begin(newGathering(), signal, 30);
  const none = begin(newGathering(), signal, 60);
  await settled();
  expect([shorter.hasEnded, none.hasEnded]).toEqual([false, true]);
  await vi.advanceTimersByTimeAsync(10);
  expect(shorter.hasEnded).toBe(true);
});

test('as soon as somebody waits for an event, none gather until that one has come', async () => {
  const gathering = newGathering();
  const begun = begin(gathering);
  let isThere = false;
  const changed: (() => void)[] = [];
  const waiting = gathering.until(
    () => isThere,
    (listener) => {
      changed.push(listener);
      return () => {};
    },
    1_000,
  );
  await settled();
  expect(begun.hasEnded).toBe(true);
  const whileWaiting = begin(gathering);
  await settled();
  expect(whileWaiting.hasEnded).toBe(true);

  isThere = true;
  for (const listener of changed) listener();
  expect(await waiting).toBe(true);
  const afterwards = begin(gathering);
  await settled();
  expect(afterwards.hasEnded).toBe(false);
});

test('who asks for what is there already waits for nothing and hurries nobody', async () => {
  const gathering = newGathering();
  const begun = begin(gathering);
  expect(
    await gathering.until(
      () => true,
      () => () => {},
      1_000,
    ),
  ).toBe(true);
  await settled();
  expect(begun.hasEnded).toBe(false);
});

test('a read model that closes waits for no more events', async () => {
  const closing = new AbortController();
  const gathering = newGathering();
  const begun = begin(gathering, closing.signal);
  closing.abort();
  await settled();
  expect(begun.hasEnded).toBe(true);
  const late = begin(gathering, closing.signal);
  await settled();
  expect(late.hasEnded).toBe(true);
});
