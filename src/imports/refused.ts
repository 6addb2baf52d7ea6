import type { Refusal } from '../../domain/import-events.ts';
import type { FactKind, Register } from '../../domain/register.ts';
import type { Cell } from '../spreadsheets/sheet.ts';
import { type ImportContext, tablePath, withKind } from './context.ts';
import { rowsOf, tableHeaderOf } from './reading/kept-table.ts';
import type { RowKind } from './reading/rows.ts';
import type { TableHeader } from './reading/table.ts';

/** A rejected row with its cells as in the file; without cells if this node no longer has the file. */
export type RefusedRow = Refusal & { readonly cells: readonly Cell[] };

export type RefusedRows = {
  readonly register: Register;
  readonly kind: FactKind;
  readonly table: TableHeader;
  readonly rows: Iterable<RefusedRow> | AsyncIterable<RefusedRow>;
};

/** The rejected rows of an import or of a dry run of this node; undefined if there is none. */
export const refusedRows = async (
  { folder, dryRuns, records }: ImportContext,
  id: string,
): Promise<RefusedRows | undefined> => {
  const record = dryRuns.get(id)?.record ?? (await records.read(id));
  const target = record && withKind(record);
  if (target === undefined) return undefined;
  const { register, kind } = target;
  const { refusals, set } = target.record;
  const path = tablePath(folder, id);
  const table = await tableHeaderOf(path).catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    throw error;
  });
  return table === undefined
    ? { register, kind, table: noTable, rows: refusals.map((refusal) => ({ ...refusal, cells: [] })) }
    : { register, kind, table, rows: withCells(path, { register, kind, set }, refusals) };
};

async function* withCells(table: string, rowKind: RowKind, refusals: readonly Refusal[]): AsyncIterable<RefusedRow> {
  const byNumber = new Map(refusals.map((refusal) => [refusal.row, refusal]));
  for await (const { number, cells } of rowsOf(table, rowKind)) {
    const refusal = byNumber.get(number);
    if (refusal !== undefined) yield { ...refusal, cells };
  }
}

const noTable: TableHeader = { headers: [], unitExponent: 0, date1904: false };

const isMissing = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'ENOENT';
