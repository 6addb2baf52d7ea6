import { describe, expect } from 'vitest';
import { type ExpectedRevision, isPosition, namedBy, streamPosition } from '../../../src/store/event-store.ts';
import { given, newEvent, readOn, recorded } from '../events.ts';
import { append, type ContractTest } from './fixture.ts';

export const appendTests = (test: ContractTest): void => {
  describe('appending to a stream', () => {
    test('events are read back as they were appended, in order', async ({ store, newStream }) => {
      const stream = newStream();
      const [first, second, third] = [newEvent(), newEvent(), newEvent()];
      await store.append(stream, 'none', [first, second]);
      await store.append(stream, 1, [third]);
      const events = await store.readStream(stream);
      expect(events.map(given)).toEqual([first, second, third]);
      expect(events.map((event) => event.revision)).toEqual([0, 1, 2]);
      expect(events.map((event) => event.stream)).toEqual([stream, stream, stream]);
    });

    test('each event of a stream has a position: its place in the ledger, or its stream and revision', async ({
      store,
      newStream,
      theEnd,
    }) => {
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

    test('an append is answered with the events as they are read back', async ({ store, newStream }) => {
      const stream = newStream();
      const answer = await store.append(stream, 'none', [newEvent(), newEvent()]);
      expect(recorded(answer)).toStrictEqual(await store.readStream(stream));
    });

    test('an event is recorded at an instant in UTC with milliseconds', async ({ store, newStream }) => {
      const [event] = recorded(await store.append(newStream(), 'none', [newEvent()]));
      expect(event?.recordedAt).toMatch(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/);
    });

    test('a stream without events reads as empty', async ({ store, newStream }) => {
      expect(await store.readStream(newStream())).toEqual([]);
    });

    test('a stream is read from any of its revisions on; after its last event there is nothing', async ({
      store,
      other,
      newStream,
    }) => {
      const stream = newStream();
      await store.append(stream, 'none', [newEvent(), newEvent()]);
      await store.append(stream, 1, [newEvent(), newEvent(), newEvent()]);
      const whole = await store.readStream(stream);
      for (const handle of [store, other])
        for (let from = 0; from < 8; from++) expect(await handle.readStream(stream, from)).toEqual(whole.slice(from));
      expect(await store.readStream(newStream(), 3)).toEqual([]);
    });

    test('one stream does not show the events of another', async ({ store, newStream }) => {
      const stream = newStream();
      const event = newEvent();
      await store.append(stream, 'none', [event]);
      await store.append(`${stream}-2`, 'none', [newEvent()]);
      expect((await store.readStream(stream)).map(given)).toEqual([event]);
    });

    test.for<[string, number, ExpectedRevision, ExpectedRevision]>([
      ['none if the stream has events', 2, 'none', 1],
      ['a number if the stream has none', 0, 0, 'none'],
      ['a revision before the last', 3, 1, 2],
      ['a revision after the last', 2, 2, 1],
      ['a revision far after the last', 1, 1_000, 0],
    ])(
      'expecting %s is a mismatch, answered with the current revision',
      async ([_, existing, expected, current], { store, newStream }) => {
        const stream = newStream();
        for (let revision = 0; revision < existing; revision += 1) await append(store, stream, revision, [newEvent()]);
        const before = await store.readStream(stream);
        expect(await store.append(stream, expected, [newEvent()])).toEqual({ appended: false, current });
        expect(await store.readStream(stream)).toEqual(before);
      },
    );

    test('several events are appended together or not at all', async ({ store, newStream }) => {
      const stream = newStream();
      const event = newEvent();
      await store.append(stream, 'none', [event]);
      await store.append(stream, 'none', [newEvent(), newEvent(), newEvent()]);
      await store.append(stream, 5, [newEvent(), newEvent()]);
      expect((await store.readStream(stream)).map(given)).toEqual([event]);
    });

    test('events that were appended together are together in the ledger', async ({ store, newStream, theEnd }) => {
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
};
