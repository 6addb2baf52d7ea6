import { isObject } from '../../../domain/json.ts';
import { commitOf, type StoredRecord } from './record.ts';

/**
 * Which streams have metadata by which the store hides events, known from following the log from its beginning without
 * a gap, so that a stream that is written to need not be looked at first.
 */
export type Marks = {
  /** How far the log is known. */
  readonly known: () => bigint;
  /** Watches a tail that begins after a position; what it tells counts where nothing before it is unknown. */
  readonly watch: (from: bigint) => Watch;
  /** An append that was begun at a time of `performance.now()` stands at a position. */
  readonly appended: (commit: bigint, begunMs: number) => void;
  /** Whether events of a stream may be hidden, by what was seen last. */
  readonly isMarked: (stream: string) => boolean;
  /** Whether a stream surely carried no mark so recently that it need not be looked at. */
  readonly isClean: (stream: string) => boolean;
};

export type Watch = {
  readonly record: (record: StoredRecord) => void;
  /** No record that the tail would show stands up to there. */
  readonly upTo: (commit: bigint) => void;
};

/** What was known so recently need not be asked again before an append. */
export const recentlyMs = 1_000;

const metadataPrefix = '$$';

/** The streams of the metadata of the streams under a prefix begin with it. */
export const metadataOf = (stream: string): string => `${metadataPrefix}${stream}`;

export const openMarks = (): Marks => {
  /** Streams that were seen to be marked, or marked no longer, with where. */
  const marks = new Map<string, { readonly commit: bigint; readonly hides: boolean }>();
  let known = 0n;
  /** Everything that the log held at this time is known. */
  let knownAtMs = Number.NEGATIVE_INFINITY;

  const note = ({ streamId, data }: StoredRecord, commit: bigint): void => {
    const stream = streamId.slice(metadataPrefix.length);
    const before = marks.get(stream);
    const hides = hidesEvents(data);
    if (before === undefined ? hides : before.commit < commit) marks.set(stream, { commit, hides });
  };

  const isMarked = (stream: string): boolean => marks.get(stream)?.hides === true;

  return {
    known: () => known,
    watch: (from) => {
      const upTo = (commit: bigint): void => {
        if (from <= known && commit > known) known = commit;
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
    appended: (commit, begunMs) => {
      if (commit <= known) knownAtMs = Math.max(knownAtMs, begunMs);
    },
    isMarked,
    isClean: (stream) => performance.now() - knownAtMs < recentlyMs && !isMarked(stream),
  };
};

/** Whether a stream with this metadata may be without some of its events: deleted, truncated, or limited. */
export const hidesEvents = (metadata: unknown): boolean =>
  isObject(metadata) && ['$tb', '$maxCount', '$maxAge'].some((limit) => metadata[limit] !== undefined);

/** Soft deletion sets the stream's `$tb` to the largest revision there is; JSON.parse rounds it. */
export const isDeletedMark = (metadata: unknown): boolean =>
  isObject(metadata) && typeof metadata.$tb === 'number' && metadata.$tb >= 2 ** 62;
