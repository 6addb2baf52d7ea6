import { createPublicKey, hash, verify } from 'node:crypto';

/**
 * All cryptography that verifying needs. `#hashing` in package.json is this file for Node and its sibling in web/ for
 * browsers, so that everything else about verifying is one implementation.
 */

export const sha256 = (bytes: Uint8Array | string): Buffer => hash('sha256', bytes, 'buffer');

/** Writes a SHA-256 into a buffer. A digest as a string costs a third of one as a buffer. */
export const sha256Into = (target: Buffer, at: number, bytes: Uint8Array): void => {
  target.write(hash('sha256', bytes, 'binary'), at, 'binary');
};

/** Whether an Ed25519 signature (RFC 8032) of a message is that of a public key of 32 bytes. */
export const isSignedBy = (publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean =>
  verify(
    null,
    message,
    createPublicKey({ key: Buffer.from(publicKey), format: 'raw-public', asymmetricKeyType: 'ed25519' }),
    signature,
  );
