import { describe, expect } from 'vitest';
import type { Appended, EventStore, ExpectedRevision } from '../../../src/store/event-store.ts';
import { newEvent } from '../events.ts';
import { append, type ContractTest } from './fixture.ts';

export const concurrencyTests = (test: ContractTest): void => {
  describe('many at once', () => {
    test('of 64 appends to one stream under one revision exactly one is recorded', async ({
      store,
      other,
      newStream,
    }) => {
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

    test('64 writers that retry after a mismatch all append their event, each at a revision of its own', async ({
      store,
      other,
      newStream,
    }) => {
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
};
