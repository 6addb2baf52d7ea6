import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { LedgerEvent, NewEvent } from '../../domain/event.ts';
import type { JsonObject } from '../../domain/json.ts';
import {
  type Appended,
  type EventStore,
  type ExpectedRevision,
  isPosition,
  namedBy,
  type Place,
  type PlacedEvent,
  placeAfter,
  StoreUnavailable,
  type StreamEvent,
  start,
  streamPosition,
} from '../../src/store/event-store.ts';
import { newEvent, newStream } from './events.ts';

/** A store under test: one handle, more handles on the same ledger, and what ends all of them. */
export type OpenedStore = {
  readonly store: EventStore;
  readonly another: () => Promise<EventStore>;
  /** A ledger of its own that holds nothing yet, through two handles; its streams begin with the prefix. */
  readonly empty: () => Promise<{ readonly store: EventStore; readonly other: EventStore; readonly prefix: string }>;
  readonly close: () => Promise<void>;
};

/** What every event store must do. The ledger may hold other events already and be appended to meanwhile. */
export const storeContract = (name: string, open: () => Promise<OpenedStore>): void => {
  describe(`the contract of the event store, kept by ${name}`, () => {
    let opened: OpenedStore;
    let store: EventStore;
    let other: EventStore;

    beforeAll(async () => {
      opened = await open();
      store = opened.store;
      other = await opened.another();
    });
    afterAll(() => opened.close());

    let known = start;
    const theEnd = async (): Promise<Place> => {
      const last = (await readOn(store, known)).at(-1);
      if (last) known = placeAfter(last);
      return known;
    };

    describe('appending to a stream', () => {
      test('what was appended is read back as it was appended, in its order', async () => {
        const stream = newStream();
        const [first, second, third] = [newEvent(), newEvent(), newEvent()];
        await store.append(stream, 'none', [first, second]);
        await store.append(stream, 1, [third]);
        const events = await store.readStream(stream);
        expect(events.map(given)).toEqual([first, second, third]);
        expect(events.map((event) => event.revision)).toEqual([0, 1, 2]);
        expect(events.map((event) => event.stream)).toEqual([stream, stream, stream]);
      });

      test('each event of a stream says where it is, by its place in the ledger or by its stream and revision', async () => {
        const stream = newStream();
        const before = await theEnd();
        const answered = recorded(await store.append(stream, 'none', [newEvent(), newEvent()]));
        const placed = (await readOn(store, before)).filter((event) => event.stream === stream);
        const read = await store.readStream(stream);
        for (const [index, event] of [...answered, ...read].entries()) {
          const revision = index % 2;
          expect(isPosition(event.position)).toBe(true);
          expect([placed[revision]?.position, streamPosition(stream, revision)]).toContain(event.position);
          expect([{ stream, revision }, undefined]).toContainEqual(namedBy(event.position));
        }
      });

      test('the answer to an append is the events as they are read back', async () => {
        const stream = newStream();
        const answer = await store.append(stream, 'none', [newEvent(), newEvent()]);
        expect(recorded(answer)).toEqual(await store.readStream(stream));
      });

      test('an event is recorded at an instant in UTC with milliseconds', async () => {
        const [event] = recorded(await store.append(newStream(), 'none', [newEvent()]));
        expect(event?.recordedAt).toMatch(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/);
      });

      test('a stream without events reads as empty', async () => {
        expect(await store.readStream(newStream())).toEqual([]);
      });

      test('one stream does not show the events of another', async () => {
        const stream = newStream();
        const event = newEvent();
        await store.append(stream, 'none', [event]);
        await store.append(`${stream}-2`, 'none', [newEvent()]);
        expect((await store.readStream(stream)).map(given)).toEqual([event]);
      });

      test.each<[string, number, ExpectedRevision, ExpectedRevision]>([
        ['none where the stream has events', 2, 'none', 1],
        ['a number where the stream has none', 0, 0, 'none'],
        ['a revision before the last', 3, 1, 2],
        ['a revision after the last', 2, 2, 1],
        ['a revision far after the last', 1, 1_000, 0],
      ])('expecting %s is a mismatch, answered with the current revision', async (_, existing, expected, current) => {
        const stream = newStream();
        for (let revision = 0; revision < existing; revision += 1) await append(store, stream, revision, [newEvent()]);
        const before = await store.readStream(stream);
        expect(await store.append(stream, expected, [newEvent()])).toEqual({ appended: false, current });
        expect(await store.readStream(stream)).toEqual(before);
      });

      test('several events are appended together or not at all', async () => {
        const stream = newStream();
        const event = newEvent();
        await store.append(stream, 'none', [event]);
        await store.append(stream, 'none', [newEvent(), newEvent(), newEvent()]);
        await store.append(stream, 5, [newEvent(), newEvent()]);
        expect((await store.readStream(stream)).map(given)).toEqual([event]);
      });

      test('several events that were appended together stand together in the ledger', async () => {
        const stream = newStream();
        const place = await theEnd();
        await Promise.all([
          store.append(stream, 'none', [newEvent(), newEvent(), newEvent()]),
          ...Array.from({ length: 5 }, () => store.append(newStream(), 'none', [newEvent()])),
        ]);
        const events = (await readOn(store, place)).filter((event) => event.stream === stream);
        const [first = 0] = events.map((event) => event.entryNumber);
        expect(events.map((event) => event.entryNumber)).toEqual([first, first + 1, first + 2]);
      });
    });

    describe('a repeat', () => {
      test.each([1, 3])('of an append of %i event(s) is answered with what was recorded first', async (count) => {
        const stream = newStream();
        const events = Array.from({ length: count }, () => newEvent());
        const first = recorded(await store.append(stream, 'none', events));
        expect(await store.append(stream, 'none', events)).toEqual({ appended: true, events: first, repeated: true });
        expect(await store.readStream(stream)).toEqual(first);
      });

      test('is recognised after other appends, and through another handle', async () => {
        const stream = newStream();
        await store.append(stream, 'none', [newEvent()]);
        const events = [newEvent(), newEvent()];
        const first = recorded(await store.append(stream, 0, events));
        await store.append(stream, 2, [newEvent()]);
        await store.append(stream, 3, [newEvent(), newEvent()]);
        const again = { appended: true, events: first, repeated: true };
        expect(await store.append(stream, 0, events)).toEqual(again);
        expect(await other.append(stream, 0, events)).toEqual(again);
        expect(await store.readStream(stream)).toHaveLength(6);
      });

      test('is answered with the body that was recorded first, whatever the repeat carries', async () => {
        const stream = newStream();
        const event = newEvent({ name: 'first' });
        const first = recorded(await store.append(stream, 'none', [event]));
        const answer = await store.append(stream, 'none', [{ ...newEvent({ name: 'second' }), id: event.id }]);
        expect(answer).toEqual({ appended: true, events: first, repeated: true });
      });

      test('of only the beginning of an append is a mismatch', async () => {
        const stream = newStream();
        const [first, second] = [newEvent(), newEvent()];
        await store.append(stream, 'none', [first, second]);
        expect(await store.append(stream, 'none', [first])).toEqual({ appended: false, current: 1 });
      });

      test('of an append with one event more is a mismatch, also where that one was appended after it', async () => {
        const stream = newStream();
        const [first, second] = [newEvent(), newEvent()];
        await store.append(stream, 'none', [first]);
        expect(await store.append(stream, 'none', [first, second])).toEqual({ appended: false, current: 0 });
        await store.append(stream, 0, [second]);
        expect(await store.append(stream, 'none', [first, second])).toEqual({ appended: false, current: 1 });
        expect(await store.readStream(stream)).toHaveLength(2);
      });

      test('of the same events in another order is a mismatch', async () => {
        const stream = newStream();
        const [first, second] = [newEvent(), newEvent()];
        await store.append(stream, 'none', [first, second]);
        expect(await store.append(stream, 'none', [second, first])).toEqual({ appended: false, current: 1 });
      });

      test('at another expected revision is a mismatch', async () => {
        const stream = newStream();
        const [first, second, third] = [newEvent(), newEvent(), newEvent()];
        await store.append(stream, 'none', [first]);
        await store.append(stream, 0, [second]);
        await store.append(stream, 1, [third]);
        expect(await store.append(stream, 'none', [second])).toEqual({ appended: false, current: 2 });
        expect(await store.append(stream, 1, [second])).toEqual({ appended: false, current: 2 });
        expect(await store.append(stream, 7, [second])).toEqual({ appended: false, current: 2 });
      });

      test('of one append a thousand times at once leaves one event', async () => {
        const stream = newStream();
        const event = newEvent();
        const answers = await Promise.all(
          Array.from({ length: 1_000 }, (_, index) =>
            (index % 2 === 0 ? store : other).append(stream, 'none', [event]),
          ),
        );
        const events = await store.readStream(stream);
        expect(events.map(given)).toEqual([event]);
        expect(answers.map(recorded)).toEqual(answers.map(() => events));
        expect(answers.filter((answer) => answer.appended && !answer.repeated)).toHaveLength(1);
      });
    });

    describe('the ledger', () => {
      test('numbers events without gaps, and positions grow', async () => {
        const place = await theEnd();
        for (let index = 0; index < 5; index += 1) await store.append(newStream(), 'none', [newEvent(), newEvent()]);
        const events = await readOn(store, place);
        expect(events.length).toBeGreaterThanOrEqual(10);
        expect(events.map((event) => event.entryNumber)).toEqual(events.map((_, index) => place.size + index));
        const positions = [place.position, ...events.map((event) => event.position)].map(BigInt);
        expect(positions.every((position, index) => index === 0 || position > (positions[index - 1] ?? 0n))).toBe(true);
      });

      test('reads the same through two handles', async () => {
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

      test('shows each event as its stream does', async () => {
        const place = await theEnd();
        const stream = newStream();
        await store.append(stream, 'none', [newEvent(), newEvent()]);
        const inLedger = (await readOn(store, place)).filter((event) => event.stream === stream);
        const inStream = await store.readStream(stream);
        expect(inLedger).toEqual(
          inStream.map(({ position: _, ...event }, index) => ({ ...inLedger[index], ...event })),
        );
        expect(inLedger).toHaveLength(2);
      });

      test('is read on from every place in pages of every size', async () => {
        const before = await theEnd();
        await store.append(newStream(), 'none', [newEvent(), newEvent(), newEvent()]);
        await store.append(newStream(), 'none', [newEvent(), newEvent(), newEvent()]);
        const events = (await readOn(store, before)).slice(0, 6);
        const places = [before, ...events.map(placeAfter)];
        for (const [index, place] of places.entries())
          for (const limit of [1, 2, 5])
            expect((await store.readAll(place, limit)).slice(0, 6 - index)).toEqual(events.slice(index, index + limit));
      });

      test('shows an event to every handle as soon as its append is answered', async () => {
        const place = await theEnd();
        const [event] = recorded(await store.append(newStream(), 'none', [newEvent()]));
        expect((await readOn(other, place)).map((each) => each.id)).toContain(event?.id);
      });

      test('has the size that its last entry number says', async () => {
        const before = await store.size();
        await store.append(newStream(), 'none', [newEvent(), newEvent(), newEvent()]);
        expect(await other.size()).toBeGreaterThanOrEqual(before + 3);
        const end = await theEnd();
        expect(await store.size()).toBeGreaterThanOrEqual(end.size);
      });

      test('has the position of its last event for an end', async () => {
        await store.append(newStream(), 'none', [newEvent(), newEvent()]);
        const [before, place, after] = [await other.end(), await theEnd(), await store.end()].map((end) =>
          BigInt(typeof end === 'string' ? end : end.position),
        );
        expect(before).toBeLessThanOrEqual(place ?? 0n);
        expect(after).toBeGreaterThanOrEqual(place ?? 0n);
      });

      test('never records an event before the one before it', async () => {
        const place = await theEnd();
        const streams = Array.from({ length: 50 }, newStream);
        await Promise.all(
          streams.map((stream, index) => (index % 3 === 0 ? other : store).append(stream, 'none', [newEvent()])),
        );
        const times = (await readOn(store, place)).map((event) => event.recordedAt);
        expect(times).toEqual([...times].sort());
      });
    });

    describe('taking what another store has recorded', () => {
      test('keeps its order, ids, revisions and times, in the ledger and in every stream', async () => {
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

      test('keeps together what came together, and gives it out by appends in pages of every size', async () => {
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

      test('leaves a command that comes again after the move a repeat, and a part of one a mismatch', async () => {
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

      test('a second time, or once more from the middle, records nothing twice', async () => {
        const { store, other, prefix } = await opened.empty();
        const appends = elsewhere(prefix);
        expect(await store.appendRecorded(appends.slice(0, 3))).toBe(true);
        expect(await other.appendRecorded(appends.slice(1))).toBe(true);
        expect(await store.appendRecorded(appends)).toBe(true);
        expect((await readOn(store, start)).map(({ id }) => id)).toEqual(appends.flat().map(({ id }) => id));
      });

      test('stops before an append whose stream stands elsewhere, with nothing of it or after it recorded', async () => {
        const { store, prefix } = await opened.empty();
        const appends = elsewhere(prefix);
        const [one = [], , two = []] = appends;
        expect(await store.appendRecorded([one, two, ...appends])).toBe(false);
        expect((await readOn(store, start)).map(({ id }) => id)).toEqual(one.map(({ id }) => id));
      });

      test('stops before what is only a part of an append that is there', async () => {
        const { store, prefix } = await opened.empty();
        const [one = [], three = [], ...more] = elsewhere(prefix);
        await store.appendRecorded([one, three]);
        expect(await store.appendRecorded([one, three.slice(0, 2), ...more])).toBe(false);
        expect(await store.size()).toBe(4);
      });

      test('never shows half of what came together', async () => {
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

      test('never makes an event older than the one before it, whatever times it brings along', async () => {
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

      test('is the only way to bring a time along: what an append says of it in its metadata is not recorded', async () => {
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

    describe('many at once', () => {
      test('of 64 appends to one stream under one revision exactly one is recorded', async () => {
        const stream = newStream();
        for (let round = 0; round < 5; round += 1) {
          const events = Array.from({ length: 64 }, () => newEvent());
          const answers = await Promise.all(
            events.map((event, index) => append(index % 2 === 0 ? store : other, stream, round, [event])),
          );
          expect(answers.filter((answer) => answer.appended)).toHaveLength(1);
          expect(answers.filter((answer) => !answer.appended && answer.current !== round)).toEqual([]);
        }
        const revisions = (await store.readStream(stream)).map((event) => event.revision);
        expect(revisions).toEqual([0, 1, 2, 3, 4]);
      });

      test('64 writers that try again after a mismatch all get their event in, each at a revision of its own', async () => {
        const stream = newStream();
        const writer = async (handle: EventStore): Promise<number | undefined> => {
          const event = newEvent();
          let expected: ExpectedRevision = 'none';
          for (;;) {
            const answer: Appended = await handle.append(stream, expected, [event]);
            if (answer.appended) return answer.events[0]?.revision;
            expected = answer.current;
          }
        };
        const writers = Array.from({ length: 64 }, (_, index) => writer(index % 2 === 0 ? store : other));
        const revisions = (await Promise.all(writers)).map(Number).sort((a, b) => a - b);
        expect(revisions).toEqual(Array.from({ length: 64 }, (_, index) => index));
      });
    });

    describe('following', () => {
      test.each([
        ['the handle that follows', () => store],
        ['another handle', () => other],
      ])('shows what is there, then what %s appends', async (_, handle) => {
        const place = await theEnd();
        const stream = newStream();
        await handle().append(stream, 'none', [newEvent(), newEvent()]);
        const seen = await following(store, place, async (shown) => {
          const { length } = revisionsOf(shown, stream);
          if (length < 5) await append(handle(), stream, length, [newEvent()]);
          return length >= 5;
        });
        expect(revisionsOf(seen, stream)).toEqual([0, 1, 2, 3, 4]);
        expect(seen).toEqual((await readOn(store, place)).slice(0, seen.length));
      });

      test('is resumed from a place without a gap or a repeat, while others append', async () => {
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
        expect(seen).toEqual((await readOn(store, place)).slice(0, seen.length));
      });

      test('comes in batches that join without a gap where there is much to catch up with', async () => {
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

      test('ends without an error when it is aborted, while it waits or before it began', async () => {
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

      test('shows the same to several followers', async () => {
        const place = await theEnd();
        const stream = newStream();
        const enough = async (shown: readonly PlacedEvent[]) => revisionsOf(shown, stream).length === 10;
        const followers = [store, store, other].map((handle) => following(handle, place, enough));
        for (let revision = 0; revision < 10; revision += 1) await append(store, stream, revision, [newEvent()]);
        for (const seen of await Promise.all(followers))
          expect(revisionsOf(seen, stream)).toEqual(Array.from({ length: 10 }, (_, revision) => revision));
      });
    });

    describe('what an event carries', () => {
      test.each<[string, JsonObject]>([
        ['Chinese and emoji', { name: '上海智能工厂有限公司 𠮷 👩‍🏭🏭', 键: 'é e\u0301 \u200d ﷽' }],
        ['control characters, quotes and separators', { name: 'a\u0000b\u001f"\\/\u2028\u2029\u007f\ufeff' }],
        [
          'numbers at their limits',
          { a: 0.1, b: 1e21, c: Number.MAX_SAFE_INTEGER, d: -5e-324, e: 1.7976931348623157e308 },
        ],
        ['nested, empty and null values', { a: null, b: [], c: {}, d: [[1, [null, { e: false }]]], '': '' }],
        ['60 kB in one text', { name: '智'.repeat(20_000) }],
        [
          '60 kB in many members',
          Object.fromEntries(Array.from({ length: 3_000 }, (_, i) => [`member${i}`, `value ${i}`])),
        ],
      ])('comes back exactly: %s', async (_, data) => {
        const place = await theEnd();
        const stream = newStream();
        const event = newEvent(data);
        await store.append(stream, 'none', [event]);
        expect((await other.readStream(stream)).map(given)).toEqual([event]);
        const inLedger = (await readOn(other, place)).filter((each) => each.stream === stream);
        expect(JSON.stringify(inLedger.map((each) => each.data))).toBe(JSON.stringify([event.data]));
      });

      test('a stream name may hold the letters of an entry key, Chinese ones included', async () => {
        const stream = `${newStream()}-t/ce_s-0012.2019~沪`;
        await store.append(stream, 'none', [newEvent()]);
        expect((await other.readStream(stream)).map((event) => event.stream)).toEqual([stream]);
      });
    });

    test('whatever is appended in whatever order, the store answers as a plain model of it does', async () => {
      const step = fc.record({
        stream: fc.nat(2),
        handle: fc.nat(1),
        /** Added to the current revision: 0 is right, anything else wrong. */
        off: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.integer({ min: -3, max: 2 })),
        count: fc.integer({ min: 1, max: 3 }),
        /** The append, counted from the last one, that this step repeats, whole or with an event less or more. */
        repeat: fc.option(fc.record({ ago: fc.nat(3), change: fc.constantFrom(0, 0, 0, -1, 1) }), { freq: 2 }),
      });
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
          const streams = [newStream(), newStream(), newStream()];
          const model = naiveModel();
          const sent: { stream: string; expected: ExpectedRevision; events: readonly NewEvent[] }[] = [];
          for (const { stream: index, handle, off, count, repeat } of steps) {
            const stream = streams[index] ?? '';
            const earlier = repeat ? sent.at(-1 - repeat.ago) : undefined;
            const call = {
              stream: earlier?.stream ?? stream,
              expected: earlier?.expected ?? revisionAt(model.read(stream).length - 1 + off),
              events: earlier
                ? changed(earlier.events, repeat?.change ?? 0)
                : Array.from({ length: count }, () => newEvent()),
            };
            // The ids of an earlier append where they would be appended anew: the port says nothing about that.
            if (earlier && call.expected === revisionAt(model.read(call.stream).length - 1)) continue;
            sent.push(call);
            const answer = await (handle === 0 ? store : other).append(call.stream, call.expected, call.events);
            expect(summary(answer)).toEqual(model.append(call.stream, call.expected, call.events));
          }
          for (const stream of streams)
            expect((await store.readStream(stream)).map((event) => event.id)).toEqual(model.read(stream));
        }),
        { numRuns: 60 },
      );
    });

    test('a closed handle says that it is away, and the others go on', async () => {
      const handle = await opened.another();
      const stream = newStream();
      await handle.append(stream, 'none', [newEvent()]);
      await handle.close();
      await handle.close();
      await expect(handle.append(stream, 0, [newEvent()])).rejects.toBeInstanceOf(StoreUnavailable);
      await expect(handle.readStream(stream)).rejects.toBeInstanceOf(StoreUnavailable);
      await expect(handle.appendRecorded([[recordedElsewhere(stream, 1, 1, 1)]])).rejects.toBeInstanceOf(
        StoreUnavailable,
      );
      await expect(handle.readAppends(start, 1)).rejects.toBeInstanceOf(StoreUnavailable);
      await expect(handle.readAll(start, 1)).rejects.toBeInstanceOf(StoreUnavailable);
      await expect(handle.end()).rejects.toBeInstanceOf(StoreUnavailable);
      await expect(handle.size()).rejects.toBeInstanceOf(StoreUnavailable);
      expect(await store.readStream(stream)).toHaveLength(1);
    });
  });
};

/** The rule of the port in its plainest form: per stream the ids, and which of them came in one append. */
const naiveModel = () => {
  const appends = new Map<string, { expected: ExpectedRevision; ids: readonly string[] }[]>();
  const read = (stream: string): readonly string[] => (appends.get(stream) ?? []).flatMap(({ ids }) => ids);
  return {
    read,
    append: (stream: string, expected: ExpectedRevision, events: readonly NewEvent[]) => {
      const earlier = appends.get(stream) ?? [];
      const ids = events.map((event) => event.id);
      const current = revisionAt(read(stream).length - 1);
      const same = earlier.some((each) => each.expected === expected && each.ids.join() === ids.join());
      if (!same && expected !== current) return { current };
      if (!same) appends.set(stream, [...earlier, { expected, ids }]);
      const first = expected === 'none' ? 0 : expected + 1;
      return { repeated: same, events: ids.map((id, index) => ({ id, revision: first + index })) };
    },
  };
};

const summary = (answer: Appended) =>
  answer.appended
    ? { repeated: answer.repeated, events: answer.events.map(({ id, revision }) => ({ id, revision })) }
    : { current: answer.current };

const changed = (events: readonly NewEvent[], change: number): readonly NewEvent[] => {
  if (change > 0) return [...events, newEvent()];
  return change < 0 && events.length > 1 ? events.slice(0, -1) : events;
};

/** An event as another store has recorded it. */
const recordedElsewhere = (stream: string, revision: number, entryNumber: number, timeMs: number): LedgerEvent => ({
  ...newEvent(),
  stream,
  revision,
  entryNumber,
  recordedAt: new Date(timeMs).toISOString(),
});

/** Seven events of two streams in four appends, of 2019 and 2020. */
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

const revisionAt = (revision: number): ExpectedRevision => (revision < 0 ? 'none' : revision);

/** Appends so that the first of the events gets this revision. */
const append = (store: EventStore, stream: string, revision: number, events: readonly NewEvent[]) =>
  store.append(stream, revisionAt(revision - 1), events);

const given = ({ id, type, data, metadata }: NewEvent): NewEvent => ({ id, type, data, metadata });

/** The events of an append that must have succeeded. */
export const recorded = (answer: Appended): readonly StreamEvent[] => {
  if (!answer.appended) throw new Error(`a mismatch with the current revision ${answer.current}`);
  return answer.events;
};

/** All events after a place, up to the end as it is now. */
export const readOn = async (store: EventStore, after: Place): Promise<readonly PlacedEvent[]> => {
  const events: PlacedEvent[] = [];
  for (let place = after; ; ) {
    const page = await store.readAll(place, 1_000);
    events.push(...page);
    const last = page.at(-1);
    if (!last) return events;
    place = placeAfter(last);
  }
};

/** The revisions of one stream's events among those of the ledger. */
const revisionsOf = (events: readonly PlacedEvent[], stream: string): readonly number[] =>
  events.filter((event) => event.stream === stream).map((event) => event.revision);

/** Follows from a place; after each batch `enough` is asked about all that was shown. */
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
