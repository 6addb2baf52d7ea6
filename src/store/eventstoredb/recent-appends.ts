import { FORWARDS } from '@eventstore/db-client';
import type { Connection } from './connection.ts';
import { collected, type Read, readOf } from './read.ts';
import { commitOf } from './record.ts';

/**
 * What was appended as the log has it, without a read for each append: a follower of this process sees it pass, or
 * else appends that are answered while one read is under way share the next.
 */
export type Sightings = {
  /** An event that a follower has got. */
  readonly pass: (read: Read) => void;
  /**
   * The event at a commit position, which took so long to append; undefined where it does not show without much ado.
   */
  readonly at: (commit: bigint, tookMs: number) => Promise<Read | undefined>;
};

const remembered = 1_000;
/**
 * How long to wait for a follower at least and at most, and how long not to wait again after that was in vain, unless it has come
 * by since. Where machine or store are busy the follower takes longer, as appends do, and looking would keep them
 * busier still.
 */
const leastWaitMs = 20;
const mostWaitMs = 250;
const blindMs = 1_000;
/** So many records are read for each that is looked for, since others stand between them. */
const readFor = 4;

export const sightingsOn = (connection: Connection): Sightings => {
  const passed = new Map<bigint, Read>();
  const awaited = new Map<bigint, (read?: Read) => void>();
  const asked = new Map<bigint, Promise<Read | undefined>>();
  let sees = false;
  let blindUntil = 0;
  let missed = 0n;
  const lookUp = lookingUp(connection);

  const passing = (commit: bigint, tookMs: number): Promise<Read | undefined> =>
    new Promise((resolve) => {
      const answer = (read?: Read): void => {
        clearTimeout(timer);
        awaited.delete(commit);
        if (!read) {
          blindUntil = performance.now() + blindMs;
          missed = commit;
        }
        resolve(read);
      };
      const timer = setTimeout(answer, Math.min(mostWaitMs, Math.max(leastWaitMs, tookMs)));
      awaited.set(commit, answer);
    });
  const find = async (commit: bigint, tookMs: number): Promise<Read | undefined> => {
    const seen = sees && performance.now() > blindUntil ? await passing(commit, tookMs) : undefined;
    return seen ?? lookUp(commit);
  };

  return {
    pass: (read) => {
      sees = true;
      const { commit } = read;
      passed.set(commit, read);
      awaited.get(commit)?.(read);
      if (commit >= missed) blindUntil = 0;
      const oldest = passed.size > remembered ? passed.keys().next().value : undefined;
      if (oldest !== undefined) passed.delete(oldest);
    },
    at: (commit, tookMs) => {
      const known = passed.get(commit);
      if (known) return Promise.resolve(known);
      const finding = asked.get(commit) ?? find(commit, tookMs).finally(() => asked.delete(commit));
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
