import { rm } from 'node:fs/promises';
import { type RefusedLine, type WaitsUnder, waitsUnderTold } from '../../domain/import-events.ts';
import { batchSize } from './batches.ts';
import { type ImportContext, type ImportOfKind, withKind } from './context.ts';
import { recordEachRow } from './each-row.ts';
import type { Running } from './jobs.ts';
import { inPieces } from './pieces.ts';
import { refusalsTold, removeRows, tablePath } from './refused-file.ts';
import { byRow } from './row-files.ts';
import { realRecorder } from './row-recording.ts';

const refusalsAtOnce = 200;

/** Begins to record the rows of an import whose start was recorded, or continues them after a crash. */
export const beginImport = (context: ImportContext, id: string): void => {
  const { folder, jobs, records } = context;
  jobs.begin(
    id,
    async (progress) => {
      const record = await records.read(id);
      if (record === undefined) return removeRows(folder, id); // its start was not recorded
      if (record.state !== 'running') return; // somebody has ended it meanwhile
      const target = withKind(record);
      if (target === undefined) throw new Error(`import ${id} has no register and command of this release`);
      await recordRows(context, target, progress);
      if (progress.counts.refused === 0) await rm(tablePath(folder, id), { force: true });
    },
    true,
  );
};

/**
 * Records the rows, all refusals in a file of this node, the lines and codes of the first in the import's own stream, and
 * finally how many rows there were of each kind.
 */
const recordRows = async (context: ImportContext, target: ImportOfKind, progress: Running): Promise<void> => {
  const { commands, records } = context;
  const { id, by, refusals: recordedBefore } = target.record;
  const known = new Set(recordedBefore.map(({ row }) => row));
  let unrecorded: RefusedLine[] = [];
  let told = known.size;
  let record = target.record;
  const recordRefusals = async () => {
    const more = unrecorded.sort(byRow).slice(0, refusalsTold - told);
    unrecorded = [];
    told += more.length;
    let { revision } = record;
    for (const piece of inPieces(more))
      revision = await records.append(id, by, { type: 'ImportRowsRefused', data: { refusals: piece } }, revision);
    record = { ...record, revision };
    progress.record = record;
  };
  progress.record = record;
  await recordEachRow(
    context,
    target,
    realRecorder(commands),
    progress,
    (row, { refusal, codes = [] }) => {
      if (refusal === undefined) return;
      const place = { row: row.number, line: row.line };
      if (!known.has(row.number) && told + unrecorded.length < refusalsTold + batchSize)
        unrecorded.push({ ...place, codes });
    },
    async () => {
      if (unrecorded.length >= refusalsAtOnce) await recordRefusals();
    },
  );
  await recordRefusals();
  delete progress.record; // once it has ended, its stream is read again, as on other nodes
  const data = { ...progress.counts, ...waitingElsewhere(progress) };
  await records.appendEnd(id, by, ({ state }) => state, { type: 'ImportFinished', data });
};

/** Where rows wait that other imports have submitted, those with the most rows first. */
const waitingElsewhere = ({ waitsUnder }: Running): { waitsUnder?: WaitsUnder } => {
  const most = [...waitsUnder].sort(([, a], [, b]) => b - a).slice(0, waitsUnderTold);
  return most.length === 0 ? {} : { waitsUnder: most.map(([other, rows]) => ({ import: other, rows })) };
};
