import { appendFile, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { type Refusal, refusalSchema } from '../../domain/import-events.ts';
import { linesOf } from './lines.ts';

/**
 * All refused rows of an import, with their reasons: a file beside its kept table, on the node that ran it, a line of JSON
 * for each. The ledger has only how many there are, and the lines and codes of the first.
 */

/** So many refused rows are in the ledger, and in an answer about an import. */
export const refusalsTold = 1_000;

const line = z.string().transform((text) => refusalSchema.parse(JSON.parse(text)));

export const refusedPath = (folder: string, id: string): string => `${tablePath(folder, id)}.refused`;

/** Where this node keeps the rows of an import. */
export const tablePath = (folder: string, id: string): string => join(folder, id);

/** The id of the import that a file in the folder of imports belongs to. */
export const importOfFile = (name: string): string => name.replace(/\.(refused|rows|skipped|dry|dry\.new)$/, '');

export const appendRefused = (folder: string, id: string, refusals: readonly Refusal[]): Promise<void> =>
  appendFile(refusedPath(folder, id), refusals.map((refusal) => `${JSON.stringify(refusal)}\n`).join(''));

/** Removes what this node keeps of an import's rows. */
export const removeRows = async (folder: string, id: string): Promise<void> => {
  for (const suffix of ['', '.refused', '.rows', '.skipped', '.dry'])
    await rm(`${tablePath(folder, id)}${suffix}`, { force: true });
};

/** How long the files of an import are kept after its end. */
export const keptAfterEndMs = 30 * 86_400_000;

/** Removes the files of imports that ended long ago. */
export const removeOldRows = async (folder: string, nowMs: number, isUnderWay: (id: string) => boolean) => {
  for (const name of await readdir(folder)) {
    const path = tablePath(folder, name);
    const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: nowMs }));
    if (mtimeMs <= nowMs - keptAfterEndMs && !isUnderWay(importOfFile(name))) await rm(path, { force: true });
  }
};

/** The refused rows in the order of the file. Rejects with ENOENT if this node has none. */
export async function* refusedIn(folder: string, id: string): AsyncIterable<Refusal> {
  for await (const text of linesOf(refusedPath(folder, id))) yield line.parse(text);
}

/** The first refused rows; undefined if this node has none. */
export const firstRefused = async (folder: string, id: string): Promise<readonly Refusal[] | undefined> => {
  const first: Refusal[] = [];
  try {
    for await (const refusal of refusedIn(folder, id)) if (first.push(refusal) === refusalsTold) break;
    return first;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
};
