import { parseDecimal, parseHash } from './encoding.ts';
import { type NoteFault, openNote, type Signature, type Verifier } from './note.ts';
import type { Tree } from './tree.ts';

/** Checkpoints (C2SP tlog-checkpoint 1.0.0): the origin of a log, the size and root of its tree, signed as a note. */

export type Checkpoint = Tree & {
  /** Names the log; not empty, one line. */
  readonly origin: string;
};

/** The text to sign, without extension lines, which nobody could audit. */
export const formatCheckpoint = ({ origin, size, root }: Checkpoint): string =>
  `${origin}\n${size}\n${root.toString('base64')}\n`;

/**
 * The checkpoint that a note’s text says; undefined if it says none, or in another spelling. Extension lines, if they are
 * not empty, are passed over: other logs may write them, and they change nothing that the first three lines say.
 */
export const parseCheckpoint = (text: string): Checkpoint | undefined => {
  const [origin = '', second = '', third = '', ...rest] = text.split('\n');
  const [size, root] = [parseDecimal(second), parseHash(third)];
  const isWhole = origin !== '' && rest.at(-1) === '' && !rest.slice(0, -1).includes('');
  return isWhole && size !== undefined && root !== undefined ? { origin, size, root } : undefined;
};

/** Whom a verifier trusts, from elsewhere than from what it verifies. */
export type Trust = {
  readonly origin: string;
  /** The log’s keys; one of them must have signed. */
  readonly keys: readonly Verifier[];
  /** Witnesses that all must have cosigned. */
  readonly witnesses?: readonly Verifier[];
};

export type OpenedCheckpoint = Checkpoint & {
  readonly text: string;
  /** Verified signatures of the log’s keys and the witnesses. */
  readonly signatures: readonly Signature[];
};

export type CheckpointFault =
  | NoteFault
  /** Signed, but no checkpoint. */
  | { readonly fault: 'malformed-checkpoint' }
  /** Signed by a trusted key, but for another log. */
  | { readonly fault: 'other-origin'; readonly origin: string }
  /** The signature is by another key than the trusted ones of the same name. */
  | { readonly fault: 'other-key'; readonly name: string; readonly keyId: string }
  | { readonly fault: 'not-cosigned'; readonly witness: string };

const isBy =
  ({ name, keyId }: Verifier) =>
  (signature: Signature): boolean =>
    signature.name === name && signature.keyId === keyId;

/** Opens a signed checkpoint of one log. */
export const openCheckpoint = (bytes: Uint8Array, trust: Trust): OpenedCheckpoint | CheckpointFault => {
  const { origin, keys, witnesses = [] } = trust;
  const note = openNote(bytes, [...keys, ...witnesses]);
  if ('fault' in note && note.fault !== 'no-known-signature') return note;
  const signatures = 'fault' in note ? [] : note.signatures;
  if ('fault' in note || !keys.some((key) => signatures.some(isBy(key)))) {
    const renamed = note.others.find(({ name }) => keys.some((key) => key.name === name));
    return renamed === undefined
      ? { fault: 'no-known-signature', others: note.others }
      : { fault: 'other-key', name: renamed.name, keyId: renamed.keyId };
  }
  const checkpoint = parseCheckpoint(note.text);
  if (checkpoint === undefined) return { fault: 'malformed-checkpoint' };
  if (checkpoint.origin !== origin) return { fault: 'other-origin', origin: checkpoint.origin };
  const absent = witnesses.find((witness) => !signatures.some(isBy(witness)));
  if (absent !== undefined) return { fault: 'not-cosigned', witness: absent.name };
  return { ...checkpoint, text: note.text, signatures };
};
