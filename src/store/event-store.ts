import type { LedgerEvent, NewEvent, RecordedEvent } from '../../domain/event.ts';

/** The revision that a stream must have for an append: its last event's, or `none` where it has no event. */
export type ExpectedRevision = number | 'none';

/**
 * A place in the ledger that reading goes on after. `position` is the store's own word for it, an unsigned integer in
 * decimal that grows along the ledger; `size` is the number of the registry's events up to it.
 */
export type Place = {
  readonly size: number;
  readonly position: string;
  /**
   * `recordedAt` of the event at the place; the events after it are recorded no earlier. A store that does not set the
   * times itself needs it, so that an event gets the same time wherever reading begins.
   */
  readonly recordedAt?: string | undefined;
};

/** Before the first event. */
export const start: Place = { size: 0, position: '0' };

/** An event with the place that reading goes on after. */
export type PlacedEvent = LedgerEvent & { readonly position: string };

/** The place right after an event. */
export const placeAfter = ({ entryNumber, position, recordedAt }: PlacedEvent): Place => ({
  size: entryNumber + 1,
  position,
  recordedAt,
});

/** Where an event stands in the ledger: its number, and its time there, which is no earlier than the one before. */
export type LedgerPlace = Pick<LedgerEvent, 'entryNumber' | 'recordedAt'>;

/**
 * An event of one stream. Where the store does not know its `entryNumber`, its `recordedAt` may be earlier than it is
 * in the ledger. Its `position` is a place's or, where the store does not say that, `STREAM@REVISION`.
 */
export type StreamEvent = RecordedEvent & { readonly entryNumber?: number; readonly position: string };

/** A position that names an event by its stream and revision; fit for a header. */
export const streamPosition = (stream: string, revision: number | bigint): string =>
  `${encodeURIComponent(stream)}@${revision}`;

export type Named = { readonly stream: string; readonly revision: number };

/** What a position that names an event says; undefined for a place's position, and for what is no position at all. */
export const namedBy = (position: string): Named | undefined => {
  const [, stream = '', revision] = /^([^@]{1,1000})@(\d{1,15})$/.exec(position) ?? [];
  try {
    return revision === undefined ? undefined : { stream: decodeURIComponent(stream), revision: Number(revision) };
  } catch {
    return undefined;
  }
};

/** Whether a text is a position as a store gives it, of either form. */
export const isPosition = (text: string): boolean => /^\d{1,30}$/.test(text) || namedBy(text) !== undefined;

export type Appended =
  | {
      readonly appended: true;
      /** The events as recorded, the same for a repeat. */
      readonly events: readonly StreamEvent[];
      /** The same event ids had been appended at the same expected revision before; nothing was added now. */
      readonly repeated: boolean;
    }
  | { readonly appended: false; readonly current: ExpectedRevision };

/** The events of one append: of one stream, one after the other, at least one. */
export type Append = readonly PlacedEvent[];

/**
 * Members of an event's metadata that belong to the stores: which append it came with, and a time of recording that was
 * brought along from another store. What an ordinary append gives under these names is not recorded.
 */
export const storesOwn = { append: undefined, recordedAt: undefined } as const;

/** The event store as the registry needs it. Every method rejects with `StoreUnavailable` where the store is away. */
export type EventStore = {
  /**
   * Appends to one stream under an expected revision, durably, all events or none. The same event ids at the same
   * expected revision are a repeat; any other expected revision than the stream's is a mismatch, answered with the
   * current one.
   */
  readonly append: (stream: string, expected: ExpectedRevision, events: readonly NewEvent[]) => Promise<Appended>;
  /**
   * Appends what another store has recorded, one append after the other in this order, each whole, with the ids,
   * revisions and times of recording that it has there; a time before that of the ledger's last event becomes that one.
   * For a ledger that nobody else appends to. A repeat adds nothing. False where a stream does not stand right before
   * an append: then neither that one nor any after it was recorded.
   */
  readonly appendRecorded: (appends: readonly (readonly RecordedEvent[])[]) => Promise<boolean>;
  /** All events of a stream in their order; empty where there is none. */
  readonly readStream: (stream: string) => Promise<readonly StreamEvent[]>;
  /** The next events of the ledger after a place, at most `limit` of them; empty at the end. */
  readonly readAll: (after: Place, limit: number) => Promise<readonly PlacedEvent[]>;
  /** As `readAll`, but by appends: the last is whole, even where that makes more than `limit` events. */
  readonly readAppends: (after: Place, limit: number) => Promise<readonly Append[]>;
  /**
   * The events after a place, in batches, then live as any process appends them, until the signal aborts. `onReached`
   * is called whenever the store is found to be there, be there events or none.
   */
  readonly follow: (after: Place, signal: AbortSignal, onReached?: () => void) => AsyncIterable<readonly PlacedEvent[]>;
  /** The number of events in the ledger; on EventStoreDB it may cost a scan of the ledger. */
  readonly size: () => Promise<number>;
  /** The position of the ledger's last event, `0` where there is none; cheaper than its size. */
  readonly end: () => Promise<string>;
  /** Finishes what has been begun and releases the store. Later calls reject with `StoreUnavailable`. */
  readonly close: () => Promise<void>;
};

/**
 * The store can't be reached, is full, damaged or closed: nothing was recorded (but see `OutcomeUnknown`), and the same
 * call may succeed later.
 */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable';
}

/**
 * The store went away in the middle of an append, or before its answer could be read: the events may have been
 * recorded. The same append under the same ids finds out, and records nothing twice.
 */
export class OutcomeUnknown extends StoreUnavailable {}
