import type { ImportProgress } from '../../domain/import-events.ts';
import { decidedSince } from '../../projections/submissions.ts';
import { takenSoFar } from '../../projections/trail.ts';
import type { ImportContext } from './context.ts';
import type { Running } from './jobs.ts';
import { firstRefused } from './refused-file.ts';

/** How far an import has come, by this node's own job or else by the read model; undefined if there is none. */
export const importProgress = async (context: ImportContext, id: string): Promise<ImportProgress | undefined> => {
  const { dryRuns, jobs, records, model } = context;
  const dryRun = dryRuns.get(id);
  const record = dryRun?.record ?? jobs.progressOf(id)?.record ?? (await records.read(id));
  if (record === undefined) return undefined;
  const job = jobs.progressOf(id);
  const counts = {
    ...record.counts,
    ...(record.state === 'running' ? (job?.counts ?? model.get(takenSoFar(id))) : {}),
  };
  const decisions = record.decisions.map((each) =>
    each.state === 'running'
      ? { ...each, ...(job ? decidedBy(job) : { decided: countDecided(model, id, each.by, each.revision) }) }
      : each,
  );
  const isOver = record.state === 'finished' && dryRun === undefined && counts.refused > 0;
  const kept = isOver ? await firstRefused(context.folder, id) : job?.refusals;
  return {
    ...record,
    state: record.state === 'running' && job === undefined && jobs.isUnderWay(id) ? 'waiting' : record.state,
    refusals: kept ?? record.refusals,
    counts,
    decisions,
    rows:
      isOver && kept === undefined && record.refusals.some(({ codes }) => codes !== undefined)
        ? 'elsewhere'
        : counts.recorded + counts.submitted + counts.alreadyThere + counts.refused,
    dryRun: dryRun !== undefined,
    ...(dryRun === undefined ? {} : { outcomes: dryRun.outcomes }),
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
