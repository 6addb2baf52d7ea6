import { expect, test } from 'vitest';
import type { RecordedEvent } from '../../domain/event.ts';
import { entriesOn } from '../../src/commands/reading.ts';
import { given, type Known, unsealed } from '../domain/given.ts';
import { factory } from '../domain/vocabulary.ts';

const known = given(factory.nominated('2020-01-10'), factory.amended('2020-02-01'), factory.amended('2020-03-01'));

/** A reader of one stream whose events a test sets, and how many events each read of the stream gave. */
const readerOf = ({ register, key }: Known, isRemote = true) => {
  let stream: readonly RecordedEvent[] = [];
  const reads: number[] = [];
  const { readEntry } = entriesOn({
    isRemote,
    appendsFirst: () => true,
    readStream: async (_, from = 0) => {
      const found = stream
        .slice(from)
        .map((event) => ({ ...event, ...unsealed, position: String(event.revision + 1) }));
      reads.push(found.length);
      return found;
    },
  });
  return {
    reads,
    read: async (events: readonly RecordedEvent[]) => {
      stream = events;
      const { entry, events: seen } = await readEntry(register, key);
      expect(seen.map(({ id }) => id)).toEqual(events.map(({ id }) => id));
      return entry;
    },
  };
};

test('an entry is read in full once, and then on from the last event that is known, no matter who has recorded since', async () => {
  const { read, reads } = readerOf(known);
  await read(known.events.slice(0, 2));
  expect(await read(known.events)).toEqual(known.entry);
  expect(await read(known.events)).toEqual(known.entry);
  expect(reads).toEqual([2, 2, 1]);
});

test('an entry of a ledger that was restored to an earlier state, or replaced, is read anew', async () => {
  const { read, reads } = readerOf(known);
  await read(known.events);
  const [first, ...rest] = known.events;
  expect((await read(first === undefined ? [] : [first])).revision).toBe(0);
  await read(known.events);
  await read(known.events.map((event) => ({ ...event, id: `other ${event.id}` })));
  expect((await read([])).revision).toBe(-1);
  expect(reads).toEqual([3, 0, 1, 1 + rest.length, 1, 3, 0, 0]);
});

test('an entry that is larger than all that may be kept is read in full each time', async () => {
  const { read, reads } = readerOf(known);
  const large = known.events.map((event) => ({ ...event, data: { ...event.data, note: 'x'.repeat(12 * 1_048_576) } }));
  await read(large);
  await read(large);
  expect(reads).toEqual([3, 3]);
});

test('a store in one file is asked anew for a short entry, and for what is new of a longer one', async () => {
  const days = Array.from({ length: 12 }, (_, index) =>
    factory.amended(`2020-02-${String(index + 1).padStart(2, '0')}`),
  );
  const longer = given(factory.nominated('2020-01-10'), ...days);
  const { read, reads } = readerOf(longer, false);
  for (const size of [3, 3, 10, 11, 12, 13]) await read(longer.events.slice(0, size));
  expect(reads).toEqual([3, 3, 10, 11, 2, 2]);
});
