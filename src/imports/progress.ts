import type { ImportProgress, ImportRecord } from '../../domain/import-events.ts';
import { decidedSince } from '../../projections/submissions.ts';
import { takenSoFar } from '../../projections/trail.ts';
import type { ImportContext } from './context.ts';
import { dryRunOf } from './dry-runs.ts';
import type { Running } from './jobs.ts';
import { firstRefused } from './refused-file.ts';
import { skippedOf } from './skipped-file.ts';

/** How far an import has come, by this node's own job or else by the read model; undefined if there is none. */
export const importProgress = async (context: ImportContext, id: string): Promise<ImportProgress | undefined> => {
  const { folder, jobs, records } = context;
  const dryRun = await dryRunOf(folder, id);
  const record = dryRun ?? jobs.progressOf(id)?.record ?? (await records.read(id));
  if (record === undefined) return undefined;
  const progress = progressOf(context, record, dryRun !== undefined);
  const { state, counts } = progress;
  const isOver = state === 'finished' && counts.refused > 0;
  const kept = isOver ? await firstRefused(folder, id) : jobs.progressOf(id)?.refusals;
  const isElsewhere = isOver && kept === undefined && record.refusals.some(({ codes }) => codes !== undefined);
  return {
    ...progress,
    refusals: kept ?? record.refusals,
    skippedLines: dryRun?.skippedLines ?? (record.skipped === 0 ? [] : await skippedOf(folder, id)),
    ...(isElsewhere ? { rows: 'elsewhere' } : {}),
  };
};

/** The same without a look at this node's files. */
export const progressOf = (
  { jobs, model }: Pick<ImportContext, 'jobs' | 'model'>,
  record: ImportRecord,
  dryRun: boolean,
): ImportProgress => {
  const { id } = record;
  const job = jobs.progressOf(id);
  const isRunning = record.state === 'running';
  const counts = { ...record.counts, ...(isRunning ? (job?.counts ?? model.get(takenSoFar(id))) : {}) };
  const decisions = record.decisions.map((each) =>
    each.state === 'running'
      ? { ...each, ...(job ? decidedBy(job) : { decided: countDecided(model, id, each.by, each.revision) }) }
      : each,
  );
  return {
    ...record,
    state: isRunning && job === undefined && jobs.isUnderWay(id) ? 'waiting' : record.state,
    counts,
    decisions,
    rows: counts.recorded + counts.submitted + counts.alreadyThere + counts.refused,
    dryRun,
  };
};

/** What a job of a decision has done so far. */
export const decidedBy = ({ decided, submitted }: Running) => ({
  decided,
  ...(submitted === undefined ? {} : { submitted }),
});

/** How many submissions of an import this node knows somebody to have decided since a revision of its stream. */
export const countDecided = (model: ImportContext['model'], id: string, by: string, since: number): number =>
  model.get(decidedSince(id, by, since))?.count ?? 0;
