import { type CheckpointFault, type OpenedCheckpoint, openCheckpoint, type Trust } from './checkpoint.ts';
import { parseBase64, parseDecimal, parseHashes, splitAtCheckpoint } from './encoding.ts';
import { checkInclusion, type Hash, leafHash } from './tree.ts';

/** Proofs that can be kept and checked offline (C2SP tlog-proof, commit 5ba5ee8, 22 July 2026). */

export type Proof = {
  /** The number of the leaf, from 0 on. */
  readonly index: number;
  /** Its audit path in the checkpoint’s tree. */
  readonly hashes: readonly Hash[];
  /** The signed note, as the log published it. */
  readonly checkpoint: Buffer;
};

export type ProofFault =
  | CheckpointFault
  | { readonly fault: 'malformed-proof' }
  /** The proof is for this leaf, and not for the one asked about. */
  | { readonly fault: 'other-index'; readonly index: number }
  /** The leaf is newer than the checkpoint. */
  | { readonly fault: 'beyond-checkpoint'; readonly size: number }
  /** The tree has other bytes as this leaf, or the path was changed. */
  | { readonly fault: 'not-included' };

const header = 'c2sp.org/tlog-proof@v1';

export const formatProof = ({ index, hashes, checkpoint }: Proof): Buffer => {
  const lines = [header, `index ${index}`, ...hashes.map((hash) => hash.toString('base64'))];
  return Buffer.concat([Buffer.from(`${lines.join('\n')}\n\n`), checkpoint]);
};

/** The proof that a text says; undefined if it says none. Extra data is passed over, since nothing vouches for it. */
export const parseProof = (bytes: Buffer): Proof | undefined => {
  const { lines: [first, ...rest] = [], checkpoint } = splitAtCheckpoint(bytes) ?? {};
  const extra = rest[0]?.startsWith('extra ') === true ? rest.shift() : undefined;
  const [indexLine = '', ...hashLines] = rest;
  const index = indexLine.startsWith('index ') ? parseDecimal(indexLine.slice('index '.length)) : undefined;
  const hashes = parseHashes(hashLines);
  const isProof = first === header && (extra === undefined || parseBase64(extra.slice('extra '.length)) !== undefined);
  if (!isProof || index === undefined || hashes === undefined || checkpoint === undefined) return undefined;
  return { index, hashes, checkpoint };
};

/**
 * Checks that a leaf, which the caller has from elsewhere, has this index in a tree that the trusted keys signed. The
 * answer is the tree’s checkpoint.
 */
export const checkProof = (
  bytes: Buffer,
  { leaf, index }: { readonly leaf: Uint8Array; readonly index: number },
  trust: Trust,
): OpenedCheckpoint | ProofFault => {
  const proof = parseProof(bytes);
  if (proof === undefined) return { fault: 'malformed-proof' };
  const checkpoint = openCheckpoint(proof.checkpoint, trust);
  if ('fault' in checkpoint) return checkpoint;
  if (proof.index !== index) return { fault: 'other-index', index: proof.index };
  if (index >= checkpoint.size) return { fault: 'beyond-checkpoint', size: checkpoint.size };
  return checkInclusion(proof.hashes, index, leafHash(leaf), checkpoint) ? checkpoint : { fault: 'not-included' };
};
