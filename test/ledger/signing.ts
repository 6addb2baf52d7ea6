import { cosignatureVerifier } from '../../src/ledger/cosignature.ts';
import { noteVerifier } from '../../src/ledger/note.ts';
import { formatVerifierKey, type SignatureType } from '../../src/ledger/note-keys.ts';
import { cosigner, newSignerKey, noteSigner, parseSignerKey } from '../../src/ledger/signer-keys.ts';

/** What a function gives, if it is no fault. */
export const sound = <T extends object>(value: T): Exclude<T, { readonly fault: string }> => {
  if ('fault' in value) throw new Error(JSON.stringify(value));
  return value as Exclude<T, { readonly fault: string }>;
};

const newKey = (name: string, type: SignatureType) => {
  const signerKey = newSignerKey(name, type);
  return { signerKey, verifierKey: formatVerifierKey(sound(parseSignerKey(signerKey, type)), type) };
};

/** A new key that signs notes. */
export const newLogKey = (name: string) => {
  const { signerKey, verifierKey } = newKey(name, 0x01);
  return { verifierKey, signer: sound(noteSigner(signerKey)), verifier: sound(noteVerifier(verifierKey)) };
};

/** A new key that cosigns checkpoints, at a time in seconds. */
export const newWitnessKey = (name: string, now = () => 1_764_374_400) => {
  const { signerKey, verifierKey } = newKey(name, 0x04);
  return { verifierKey, signer: sound(cosigner(signerKey, now)), verifier: sound(cosignatureVerifier(verifierKey)) };
};

/** Bytes with one bit changed. */
export const flipped = (bytes: Buffer, at: number): Buffer => {
  const changed = Buffer.from(bytes);
  changed[at] = (changed[at] ?? 0) ^ 1;
  return changed;
};
