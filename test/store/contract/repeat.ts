import { describe, expect } from 'vitest';
import { given, newEvent, recorded } from '../events.ts';
import type { ContractTest } from './fixture.ts';

export const repeatTests = (test: ContractTest): void => {
  describe('a repeat', () => {
    test.for([1, 3])(
      'of an append of %i event(s) is answered with what was recorded first',
      async (count, { store, newStream }) => {
        const stream = newStream();
        const events = Array.from({ length: count }, () => newEvent());
        const first = recorded(await store.append(stream, 'none', events));
        expect(await store.append(stream, 'none', events)).toEqual({ appended: true, events: first, repeated: true });
        expect(await store.readStream(stream)).toEqual(first);
      },
    );

    test('is recognised after other appends and through another handle', async ({ store, other, newStream }) => {
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

    test('is answered with the body that was recorded first, whatever the body of the repeat', async ({
      store,
      newStream,
    }) => {
      const stream = newStream();
      const event = newEvent({ name: 'first' });
      const first = recorded(await store.append(stream, 'none', [event]));
      const answer = await store.append(stream, 'none', [{ ...newEvent({ name: 'second' }), id: event.id }]);
      expect(answer).toEqual({ appended: true, events: first, repeated: true });
    });

    test('of only the beginning of an append is a mismatch', async ({ store, newStream }) => {
      const stream = newStream();
      const [first, second] = [newEvent(), newEvent()];
      await store.append(stream, 'none', [first, second]);
      expect(await store.append(stream, 'none', [first])).toEqual({ appended: false, current: 1 });
    });

    test('of an append with one more event is a mismatch, even if that event was appended next', async ({
      store,
      newStream,
    }) => {
      const stream = newStream();
      const [first, second] = [newEvent(), newEvent()];
      await store.append(stream, 'none', [first]);
      expect(await store.append(stream, 'none', [first, second])).toEqual({ appended: false, current: 0 });
      await store.append(stream, 0, [second]);
      expect(await store.append(stream, 'none', [first, second])).toEqual({ appended: false, current: 1 });
      expect(await store.readStream(stream)).toHaveLength(2);
    });

    test('of the same events in another order is a mismatch', async ({ store, newStream }) => {
      const stream = newStream();
      const [first, second] = [newEvent(), newEvent()];
      await store.append(stream, 'none', [first, second]);
      expect(await store.append(stream, 'none', [second, first])).toEqual({ appended: false, current: 1 });
    });

    test('at another expected revision is a mismatch', async ({ store, newStream }) => {
      const stream = newStream();
      const [first, second, third] = [newEvent(), newEvent(), newEvent()];
      await store.append(stream, 'none', [first]);
      await store.append(stream, 0, [second]);
      await store.append(stream, 1, [third]);
      expect(await store.append(stream, 'none', [second])).toEqual({ appended: false, current: 2 });
      expect(await store.append(stream, 1, [second])).toEqual({ appended: false, current: 2 });
      expect(await store.append(stream, 7, [second])).toEqual({ appended: false, current: 2 });
    });

    test('of one append, a thousand at once, leaves one event', async ({ store, other, newStream }) => {
      const stream = newStream();
      const event = newEvent();
      const answers = await Promise.all(
        Array.from({ length: 1_000 }, (_, index) => (index % 2 === 0 ? store : other).append(stream, 'none', [event])),
      );
      const events = await store.readStream(stream);
      expect(events.map(given)).toEqual([event]);
      expect(answers.map(recorded)).toEqual(answers.map(() => events));
      expect(answers.filter((answer) => answer.appended && !answer.repeated)).toHaveLength(1);
    }, 120_000);
  });
};
