import { appendFile, open, rm } from 'node:fs/promises';
import { z } from 'zod';
import { cellFaultSchema, type Refusal, type RowOutcome, rowOutcome } from '../../domain/import-events.ts';
import type { Shown } from '../commands/impact.ts';
import type { ImportContext } from './context.ts';
import type { Running } from './jobs.ts';
import { appendRefused, refusalsTold, refusedPath, tablePath } from './refused-file.ts';

/**
 * What became of each row of an import, or would become of it: a file beside its kept table, on the node that ran it, a
 * line of JSON for each row, in their order. The ledger has only what was recorded.
 */

const rowSchema = z.object({
  /** First, so that a line tells without being parsed. */
  outcome: rowOutcome,
  row: z.int(),
  line: z.int().exactOptional(),
  key: z.string().nullable(),
  /** As understood; of a rejected row, what of it could be understood. */
  values: z.record(z.string(), z.unknown()),
  faults: z.array(cellFaultSchema).exactOptional(),
  shown: z.custom<Shown>().exactOptional(),
});
export type ImportRow = z.infer<typeof rowSchema>;

const rowsPath = (folder: string, id: string): string => `${tablePath(folder, id)}.rows`;

/** Removes what this node says of an import's rows, before it goes through them again. */
export const beginRows = async (folder: string, id: string): Promise<void> => {
  await rm(rowsPath(folder, id), { force: true });
  await rm(refusedPath(folder, id), { force: true });
};

/** Keeps a batch of rows in this node's files, and the first rejected ones in memory. */
export const keepRows = async (
  { folder }: Pick<ImportContext, 'folder'>,
  id: string,
  progress: Running,
  rows: ImportRow[],
  refusals: Refusal[],
): Promise<void> => {
  if (rows.length === 0) return;
  const lines = rows.sort(byRow).map((row) => `${JSON.stringify(row)}\n`);
  await appendFile(rowsPath(folder, id), lines.join(''));
  if (refusals.length === 0) return;
  await appendRefused(folder, id, refusals.sort(byRow));
  progress.refusals.push(...refusals.slice(0, refusalsTold - progress.refusals.length));
};

export const byRow = (a: { readonly row: number }, b: { readonly row: number }): number => a.row - b.row;

/** Where a page of rows begins: at a byte of the file. */
export type RowPage = {
  readonly rows: readonly ImportRow[];
  /** Where the next page begins, if another row follows that matches. */
  readonly next?: number;
};

const pieceBytes = 65_536;

/** The rows from a byte on, of one outcome or of all, unless this node has no such file, or no row begins there. */
export const rowsFrom = async (
  folder: string,
  id: string,
  { at, outcome, limit }: { readonly at: number; readonly outcome?: RowOutcome | undefined; readonly limit: number },
): Promise<RowPage | 'no-file' | 'no-row'> => {
  const file = await open(rowsPath(folder, id)).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (file === undefined) return 'no-file';
  try {
    const begins = outcome === undefined ? '' : `{"outcome":"${outcome}"`;
    const rows: ImportRow[] = [];
    let place = at;
    let rest = Buffer.alloc(0);
    for (;;) {
      const piece = Buffer.alloc(pieceBytes);
      const { bytesRead } = await file.read(piece, 0, pieceBytes, place + rest.length);
      if (bytesRead === 0) return { rows }; // a line without an end is still being written
      rest = Buffer.concat([rest, piece.subarray(0, bytesRead)]);
      for (let end = rest.indexOf(10); end !== -1; end = rest.indexOf(10)) {
        const text = rest.toString('utf8', 0, end);
        if (text.startsWith(begins)) {
          if (rows.length === limit) return { rows, next: place };
          const row = parsed(text);
          if (row === undefined) return 'no-row';
          rows.push(row);
        }
        place += end + 1;
        rest = rest.subarray(end + 1);
      }
    }
  } finally {
    await file.close();
  }
};

const parsed = (text: string): ImportRow | undefined => {
  try {
    return rowSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
};
