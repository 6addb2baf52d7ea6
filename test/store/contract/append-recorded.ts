import { describe, expect } from 'vitest';
import type { LedgerEvent } from '../../../domain/event.ts';
import { type PlacedEvent, placeAfter, start } from '../../../src/store/event-store.ts';
import { given, newEvent, readOn, recorded, recordedElsewhere } from '../events.ts';
import type { ContractTest } from './fixture.ts';

export const appendRecordedTests = (test: ContractTest): void => {
  describe('appending what another store has recorded', () => {
    test('keeps order, ids, revisions and times, in the ledger and in every stream', async ({ opened }) => {
      const { store, other, prefix } = await opened.empty();
      const appends = elsewhere(prefix);
      expect(await store.appendRecorded(appends)).toBe(true);
      const events = await readOn(other, start);
      expect(events.map(({ position: _, ...event }) => event)).toEqual(appends.flat());
      expect(await other.size()).toBe(7);
      for (const stream of new Set(events.map((event) => event.stream)))
        expect((await other.readStream(stream)).map(({ recordedAt, id }) => [recordedAt, id])).toEqual(
          events.filter((event) => event.stream === stream).map(({ recordedAt, id }) => [recordedAt, id]),
        );
    });

    test('keeps sources, and texts under the salts that they have', async ({ opened }) => {
      const { store, other, prefix } = await opened.empty();
      const event = recordedElsewhere(`${prefix}factories-a`, 0, 0, Date.UTC(2019, 5, 24));
      const salt = 'AAAAAAAAAAAAAAAAAAAAAA';
      const sealed: LedgerEvent = {
        ...event,
        data: { ...event.data, note: '电话核实', evidence: [{ title: '文件' }] },
        seals: { '/note': { salt, sha256: '1'.repeat(64) }, '/evidence/0/title': { salt, sha256: '2'.repeat(64) } },
      };
      await store.appendRecorded([[sealed]]);
      const [{ position: _, ...read } = { position: '' }] = await readOn(other, start);
      expect(read).toEqual(sealed);
    });

    test('keeps which texts were erased, and erases more of them if it can change what it has', async ({ opened }) => {
      const { store, other, prefix } = await opened.empty();
      const event = recordedElsewhere(`${prefix}factories-a`, 0, 0, Date.UTC(2019, 5, 24));
      const [note, title] = ['1', '2'].map((digit) => ({ sha256: digit.repeat(64) }));
      const data = { ...event.data, note, evidence: [{ title: '文件' }] } as unknown as LedgerEvent['data'];
      const seal = { salt: 'AAAAAAAAAAAAAAAAAAAAAA', sha256: '2'.repeat(64) };
      const half: LedgerEvent = { ...event, data, seals: { '/evidence/0/title': seal }, erased: ['/note'] };
      await store.appendRecorded([[half]]);
      const readBack = async () => {
        const [{ position: _, ...read } = { position: '' }] = await readOn(other, start);
        return read;
      };
      expect(await readBack()).toEqual(half);
      const erasure = { stream: event.stream, event: event.id, names: ['evidence', 'reason'] };
      expect((await store.eraseTexts?.([erasure, erasure])) ?? 'cannot').toBeOneOf([true, 'cannot']);
      if (store.eraseTexts === undefined) return;
      const all = { ...data, evidence: [{ title }] };
      expect(await readBack()).toEqual({ ...half, data: all, seals: {}, erased: ['/evidence/0/title', '/note'] });
      await store.eraseTexts([{ ...erasure, event: crypto.randomUUID() }]);
      expect(await other.size()).toBe(1);
    });

    test('keeps the events of an append together, and they are read in whole appends in pages of every size', async ({
      opened,
    }) => {
      const { store, other, prefix } = await opened.empty();
      const appends = elsewhere(prefix);
      await store.appendRecorded(appends);
      const ids = appends.map((events) => events.map(({ id }) => id));
      for (const limit of [1, 2, 3, 100]) {
        const read: string[][] = [];
        for (let place = start; ; ) {
          const page = await other.readAppends(place, limit);
          const last = page.at(-1)?.at(-1);
          if (last === undefined) break;
          expect(page.slice(0, -1).flat().length).toBeLessThan(limit);
          if (place.size + limit <= 7) expect(page.flat().length).toBeGreaterThanOrEqual(limit);
          read.push(...page.map((append) => append.map(({ id }) => id)));
          place = placeAfter(last);
        }
        expect(read).toEqual(ids);
      }
    });

    test('leaves a command that is sent again after the copy a repeat, and a part of one a mismatch', async ({
      opened,
    }) => {
      const { store, prefix } = await opened.empty();
      const appends = elsewhere(prefix);
      await store.appendRecorded(appends);
      const [, three = []] = appends;
      const [first] = three;
      if (first === undefined) throw new Error('an append has events');
      const again = await store.append(first.stream, 'none', three.map(given));
      expect(again).toMatchObject({ appended: true, repeated: true });
      expect(recorded(again).map(({ recordedAt }) => recordedAt)).toEqual(three.map((event) => event.recordedAt));
      expect(await store.append(first.stream, 'none', [given(first)])).toEqual({ appended: false, current: 4 });
    });

    test('a second time, or again from the middle, records nothing twice', async ({ opened }) => {
      const { store, other, prefix } = await opened.empty();
      const appends = elsewhere(prefix);
      expect(await store.appendRecorded(appends.slice(0, 3))).toBe(true);
      expect(await other.appendRecorded(appends.slice(1))).toBe(true);
      expect(await store.appendRecorded(appends)).toBe(true);
      expect((await readOn(store, start)).map(({ id }) => id)).toEqual(appends.flat().map(({ id }) => id));
    });

    test('stops before an append whose stream is at another revision, and records nothing of it or after it', async ({
      opened,
    }) => {
      const { store, prefix } = await opened.empty();
      const appends = elsewhere(prefix);
      const [one = [], , two = []] = appends;
      expect(await store.appendRecorded([one, two, ...appends])).toBe(false);
      expect((await readOn(store, start)).map(({ id }) => id)).toEqual(one.map(({ id }) => id));
    });

    test('stops before events that are only part of an append in the store', async ({ opened }) => {
      const { store, prefix } = await opened.empty();
      const [one = [], three = [], ...more] = elsewhere(prefix);
      await store.appendRecorded([one, three]);
      expect(await store.appendRecorded([one, three.slice(0, 2), ...more])).toBe(false);
      expect(await store.size()).toBe(4);
    });

    test('never shows part of an append', async ({ opened }) => {
      const { store, other, prefix } = await opened.empty();
      const stream = `${prefix}halves`;
      const appends = Array.from({ length: 40 }, (_, index) =>
        Array.from({ length: 5 }, (_each, at) => recordedElsewhere(stream, 5 * index + at, 5 * index + at, index)),
      );
      let isDone = false;
      const taking = store.appendRecorded(appends).finally(() => {
        isDone = true;
      });
      while (!isDone) expect((await other.readStream(stream)).length % 5).toBe(0);
      expect(await taking).toBe(true);
      expect(await other.readStream(stream)).toHaveLength(200);
    });

    test('gives no event a time earlier than that of the event before it, whatever times the other store had', async ({
      opened,
    }) => {
      const { store, other, prefix } = await opened.empty();
      const times = [3, 1, 4, 1, 5];
      const late = Date.UTC(2100, 0, 1);
      const shown = (events: readonly PlacedEvent[]) => events.map((event) => Date.parse(event.recordedAt) - late);
      await store.appendRecorded(
        times.map((time, index) => [recordedElsewhere(`${prefix}${index}`, 0, index, late + time)]),
      );
      expect(shown(await readOn(other, start))).toEqual([3, 3, 4, 4, 5]);
      await other.append(`${prefix}later`, 'none', [newEvent()]);
      expect(shown(await readOn(store, start))).toEqual([3, 3, 4, 4, 5, 5]);
    });

    test('is the only way to set a time: a time in the metadata of an ordinary append is not recorded', async ({
      store,
      other,
      newStream,
      theEnd,
    }) => {
      const stream = newStream();
      const event = newEvent();
      const forged = { ...event.metadata, recordedAt: '2019-06-24T00:00:00.000Z', append: 'another' };
      const place = await theEnd();
      const [answered] = recorded(await store.append(stream, 'none', [{ ...event, metadata: forged }]));
      const [read] = await other.readStream(stream);
      const placed = (await readOn(store, place)).find((each) => each.id === event.id);
      for (const shown of [answered, read, placed]) {
        expect(shown?.metadata).toEqual(event.metadata);
        expect(Date.parse(shown?.recordedAt ?? '')).toBeGreaterThan(Date.UTC(2020));
      }
    });
  });
};

/** Seven events of two streams in four appends, recorded in 2019 and 2020. */
const elsewhere = (prefix: string): readonly (readonly LedgerEvent[])[] => {
  const [a, b] = [`${prefix}factories-a`, `${prefix}imports-b`];
  const at = (day: number) => Date.UTC(2019, 5, day, 1, 2, 3, 4);
  return [
    [recordedElsewhere(a, 0, 0, at(24))],
    [recordedElsewhere(b, 0, 1, at(24)), recordedElsewhere(b, 1, 2, at(24)), recordedElsewhere(b, 2, 3, at(24) + 1)],
    [recordedElsewhere(b, 3, 4, at(300)), recordedElsewhere(b, 4, 5, at(300))],
    [recordedElsewhere(a, 1, 6, at(400))],
  ];
};
