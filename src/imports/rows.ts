import { submitted } from '../../domain/event.ts';
import { cellFaultsOf, type ImportProgress, type RowOutcome } from '../../domain/import-events.ts';
import { type RecordedRow, rowsOfImport } from '../../projections/imports.ts';
import type { ImportContext } from './context.ts';
import { byRow, type ImportRow, type RowPage, rowsFrom } from './row-files.ts';

/** A page of rows: of one outcome or of all, from a place that the page before gives, 0 for the first. */
export type RowsAsked = {
  readonly at: number;
  readonly outcome?: RowOutcome | undefined;
  readonly limit: number;
};

/** What became of an import's rows; by the ledger alone, in which their texts are not, if this node has no file of them. */
export const importRows = async (
  context: Pick<ImportContext, 'folder' | 'jobs' | 'model'>,
  progress: ImportProgress,
  asked: RowsAsked,
): Promise<(RowPage & { readonly isElsewhere?: true }) | 'no-row'> => {
  const page = await rowsFrom(context.folder, progress.id, asked);
  if (page !== 'no-file') return page;
  if (progress.dryRun || context.jobs.isUnderWay(progress.id)) return { rows: [] };
  return { ...rowsInLedger(context, progress, asked), isElsewhere: true };
};

/** The places of these pages are the numbers of rows. */
const rowsInLedger = (
  { model }: Pick<ImportContext, 'model'>,
  { id, refusals }: ImportProgress,
  { at, outcome, limit }: RowsAsked,
): RowPage => {
  const isSubmitted = outcome === undefined ? undefined : outcome === 'submitted';
  const hasRecorded = outcome !== 'refused' && outcome !== 'alreadyThere';
  const recorded = hasRecorded ? model.all(rowsOfImport(id, { after: at, isSubmitted, limit: limit + 1 })) : [];
  const refused = outcome === undefined || outcome === 'refused' ? refusals.filter(({ row }) => row > at) : [];
  const rows = [
    ...recorded.map(recordedRow),
    ...refused.map((refusal): ImportRow => {
      const { row, line } = refusal;
      return { outcome: 'refused', row, line, key: null, values: {}, faults: [...cellFaultsOf(refusal)] };
    }),
  ].sort(byRow);
  const next = rows.length > limit ? rows[limit - 1]?.row : undefined;
  return { rows: rows.slice(0, limit), ...(next === undefined ? {} : { next }) };
};

const recordedRow = ({ row, type, key, data }: RecordedRow): ImportRow => {
  const { data: own, effectiveOn } = JSON.parse(data);
  return type === submitted
    ? { outcome: 'submitted', row, key, values: own.body }
    : { outcome: 'recorded', row, key, values: { effectiveOn, ...own } };
};
