import { sha256 } from '#hashing';
import { parseBase64 } from './encoding.ts';

/** The keys of signed notes (C2SP signed-note 1.0.0) as text for who verifies: `<name>+<key id>+<Base64 of type and public key>`. */

/** What a key signs: 0x01 the text of a note, 0x04 a cosignature of a checkpoint. Both are Ed25519 (RFC 8032). */
export type SignatureType = 0x01 | 0x04;

export type NoteKey = {
  /** Not empty, without white space (Unicode’s) and `+`. */
  readonly name: string;
  /** Of name, type and public key: 8 hexadecimal digits in lower case. */
  readonly keyId: string;
  /** 32 bytes. */
  readonly publicKey: Buffer;
};

export type KeyFault =
  /** No key, or one in another spelling. */
  | { readonly fault: 'malformed-key' }
  /** A key of another type than the one asked for. */
  | { readonly fault: 'other-key-type'; readonly type: number }
  /** The key id is not that of the name and the key: one of the three was changed. */
  | { readonly fault: 'wrong-key-id'; readonly name: string };

const keyBytes = 32;

export const isKeyName = (name: string): boolean => name.isWellFormed() && /^[^\p{White_Space}+]+$/u.test(name);

export const keyIdOf = (name: string, type: SignatureType, publicKey: Buffer): string =>
  sha256(Buffer.concat([Buffer.from(`${name}\n`), Buffer.of(type), publicKey])).toString('hex', 0, 4);

type Parts = { readonly name: string; readonly keyId: string; readonly raw: Buffer };

/** The parts of a key of a type; `raw` is the public key, or the seed of who signs. */
export const partsOfKey = (text: string, type: SignatureType): Parts | KeyFault => {
  const [, name = '', keyId = '', base64 = ''] = /^([^+]*)\+([\da-f]{8})\+(.*)$/.exec(text) ?? [];
  const bytes = parseBase64(base64);
  if (!isKeyName(name) || bytes === undefined || bytes.length === 0) return { fault: 'malformed-key' };
  if (bytes[0] !== type) return { fault: 'other-key-type', type: bytes[0] ?? 0 };
  return bytes.length === 1 + keyBytes ? { name, keyId, raw: bytes.subarray(1) } : { fault: 'malformed-key' };
};

/** The key that a verifier key says, which must be of this type. */
export const parseVerifierKey = (text: string, type: SignatureType): NoteKey | KeyFault => {
  const parts = partsOfKey(text, type);
  if ('fault' in parts) return parts;
  const { name, keyId, raw: publicKey } = parts;
  return keyId === keyIdOf(name, type, publicKey) ? { name, keyId, publicKey } : { fault: 'wrong-key-id', name };
};

/** A key as text for who verifies. */
export const formatVerifierKey = ({ name, keyId, publicKey }: NoteKey, type: SignatureType): string =>
  `${name}+${keyId}+${Buffer.concat([Buffer.of(type), publicKey]).toString('base64')}`;
