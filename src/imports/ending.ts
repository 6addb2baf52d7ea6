import { lastSignOfLife, takenSoFar } from '../../projections/trail.ts';
import { caughtUp, type ImportContext } from './context.ts';
import { noImport } from './dry-runs.ts';

export type EndAnswer = 'ended' | 'not-found' | 'dry-run' | 'import-running';

/** An import that has recorded nothing for so long may be ended by a person. */
const silentForMs = 5 * 60_000;

/**
 * Ends an import whose node is lost, by a person's word, so that what it has recorded and submitted can be decided. It
 * must have been silent for minutes, and not be this node's own. If its node comes back, it finds the import ended.
 */
export const endImport = async (context: ImportContext, id: string, by: string): Promise<EndAnswer> => {
  const { records, jobs, model, now } = context;
  await caughtUp(context);
  const record = await records.read(id);
  if (record === undefined) return noImport(context, id);
  if (record.state !== 'running') return 'ended';
  const lastMs = Date.parse(model.get(lastSignOfLife(id))?.at ?? record.startedAt);
  if (jobs.isUnderWay(id) || now() - lastMs < silentForMs) return 'import-running';
  const counts = { ...record.counts, ...model.get(takenSoFar(id)) };
  const rowsUnknown = Math.max(0, record.total - counts.recorded - counts.submitted - counts.refused);
  const data = { ...counts, ended: { by, rowsUnknown } };
  // If anything was recorded there meanwhile, its node is alive.
  return (await records.appendAfter(id, record.revision, by, { type: 'ImportFinished', data }))
    ? 'ended'
    : 'import-running';
};
