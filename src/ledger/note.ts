import { isSignedBy } from '#hashing';
import { parseBase64 } from './encoding.ts';
import { isKeyName, type KeyFault, parseVerifierKey } from './note-keys.ts';

/** Signed notes (C2SP signed-note 1.0.0), opened as Go’s `golang.org/x/mod/sumdb/note` opens them, or more strictly. */

export type Signature = {
  readonly name: string;
  /** 8 hexadecimal digits in lower case. */
  readonly keyId: string;
  /** What the key made of the text, without the key id. */
  readonly signature: Buffer;
};

/** A key that somebody trusts, from elsewhere than from the note. */
export type Verifier = {
  readonly name: string;
  readonly keyId: string;
  readonly verify: (text: string, signature: Buffer) => boolean;
};

export type Signer = {
  readonly name: string;
  readonly keyId: string;
  readonly sign: (text: string) => Buffer;
};

export type Note = {
  /** Ends with a line feed. */
  readonly text: string;
  /** Signatures by known keys, all verified. */
  readonly signatures: readonly Signature[];
  /** Signatures by unknown keys, which say nothing. */
  readonly others: readonly Signature[];
};

export type NoteFault =
  | {
      readonly fault:
        | 'note-too-long'
        | 'note-not-utf8'
        | 'note-with-control-character'
        /** No blank line with signatures after it. */
        | 'note-without-signatures'
        | 'too-many-signatures';
    }
  /** This line, counted from the first one after the blank line, is no signature in the one spelling that it may have. */
  | { readonly fault: 'malformed-signature'; readonly line: number }
  /** A known key’s signature that does not verify, whatever else verifies. */
  | { readonly fault: 'wrong-signature'; readonly name: string; readonly keyId: string }
  /** No known key has signed, but others have, some perhaps under the same name. */
  | { readonly fault: 'no-known-signature'; readonly others: readonly Signature[] };

const limitBytes = 1_000_000;
const limitSignatures = 100;

/** A note’s text as it is, a byte order mark included; undefined if it is not UTF-8. */
const decoded = (bytes: Uint8Array): string | undefined => {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
};

/** Those below U+0020 but for the line feed. */
const controlCharacter = /[^\P{Cc}\n\u007f-\u009f]/u;

const parseSignature = (line: string): Signature | undefined => {
  const [, name = '', base64 = ''] = /^— ([^ ]+) ([^ ]+)$/.exec(line) ?? [];
  const bytes = parseBase64(base64);
  return isKeyName(name) && bytes !== undefined && bytes.length > 4
    ? { name, keyId: bytes.toString('hex', 0, 4), signature: bytes.subarray(4) }
    : undefined;
};

const formatSignature = ({ name, keyId, signature }: Signature): string =>
  `— ${name} ${Buffer.concat([Buffer.from(keyId, 'hex'), signature]).toString('base64')}\n`;

/** The lines of a note’s block of signatures, or of what a witness answers. */
export const parseSignatures = (lines: string): readonly Signature[] | NoteFault => {
  if (!lines.endsWith('\n')) return { fault: 'note-without-signatures' };
  const each = lines.slice(0, -1).split('\n');
  if (each.length > limitSignatures) return { fault: 'too-many-signatures' };
  const signatures = each.map(parseSignature);
  const malformed = signatures.indexOf(undefined);
  if (malformed >= 0) return { fault: 'malformed-signature', line: malformed + 1 };
  return signatures.filter((signature) => signature !== undefined);
};

export const formatSignatures = (signatures: readonly Signature[]): string => signatures.map(formatSignature).join('');

/**
 * Opens a note with known keys. Every signature by one of them is verified, a second one by the same key as well; Go’s
 * package skips that one. One that fails refuses the note, even if others verify.
 */
export const openNote = (bytes: Uint8Array, known: readonly Verifier[]): Note | NoteFault => {
  if (bytes.length > limitBytes) return { fault: 'note-too-long' };
  const note = decoded(bytes);
  if (note === undefined) return { fault: 'note-not-utf8' };
  if (controlCharacter.test(note)) return { fault: 'note-with-control-character' };
  const blank = note.lastIndexOf('\n\n');
  if (blank < 0) return { fault: 'note-without-signatures' };
  const text = note.slice(0, blank + 1);
  const all = parseSignatures(note.slice(blank + 2));
  if ('fault' in all) return all;
  const keyOf = ({ name, keyId }: Signature) => known.find((key) => key.name === name && key.keyId === keyId);
  const signatures = all.filter((signature) => keyOf(signature) !== undefined);
  const wrong = signatures.find((each) => keyOf(each)?.verify(text, each.signature) !== true);
  if (wrong !== undefined) return { fault: 'wrong-signature', name: wrong.name, keyId: wrong.keyId };
  const others = all.filter((signature) => !signatures.includes(signature));
  return signatures.length > 0 ? { text, signatures, others } : { fault: 'no-known-signature', others };
};

/**
 * Signs a text, which ends with a line feed, and adds signatures that it has already, first, but for those that the signers
 * make anew. Throws a RangeError for a text that no note can have.
 */
export const signNote = (text: string, signers: readonly Signer[], already: readonly Signature[] = []): Buffer => {
  if (!text.endsWith('\n') || !text.isWellFormed() || controlCharacter.test(text))
    throw new RangeError('The text of a note ends with a line feed and has no other control character.');
  const made = signers.map(({ name, keyId, sign }) => ({ name, keyId, signature: sign(text) }));
  const kept = already.filter(({ name, keyId }) => !made.some((by) => by.name === name && by.keyId === keyId));
  return Buffer.from(`${text}\n${formatSignatures([...kept, ...made])}`);
};

/** A verifier of type 0x01, an Ed25519 signature of the text. */
export const noteVerifier = (verifierKey: string): Verifier | KeyFault => {
  const key = parseVerifierKey(verifierKey, 0x01);
  if ('fault' in key) return key;
  const { name, keyId, publicKey } = key;
  return { name, keyId, verify: (text, signature) => isSignedBy(publicKey, Buffer.from(text), signature) };
};
