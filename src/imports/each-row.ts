import { setImmediate as nextTurn } from 'node:timers/promises';
import { shanghaiDay } from '../../domain/calendar.ts';
import { batchSize } from './batches.ts';
import { caughtUp, type ImportContext, type ImportOfKind, tablePath } from './context.ts';
import type { Running } from './jobs.ts';
import { knownNames } from './names.ts';
import { allEnded, queues } from './queues.ts';
import { type Row, rowsOf } from './reading/kept-table.ts';
import { type Recorder, type RowResult, recordRow, sharedBy } from './row-recording.ts';

/**
 * Records every row of an import's kept table, a batch at a time, and counts them in `progress`. `settle` gets each row
 * with its result, in any order; `afterBatch` runs between batches and once at the end.
 */
export const recordEachRow = async (
  context: ImportContext,
  target: ImportOfKind,
  recorder: Recorder,
  progress: Running,
  settle: (row: Row, result: RowResult) => void,
  afterBatch: () => Promise<void> = async () => {},
): Promise<void> => {
  const { folder, model, now, jobs } = context;
  const { record, register } = target;
  await caughtUp(context);
  const names = knownNames(model, register);
  let inTurn = queues();
  let batch: Promise<void>[] = [];
  const endBatch = async () => {
    await allEnded(batch);
    batch = [];
    inTurn = queues();
    jobs.notify();
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
        settle(row, result);
      }),
    );
    if (batch.length >= batchSize) await endBatch();
  }
  await endBatch();
};

export const byRow = (a: { readonly row: number }, b: { readonly row: number }): number => a.row - b.row;
