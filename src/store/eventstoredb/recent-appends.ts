import { FORWARDS } from '@eventstore/db-client';
import { LRUCache } from 'lru-cache';
import type { Connection } from './connection.ts';
import { collected, type Read, readOf } from './read.ts';
import { commitOf } from './record.ts';

/**
 * Recent appends as they are in the log, without a read for each: they come from a follower in this process, or else
 * appends that are answered while one read is under way share the next read.
 */
export type RecentAppends = {
  /** Adds an event that a follower has received. */
  readonly add: (read: Read) => void;
  /** The event at a commit position, whose append took `tookMs`; undefined if it does not show up soon. */
  readonly at: (commit: bigint, tookMs: number) => Promise<Read | undefined>;
};

const keptEvents = 1_000;
/**
 * The shortest and longest wait for a follower, and how long not to wait again after one was in vain, unless the
 * follower has caught up since. If the machine or the store is busy, both followers and appends take longer, and reading
 * would add to the load.
 */
const shortestWaitMs = 20;
const longestWaitMs = 250;
const noWaitMs = 1_000;
/** How many records to read for each event that is looked up, since other records are between them. */
const recordsPerEvent = 4;

export const recentAppendsOn = (connection: Connection): RecentAppends => {
  const recent = new LRUCache<bigint, Read>({ max: keptEvents });
  const awaited = new Map<bigint, (read?: Read) => void>();
  const underWay = new Map<bigint, Promise<Read | undefined>>();
  let hasFollower = false;
  let noWaitUntil = 0;
  let missed = 0n;
  const lookUp = sharedReads(connection);

  const waitForFollower = (commit: bigint, tookMs: number): Promise<Read | undefined> =>
    new Promise((resolve) => {
      const answer = (read?: Read): void => {
        clearTimeout(timer);
        awaited.delete(commit);
        if (!read) {
          noWaitUntil = performance.now() + noWaitMs;
          missed = commit;
        }
        resolve(read);
      };
      const timer = setTimeout(answer, Math.min(longestWaitMs, Math.max(shortestWaitMs, tookMs)));
      awaited.set(commit, answer);
    });
  const find = async (commit: bigint, tookMs: number): Promise<Read | undefined> => {
    const waits = hasFollower && performance.now() > noWaitUntil;
    return (waits ? await waitForFollower(commit, tookMs) : undefined) ?? lookUp(commit);
  };

  return {
    add: (read) => {
      hasFollower = true;
      const { commit } = read;
      recent.set(commit, read);
      awaited.get(commit)?.(read);
      if (commit >= missed) noWaitUntil = 0;
    },
    at: (commit, tookMs) => {
      const known = recent.get(commit);
      if (known) return Promise.resolve(known);
      const finding = underWay.get(commit) ?? find(commit, tookMs).finally(() => underWay.delete(commit));
      underWay.set(commit, finding);
      return finding;
    },
  };
};

/** Looks up events by commit position; positions that are asked for during one read share the next. */
const sharedReads = (connection: Connection) => {
  let waiting = new Map<bigint, (found: Read | undefined) => void>();
  let isReading = false;

  const read = async (wanted: typeof waiting): Promise<void> => {
    const commits = [...wanted.keys()].sort((a, b) => (a < b ? -1 : 1));
    const [first = 0n, last = 0n] = [commits[0], commits.at(-1)];
    const records = await connection.reading((client) =>
      collected(
        client.readAll({
          direction: FORWARDS,
          fromPosition: { commit: first, prepare: first },
          maxCount: recordsPerEvent * commits.length,
          requiresLeader: true,
        }),
        connection.callMs,
        (record) => record !== undefined && commitOf(record) >= last,
      ),
    );
    for (const record of records) if (record) wanted.get(commitOf(record))?.(readOf(record));
  };
  const readWaiting = async (): Promise<void> => {
    isReading = true;
    while (waiting.size > 0) {
      const wanted = waiting;
      waiting = new Map();
      await read(wanted).catch(() => {}); // the caller then reads the stream, which reports the error
      for (const answer of wanted.values()) answer(undefined);
    }
    isReading = false;
  };

  return (commit: bigint): Promise<Read | undefined> =>
    new Promise((resolve) => {
      waiting.set(commit, resolve);
      if (!isReading) void readWaiting();
    });
};
