import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { signedByWitness, timeBytes } from './cosignature.ts';
import type { Signer } from './note.ts';
import { isKeyName, type KeyFault, keyIdOf, type NoteKey, partsOfKey, type SignatureType } from './note-keys.ts';

/** The keys of signed notes for who signs, as text: `PRIVATE+KEY+<name>+<key id>+<Base64 of type and seed>`. */

type SigningKey = NoteKey & { readonly privateKey: KeyObject };

const privatePrefix = 'PRIVATE+KEY+';

const rawOf = (publicKey: KeyObject): Buffer => publicKey.export({ format: 'raw-public' });

/** The key that a signer key says, which must be of this type. A fault never holds anything of the key. */
export const parseSignerKey = (text: string, type: SignatureType): SigningKey | KeyFault => {
  if (!text.startsWith(privatePrefix)) return { fault: 'malformed-key' };
  const parts = partsOfKey(text.slice(privatePrefix.length), type);
  if ('fault' in parts) return parts;
  const privateKey = createPrivateKey({ key: parts.raw, format: 'raw-private', asymmetricKeyType: 'ed25519' });
  const publicKey = rawOf(createPublicKey(privateKey));
  const { name, keyId } = parts;
  if (keyId !== keyIdOf(name, type, publicKey)) return { fault: 'wrong-key-id', name };
  return { name, keyId, publicKey, privateKey };
};

/** A new key as text for who signs; throws a RangeError for what is no name of a key. */
export const newSignerKey = (name: string, type: SignatureType): string => {
  if (!isKeyName(name)) throw new RangeError(`${JSON.stringify(name)} is no name of a key.`);
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const seed = Buffer.concat([Buffer.of(type), privateKey.export({ format: 'raw-private' })]);
  return `${privatePrefix}${name}+${keyIdOf(name, type, rawOf(publicKey))}+${seed.toString('base64')}`;
};

/** A signer of type 0x01. */
export const noteSigner = (signerKey: string): Signer | KeyFault => {
  const key = parseSignerKey(signerKey, 0x01);
  if ('fault' in key) return key;
  const { name, keyId, privateKey } = key;
  return { name, keyId, sign: (text) => sign(null, Buffer.from(text), privateKey) };
};

/** A witness that cosigns checkpoints which it has shown consistent; `now` is the time in whole seconds since 1970. */
export const cosigner = (signerKey: string, now: () => number): Signer | KeyFault => {
  const key = parseSignerKey(signerKey, 0x04);
  if ('fault' in key) return key;
  const { name, keyId, privateKey } = key;
  return {
    name,
    keyId,
    sign: (text) => {
      const time = Buffer.alloc(timeBytes);
      time.writeBigUInt64BE(BigInt(now()));
      return Buffer.concat([time, sign(null, signedByWitness(text, time.readBigUInt64BE()), privateKey)]);
    },
  };
};
