import { isSignedBy } from '#hashing';
import type { Verifier } from './note.ts';
import { type KeyFault, parseVerifierKey } from './note-keys.ts';

/** Cosignatures of witnesses, cosignature/v1 of key type 0x04 (C2SP tlog-cosignature 1.0.1): a time and an Ed25519 signature. */

export const timeBytes = 8;
const latestTime = 2n ** 63n - 1n;

/** What is signed: the whole text of the checkpoint, extension lines included, after the time in seconds since 1970. */
export const signedByWitness = (text: string, seconds: bigint): Buffer =>
  Buffer.from(`cosignature/v1\ntime ${seconds}\n${text}`);

/** The time of a cosignature, in seconds since 1970; undefined if it is none. */
export const timeOf = (signature: Buffer): bigint | undefined => {
  const time = signature.length === timeBytes + 64 ? signature.readBigUInt64BE() : undefined;
  return time !== undefined && time <= latestTime ? time : undefined;
};

/** A verifier of the cosignatures of a witness. */
export const cosignatureVerifier = (verifierKey: string): Verifier | KeyFault => {
  const key = parseVerifierKey(verifierKey, 0x04);
  if ('fault' in key) return key;
  const { name, keyId, publicKey } = key;
  return {
    name,
    keyId,
    verify: (text, signature) => {
      const time = timeOf(signature);
      return time !== undefined && isSignedBy(publicKey, signedByWitness(text, time), signature.subarray(timeBytes));
    },
  };
};
