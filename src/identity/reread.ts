import { statSync } from 'node:fs';

/** How often a path is looked at. */
const everyMs = 1_000;

/**
 * What was read from a file or folder that other processes may change: read at once, and again once the path has changed,
 * which is looked up at most once a second. The same value is returned until then.
 */
export const rereading = <T>(path: string, read: () => T): (() => T) => {
  const stamp = (): string => {
    const found = statSync(path, { throwIfNoEntry: false, bigint: true });
    return found === undefined ? 'none' : `${found.mtimeNs} ${found.size} ${found.ino}`;
  };
  let seen = stamp();
  let value = read();
  let lookedMs = Number.NEGATIVE_INFINITY; // what has changed before the first use is read again with it
  return () => {
    if (performance.now() - lookedMs < everyMs) return value;
    const now = stamp();
    if (now !== seen) {
      value = read();
      seen = now;
    }
    lookedMs = performance.now();
    return value;
  };
};
