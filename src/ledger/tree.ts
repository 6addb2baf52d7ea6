import { sha256 } from '#hashing';

/** The Merkle tree of RFC 6962, §2.1, over SHA-256: hashes, roots, and proofs with their checks. */

/** A SHA-256, 32 bytes. */
export type Hash = Buffer;

export const hashBytes = 32;

/** What a checkpoint says of a tree: its size in leaves, from 0 to 2^53 − 1, and its root. */
export type Tree = { readonly size: number; readonly root: Hash };

/**
 * Reads a node that is complete: the root over the 2^height leaves from index · 2^height on. Every function here asks for
 * such nodes of its tree only, and throws what the reader throws. `nodesOf` in tile.ts reads them from tiles.
 */
export type NodeReader = (height: number, index: number) => Hash;

/** The root of the tree without leaves. */
export const emptyRoot: Hash = sha256('');

/** A leaf that is a text need not be made bytes first. */
export const leafHash = (leaf: Uint8Array | string): Hash =>
  sha256(typeof leaf === 'string' ? `\0${leaf}` : Buffer.concat([Buffer.of(0), leaf]));

export const nodeHash = (left: Hash, right: Hash): Hash => sha256(Buffer.concat([Buffer.of(1), left, right]));

/** The leaves to the left in a tree of more than one: the largest power of two below its size. A logarithm would round. */
const leftOf = (size: number): number => {
  let left = 1;
  while (left * 2 < size) left *= 2;
  return left;
};

/** The root over the leaves from `from` up to `to`, which lie as a node of some tree has them. */
const rootOver = (read: NodeReader, from: number, to: number): Hash => {
  const complete: Hash[] = [];
  for (let at = from; at < to; ) {
    let [height, leaves] = [0, 1];
    for (; leaves * 2 <= to - at; height++) leaves *= 2;
    complete.push(read(height, at / leaves));
    at += leaves;
  }
  return complete.reduceRight((right, left) => nodeHash(left, right));
};

/** The root of the tree of the first `size` leaves. */
export const rootOf = (read: NodeReader, size: number): Hash => (size === 0 ? emptyRoot : rootOver(read, 0, size));

/** The audit path of §2.1.1 for a leaf, its sibling first; throws a RangeError for a leaf that is not in the tree. */
export const proveInclusion = (read: NodeReader, index: number, size: number): readonly Hash[] => {
  if (!(index >= 0 && index < size)) throw new RangeError(`Leaf ${index} is not in a tree of ${size}.`);
  const path = (from: number, to: number): Hash[] => {
    if (to - from === 1) return [];
    const middle = from + leftOf(to - from);
    return index < middle
      ? [...path(from, middle), rootOver(read, middle, to)]
      : [...path(middle, to), rootOver(read, from, middle)];
  };
  return path(0, size);
};

/**
 * The consistency proof of §2.1.2 between two sizes; empty between equal ones and from 0, which every tree extends.
 * Throws a RangeError if the older size is the larger one.
 */
export const proveConsistency = (read: NodeReader, older: number, size: number): readonly Hash[] => {
  if (!(older >= 0 && older <= size)) throw new RangeError(`A tree of ${size} does not extend one of ${older}.`);
  const path = (from: number, to: number): Hash[] => {
    if (older === to) return from === 0 ? [] : [rootOver(read, from, to)];
    const middle = from + leftOf(to - from);
    return older <= middle
      ? [...path(from, middle), rootOver(read, middle, to)]
      : [...path(middle, to), rootOver(read, from, middle)];
  };
  return older === 0 ? [] : path(0, size);
};

const impliedRoot = (proof: readonly Hash[], index: number, size: number, leaf: Hash): Hash | undefined => {
  const sibling = proof.at(-1);
  if (size === 1) return sibling === undefined ? leaf : undefined;
  if (sibling === undefined) return undefined;
  const left = leftOf(size);
  const isLeft = index < left;
  const child = impliedRoot(proof.slice(0, -1), isLeft ? index : index - left, isLeft ? left : size - left, leaf);
  return child && (isLeft ? nodeHash(child, sibling) : nodeHash(sibling, child));
};

/** Whether a path proves that a leaf with this hash has this index in a tree. */
export const checkInclusion = (proof: readonly Hash[], index: number, leaf: Hash, { size, root }: Tree): boolean =>
  index >= 0 && index < size && impliedRoot(proof, index, size, leaf)?.equals(root) === true;

type Both = { readonly before: Hash; readonly after: Hash };

/** The roots that a proof implies for both trees; `known` is the older root as long as the node begins with leaf 0. */
const impliedRoots = (proof: readonly Hash[], older: number, size: number, known?: Hash): Both | undefined => {
  const last = proof.at(-1);
  if (older === size) {
    const root = known ?? last;
    return root !== undefined && proof.length === (known ? 0 : 1) ? { before: root, after: root } : undefined;
  }
  if (last === undefined) return undefined;
  const left = leftOf(size);
  const rest = proof.slice(0, -1);
  if (older <= left) {
    const both = impliedRoots(rest, older, left, known);
    return both && { before: both.before, after: nodeHash(both.after, last) };
  }
  const both = impliedRoots(rest, older - left, size - left);
  return both && { before: nodeHash(last, both.before), after: nodeHash(last, both.after) };
};

/** Whether a proof shows that the older tree’s leaves are the first ones of the other. */
export const checkConsistency = (proof: readonly Hash[], older: Tree, tree: Tree): boolean => {
  if (older.size > tree.size) return false;
  if (older.size === 0) return proof.length === 0 && older.root.equals(emptyRoot);
  const implied = impliedRoots(proof, older.size, tree.size, older.root);
  return implied?.before.equals(older.root) === true && implied.after.equals(tree.root);
};
