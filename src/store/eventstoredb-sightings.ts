import { FORWARDS } from '@eventstore/db-client';
import type { Connection } from './eventstoredb-connection.ts';
import { collected, commitOf, type Read, readOf, resolvedRecord, type StoredRecord } from './eventstoredb-read.ts';

/**
 * What was appended as the log has it, without a read for each append: a follower of this process sees it pass, or
 * else appends that are answered while one read is under way share the next.
 */
export type Sightings = {
  /** A record that a follower has got. */
  readonly pass: (record: StoredRecord) => void;
  /** The event at a commit position; undefined where it does not show without much ado. */
  readonly at: (commit: bigint) => Promise<Read | undefined>;
};

const remembered = 1_000;
/** How long to wait for a follower, and how long not to wait again after that was in vain. */
const waitMs = 20;
const blindMs = 1_000;
/** So many records are read for each that is looked for, since others stand between them. */
const readFor = 4;

export const sightingsOn = (connection: Connection): Sightings => {
  const passed = new Map<bigint, StoredRecord>();
  const awaited = new Map<bigint, (record?: StoredRecord) => void>();
  const asked = new Map<bigint, Promise<Read | undefined>>();
  let sees = false;
  let blindUntil = 0;
  const lookUp = lookingUp(connection);

  const passing = (commit: bigint): Promise<StoredRecord | undefined> =>
    new Promise((resolve) => {
      const answer = (record?: StoredRecord): void => {
        clearTimeout(timer);
        awaited.delete(commit);
        if (!record) blindUntil = performance.now() + blindMs;
        resolve(record);
      };
      const timer = setTimeout(answer, waitMs);
      awaited.set(commit, answer);
    });
  const find = async (commit: bigint): Promise<Read | undefined> => {
    const seen = sees && performance.now() > blindUntil ? await passing(commit) : undefined;
    return seen ? readOf(seen) : lookUp(commit);
  };

  return {
    pass: (record) => {
      sees = true;
      const commit = commitOf(record);
      passed.set(commit, record);
      awaited.get(commit)?.(record);
      const oldest = passed.size > remembered ? passed.keys().next().value : undefined;
      if (oldest !== undefined) passed.delete(oldest);
    },
    at: (commit) => {
      const known = passed.get(commit);
      if (known) return Promise.resolve(readOf(known));
      const finding = asked.get(commit) ?? find(commit).finally(() => asked.delete(commit));
      asked.set(commit, finding);
      return finding;
    },
  };
};

/** Each commit position is asked for once at a time. */
const lookingUp = (connection: Connection) => {
  let asked = new Map<bigint, (found: Read | undefined) => void>();
  let isLooking = false;

  const lookFor = async (wanted: typeof asked): Promise<void> => {
    const commits = [...wanted.keys()].sort((a, b) => (a < b ? -1 : 1));
    const [first = 0n, last = 0n] = [commits[0], commits.at(-1)];
    const records = await connection.reading((client) =>
      collected(
        client.readAll({
          direction: FORWARDS,
          fromPosition: { commit: first, prepare: first },
          maxCount: readFor * commits.length,
          requiresLeader: true,
        }),
        connection.callMs,
        resolvedRecord,
        (record) => record !== undefined && commitOf(record) >= last,
      ),
    );
    for (const record of records) if (record) wanted.get(commitOf(record))?.(readOf(record));
  };
  const look = async (): Promise<void> => {
    isLooking = true;
    while (asked.size > 0) {
      const wanted = asked;
      asked = new Map();
      await lookFor(wanted).catch(() => {}); // the stream is read instead, and says why
      for (const answer of wanted.values()) answer(undefined);
    }
    isLooking = false;
  };

  return (commit: bigint): Promise<Read | undefined> =>
    new Promise((resolve) => {
      asked.set(commit, resolve);
      if (!isLooking) void look();
    });
};
