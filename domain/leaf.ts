import { erasedIn, readable } from './erasure.ts';
import {
  type Body,
  type LedgerEvent,
  type Metadata,
  type NewEvent,
  type Seal,
  type Sealing,
  type Seals,
  streamOf,
} from './event.ts';
import { changeFreeTexts } from './free-text.ts';
import { canonicalJson, isJsonObject, isObject, type Json, type JsonObject, notIJsonAt } from './json.ts';
import { partsOf, valueAt, withValueAt } from './places-in-json.ts';

/**
 * The leaf of an event in the ledger's tree, which never changes: docs/ledger.md. Free texts stand in it as digests, and
 * the store keeps salts and texts beside it, so that a text can be erased and the leaf stays the same.
 */

/** A leaf has at most this many bytes, for it must fit a tile's entry (C2SP tlog-tiles, a length of 16 bits). */
export const eventLimitBytes = 65_535;

/** What is hashed, as UTF-8, for the digest of a free text. */
export const digested = (salt: string, text: Json): string => canonicalJson([salt, text]);

/** Seals each free text of an event. */
export const sealsOf = ({ data }: Pick<NewEvent, 'data'>, sealOf: (text: Json) => Seal): Seals => {
  const seals: [string, Seal][] = [];
  changeFreeTexts(data.register, data as unknown as JsonObject, (text, place) => {
    seals.push([place, sealOf(text)]);
    return text;
  });
  return Object.fromEntries(seals);
};

/** An event as a store keeps it: `data` as in the leaf; `metadata` with its source, and with its texts and their salts. */
export type StoredEvent = Pick<NewEvent, 'id' | 'type'> & { readonly data: object; readonly metadata: object };

export const stored = ({ id, type, data, metadata, source, seals, erased = [] }: NewEvent & Sealing): StoredEvent => {
  const body = data as unknown as JsonObject;
  const texts = [
    ...Object.entries(seals).map(([place, { salt }]) => [place, [salt, valueAt(body, partsOf(place))]]),
    ...erased.map((place) => [place, null]),
  ];
  return {
    id,
    type,
    data: withDigests(body, seals),
    metadata: { ...metadata, source, texts: texts.length === 0 ? undefined : Object.fromEntries(texts) },
  };
};

/**
 * What a stored event says, each text in the place of its digest. A text that was erased is null in the store; one that
 * is gone, or kept in another form, leaves its digest there, too.
 */
export const restored = (data: unknown, metadata: unknown): Pick<NewEvent, 'data' | 'metadata'> & Sealing => {
  const { source, texts, ...own } = isObject(metadata) ? metadata : {};
  let body = (isObject(data) ? data : nothingSaid) as JsonObject;
  const seals: [string, Seal][] = [];
  const erased: string[] = [];
  for (const [place, kept] of Object.entries(isObject(texts) ? texts : {})) {
    const [salt, text] = Array.isArray(kept) ? (kept as Json[]) : [];
    const parts = partsOf(place);
    const digest = valueAt(body, parts);
    if (kept === null && isDigest(digest)) erased.push(place);
    if (typeof salt !== 'string' || text === undefined || !isDigest(digest)) continue;
    seals.push([place, { salt, sha256: digest.sha256 }]);
    body = withValueAt(body, parts, text) as JsonObject;
  }
  return {
    data: body as unknown as Body,
    metadata: own as Metadata,
    source: typeof source === 'string' ? source : '',
    seals: Object.fromEntries(seals),
    ...(erased.length > 0 ? { erased: erased.sort() } : {}),
  };
};

const nothingSaid: JsonObject = { register: '', key: '', data: {} };

const isDigest = (value: Json | undefined): value is { readonly sha256: string } =>
  isJsonObject(value) && Object.keys(value).length === 1 && typeof value.sha256 === 'string';

/** Why an event has no leaf: too many bytes, texts or numbers that are not JSON (RFC 7493), or it is not the registry's. */
export type NoLeaf = 'too-long' | 'not-json' | 'other-hands';

/**
 * An event's leaf: canonical JSON (RFC 8785) of a CloudEvent, as it was recorded and never lifted to a newer schema. An
 * event that this release does not know has one like any other.
 */
export const leafOf = (event: LedgerEvent): { readonly leaf: string } | { readonly noLeaf: NoLeaf } => {
  if (event.data.register === '' || notIJsonAt([event.data, event.metadata, event.source]) !== undefined)
    return { noLeaf: 'not-json' };
  if (!isOurs(event)) return { noLeaf: 'other-hands' };
  const leaf = feedLine(event);
  return isTooLong(leaf) ? { noLeaf: 'too-long' } : { leaf };
};

const isOurs = ({ id, data, metadata, source, stream }: LedgerEvent): boolean =>
  id !== '' &&
  source !== '' &&
  Number.isSafeInteger(metadata.schema) &&
  isObject(data.data) &&
  typeof data.register === 'string' &&
  typeof data.key === 'string' &&
  stream === streamOf(data.register, data.key);

/** The event's line in the NDJSON feed: its leaf, or, if it has none, the same form of it nevertheless. */
export const feedLine = (event: LedgerEvent): string =>
  canonicalJson(cloudEventOf(event, withDigests(event.data as unknown as JsonObject, event.seals)));

/** An event as every other form of the trail shows it: the CloudEvent 1.0 that its leaf is, with its texts. */
export const cloudEvent = (event: LedgerEvent): JsonObject =>
  cloudEventOf(event, { ...(readable(event) as unknown as JsonObject), ...erasedIn(event) });

const cloudEventOf = (event: LedgerEvent, data: JsonObject): JsonObject => ({
  specversion: '1.0',
  id: event.id,
  type: event.type,
  source: event.source,
  subject: `${event.data.register}/${event.data.key}`,
  time: event.recordedAt,
  datacontenttype: 'application/json',
  entrynumber: event.entryNumber,
  data: { ...data, revision: event.revision, metadata: event.metadata as unknown as JsonObject },
});

/** A source has at most so many characters, all of them ASCII. */
export const longestSource = 255;

/**
 * An upper bound of the length of an event's leaf, and of the event with its texts, before store and place are known: the
 * largest entry number and revision stand in for them.
 */
export const longestBytes = (event: NewEvent, stream: string): number => {
  const seals = sealsOf(event, () => ({ salt: '', sha256: '0'.repeat(64) }));
  const place = { revision: 999_999_999, entryNumber: 999_999_999_999, recordedAt: '2000-01-01T00:00:00.000Z' };
  const placed = { ...event, ...place, stream, source: 'x'.repeat(longestSource), seals };
  return Math.max(lengthBytes(feedLine(placed)), lengthBytes(canonicalJson(cloudEvent(placed))));
};

const mostBytesOfUnit = 3;
/** Of most texts, the length alone tells. */
const isTooLong = (leaf: string): boolean =>
  leaf.length * mostBytesOfUnit > eventLimitBytes && lengthBytes(leaf) > eventLimitBytes;

const lengthBytes = (text: string): number => new TextEncoder().encode(text).length;

const withDigests = (data: JsonObject, seals: Seals): JsonObject =>
  Object.entries(seals).reduce<Json>(
    (body, [place, { sha256 }]) => withValueAt(body, partsOf(place), { sha256 }),
    data,
  ) as JsonObject;
