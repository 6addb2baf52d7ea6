import type { NewEvent, Sealing } from '../../../domain/event.ts';
import { restored, stored } from '../../../domain/leaf.ts';
import { type PlacedEvent, storesOwn } from '../event-store.ts';

export const columns = 'entry_number, stream, revision, id, type, recorded_at, data, metadata';

export type Row = readonly [
  entryNumber: number,
  stream: string,
  revision: number,
  id: string,
  type: string,
  recordedAt: number,
  data: string,
  metadata: string,
];

/** An event to append, and the row that it becomes. */
export type Proposed = {
  readonly event: NewEvent & Sealing;
  readonly data: string;
  readonly metadata: string;
  /** Epoch milliseconds; defaults to the clock's. */
  readonly recordedAt?: number;
};

export const proposed = (event: NewEvent & Sealing): Proposed => {
  const { data, metadata } = stored(event);
  return { event, data: JSON.stringify(data), metadata: JSON.stringify({ ...metadata, ...storesOwn }) };
};

let latest = { ms: Number.NaN, iso: '' };

/** The events of a group have mostly the same time. */
const isoOf = (ms: number): string => {
  if (ms !== latest.ms) latest = { ms, iso: new Date(ms).toISOString() };
  return latest.iso;
};

/** What was just recorded, as it reads from now on. */
export const placed = (
  { id, type, data, metadata, source, seals, erased }: NewEvent & Sealing,
  stream: string,
  revision: number,
  entryNumber: number,
  recordedAt: number,
): PlacedEvent => ({
  id,
  type,
  data,
  metadata,
  source,
  seals,
  ...(erased && { erased }),
  stream,
  revision,
  recordedAt: isoOf(recordedAt),
  entryNumber,
  position: String(entryNumber + 1),
});

export const eventFromRow = (row: unknown): PlacedEvent => {
  const [entryNumber, stream, revision, id, type, recordedAt, data, metadata] = row as Row;
  const said = { id, type, ...restored(parsed(data), parsed(metadata)) };
  return placed(said, stream, revision, entryNumber, recordedAt);
};

/** Undefined if another program has written something that is not JSON. */
export const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
