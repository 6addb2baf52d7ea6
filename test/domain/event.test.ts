import { expect, test } from 'vitest';
import { tooLarge } from '../../domain/decide.ts';
import { streamOf } from '../../domain/event.ts';
import { eventLimitBytes, longestBytes } from '../../domain/leaf.ts';
import { given, recorded } from './given.ts';
import { factory } from './vocabulary.ts';

const known = given(factory.nominated('2020-01-10', { note: '首批', evidence: [{ title: '公示名单' }] }));
const [event] = known.events;
if (event === undefined) throw new Error('No event');

test('all events of an entry are in one stream, regardless of the case of its key', () => {
  expect(streamOf('criteria', 'GB-T-39116-2020')).toBe('upgrade.criteria-gb-t-39116-2020');
});

test('an event has at most 65,535 bytes, as a leaf and with its texts', () => {
  const noted = (length: number) => {
    const data = { ...event.data, data: { ...event.data.data, name: 'n'.repeat(length) } };
    return { ...event, data };
  };
  const room = eventLimitBytes - longestBytes(noted(0), event.stream);
  expect(tooLarge(known.entry, noted(room))).toBeUndefined();
  expect(tooLarge(known.entry, noted(room + 1))).toEqual({ code: 'event-too-large', limitBytes: 65_535 });
  expect(tooLarge(known.entry, noted(Math.ceil((room + 3) / 3)))).toBeUndefined();
  expect(
    tooLarge(known.entry, { ...event, data: { ...event.data, note: '注'.repeat(Math.ceil(room / 3) + 100) } }),
  ).toMatchObject({
    code: 'event-too-large',
  });
});

test('a fact keeps its evidence and note, and a correction its own', () => {
  const certified = recorded(
    known,
    factory.certify('2020-11-03', { note: '第一批', evidence: [{ title: '认定文件' }] }),
  );
  expect(certified.events[1]?.data).toEqual({
    register: 'factories',
    key: 'kangqiao-digital',
    effectiveOn: '2020-11-03',
    data: { grade: 'demonstration' },
    evidence: [{ title: '认定文件' }],
    note: '第一批',
  });
});
