import { createHmac, randomBytes } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync, renameSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Account } from './accounts.ts';

/** The logs of who read what and of what touches security: JSON lines in files of this node, which only their owner can read. */

/** A line; `at` and `event` come first. It never holds a password, a token, a cookie or what was typed as a name. */
export type LogLine = { readonly event: string } & Readonly<Record<string, unknown>>;
export type Log = (line: LogLine) => void;

/** When a file is renamed to `….1`, the one before to `….2`, and so on; the last is removed. */
const limitBytes = 16 * 1_048_576;
const filesKept = 10;

/**
 * A log that adds each line at once. Only a server rotates, since commands beside it may be writing. A line that cannot
 * be written is told to `lost`, and what is logged goes on.
 */
export const openLog = (
  path: string,
  now: () => number,
  { rotates, lost }: { readonly rotates: boolean; readonly lost: (error: unknown) => void },
): Log => {
  return ({ event, ...more }) => {
    try {
      if (rotates && (statSync(path, { throwIfNoEntry: false })?.size ?? 0) >= limitBytes) rotate(path);
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
      const line = JSON.stringify({ at: new Date(now()).toISOString(), event, ...more });
      appendFileSync(path, `${line}\n`, { mode: 0o600 });
    } catch (error) {
      lost(error);
    }
  };
};

/** The files of a log, oldest first. */
export const logFiles = (path: string): readonly string[] =>
  [...Array.from({ length: filesKept }, (_, index) => `${path}.${filesKept - index}`), path].filter(existsSync);

const rotate = (path: string): void => {
  for (let number = filesKept - 1; number >= 1; number--)
    if (existsSync(`${path}.${number}`)) renameSync(`${path}.${number}`, `${path}.${number + 1}`);
  renameSync(path, `${path}.1`);
};

const digestKey = randomBytes(32);

/**
 * How the security log names what somebody typed as a name: a known account by its subject, and anything else, which may
 * be a password in the wrong field, by a digest under a key that ends with the process.
 */
export const attempted = (typed: string, account: Account | undefined): Readonly<Record<string, string>> =>
  account === undefined
    ? { unknownName: createHmac('sha256', digestKey).update(typed).digest('hex').slice(0, 12) }
    : { subject: account.subject };
