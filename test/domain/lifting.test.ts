import { describe, expect, test } from 'vitest';
import { type EventSchema, eventSchema, lifted, type RecordedEvent } from '../../domain/event.ts';
import { blank, evolve } from '../../domain/history.ts';
import { stateOn } from '../../domain/path.ts';
import { given } from './given.ts';
import { factory } from './vocabulary.ts';

const known = given(factory.nominated('2020-01-10'), factory.certified('2020-11-03'));
const [nominated, certified] = known.events as readonly RecordedEvent[] as readonly [RecordedEvent, RecordedEvent];

/** As if a second version had renamed `grade`, and a third had given every certificate a number. */
const third: EventSchema = {
  version: 3,
  lifts: {
    FactoryCertifiedAsModel: {
      1: ({ level = 'demonstration', ...data }) => ({ ...data, grade: level }),
      2: (data) => ({ certificateNo: 'none', ...data }),
    },
  },
};
const old: RecordedEvent = { ...certified, data: { ...certified.data, data: { level: 'benchmark' } } };

describe('an event that an older version recorded', () => {
  test('is lifted from version to version when it is read', () => {
    expect(lifted(old, third).data.data).toEqual({ certificateNo: 'none', grade: 'benchmark' });
  });

  test('makes the history that the current version would have recorded', () => {
    const entry = [nominated, old].reduce(
      (before, event) => evolve(before, event, third),
      blank(known.register, known.key),
    );
    const { status, fields } = stateOn(entry.path.steps, '2021-01-01');
    expect(status).toBe('certified');
    expect(fields).toMatchObject({ grade: 'benchmark', certificateNo: 'none' });
  });

  test('is lifted from its own version; an event of the current version is not lifted', () => {
    const second = {
      ...old,
      metadata: { ...old.metadata, schema: 2 },
      data: { ...old.data, data: { grade: 'benchmark' } },
    };
    expect(lifted(second, third).data.data).toEqual({ certificateNo: 'none', grade: 'benchmark' });
    const current = { ...certified, metadata: { ...certified.metadata, schema: 3 } };
    expect(lifted(current, third)).toBe(current);
  });

  test('stays as it was if no version changed its type', () => {
    expect(lifted(nominated, third)).toBe(nominated);
  });
});

test('there is one version so far, and nothing to lift', () => {
  expect(eventSchema).toEqual({ version: 1, lifts: {} });
  expect(lifted(certified)).toBe(certified);
});
