import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { personOf } from '../../domain/person.ts';
import { ConfigError } from '../config.ts';
import { rereading } from './reread.ts';

/**
 * The tokens that are refused although they have not expired: a file of JSON lines beside the keys, so that nodes that
 * share keys share it. Lines are only added.
 */
const fileName = 'revoked.jsonl';

/** One token by its id, or all that were issued for a subject until an instant (epoch seconds). */
const line = z.union([
  z.strictObject({ at: z.string(), id: z.string() }),
  z.strictObject({ at: z.string(), subject: z.string(), until: z.int() }),
]);
export type Revocation = z.infer<typeof line>;

export type Revoked = {
  readonly hasId: (id: string) => boolean;
  /** The epoch seconds until which all tokens of a subject, or of one that is the same person, are refused. */
  readonly endedAt: (subject: string) => number;
};

type Read = { readonly ids: ReadonlySet<string>; readonly endedAt: ReadonlyMap<string, number> };

/** Opens the list of a folder. Throws `ConfigError` if a line of it cannot be read. */
export const openRevoked = (keysFolder: string): Revoked => {
  const path = join(keysFolder, fileName);
  const current = rereading(path, () => readList(path));
  return {
    hasId: (id) => current().ids.has(id),
    endedAt: (subject) => {
      const { endedAt } = current();
      return endedAt.size === 0 ? 0 : (endedAt.get(personOf(subject)) ?? 0);
    },
  };
};

/** Adds a line to the list, which other processes see within a second. */
export const revoke = (keysFolder: string, revocation: Revocation): void => {
  appendFileSync(join(keysFolder, fileName), `${JSON.stringify(revocation)}\n`, { mode: 0o600, flush: true });
};

const readList = (path: string): Read => {
  const ids = new Set<string>();
  const endedAt = new Map<string, number>();
  for (const [index, text] of linesOf(path).entries()) {
    const revocation = parsed(text);
    if (revocation === undefined)
      throw new ConfigError(`${path}, line ${index + 1}, is not a revoked token; nobody knows which tokens to refuse`);
    if ('id' in revocation) ids.add(revocation.id);
    else {
      const person = personOf(revocation.subject);
      endedAt.set(person, Math.max(revocation.until, endedAt.get(person) ?? 0));
    }
  }
  return { ids, endedAt };
};

const parsed = (text: string): Revocation | undefined => {
  try {
    return line.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
};

/** The complete lines of a file; the last may be one that is still being written. */
const linesOf = (path: string): readonly string[] => {
  try {
    return readFileSync(path, 'utf8').split('\n').slice(0, -1);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
};
