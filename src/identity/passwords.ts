import { argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { promisify } from 'node:util';
import type { Text } from '../../domain/field.ts';

/**
 * Argon2id (RFC 9106) with the parameters of OWASP's Password Storage Cheat Sheet: 19 MiB, 2 passes, 1 lane. A hash is kept
 * as a PHC string, so that stronger parameters can follow: a hash states its own.
 */
const parameters = { memory: 19_456, passes: 2, parallelism: 1, tagLength: 32 } as const;
const saltBytes = 16;

/**
 * How many passwords are hashed at once: at most half of the processors and of the four threads of libuv's pool, so that
 * commands and files keep the others. Each takes 19 MiB meanwhile.
 */
const atOnce = Math.max(1, Math.min(2, Math.floor(availableParallelism() / 2)));
/** How many more may wait; a sign-in beyond is refused. */
const waitingLimit = 64;

/** More passwords wait to be checked than the node takes. */
export class TooManyPasswords extends Error {
  override readonly name = 'TooManyPasswords';
}

/** Hashes passwords in libuv's threads, few at a time; every call rejects with `TooManyPasswords` if too many wait. */
export type Passwords = {
  /** The password's hash, as a PHC string. */
  readonly hash: (password: string) => Promise<string>;
  /** Whether a password is that of the hash. Takes as long, and says no, if there is no hash. */
  readonly verify: (password: string, hash: string | undefined) => Promise<boolean>;
};

const derive = promisify(argon2);

export const passwordHashing = (): Passwords => {
  let running = 0;
  const waiting: (() => void)[] = [];
  const inTurn = async <T>(work: () => Promise<T>): Promise<T> => {
    if (running >= atOnce) {
      if (waiting.length >= waitingLimit) throw new TooManyPasswords();
      await new Promise<void>((resolve) => waiting.push(resolve));
    } else running += 1;
    try {
      return await work();
    } finally {
      const next = waiting.shift(); // takes over the place
      if (next === undefined) running -= 1;
      else next();
    }
  };
  const nobodys = phcOf(parameters, randomBytes(saltBytes), randomBytes(parameters.tagLength));
  return {
    hash: (password) =>
      inTurn(async () => {
        const salt = randomBytes(saltBytes);
        return phcOf(parameters, salt, await tagOf(password, salt, parameters));
      }),
    verify: (password, hash = nobodys) =>
      inTurn(async () => {
        const { salt, tag, ...kept } = partsOf(hash);
        return timingSafeEqual(await tagOf(password, salt, { ...kept, tagLength: tag.length }), tag);
      }),
  };
};

type Parameters = { readonly [name in keyof typeof parameters]: number };

const tagOf = (password: string, nonce: Buffer, kept: Parameters): Promise<Buffer> =>
  derive('argon2id', { message: password.normalize('NFC'), nonce, ...kept });

const base64 = (bytes: Buffer): string => bytes.toString('base64').replace(/=+$/, '');

const phcOf = ({ memory, passes, parallelism }: Parameters, salt: Buffer, tag: Buffer): string =>
  `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${base64(salt)}$${base64(tag)}`;

const phc = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([\w+/]+)\$([\w+/]+)$/;

const partsOf = (hash: string) => {
  const [, memory, passes, parallelism, salt = '', tag = ''] = phc.exec(hash) ?? [];
  if (memory === undefined) throw new Error('The hash of a password is not one of ours');
  return {
    memory: Number(memory),
    passes: Number(passes),
    parallelism: Number(parallelism),
    salt: Buffer.from(salt, 'base64'),
    tag: Buffer.from(tag, 'base64'),
  };
};

const shortest = 12;
const longest = 200;

/** Why a password may not be chosen for an account of this name; undefined if it may. */
export const passwordFault = async (password: string, accountName: string): Promise<Text | undefined> => {
  const normal = password.normalize('NFC');
  const length = [...normal].length;
  if (length < shortest || length > longest)
    return {
      zh: `须为 ${shortest} 至 ${longest} 个字符`,
      en: `Must have ${shortest} to ${longest} characters`,
    };
  if (!normal.isWellFormed()) return { zh: '含有无效的字符', en: 'Contains an invalid character' };
  if (await isCommon(normal, accountName))
    return {
      zh: '过于常见，容易被猜到；请换一个，例如几个互不相关的词',
      en: 'Is too common and easily guessed; choose another, such as several unrelated words',
    };
  return undefined;
};

/** Words that anyone who attacks this registry would try first. */
const ownWords = ['upgraderegistry', 'upgrade-registry', 'upgrade registry'];

/** The most common passwords, those of zxcvbn-ts; read once, when a password is first chosen. */
let listed: Promise<ReadonlySet<string>> | undefined;
const listedPasswords = (): Promise<ReadonlySet<string>> => {
  listed ??= import('@zxcvbn-ts/language-common/src/passwords.json', { with: { type: 'json' } }).then(
    ({ default: passwords }) => new Set([...passwords, ...ownWords]),
  );
  return listed;
};

/**
 * Whether a password is one of the most common ones, in any case, or made of one by what people do when it is too short:
 * digits and punctuation before or after it, or writing it two or three times. So is the account's own name.
 */
const isCommon = async (password: string, accountName: string): Promise<boolean> => {
  const passwords = await listedPasswords();
  const own = accountName.normalize('NFC').toLowerCase();
  const isListed = (text: string) => passwords.has(text) || text === own;
  const folded = password.toLowerCase();
  const core = folded.replace(/^[\p{N}\p{P}\p{S}\s]+|[\p{N}\p{P}\p{S}\s]+$/gu, '');
  const parts = [2, 3].map((times) => folded.slice(0, Math.ceil(folded.length / times)));
  const isRepeated = parts.some((part, index) => part.repeat(index + 2) === folded && isListed(part));
  return isListed(folded) || isListed(core) || isRepeated || isRun(folded);
};

/** Whether each key follows or precedes the one before it, as in 123456789012 and abcdefghijkl, or repeats it. */
const isRun = (text: string): boolean => {
  if (!/^[\x20-\x7e]{1,24}$/.test(text)) return false;
  const steps = [...text.slice(1)].map((character, index) => {
    const pair = `${text[index]}${character}`;
    if (pair === '90') return 1;
    return pair === '09' ? -1 : character.charCodeAt(0) - text.charCodeAt(index);
  });
  return [-1, 0, 1].some((step) => steps.every((each) => each === step));
};
