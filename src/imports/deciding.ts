import type { Decision, DecisionName, ImportRecord, Leftover } from '../../domain/import-events.ts';
import { isSamePerson } from '../../domain/person.ts';
import { submissionsBy } from '../../projections/submissions.ts';
import { inBatches } from './batches.ts';
import { caughtUp, type ImportContext } from './context.ts';
import { noImport } from './dry-runs.ts';
import type { Running } from './jobs.ts';
import { inPieces } from './pieces.ts';
import { countDecided, decidedBy } from './progress.ts';
import { undoImport } from './undoing.ts';

export type DecideAnswer =
  | 'started'
  | 'not-found'
  | 'dry-run'
  | 'import-running'
  | 'second-person-needed'
  /** Another decision on the import is being carried out. */
  | { readonly underWay: DecisionName };

const pageSize = 500;

/** Begins to approve or return what is pending of an import, or to undo what it has recorded. */
export const decideImport = async (
  context: ImportContext,
  id: string,
  decision: DecisionName,
  by: string,
  reason?: string,
): Promise<DecideAnswer> => {
  const { jobs, records } = context;
  for (;;) {
    const record = await records.read(id);
    if (record === undefined) return noImport(context, id);
    if (isSamePerson(record.by, by) && decision !== 'undo') return 'second-person-needed';
    if (record.state === 'running') return 'import-running';
    const last = record.decisions.at(-1);
    if (last?.state === 'running') {
      if (!isSamePerson(last.by, by) || last.decision !== decision) return { underWay: last.decision };
      if (!jobs.isUnderWay(id)) beginDecision(context, id);
      return 'started';
    }
    await jobs.settled(id);
    const data = { decision, ...(reason === undefined ? {} : { reason }) };
    if (await records.appendAfter(id, record.revision, by, { type: 'ImportDecisionStarted', data })) {
      beginDecision(context, id);
      return 'started';
    }
  }
};

/** Begins, or continues, to carry out the import's last decision if it has not finished. */
export const beginDecision = (context: ImportContext, id: string): void => {
  const { jobs, records, model } = context;
  jobs.begin(id, async (progress) => {
    // 1. Find what was decided.
    const record = await records.read(id);
    const decision = record?.decisions.at(-1);
    if (record === undefined || decision?.state !== 'running') return;
    // 2. Carry it out, and record what was left.
    await caughtUp(context);
    const left = await carryOut(context, record, decision, progress);
    const { by, revision } = decision;
    for (const piece of inPieces(left))
      await records.append(id, by, { type: 'ImportSubmissionsLeft', data: { left: piece } });
    // 3. Record how many were decided; another node may have decided some of them meanwhile.
    await caughtUp(context);
    const data =
      decision.decision === 'undo' ? decidedBy(progress) : { decided: countDecided(model, id, by, revision) };
    await records.appendEnd(id, by, ({ decisions }) => decisions.at(-1)?.state, {
      type: 'ImportDecisionFinished',
      data,
    });
  });
};

const carryOut = (context: ImportContext, record: ImportRecord, decision: Decision, progress: Running) =>
  decision.decision === 'undo'
    ? undoImport(context, record, decision, progress)
    : decideSubmissions(context, record.id, decision, decision.decision, progress);

/** Decides every pending submission of an import, those of one entry in their order; gives those it had to leave. */
const decideSubmissions = async (
  { commands, model, jobs }: ImportContext,
  id: string,
  { by, reason, revision }: Decision,
  decision: 'approve' | 'return',
  progress: Running,
): Promise<readonly Leftover[]> => {
  progress.decided = countDecided(model, id, by, revision);
  const left: Leftover[] = [];
  let after = -1;
  for (;;) {
    const page = model.all(submissionsBy({ status: 'pending', import: id }, { order: 'asc', after, limit: pageSize }));
    if (page.length === 0) return left;
    after = page.at(-1)?.entry_number ?? after;
    await inBatches(
      jobs,
      page,
      ({ key }) => key.toLowerCase(),
      async (row) => {
        const outcome = await commands.decideSubmission({ id: row.id, decision, by, reason });
        if (outcome.kind === 'refused') left.push({ submission: row.id, code: outcome.rejection.code });
        else progress.decided += 1;
      },
    );
  }
};
