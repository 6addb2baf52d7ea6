import { setImmediate as nextTurn } from 'node:timers/promises';
import { shanghaiDay } from '../../domain/calendar.ts';
import type { Refusal } from '../../domain/import-events.ts';
import { batchSize } from './batches.ts';
import { caughtUp, type ImportContext, type ImportOfKind } from './context.ts';
import type { Running } from './jobs.ts';
import { knownNames } from './names.ts';
import { allEnded, queues } from './queues.ts';
import { type Row, rowsOf } from './reading/kept-table.ts';
import { tablePath } from './refused-file.ts';
import { beginRows, type ImportRow, keepRows } from './row-files.ts';
import { type Recorder, type RowResult, recordRow, sharedBy, understoodIn } from './row-recording.ts';

/**
 * Records every row of an import's kept table, a batch at a time, and counts them in `progress`. `settle` gets each row
 * with its result, in any order; `afterBatch` runs between batches and once at the end.
 */
export const recordEachRow = async (
  context: ImportContext,
  target: ImportOfKind,
  recorder: Recorder,
  progress: Running,
  settle: (row: Row, result: RowResult) => void = () => {},
  afterBatch: () => Promise<void> = async () => {},
): Promise<void> => {
  const { folder, model, now, jobs } = context;
  const { record, register } = target;
  await caughtUp(context);
  const names = knownNames(model, register);
  let inTurn = queues();
  let batch: Promise<void>[] = [];
  const rows: ImportRow[] = [];
  const refusals: Refusal[] = [];
  await beginRows(folder, record.id);
  const endBatch = async () => {
    await allEnded(batch);
    batch = [];
    inTurn = queues();
    jobs.notify();
    await keepRows(context, record.id, progress, rows.splice(0), refusals.splice(0));
    await afterBatch();
    await nextTurn(); // so that a batch that waits for nothing holds nobody up
  };
  for await (const row of rowsOf(tablePath(folder, record.id), target)) {
    jobs.signal.throwIfAborted();
    const today = shanghaiDay(now());
    const read = row.read(today);
    batch.push(
      inTurn(sharedBy(target, read), async () => {
        const result = await recordRow(recorder, target, names, row, read, today);
        progress.rows += 1;
        progress.counts[result.outcome] += 1;
        const { waitsUnder: other } = result;
        if (other !== undefined && other !== record.id)
          progress.waitsUnder.set(other, (progress.waitsUnder.get(other) ?? 0) + 1);
        const { key, outcome, refusal, shown } = result;
        const { number, line } = row;
        const { body: values } = understoodIn(read);
        const more = { ...(refusal && { faults: [...refusal.faults] }), ...(shown && { shown }) };
        rows.push({ outcome, row: number, line, key, values: { ...values }, ...more });
        if (refusal !== undefined) refusals.push({ row: number, line, ...refusal });
        settle(row, result);
      }),
    );
    if (batch.length >= batchSize) await endBatch();
  }
  await endBatch();
};
