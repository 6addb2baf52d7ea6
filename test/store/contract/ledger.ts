import { describe, expect } from 'vitest';
import { placeAfter } from '../../../src/store/event-store.ts';
import { newEvent, readOn, recorded } from '../events.ts';
import type { ContractTest } from './fixture.ts';

export const ledgerTests = (test: ContractTest): void => {
  describe('the ledger', () => {
    test('numbers events without gaps, and positions grow', async ({ store, newStream, theEnd }) => {
      const place = await theEnd();
      for (let index = 0; index < 5; index += 1) await store.append(newStream(), 'none', [newEvent(), newEvent()]);
      const events = await readOn(store, place);
      expect(events.length).toBeGreaterThanOrEqual(10);
      expect(events.map((event) => event.entryNumber)).toEqual(events.map((_, index) => place.size + index));
      const positions = [place.position, ...events.map((event) => event.position)].map(BigInt);
      expect(positions.every((position, index) => index === 0 || position > (positions[index - 1] ?? 0n))).toBe(true);
    });

    test('reads the same through two handles', async ({ store, other, newStream, theEnd }) => {
      const place = await theEnd();
      const streams = Array.from({ length: 20 }, newStream);
      await Promise.all(
        streams.map((stream, index) => (index % 2 === 0 ? store : other).append(stream, 'none', [newEvent()])),
      );
      const [mine, others] = [await readOn(store, place), await readOn(other, place)];
      const common = Math.min(mine.length, others.length);
      expect(common).toBeGreaterThanOrEqual(20);
      expect(others.slice(0, common)).toEqual(mine.slice(0, common));
    });

    test('has each event as its stream has it', async ({ store, newStream, theEnd }) => {
      const place = await theEnd();
      const stream = newStream();
      await store.append(stream, 'none', [newEvent(), newEvent()]);
      const inLedger = (await readOn(store, place)).filter((event) => event.stream === stream);
      const inStream = await store.readStream(stream);
      expect(inLedger).toEqual(inStream.map(({ position: _, ...event }, index) => ({ ...inLedger[index], ...event })));
      expect(inLedger).toHaveLength(2);
    });

    test('can be read from every place in pages of every size', async ({ store, newStream, theEnd }) => {
      const before = await theEnd();
      await store.append(newStream(), 'none', [newEvent(), newEvent(), newEvent()]);
      await store.append(newStream(), 'none', [newEvent(), newEvent(), newEvent()]);
      const events = (await readOn(store, before)).slice(0, 6);
      const places = [before, ...events.map(placeAfter)];
      for (const [index, place] of places.entries())
        for (const limit of [1, 2, 5])
          expect((await store.readAll(place, limit)).slice(0, 6 - index)).toEqual(events.slice(index, index + limit));
    });

    test('shows an event to every handle as soon as its append is answered', async ({
      store,
      other,
      newStream,
      theEnd,
    }) => {
      const place = await theEnd();
      const [event] = recorded(await store.append(newStream(), 'none', [newEvent()]));
      expect((await readOn(other, place)).map((each) => each.id)).toContain(event?.id);
    });

    test('has the size that its last entry number says', async ({ store, other, newStream, theEnd }) => {
      const before = await store.size();
      await store.append(newStream(), 'none', [newEvent(), newEvent(), newEvent()]);
      expect(await other.size()).toBeGreaterThanOrEqual(before + 3);
      const end = await theEnd();
      expect(await store.size()).toBeGreaterThanOrEqual(end.size);
    });

    test('ends at the position of its last event', async ({ store, other, newStream, theEnd }) => {
      await store.append(newStream(), 'none', [newEvent(), newEvent()]);
      const [before, place, after] = [await other.end(), await theEnd(), await store.end()].map((end) =>
        BigInt(typeof end === 'string' ? end : end.position),
      );
      expect(before).toBeLessThanOrEqual(place ?? 0n);
      expect(after).toBeGreaterThanOrEqual(place ?? 0n);
    });

    test('gives no event a time earlier than that of the event before it', async ({
      store,
      other,
      newStream,
      theEnd,
    }) => {
      const place = await theEnd();
      const streams = Array.from({ length: 50 }, newStream);
      await Promise.all(
        streams.map((stream, index) => (index % 3 === 0 ? other : store).append(stream, 'none', [newEvent()])),
      );
      const times = (await readOn(store, place)).map((event) => event.recordedAt);
      expect(times).toEqual([...times].sort());
    });
  });
};
