import { convertGrpcEvent } from '@eventstore/db-client/dist/utils/convertGrpcEvent.js';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import { expect, test } from 'vitest';
import { readOf } from '../../src/store/eventstoredb/read.ts';

/** What a server sends for an event that it created so many times 100 ns after 1970 began. */
const sent = (created: string, metadata: object = {}) => {
  const recorded = new streams.ReadResp.ReadEvent.RecordedEvent();
  recorded.setId(new shared.UUID().setString('00000000-0000-4000-8000-000000000000'));
  recorded.setStreamIdentifier(new shared.StreamIdentifier().setStreamName(Buffer.from('upgrade.factories-a')));
  recorded.setStreamRevision('0');
  recorded.getMetadataMap().set('type', 'FactoryNominated').set('content-type', 'application/json');
  recorded.getMetadataMap().set('created', created);
  recorded.setData(Buffer.from('{"register":"factories","key":"a","data":{}}'));
  recorded.setCustomMetadata(Buffer.from(JSON.stringify(metadata)));
  return new streams.ReadResp.ReadEvent().setEvent(recorded);
};

const recordedAt = (created: string, metadata?: object) => {
  const { event } = convertGrpcEvent(sent(created, metadata));
  if (event === undefined) throw new Error('No event');
  return readOf(event).event.recordedAt;
};

// These milliseconds are in every leaf, so another release of the client must make the same of the same time.
test.each([
  ['16098120002500000', '2021-01-05T02:00:00.250Z'],
  ['16098120002500001', '2021-01-05T02:00:00.250Z'],
  ['16098120002504999', '2021-01-05T02:00:00.250Z'],
  ['16098120002505000', '2021-01-05T02:00:00.250Z'],
  ['16098120002509999', '2021-01-05T02:00:00.250Z'],
  ['16098120002510000', '2021-01-05T02:00:00.251Z'],
  ['16098120009999999', '2021-01-05T02:00:00.999Z'],
  ['16098120010000000', '2021-01-05T02:00:01.000Z'],
  ['16094591999999999', '2020-12-31T23:59:59.999Z'],
  ['17964288000000000', '2026-12-05T00:00:00.000Z'],
  ['18446744073709551', '2028-06-15T09:33:27.370Z'],
  ['41023583999999999', '2099-12-30T23:59:59.999Z'],
  ['90071992547409910', '2255-06-05T23:47:34.740Z'],
  ['90071992547409929', '2255-06-05T23:47:34.740Z'],
  ['90071992547409999', '2255-06-05T23:47:34.740Z'],
  ['90071992547410000', '2255-06-05T23:47:34.741Z'],
  ['2533862879999999999', '9999-06-29T15:59:59.999Z'],
  ['0', '1970-01-01T00:00:00.000Z'],
  ['9999', '1970-01-01T00:00:00.000Z'],
  ['10000', '1970-01-01T00:00:00.001Z'],
])('a time of the server of %s times 100 ns is cut off to the millisecond %s', (created, instant) => {
  expect(recordedAt(created)).toBe(instant);
});

test('an event that was copied has the time at which its first store recorded it, and no time that is none', () => {
  const at = '2019-06-24T01:02:03.004Z';
  expect(recordedAt('16098120002509999', { recordedAt: at })).toBe(at);
  for (const wrong of [
    '2019-06-24',
    '2019-06-24T01:02:03Z',
    '2019-06-24T01:02:03.0041Z',
    '2019-06-24T09:02:03.004+08:00',
    7,
  ])
    expect(recordedAt('16098120002509999', { recordedAt: wrong })).toBe('2021-01-05T02:00:00.250Z');
});
