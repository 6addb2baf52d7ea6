import { type CheckpointFault, openCheckpoint } from './checkpoint.ts';
import { parseDecimal, parseHashes, splitAtCheckpoint } from './encoding.ts';
import { formatSignatures, type Signer, type Verifier } from './note.ts';
import { checkConsistency, emptyRoot, type Hash, type Tree } from './tree.ts';

/** A witness’s `add-checkpoint` (C2SP tlog-witness, commit 5ba5ee8, 22 July 2026), apart from HTTP. */

export type WitnessState = {
  /** The tree cosigned last for a log; undefined if none was. */
  readonly latest: (origin: string) => Tree | undefined;
  /**
   * Remembers a tree if the one remembered is still `was`, in one step that nothing can come between, and says whether it
   * did. It is durable when this returns.
   */
  readonly replace: (origin: string, was: Tree | undefined, now: Tree) => boolean;
};

export type Witness = {
  /** The keys of each log that is witnessed, by its origin. */
  readonly logs: ReadonlyMap<string, readonly Verifier[]>;
  readonly state: WitnessState;
  readonly signer: Signer;
};

export type WitnessAnswer = { readonly status: number; readonly type: string; readonly body: string };

type Request = { readonly older: number; readonly proof: readonly Hash[]; readonly checkpoint: Buffer };

const parseRequest = (body: Buffer): Request | undefined => {
  const { lines: [first = '', ...rest] = [], checkpoint } = splitAtCheckpoint(body) ?? {};
  const older = first.startsWith('old ') ? parseDecimal(first.slice('old '.length)) : undefined;
  const proof = parseHashes(rest);
  return older === undefined || proof === undefined || checkpoint === undefined
    ? undefined
    : { older, proof, checkpoint };
};

/** What a client sends: the size that the witness has cosigned, the proof from it, and the signed checkpoint. */
export const formatRequest = ({ older, proof, checkpoint }: Request): Buffer => {
  const lines = [`old ${older}`, ...proof.map((hash) => hash.toString('base64'))];
  return Buffer.concat([Buffer.from(`${lines.join('\n')}\n\n`), checkpoint]);
};

const said = (status: number, sentence: string): WitnessAnswer => ({
  status,
  type: 'text/plain; charset=utf-8',
  body: `${sentence}\n`,
});

export const sizeType = 'text/x.tlog.size';

const conflict = (size: number): WitnessAnswer => ({ status: 409, type: sizeType, body: `${size}\n` });

const untrusted: readonly CheckpointFault['fault'][] = ['wrong-signature', 'no-known-signature', 'other-key'];

/** Answers the body of an `add-checkpoint`: checks it, remembers the tree, and only then cosigns it. */
export const addCheckpoint = (body: Buffer, { logs, state, signer }: Witness): WitnessAnswer => {
  const request = parseRequest(body);
  if (request === undefined) return said(400, 'The body is no request of tlog-witness.');
  const origin = request.checkpoint.toString('utf8', 0, Math.max(0, request.checkpoint.indexOf('\n')));
  const keys = logs.get(origin);
  if (keys === undefined) return said(404, 'This log is not witnessed here.');
  const checkpoint = openCheckpoint(request.checkpoint, { origin, keys });
  if ('fault' in checkpoint)
    return untrusted.includes(checkpoint.fault)
      ? said(403, 'The checkpoint is not signed by a key of this log, or its signature does not verify.')
      : said(400, `This is no signed checkpoint: ${checkpoint.fault}.`);
  if (request.older > checkpoint.size) return said(400, 'The old size is larger than the new one.');
  if (checkpoint.size === 0 && !checkpoint.root.equals(emptyRoot)) return said(422, 'An empty tree has another root.');
  const was = state.latest(origin);
  if (request.older !== (was?.size ?? 0)) return conflict(was?.size ?? 0);
  if (!checkConsistency(request.proof, was ?? { size: 0, root: emptyRoot }, checkpoint))
    return said(422, 'The proof does not show that this tree only grew from the one cosigned last.');
  const { size, root } = checkpoint;
  if (!state.replace(origin, was, { size, root })) return conflict(state.latest(origin)?.size ?? 0);
  const { name, keyId, sign } = signer;
  const cosignature = { name, keyId, signature: sign(checkpoint.text) };
  return { status: 200, type: 'text/plain; charset=utf-8', body: formatSignatures([cosignature]) };
};
