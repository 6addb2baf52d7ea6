import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { ConfigError } from '../config.ts';
import { replaceSecretFile } from '../secret-file.ts';

/**
 * The texts that were erased: a file of JSON lines beside the keys, so that it outlives the ledger. An older backup that
 * is restored does not have the erasures, and with this list they are made again.
 */
const fileName = 'erased.jsonl';

const line = z.strictObject({
  /** The event that records the erasure. */
  id: z.string(),
  stream: z.string(),
  /** The event of which texts were erased, and their names. */
  event: z.string(),
  names: z.array(z.string()).readonly(),
  /** Absent if it was erased in its turn. */
  basis: z.string().exactOptional(),
  by: z.string(),
  approvedBy: z.string(),
});
export type ListedErasure = z.infer<typeof line>;

/** The erasures that are listed. Throws `ConfigError` if a line cannot be read. */
export const listedErasures = (keysFolder: string): readonly ListedErasure[] => {
  const path = join(keysFolder, fileName);
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
  return lines.map((text, index) => {
    try {
      return line.parse(JSON.parse(text));
    } catch {
      throw new ConfigError(`${path}: line ${index + 1} is not an erasure; put back an earlier copy of the file`);
    }
  });
};

/** Adds erasures that are not listed yet. If one erases the basis of another, the list does not keep that basis either. */
export const listErasures = (keysFolder: string, erasures: readonly ListedErasure[]): void => {
  const listed = listedErasures(keysFolder);
  const all = [...new Map([...listed, ...erasures].map((each) => [each.id, each])).values()];
  const withoutBasis = new Set(all.filter(({ names }) => names.includes('basis')).map(({ event }) => event));
  const after = all.map(({ basis, ...each }) =>
    basis === undefined || withoutBasis.has(each.id) ? each : { ...each, basis },
  );
  const [before, text] = [listed, after].map((lines) => lines.map((each) => `${JSON.stringify(each)}\n`).join(''));
  if (text === undefined || text === before) return;
  mkdirSync(keysFolder, { recursive: true, mode: 0o700 });
  replaceSecretFile(join(keysFolder, fileName), text);
};
