import { ed25519 } from '@noble/curves/ed25519.js';
import { sha256 as digest } from '@noble/hashes/sha2.js';

/** What src/ledger/hashing.ts is for Node: WebCrypto would answer a million times later, and only with promises. */

const bytesOf = (bytes: Uint8Array | string): Uint8Array =>
  typeof bytes === 'string' ? new TextEncoder().encode(bytes) : bytes;

export const sha256 = (bytes: Uint8Array | string): Buffer => {
  const { buffer, byteOffset, length } = digest(bytesOf(bytes));
  return Buffer.from(buffer, byteOffset, length);
};

export const sha256Into = (target: Buffer, at: number, bytes: Uint8Array): void => target.set(digest(bytes), at);

/** Whether an Ed25519 signature (RFC 8032, in its strict reading) of a message is that of a public key. */
export const isSignedBy = (publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean => {
  try {
    return ed25519.verify(signature, message, publicKey, { zip215: false });
  } catch {
    return false; // of a length, or a point, that no signature or key has
  }
};
