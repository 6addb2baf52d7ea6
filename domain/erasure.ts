import type { Body, NewEvent, RecordedEvent, Sealing } from './event.ts';
import type { Json, JsonObject } from './json.ts';
import { isSamePerson } from './person.ts';
import { partsOf, withValueAt } from './places-in-json.ts';

/**
 * The erasure of free texts: an event of the entry's own stream says which texts of which event, and after it they and
 * their salts are gone. The digests stay, and with them every leaf.
 */
export const textErased = 'TextErased';

/** An event's id, and the names of the texts that are erased of it. */
export type Erasure = { readonly event: string; readonly names: readonly string[] };

/** As much of an event as says what it erases. */
type Said = {
  readonly type: string;
  readonly data: { readonly data: JsonObject };
  readonly metadata: { readonly by: string; readonly approvedBy?: string | undefined };
};

/** What an event erases; undefined if it erases nothing, or if only one person wanted that. */
export const erasureOf = ({ type, data, metadata }: Said): Erasure | undefined => {
  if (type !== textErased) return undefined;
  const { event, names } = data.data;
  const { by, approvedBy } = metadata;
  if (typeof event !== 'string' || !Array.isArray(names)) return undefined;
  if (approvedBy === undefined || isSamePerson(by, approvedBy)) return undefined;
  return { event, names: names.filter((name) => typeof name === 'string') };
};

/** The name of a free text by its place: `note` for `/note`; `evidence` for all that a piece of evidence says. */
export const textNameAt = (place: string): string => {
  const parts = partsOf(place);
  return parts.slice(0, -1).includes('evidence') ? 'evidence' : (parts.at(-1) ?? '');
};

/** The names of an event's texts that were erased, as every read has them; nothing if none was. */
export const erasedIn = ({ erased }: Pick<RecordedEvent, 'erased'>): { readonly erased?: readonly string[] } =>
  erased === undefined ? {} : { erased: [...new Set(erased.map(textNameAt))] };

/** What an event says to a reader: without what is left of erased texts. */
export const readable = ({ data, erased = [] }: Pick<RecordedEvent, 'data' | 'erased'>): Body => {
  if (erased.length === 0) return data;
  const body = erased.reduce<Json>(
    (said, place) => withValueAt(said, partsOf(place), undefined),
    data as unknown as Json,
  );
  return body as unknown as Body;
};

/** An event without its texts of some names; the same event if it has none of them. */
export const withoutTexts = <E extends NewEvent & Sealing>(event: E, names: readonly string[]): E => {
  const gone = Object.entries(event.seals).filter(([place]) => names.includes(textNameAt(place)));
  if (gone.length === 0) return event;
  const data = gone.reduce<Json>(
    (said, [place, { sha256 }]) => withValueAt(said, partsOf(place), { sha256 }),
    event.data as unknown as JsonObject,
  );
  const places = gone.map(([place]) => place);
  return {
    ...event,
    data,
    seals: Object.fromEntries(Object.entries(event.seals).filter(([place]) => !places.includes(place))),
    erased: [...(event.erased ?? []), ...places].sort(),
  };
};

/** The events of one stream, without the texts that one of them erases; the same if none does. */
export const withErasures = <E extends NewEvent & Sealing>(events: readonly E[]): readonly E[] => {
  const erasures = events.flatMap((event) => erasureOf(event) ?? []);
  if (erasures.length === 0) return events;
  return events.map((event) =>
    erasures.reduce((known, { event: id, names }) => (id === known.id ? withoutTexts(known, names) : known), event),
  );
};
