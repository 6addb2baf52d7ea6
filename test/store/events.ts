import { randomUUID } from 'node:crypto';
import { type LedgerEvent, type NewEvent, streamPrefix } from '../../domain/event.ts';
import type { JsonObject } from '../../domain/json.ts';
import {
  type Appended,
  type EventStore,
  type Place,
  type PlacedEvent,
  placeAfter,
  type StreamEvent,
} from '../../src/store/event-store.ts';

/** The name of a stream that no other test uses. */
export const newStream = (prefix = streamPrefix): string => `${prefix}contract-${randomUUID()}`;

export const newEvent = (data: JsonObject = { name: '上海示范工厂' }): NewEvent => ({
  id: randomUUID(),
  type: 'FactoryNominated',
  data: { register: 'factories', key: 'contract', effectiveOn: '2020-11-03', data },
  metadata: { schema: 1, by: 'clerk', command: randomUUID(), bodySha256: '0'.repeat(64) },
});

/** An event as another store has recorded it. */
export const recordedElsewhere = (
  stream: string,
  revision: number,
  entryNumber: number,
  timeMs: number,
): LedgerEvent => ({
  ...newEvent(),
  stream,
  revision,
  entryNumber,
  recordedAt: new Date(timeMs).toISOString(),
  source: 'elsewhere.example.org/ledger',
  seals: {},
});

/** An event as it was given to the store, without what the store adds. */
export const given = ({ id, type, data, metadata }: NewEvent): NewEvent => ({ id, type, data, metadata });

/** The events of an append that must have succeeded. */
export const recorded = (answer: Appended): readonly StreamEvent[] => {
  if (!answer.appended) throw new Error(`a mismatch with the current revision ${answer.current}`);
  return answer.events;
};

/** All events after a place, up to the present end. */
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
