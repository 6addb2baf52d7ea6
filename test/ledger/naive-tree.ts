import { createHash } from 'node:crypto';
import { type HashReader, nodesOf } from '../../src/ledger/tile.ts';
import type { NodeReader } from '../../src/ledger/tree.ts';

/** RFC 6962, §2.1, written down as it stands there, over lists of leaves: slow, and on one page. */

const sha256 = (...parts: readonly (string | Uint8Array)[]): Buffer => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
};

/** The largest power of two smaller than n. */
const k = (n: number): number => (n <= 2 ? 1 : 2 * k(Math.ceil(n / 2)));

export const mth = (d: readonly Buffer[]): Buffer => {
  const [only] = d;
  if (only === undefined) return sha256('');
  if (d.length === 1) return sha256('\x00', only);
  return sha256('\x01', mth(d.slice(0, k(d.length))), mth(d.slice(k(d.length))));
};

export const path = (m: number, d: readonly Buffer[]): Buffer[] => {
  if (d.length === 1) return [];
  const [left, right] = [d.slice(0, k(d.length)), d.slice(k(d.length))];
  return m < left.length ? [...path(m, left), mth(right)] : [...path(m - left.length, right), mth(left)];
};

export const proof = (m: number, d: readonly Buffer[]): Buffer[] => (m === 0 ? [] : subproof(m, d, true));

const subproof = (m: number, d: readonly Buffer[], b: boolean): Buffer[] => {
  if (m === d.length) return b ? [] : [mth(d)];
  const [left, right] = [d.slice(0, k(d.length)), d.slice(k(d.length))];
  return m <= left.length
    ? [...subproof(m, left, b), mth(right)]
    : [...subproof(m - left.length, right, false), mth(left)];
};

/** Leaves that differ. */
export const leavesOf = (count: number): Buffer[] => Array.from({ length: count }, (_, n) => Buffer.from(`leaf ${n}`));

/** The levels of tiles over leaves, in memory, as C2SP tlog-tiles defines them; refuses to read beyond them. */
export const levelsOver = (d: readonly Buffer[]): { readonly levels: readonly Buffer[]; readonly read: HashReader } => {
  const levels: Buffer[] = [Buffer.concat(d.map((leaf) => sha256('\x00', leaf)))];
  for (let row = levels[0]; row !== undefined && row.length >= 256 * 32; row = levels.at(-1)) {
    const above: Buffer[] = [];
    for (let at = 0; at + 256 * 32 <= row.length; at += 256 * 32) {
      let hashes = Array.from({ length: 256 }, (_, n) => row?.subarray(at + n * 32, at + n * 32 + 32) ?? Buffer.of());
      while (hashes.length > 1) {
        const pairs = hashes;
        hashes = pairs.flatMap((left, n) => (n % 2 === 0 ? [sha256('\x01', left, pairs[n + 1] ?? '')] : []));
      }
      above.push(...hashes);
    }
    levels.push(Buffer.concat(above));
  }
  return {
    levels,
    read: (level, from, count) => {
      const hashes = levels[level]?.subarray(from * 32, (from + count) * 32);
      if (hashes?.length !== count * 32)
        throw new RangeError(`Level ${level} has no hashes ${from} to ${from + count}.`);
      return hashes;
    },
  };
};

/** The nodes over leaves, each hashed once. */
export const nodesOver = (d: readonly Buffer[]): NodeReader => {
  const read = nodesOf(levelsOver(d).read);
  const known = new Map<string, Buffer>();
  return (height, index) => {
    const name = `${height}/${index}`;
    const hash = known.get(name) ?? read(height, index);
    known.set(name, hash);
    return hash;
  };
};
