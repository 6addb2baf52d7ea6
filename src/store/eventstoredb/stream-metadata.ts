import { isObject } from '../../../domain/json.ts';
import { commitOf, type StoredRecord } from './record.ts';

/**
 * The streams whose metadata makes the store hide events, known from following the log from its beginning without a
 * gap. An append to a stream then needs no read of the stream's metadata first.
 */
export type StreamMetadata = {
  /** The position in the log up to which all metadata is known. */
  readonly knownUpTo: () => bigint;
  /** Watches a subscription that begins after a position; it adds to what is known if there is no gap before it. */
  readonly watch: (from: bigint) => Watch;
  /** An append that was sent at a time of `performance.now()` is at a position. */
  readonly appended: (commit: bigint, sentMs: number) => void;
  /** An append or a subscription has failed: what is known is not recent any more. */
  readonly lost: () => void;
  /** Whether the store may hide events of a stream, by the newest metadata seen. */
  readonly hidesEventsOf: (stream: string) => boolean;
  /** Whether the store has recorded an append within the last second, and the log up to there was followed. */
  readonly isRecent: () => boolean;
  /** Whether it is known, and recently enough, that the store hides no events of a stream. */
  readonly isSurelyWhole: (stream: string) => boolean;
};

export type Watch = {
  readonly record: (record: StoredRecord) => void;
  /** The subscription has no further record up to a position. */
  readonly upTo: (commit: bigint) => void;
};

/** What is known for less than this is not checked again before an append. */
export const recentlyMs = 1_000;

const metadataPrefix = '$$';

/** The stream that holds a stream's metadata; of a prefix of streams, the prefix of those that hold theirs. */
export const metadataOf = (stream: string): string => `${metadataPrefix}${stream}`;

/**
 * The stream that a stream's name stands for: of a stream that holds metadata, the one that has it. A server may give
 * the name percent-encoded, as a header must be.
 */
export const streamOfMetadata = (stream: string): string => {
  const name = stream.replace(/^%24%24/, () => metadataPrefix);
  return name.startsWith(metadataPrefix) ? name.slice(metadataPrefix.length) : name;
};

export const openStreamMetadata = (): StreamMetadata => {
  /** Streams whose events were hidden at some time, with the position of their newest metadata. */
  const newest = new Map<string, { readonly commit: bigint; readonly hides: boolean }>();
  let knownUpTo = 0n;
  /** Everything that was in the log at this time is known. */
  let knownAtMs = Number.NEGATIVE_INFINITY;

  const note = ({ streamId, data }: StoredRecord, commit: bigint): void => {
    const stream = streamOfMetadata(streamId);
    const before = newest.get(stream);
    const hides = hidesEvents(data);
    if (before === undefined ? hides : before.commit < commit) newest.set(stream, { commit, hides });
  };

  const hidesEventsOf = (stream: string): boolean => newest.get(stream)?.hides === true;
  const isRecent = (): boolean => performance.now() - knownAtMs < recentlyMs;

  return {
    knownUpTo: () => knownUpTo,
    watch: (from) => {
      const upTo = (commit: bigint): void => {
        if (from <= knownUpTo && commit > knownUpTo) knownUpTo = commit;
      };
      return {
        record: (record) => {
          const commit = commitOf(record);
          if (record.streamId.startsWith(metadataPrefix)) note(record, commit);
          upTo(commit);
        },
        upTo,
      };
    },
    appended: (commit, sentMs) => {
      if (commit <= knownUpTo) knownAtMs = Math.max(knownAtMs, sentMs);
    },
    lost: () => {
      knownAtMs = Number.NEGATIVE_INFINITY;
    },
    hidesEventsOf,
    isRecent,
    isSurelyWhole: (stream) => isRecent() && !hidesEventsOf(stream),
  };
};

/** Whether a stream with this metadata may lack some of its events: it is deleted, truncated or limited. */
export const hidesEvents = (metadata: unknown): boolean =>
  isObject(metadata) && ['$tb', '$maxCount', '$maxAge'].some((limit) => metadata[limit] !== undefined);

/** Whether metadata says that its stream was deleted: its `$tb` is the largest revision, which JSON.parse rounds. */
export const saysDeleted = (metadata: unknown): boolean =>
  isObject(metadata) && typeof metadata.$tb === 'number' && metadata.$tb >= 2 ** 62;
