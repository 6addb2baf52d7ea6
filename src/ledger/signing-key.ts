import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError } from '../config.ts';
import { makeSecretFile, replaceSecretFile } from '../secret-file.ts';
import { toldOfFault } from './fault-texts.ts';
import { noteVerifier, type Signer, type Verifier } from './note.ts';
import { formatVerifierKey } from './note-keys.ts';
import { newSignerKey, noteSigner, parseSignerKey } from './signer-keys.ts';

type Key = {
  readonly signer: Signer;
  readonly verifier: Verifier;
  /** As text, for those who verify. */
  readonly verifierKey: string;
};

/** The key that signs the ledger’s checkpoints, and the origin that it is named after. */
export type LedgerKey = Key & {
  readonly origin: string;
  /** The key before it, while that signs beside it. */
  readonly former?: Key;
};

/** All keys that sign, the newest first. */
export const keysThatSign = (key: LedgerKey): readonly Key[] => (key.former === undefined ? [key] : [key, key.former]);

const keyFile = 'ledger-signing.key';

export const hasLedgerKey = (folder: string): boolean => existsSync(join(folder, keyFile));

/**
 * Opens the key of an origin in a folder, or makes it; `begin` runs before the first is made. Throws `ConfigError` if the folder cannot hold it, if the file is no
 * key, and if it is the key of another origin.
 */
export const openLedgerKey = (folder: string, origin: string, begin: () => void): LedgerKey => {
  const path = join(folder, keyFile);
  orConfigError(`${path} cannot be written to`, () => {
    if (existsSync(path)) return;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    begin();
    makeSecretFile(path, fileOf([newKey(origin)]));
  });
  return keyIn(path, origin);
};

/**
 * Makes a new key for another origin, which signs from now on; `begin` runs before that. The verifier keys of those before
 * stay in the folder. Throws `ConfigError` as `openLedgerKey` does.
 */
export const replaceLedgerKey = (folder: string, origin: string, begin: () => void): LedgerKey => {
  const path = join(folder, keyFile);
  const [first = '', ...others] = existsSync(path) ? keyTexts(path) : [];
  const old = parseSignerKey(first, 0x01);
  if (!('fault' in old) && old.name !== origin) {
    orConfigError(`${path} cannot be replaced`, () => {
      for (const text of [first, ...others]) keepVerifierKey(folder, text);
      begin();
      replaceSecretFile(path, fileOf([newKey(origin)]));
    });
  }
  return openLedgerKey(folder, origin, begin);
};

/** Makes a new key of the same origin, which signs from now on, together with the one before it. */
export const addLedgerKey = (folder: string, origin: string): LedgerKey => {
  const path = join(folder, keyFile);
  orConfigError(`${path} cannot be replaced`, () => {
    replaceSecretFile(path, fileOf([newKey(origin), ...keyTexts(path)]));
  });
  return keyIn(path, origin);
};

/** Deletes the key before the one that signs; its verifier key stays in the folder. */
export const removeFormerKey = (folder: string, origin: string): LedgerKey => {
  const path = join(folder, keyFile);
  orConfigError(`${path} cannot be replaced`, () => {
    const [current = '', ...former] = keyTexts(path);
    for (const text of former) keepVerifierKey(folder, text);
    replaceSecretFile(path, fileOf([current]));
  });
  return keyIn(path, origin);
};

const keepVerifierKey = (folder: string, signerKey: string): void => {
  const key = parseSignerKey(signerKey, 0x01);
  if ('fault' in key) return;
  const path = join(folder, `ledger-${key.keyId}.vkey`);
  writeFileSync(path, `${formatVerifierKey(key, 0x01)}\n`, { mode: 0o600, flush: true });
};

const orConfigError = <T>(what: string, work: () => T): T => {
  try {
    return work();
  } catch (error) {
    throw new ConfigError(`${what}: ${error instanceof Error ? error.message : String(error)}`);
  }
};

/** A key on each line of a file. */
const keyTexts = (path: string): readonly string[] =>
  orConfigError(`${path} cannot be read`, () => readFileSync(path, 'utf8'))
    .replace(/\n$/, '')
    .split('\n');

const fileOf = (keys: readonly string[]): string => keys.map((key) => `${key}\n`).join('');

const keyIn = (path: string, origin: string): LedgerKey => {
  const [current, former, ...more] = keyTexts(path).map((text) => partsIn(path, text, origin));
  if (current === undefined || more.length > 0 || former?.verifier.keyId === current.verifier.keyId)
    throw new ConfigError(`${path} is more than a key that signs checkpoints and the one before it`);
  return former === undefined ? { origin, ...current } : { origin, ...current, former };
};

const partsIn = (path: string, text: string, origin: string): Key => {
  const parsed = parseSignerKey(text, 0x01);
  if ('fault' in parsed) throw new ConfigError(`${path} is no key that signs checkpoints: ${toldOfFault(parsed).en}`);
  if (parsed.name !== origin)
    throw new ConfigError(
      `${path} is the key of ${parsed.name}, but REGISTRY_ORIGIN is ${origin}: set it back, or begin a new log under the new name with ./registry ledger new-origin ${origin}`,
    );
  const verifierKey = formatVerifierKey(parsed, 0x01);
  const [signer, verifier] = [noteSigner(text), noteVerifier(verifierKey)];
  if ('fault' in signer || 'fault' in verifier) throw new ConfigError(`${path} is no key that signs checkpoints`);
  return { signer, verifier, verifierKey };
};

const newKey = (origin: string): string => newSignerKey(origin, 0x01);
