import { describe, expect } from 'vitest';
import { type EventStore, type Place, type PlacedEvent, placeAfter, start } from '../../../src/store/event-store.ts';
import { newEvent, readOn } from '../events.ts';
import { append, type ContractTest } from './fixture.ts';

export const followTests = (test: ContractTest): void => {
  describe('following', () => {
    test.for([
      ['the handle that follows', 'store'],
      ['another handle', 'other'],
    ] as const)(
      'shows the events in the ledger, then those that %s appends',
      async ([_, which], { store, other, newStream, theEnd }) => {
        const handle = which === 'store' ? store : other;
        const place = await theEnd();
        const stream = newStream();
        await handle.append(stream, 'none', [newEvent(), newEvent()]);
        const seen = await following(store, place, async (shown) => {
          const { length } = revisionsOf(shown, stream);
          if (length < 5) await append(handle, stream, length, [newEvent()]);
          return length >= 5;
        });
        expect(revisionsOf(seen, stream)).toEqual([0, 1, 2, 3, 4]);
        expect(seen).toStrictEqual((await readOn(store, place)).slice(0, seen.length));
      },
    );

    test('resumes at a place without a gap or a repeat while others append', async ({
      store,
      other,
      newStream,
      theEnd,
    }) => {
      const place = await theEnd();
      const stream = newStream();
      const total = 60;
      const writing = (async () => {
        for (let revision = 0; revision < total; revision += 1)
          await append(revision % 2 === 0 ? store : other, stream, revision, [newEvent()]);
      })();
      const seen: PlacedEvent[] = [];
      while (revisionsOf(seen, stream).length < total) {
        const after = seen.at(-1);
        const more = await following(store, after ? placeAfter(after) : place, async () => true);
        seen.push(...more);
      }
      await writing;
      expect(revisionsOf(seen, stream)).toEqual(Array.from({ length: total }, (_, revision) => revision));
      expect(seen).toStrictEqual((await readOn(store, place)).slice(0, seen.length));
    });

    test('shows a long ledger in batches, without a gap between them', async ({ store, newStream, theEnd }) => {
      const place = await theEnd();
      const stream = newStream();
      await store.append(
        stream,
        'none',
        Array.from({ length: 2_500 }, () => newEvent()),
      );
      const seen = await following(store, place, async (shown) => revisionsOf(shown, stream).length >= 2_500);
      expect(revisionsOf(seen, stream)).toEqual(Array.from({ length: 2_500 }, (_, revision) => revision));
      expect(seen.map((event) => event.entryNumber)).toEqual(seen.map((_, index) => place.size + index));
    });

    test('ends without an error if it is aborted, while it waits or before it begins', async ({ store, theEnd }) => {
      const place = await theEnd();
      const abort = new AbortController();
      const waiting = (async () => {
        for await (const batch of store.follow(place, abort.signal)) expect(batch.length).toBeGreaterThan(0);
        return 'ended';
      })();
      await store.readAll(place, 1);
      abort.abort();
      expect(await waiting).toBe('ended');
      const never = store.follow(start, AbortSignal.abort())[Symbol.asyncIterator]();
      expect((await never.next()).done).toBe(true);
    });

    test('shows the same to several followers', async ({ store, other, newStream, theEnd }) => {
      const place = await theEnd();
      const stream = newStream();
      const enough = async (shown: readonly PlacedEvent[]) => revisionsOf(shown, stream).length === 10;
      const followers = [store, store, other].map((handle) => following(handle, place, enough));
      for (let revision = 0; revision < 10; revision += 1) await append(store, stream, revision, [newEvent()]);
      for (const seen of await Promise.all(followers))
        expect(revisionsOf(seen, stream)).toEqual(Array.from({ length: 10 }, (_, revision) => revision));
    });
  });
};

/** The revisions of one stream's events among those of the ledger. */
const revisionsOf = (events: readonly PlacedEvent[], stream: string): readonly number[] =>
  events.filter((event) => event.stream === stream).map((event) => event.revision);

/** Follows from a place until `enough` is true of all events shown; it is asked after each batch. */
const following = async (
  store: EventStore,
  after: Place,
  enough: (shown: readonly PlacedEvent[]) => Promise<boolean>,
): Promise<readonly PlacedEvent[]> => {
  const abort = new AbortController();
  const shown: PlacedEvent[] = [];
  for await (const batch of store.follow(after, abort.signal)) {
    shown.push(...batch);
    if (await enough(shown)) abort.abort();
  }
  return shown;
};
