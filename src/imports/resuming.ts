import { readdir, rm, stat } from 'node:fs/promises';
import type { ImportRecord } from '../../domain/import-events.ts';
import { unfinishedDecisions } from '../../projections/trail.ts';
import type { ImportContext } from './context.ts';
import { beginDecision } from './deciding.ts';
import { dryRunsIn, resumeDryRuns } from './dry-runs.ts';
import { importOfFile, keptAfterEndMs, tablePath } from './refused-file.ts';
import { beginImport } from './running.ts';

/** A kept table without an import may belong to one that another process is about to start. */
const orphanedAfterMs = 3_600_000;
/** Continues what a crash cut short, and removes files that nobody needs any more. */
export const resumeImports = async (context: ImportContext): Promise<void> => {
  const { model, jobs } = context;
  jobs.retryWithoutEnd();
  await model.caughtUp;
  await jobs
    .retrying(async () => {
      await resumeRows(context);
      await resumeDryRuns(context);
      await resumeDecisions(context);
    })
    .catch((error: unknown) => {
      if (!jobs.signal.aborted) throw error;
    });
};

const resumeRows = async (context: ImportContext): Promise<void> => {
  const { folder, records, jobs, now } = context;
  const dryRuns = new Set((await dryRunsIn(folder)).map(({ id }) => id));
  for (const name of await readdir(folder).catch(() => [])) {
    const id = importOfFile(name);
    if (dryRuns.has(id)) continue;
    const record = await records.read(id);
    if (record?.state === 'running') {
      if (!jobs.isUnderWay(id)) beginImport(context, id);
      continue;
    }
    const { mtimeMs } = await stat(tablePath(folder, name)).catch(() => ({ mtimeMs: 0 }));
    if (mtimeMs <= now() - keptMs(name, record)) await rm(tablePath(folder, name), { force: true });
  }
};

const keptMs = (name: string, record: ImportRecord | undefined): number => {
  if (record === undefined) return orphanedAfterMs;
  return /\.(rows|skipped)$/.test(name) || record.counts.refused > 0 ? keptAfterEndMs : 0;
};

const resumeDecisions = async (context: ImportContext): Promise<void> => {
  const { model, records, jobs } = context;
  for (const { key } of model.all(unfinishedDecisions)) {
    const last = (await records.read(key))?.decisions.at(-1);
    if (last?.state === 'running' && !jobs.isUnderWay(key)) beginDecision(context, key);
  }
};
