import { erasureOf, textNameAt, withoutTexts } from '../../domain/erasure.ts';
import {
  type EventStore,
  type Place,
  type PlacedEvent,
  placeAfter,
  type StreamErasure,
  start,
} from '../store/event-store.ts';

const pageSize = 2_000;

/** Every erasure that a store’s ledger has, for those who read the store from its first event on: all of it is read. */
export const recordedErasures = async (store: Pick<EventStore, 'readAll'>) => {
  const found = new Map<string, (StreamErasure & { readonly entryNumber: number })[]>();
  let place: Place = start;
  for (;;) {
    const page = await store.readAll(place, pageSize);
    for (const event of page) {
      const erasure = erasureOf(event);
      if (erasure === undefined) continue;
      const { stream, entryNumber } = event;
      found.set(erasure.event, [...(found.get(erasure.event) ?? []), { ...erasure, stream, entryNumber }]);
    }
    const last = page.at(-1);
    if (last === undefined) break;
    place = placeAfter(last);
  }
  const of = ({ id, stream }: Pick<PlacedEvent, 'id' | 'stream'>) =>
    (found.get(id) ?? []).filter((erasure) => erasure.stream === stream);
  return {
    all: [...found.values()].flat(),
    /** An event without the texts that the ledger says were erased, even if the store still has them. */
    applied: (event: PlacedEvent): PlacedEvent =>
      of(event).reduce((known, { names }) => withoutTexts(known, names), event),
    /** Whether the ledger says only after its first `size` events that a text of an event was erased. */
    areLater: (event: PlacedEvent, size: number): boolean =>
      (event.erased ?? []).some((at) => {
        const ofText = of(event).filter(({ names }) => names.includes(textNameAt(at)));
        return ofText.length > 0 && ofText.every(({ entryNumber }) => entryNumber >= size);
      }),
  };
};
