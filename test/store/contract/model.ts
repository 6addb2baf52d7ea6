import fc from 'fast-check';
import { expect } from 'vitest';
import type { NewEvent } from '../../../domain/event.ts';
import type { Appended, ExpectedRevision } from '../../../src/store/event-store.ts';
import { newEvent } from '../events.ts';
import { type ContractTest, revisionAt } from './fixture.ts';

export const modelTest = (test: ContractTest): void => {
  test('the store answers like a plain model of it, whatever is appended in whatever order', async ({
    store,
    other,
    newStream,
  }) => {
    const step = fc.record({
      stream: fc.nat(2),
      handle: fc.nat(1),
      /** Added to the current revision: 0 is right, anything else is wrong. */
      off: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.integer({ min: -3, max: 2 })),
      count: fc.integer({ min: 1, max: 3 }),
      /** The append, counted back from the last one, that this step repeats, whole or with one event fewer or more. */
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
          // Ids of an earlier append that would be appended anew: the port does not define that.
          if (earlier && call.expected === revisionAt(model.read(call.stream).length - 1)) continue;
          sent.push(call);
          const answer = await (handle === 0 ? store : other).append(call.stream, call.expected, call.events);
          expect(summary(answer)).toEqual(model.append(call.stream, call.expected, call.events));
        }
        for (const stream of streams)
          for (const from of [0, 1, 4])
            expect((await store.readStream(stream, from)).map((event) => event.id)).toEqual(
              model.read(stream).slice(from),
            );
      }),
      { numRuns: 60 },
    );
  }, 120_000);
};

/** The port's rule in its plainest form: the ids of each stream, grouped by append. */
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
