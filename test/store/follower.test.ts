import { expect, test } from 'vitest';
import { type Place, type PlacedEvent, placeAfter, start } from '../../src/store/event-store.ts';
import { followStore } from '../../src/store/follower.ts';

const event = (entryNumber: number) => ({ entryNumber, position: String(entryNumber + 1) }) as PlacedEvent;

/** A store of three events that are given one by one; `faults` are thrown one after the other before it answers again. */
const storeWith = (faults: string[]) => ({
  follow: async function* ({ size }: Place, signal: AbortSignal, onReached = () => {}) {
    const fault = faults.shift();
    if (fault !== undefined) throw new Error(fault);
    onReached();
    for (let next = size; next < 3 && !signal.aborted; next++) yield [event(next)];
    if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve));
  },
});

/** What a follower has said and applied until it has come to the last event; `onEvent` runs before each is applied. */
const follow = async (faults: string[], onEvent: (entryNumber: number) => void = () => {}, awayAlready?: Error) => {
  const stop = new AbortController();
  const seen: string[] = [];
  let place = start;
  const follower = followStore(
    storeWith(faults),
    {
      from: async () => place,
      apply: async ([next]) => {
        if (next === undefined) return;
        onEvent(next.entryNumber);
        seen.push(String(next.entryNumber));
        place = placeAfter(next);
        if (place.size === 3) stop.abort();
      },
      onAway: (error) => seen.push(String(error)),
      onBack: () => seen.push('back'),
    },
    stop.signal,
    awayAlready,
  );
  await follower.ended;
  expect(follower.away()).toBeUndefined();
  return seen;
};

test('a store that is away is asked again; each reason is told once, and so is that it is back', async () => {
  expect(await follow(['away', 'away', 'far away'])).toEqual(['Error: away', 'Error: far away', 'back', '0', '1', '2']);
});

test('one that was away already is asked after a pause', async () => {
  expect(await follow([], () => {}, new Error('away'))).toEqual(['Error: away', 'back', '0', '1', '2']);
});

test('a batch that cannot be applied is read again, and nothing is applied twice', async () => {
  let isFull = true;
  const seen = await follow([], (entryNumber) => {
    if (entryNumber !== 1 || !isFull) return;
    isFull = false;
    throw new Error('full');
  });
  expect(seen).toEqual(['0', 'Error: full', '1', 'back', '2']);
});

test('a batch that cannot be applied for long is told once', async () => {
  let left = 2;
  const seen = await follow([], (entryNumber) => {
    if (entryNumber !== 1 || left === 0) return;
    left -= 1;
    throw new Error('full');
  });
  expect(seen).toEqual(['0', 'Error: full', '1', 'back', '2']);
});

test('after a restart it goes on from where it is then told to begin', async () => {
  const stop = new AbortController();
  const seen: number[] = [];
  let begin: Place = start;
  const follower = followStore(
    storeWith([]),
    {
      from: async () => begin,
      apply: async ([next]) => {
        if (next === undefined) return;
        seen.push(next.entryNumber);
        if (next.entryNumber === 2) stop.abort();
        begin = { size: 2, position: '2' };
        follower.restart();
      },
      onAway: () => {},
      onBack: () => {},
    },
    stop.signal,
  );
  await follower.ended;
  expect(seen).toEqual([0, 2]);
});
