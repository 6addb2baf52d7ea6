import type { Erasure } from '../../domain/erasure.ts';
import type { LedgerEvent, NewEvent, SealedEvent } from '../../domain/event.ts';
import { notIJsonAt } from '../../domain/json.ts';

/** The source of the events that a node records if it is given none. */
export const defaultOrigin = 'localhost/upgrade-registry';

/** The revision that a stream must have for an append: its last event's, or `none` if it has no event. */
export type ExpectedRevision = number | 'none';

/**
 * A place in the ledger from which reading continues. `position` is the store's own, an unsigned integer in decimal that
 * grows along the ledger; `size` is the number of the registry's events up to it.
 */
export type Place = {
  readonly size: number;
  readonly position: string;
  /**
   * `recordedAt` of the event at the place; the events after it are recorded no earlier. A store that does not set the
   * times itself needs it to give an event the same time wherever reading begins.
   */
  readonly recordedAt?: string | undefined;
};

/** Before the first event. */
export const start: Place = { size: 0, position: '0' };

/** An event with its position, from which reading continues after it. */
export type PlacedEvent = LedgerEvent & { readonly position: string };

/** The place right after an event. */
export const placeAfter = ({ entryNumber, position, recordedAt }: PlacedEvent): Place => ({
  size: entryNumber + 1,
  position,
  recordedAt,
});

/** An event's number in the ledger and its time there, which is no earlier than that of the event before it. */
export type LedgerPlace = Pick<LedgerEvent, 'entryNumber' | 'recordedAt'>;

/**
 * An event of one stream. If the store does not know its `entryNumber`, its `recordedAt` may be earlier than in the
 * ledger. Its `position` is that of a place or, if the store does not give one, `STREAM@REVISION`.
 */
export type StreamEvent = SealedEvent & { readonly entryNumber?: number; readonly position: string };

/** A position that names an event by its stream and revision, encoded so that it fits a header. */
export const streamPosition = (stream: string, revision: number | bigint): string =>
  `${encodeURIComponent(stream)}@${revision}`;

export type Named = { readonly stream: string; readonly revision: number };

/** The event that a position names; undefined for a place's position, and for a text that is not a position. */
export const namedBy = (position: string): Named | undefined => {
  const [, stream = '', revision] = /^([^@]{1,1000})@(\d{1,15})$/.exec(position) ?? [];
  try {
    return revision === undefined ? undefined : { stream: decodeURIComponent(stream), revision: Number(revision) };
  } catch {
    return undefined;
  }
};

/** Whether a text is a position of either form. */
export const isPosition = (text: string): boolean => /^\d{1,30}$/.test(text) || namedBy(text) !== undefined;

export type Appended =
  | {
      readonly appended: true;
      /** The events as recorded, the same for a repeat. */
      readonly events: readonly StreamEvent[];
      /** The same event ids had already been appended at the same expected revision; nothing was added. */
      readonly repeated: boolean;
    }
  | { readonly appended: false; readonly current: ExpectedRevision };

/** The events of one append: consecutive events of one stream, at least one. */
export type Append = readonly PlacedEvent[];

/**
 * Members of an event's metadata that belong to the stores: the append that the event came with, and the time at which
 * another store recorded it. The values that an ordinary append has under these names are not recorded.
 */
export const storesOwn = { append: undefined, recordedAt: undefined } as const;
export type StoresOwn = Partial<Record<keyof typeof storesOwn, unknown>>;

/** Which texts of which event of a stream are erased. */
export type StreamErasure = Erasure & { readonly stream: string };

/** The event store as the registry needs it. Every method rejects with `StoreUnavailable` if the store is unavailable. */
export type EventStore = {
  /**
   * Appends to one stream under an expected revision, durably, all events or none. The same event ids at the same
   * expected revision are a repeat; any other expected revision than the stream's is a mismatch, and the answer is the
   * current one. Each free text is sealed with a salt of its own. Rejects with `NotIJson`, and records nothing, if an
   * event is not I-JSON.
   */
  readonly append: (stream: string, expected: ExpectedRevision, events: readonly NewEvent[]) => Promise<Appended>;
  /**
   * Appends what another store has recorded, append by append in this order, each whole, with the ids, revisions, seals
   * and recorded times that it has there; a time before that of the ledger's last event becomes that one. For a ledger that
   * nobody else appends to. A repeat adds nothing. False if a stream is not at the revision before an append: then
   * neither that append nor any after it was recorded.
   */
  readonly appendRecorded: (appends: readonly (readonly SealedEvent[])[]) => Promise<boolean>;
  /**
   * The events of a stream from a revision on, in order, from its first one by default; empty if there is none. A read
   * that does not begin with the first need not notice that events before it are gone.
   */
  readonly readStream: (stream: string, from?: number) => Promise<readonly StreamEvent[]>;
  /** The next events of the ledger after a place, at most `limit` of them; empty at the end. */
  readonly readAll: (after: Place, limit: number) => Promise<readonly PlacedEvent[]>;
  /** As `readAll`, but in appends: the last is whole, even if that makes more than `limit` events. */
  readonly readAppends: (after: Place, limit: number) => Promise<readonly Append[]>;
  /**
   * The events after a place, in batches, then live as any process appends them, until the signal aborts. `onReached`
   * is called whenever the store has answered, with or without events.
   */
  readonly follow: (after: Place, signal: AbortSignal, onReached?: () => void) => AsyncIterable<readonly PlacedEvent[]>;
  /** The number of events in the ledger; on EventStoreDB it may cost a scan of the ledger. */
  readonly size: () => Promise<number>;
  /** The position of the ledger's last event, `0` if there is none; cheaper than its size. */
  readonly end: () => Promise<string>;
  /** Whether each read is a journey to another process. */
  readonly isRemote: boolean;
  /**
   * Whether a command may append now without having read the stream: the append itself then tells of a stream that has
   * lost events, and the store is not known to be away.
   */
  readonly appendsFirst: () => boolean;
  /**
   * Takes texts and their salts out of what is stored; the rest of the events stays as it is. False if another process
   * reads the store and so keeps a copy for the moment. Undefined if a store cannot change what it has.
   */
  readonly eraseTexts?: (erasures: readonly StreamErasure[]) => Promise<boolean>;
  /** Finishes the appends under way and releases the store. Later calls reject with `StoreUnavailable`. */
  readonly close: () => Promise<void>;
};

/** An event has a text, a name or a number that is not I-JSON (RFC 7493), which the code that appends should have refused. */
export class NotIJson extends Error {
  override readonly name = 'NotIJson';
}

/** What both stores check before they append. Throws `NotIJson`. */
export const assertIJson = (events: readonly NewEvent[]): void => {
  const at = notIJsonAt(events);
  if (at !== undefined) throw new NotIJson(`The events to append are not I-JSON at ${at}.`);
};

/**
 * The store cannot be reached, or is full, damaged or closed: nothing was recorded (but see `OutcomeUnknown`), and the
 * same call may succeed later.
 */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable';
}

/**
 * The store became unavailable during an append, or before its answer could be read: the events may have been
 * recorded. Repeating the append under the same ids finds out, and records nothing twice.
 */
export class OutcomeUnknown extends StoreUnavailable {}

/** Another release has written the store, in a form that this one cannot read. */
export class OtherForm extends Error {
  override readonly name = 'OtherForm';
}

/** Something other than the registry has removed events of a stream from the store: nothing was recorded there. */
export class StoreDamaged extends StoreUnavailable {}

/** Throws `OtherForm` if a release of the registry recorded the first event that did not seal free texts yet. */
export const assertSealed = async (store: Pick<EventStore, 'readAll'>, name: string): Promise<void> => {
  const [first] = await store.readAll(start, 1);
  if (first?.source === '' && first.metadata.schema !== undefined)
    throw new OtherForm(
      `${name} holds events that an earlier release recorded; this release records them in another form and does not read those. They were left unchanged.`,
    );
};
