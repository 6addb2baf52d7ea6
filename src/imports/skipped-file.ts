import { readFile, writeFile } from 'node:fs/promises';
import { type SkippedLine, skippedLinesSchema } from '../../domain/import-events.ts';
import { tablePath } from './refused-file.ts';

/**
 * The lines of an import's file that are not rows of its list: a file beside its kept table, on the node that ran it. The
 * ledger has only how many there are.
 */

const skippedPath = (folder: string, id: string): string => `${tablePath(folder, id)}.skipped`;

export const keepSkipped = async (folder: string, id: string, lines: readonly SkippedLine[]): Promise<void> => {
  if (lines.length > 0) await writeFile(skippedPath(folder, id), JSON.stringify(lines));
};

/** None if this node has none. */
export const skippedOf = async (folder: string, id: string): Promise<readonly SkippedLine[]> => {
  const text = await readFile(skippedPath(folder, id), 'utf8').catch(() => '[]');
  return skippedLinesSchema.parse(JSON.parse(text));
};
