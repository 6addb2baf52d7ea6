import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError } from '../config.ts';
import { makeSecretFile, replaceSecretFile } from '../secret-file.ts';
import { rereading } from './reread.ts';

/** The keys that sign tokens: one private Ed25519 key, and the public ones of keys that were rotated out. */
export type Keys = {
  readonly signing: KeyObject;
  /** The id of the key that signs. */
  readonly kid: string;
  /** Every key whose tokens are accepted, by its id. */
  readonly accepted: ReadonlyMap<string, KeyObject>;
};

const privateFile = 'token-signing.pem';
const publicFile = (kid: string): string => `token-${kid}.pub`;
const isPublicFile = (name: string): boolean => /^token-[\w-]+\.pub$/.test(name);

/**
 * Opens a folder's keys, or makes the first; what is called for them reads the folder again once it has changed. Throws
 * `ConfigError` if the folder cannot hold them or a file in it is no such key.
 */
export const openKeys = (folder: string): (() => Keys) => {
  const path = join(folder, privateFile);
  orThrow(
    () => {
      if (existsSync(path)) return;
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      makeSecretFile(path, newKey());
    },
    because(`${folder} cannot hold the keys`),
  );
  return orThrow(() => rereading(folder, () => readKeys(folder)), because(`the keys in ${folder} cannot be read`));
};

/** Makes a new key that signs from now on; tokens of the one before stay valid. The id of the new key. */
export const rotateKey = (folder: string): string => {
  const { signing, kid } = openKeys(folder)();
  const pem = createPublicKey(signing).export({ type: 'spki', format: 'pem' });
  writeFileSync(join(folder, publicFile(kid)), pem, { mode: 0o600, flush: true });
  replaceSecretFile(join(folder, privateFile), newKey());
  return readKeys(folder).kid;
};

const readKeys = (folder: string): Keys => {
  const path = join(folder, privateFile);
  const pem = readFileSync(path);
  const signing = orThrow(() => createPrivateKey(pem), because(`${path} is not a private key`));
  if (signing.asymmetricKeyType !== 'ed25519') throw new ConfigError(`${path} is not an Ed25519 key`);
  const others = readdirSync(folder)
    .filter(isPublicFile)
    .map((name) => publicKeyIn(join(folder, name)));
  const own = createPublicKey(signing);
  const accepted = new Map([own, ...others].map((key) => [idOf(key), key]));
  return { signing, kid: idOf(own), accepted };
};

const publicKeyIn = (path: string): KeyObject => {
  const pem = readFileSync(path, 'utf8');
  const key = orThrow(() => createPublicKey(pem), because(`${path} is not a public key`));
  if (key.asymmetricKeyType !== 'ed25519' || pem.includes('PRIVATE'))
    throw new ConfigError(`${path} is not the public half of an Ed25519 key`);
  return key;
};

/** The thumbprint of a key (RFC 7638). */
const idOf = (key: KeyObject): string => {
  const { crv, kty, x } = key.export({ format: 'jwk' });
  return createHash('sha256').update(JSON.stringify({ crv, kty, x })).digest('base64url');
};

/** The text of a new private key’s file: PKCS #8 in PEM. */
const newKey = (): string =>
  generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();

const because = (what: string) => (error: unknown) =>
  error instanceof ConfigError
    ? error
    : new ConfigError(`${what}: ${error instanceof Error ? error.message : String(error)}`);

const orThrow = <T>(work: () => T, explain: (error: unknown) => Error): T => {
  try {
    return work();
  } catch (error) {
    throw explain(error);
  }
};
