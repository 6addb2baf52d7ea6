import { rm } from 'node:fs/promises';
import type { Refusal } from '../../domain/import-events.ts';
import { type ImportContext, type ImportOfKind, tablePath, withKind } from './context.ts';
import { byRow, recordEachRow } from './each-row.ts';
import type { Running } from './jobs.ts';
import { inPieces } from './pieces.ts';
import { realRecorder } from './row-recording.ts';

const refusalsAtOnce = 200;

/** Begins to record the rows of an import whose start was recorded, or continues them after a crash. */
export const beginImport = (context: ImportContext, id: string): void => {
  const { folder, jobs, records } = context;
  jobs.begin(id, async (progress) => {
    const record = await records.read(id);
    if (record === undefined) return rm(tablePath(folder, id), { force: true }); // its start was not recorded
    const target = withKind(record);
    if (target === undefined) throw new Error(`import ${id} has no register and command of this release`);
    await recordRows(context, target, progress);
    if (progress.counts.refused === 0) await rm(tablePath(folder, id), { force: true });
  });
};

/** Records the rows, the refusals in the import's own stream, and finally how many there were of each. */
const recordRows = async (context: ImportContext, target: ImportOfKind, progress: Running): Promise<void> => {
  const { commands, records } = context;
  const { id, by, refusals: recordedBefore } = target.record;
  const known = new Set(recordedBefore.map(({ row }) => row));
  const refusals: Refusal[] = [];
  let record = target.record;
  const recordRefusals = async () => {
    const more = refusals.splice(0).sort(byRow);
    let { revision } = record;
    for (const piece of inPieces(more))
      revision = await records.append(id, by, { type: 'ImportRowsRefused', data: { refusals: piece } }, revision);
    record = { ...record, revision, refusals: [...record.refusals, ...more] };
    progress.record = record;
  };
  progress.record = record;
  await recordEachRow(
    context,
    target,
    realRecorder(commands),
    progress,
    (row, { refusal }) => {
      if (refusal !== undefined && !known.has(row.number))
        refusals.push({ row: row.number, line: row.line, ...refusal });
    },
    async () => {
      if (refusals.length >= refusalsAtOnce) await recordRefusals();
    },
  );
  await recordRefusals();
  delete progress.record; // once it has ended, its stream is read again, as on other nodes
  await records.appendEnd(id, by, ({ state }) => state, { type: 'ImportFinished', data: progress.counts });
};
