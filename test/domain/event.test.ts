import { expect, test } from 'vitest';
import { tooLarge } from '../../domain/decide.ts';
import { cloudEvent, eventLimitBytes, eventLine, lineLengthBytes, streamOf } from '../../domain/event.ts';
import { given, recorded } from './given.ts';
import { factory } from './vocabulary.ts';

const known = given(factory.nominated('2020-01-10', { note: '首批', evidence: [{ title: '公示名单' }] }));
const [event] = known.events;
if (event === undefined) throw new Error('No event');

test('all events of an entry are in one stream, regardless of the case of its key', () => {
  expect(streamOf('criteria', 'GB-T-39116-2020')).toBe('upgrade.criteria-gb-t-39116-2020');
});

test('an event is published as a CloudEvent with its place in the ledger', () => {
  expect(cloudEvent({ ...event, entryNumber: 41 })).toEqual({
    specversion: '1.0',
    id: event.id,
    type: 'FactoryNominated',
    source: 'upgrade-registry',
    subject: 'factories/kangqiao-digital',
    time: '2022-03-01T00:00:00.000Z',
    datacontenttype: 'application/json',
    entrynumber: 41,
    data: {
      register: 'factories',
      key: 'kangqiao-digital',
      effectiveOn: '2020-01-10',
      data: factory.described,
      evidence: [{ title: '公示名单' }],
      note: '首批',
      schema: 1,
      by: 'li.wei',
      command: event.metadata.command,
      bodySha256: event.metadata.bodySha256,
      entryNumber: 41,
      revision: 0,
      recordedAt: '2022-03-01T00:00:00.000Z',
    },
  });
});

test("an event's line is canonical: one line, members in order, the same for ever", () => {
  const line = eventLine({ ...event, entryNumber: 41 });
  expect(line).not.toContain('\n');
  expect(line.startsWith('{"data":{"bodySha256":"0000')).toBe(true);
  expect(JSON.parse(line)).toEqual(cloudEvent({ ...event, entryNumber: 41 }));
});

test('the length estimated before recording is never less than that of the recorded line', () => {
  const bytes = (text: string) => new TextEncoder().encode(text).length;
  for (const entryNumber of [0, 41, 999_999_999_999])
    expect(bytes(eventLine({ ...event, entryNumber }))).toBeLessThanOrEqual(lineLengthBytes(event, event.stream));
});

test('an event has at most 65,535 bytes', () => {
  const noted = (length: number) => {
    const data = { ...event.data, data: { ...event.data.data, name: 'n'.repeat(length) } };
    return { ...event, data };
  };
  const room = eventLimitBytes - lineLengthBytes(noted(0), event.stream);
  expect(tooLarge(known.entry, noted(room))).toBeUndefined();
  expect(tooLarge(known.entry, noted(room + 1))).toEqual({ code: 'event-too-large', limitBytes: 65_535 });
  expect(tooLarge(known.entry, noted(Math.ceil((room + 3) / 3)))).toBeUndefined();
  expect(
    tooLarge(known.entry, { ...event, data: { ...event.data, note: '注'.repeat(Math.ceil(room / 3) + 1) } }),
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
