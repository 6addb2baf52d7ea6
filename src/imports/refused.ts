import type { Refusal } from '../../domain/import-events.ts';
import type { Cell } from '../spreadsheets/sheet.ts';
import { type ImportContext, withKind } from './context.ts';
import { dryRunOf } from './dry-runs.ts';
import type { ColumnKind } from './reading/columns.ts';
import { rowsOf, tableHeaderOf } from './reading/kept-table.ts';
import type { RowKind } from './reading/needs.ts';
import type { TableHeader } from './reading/table.ts';
import { firstRefused, refusedIn, tablePath } from './refused-file.ts';

/** A rejected row with its cells as in the file; without cells if this node no longer has the file. */
export type RefusedRow = Refusal & { readonly cells: readonly Cell[] };

export type RefusedRows = ColumnKind & {
  readonly table: TableHeader;
  readonly rows: Iterable<RefusedRow> | AsyncIterable<RefusedRow>;
};

/** The rejected rows of an import or of a dry run of this node; undefined if there is none. */
export const refusedRows = async ({ folder, records }: ImportContext, id: string): Promise<RefusedRows | undefined> => {
  const record = (await dryRunOf(folder, id)) ?? (await records.read(id));
  const target = record && withKind(record);
  if (target === undefined) return undefined;
  const { refusals } = target.record;
  const path = tablePath(folder, id);
  const table = await tableHeaderOf(path).catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    throw error;
  });
  const kept = await firstRefused(folder, id);
  if (table === undefined)
    return { ...target, table: noTable, rows: (kept ?? refusals).map((refusal) => ({ ...refusal, cells: [] })) };
  // Earlier releases kept the reasons in the ledger alone.
  const refused = kept === undefined ? refusals : refusedIn(folder, id);
  return { ...target, table, rows: withCells(path, target, refused) };
};

/** Both files are in the order of rows, so that neither is ever in memory as a whole. */
async function* withCells(
  table: string,
  rowKind: RowKind,
  refusals: Iterable<Refusal> | AsyncIterable<Refusal>,
): AsyncIterable<RefusedRow> {
  const rows = rowsOf(table, rowKind)[Symbol.asyncIterator]();
  for await (const refusal of refusals) {
    for (let next = await rows.next(); !next.done; next = await rows.next()) {
      if (next.value.number < refusal.row) continue;
      yield { ...refusal, cells: next.value.cells };
      break;
    }
  }
}

const noTable: TableHeader = { headers: [], unit: { exponent: 0 }, date1904: false };

const isMissing = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'ENOENT';
