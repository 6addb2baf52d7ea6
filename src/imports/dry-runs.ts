import { rm } from 'node:fs/promises';
import type { NewEvent } from '../../domain/event.ts';
import { type Entry, evolve } from '../../domain/history.ts';
import { endState, type ImportRecord, type Refusal } from '../../domain/import-events.ts';
import type { Register } from '../../domain/register.ts';
import type { Commands } from '../commands/commands.ts';
import type { DryRun, ImportContext, ImportOfKind } from './context.ts';
import { byRow, recordEachRow } from './each-row.ts';
import { refusedPath, removeRows } from './refused-file.ts';
import type { Recorder } from './row-recording.ts';
import { keepRefused } from './running.ts';

/** Dry runs are remembered until together they have more rows than this; the latest is always kept. */
const rememberedRows = 200_000;

/** Begins a dry run, which checks every row and records nothing. Earlier ones may be forgotten for it. */
export const beginDryRun = async (context: ImportContext, target: ImportOfKind): Promise<void> => {
  const { dryRuns, jobs, commands } = context;
  const { record, register } = target;
  dryRuns.set(record.id, { record, outcomes: [] });
  await forgetEarlier(context, record.id);
  jobs.begin(
    record.id,
    async (progress) => {
      const outcomes: DryRun['outcomes'][number][] = [];
      const refusals: Refusal[] = [];
      dryRuns.set(record.id, { record, outcomes });
      await rm(refusedPath(context.folder, record.id), { force: true });
      await recordEachRow(
        context,
        target,
        dryRecorder(commands, register),
        progress,
        (row, { key, outcome, refusal }) => {
          outcomes.push({ row: row.number, key, outcome });
          if (refusal !== undefined) refusals.push({ row: row.number, line: row.line, ...refusal });
        },
        () => keepRefused(context, record.id, progress, refusals.splice(0)),
      );
      outcomes.sort(byRow);
      const { counts, refusals: first } = progress;
      const ended: ImportRecord = { ...record, state: endState(record), counts: { ...counts }, refusals: first };
      dryRuns.set(record.id, { record: ended, outcomes });
    },
    true,
  );
};

/** Forgets the earliest dry runs, except running ones and that of `latest`, while there are too many rows. */
const forgetEarlier = async ({ folder, dryRuns, jobs }: ImportContext, latest: string): Promise<void> => {
  for (const id of dryRuns.keys()) {
    const rows = [...dryRuns.values()].reduce((sum, { record }) => sum + record.total, 0);
    if (rows <= rememberedRows || id === latest || jobs.isUnderWay(id)) continue;
    dryRuns.delete(id);
    await removeRows(folder, id);
  }
};

/** Checks commands as if those before them, for entries of the same register, had been recorded. */
const dryRecorder = (commands: Commands, register: Register): Recorder => {
  const eventsOf = new Map<string, readonly NewEvent[]>();
  const earlierIn = (key: string) => eventsOf.get(key.toLowerCase()) ?? [];

  const readEntry: Commands['readEntry'] = async (of, key) => {
    const read = await commands.readEntry(of, key);
    const entry = (of === register ? earlierIn(key) : []).reduce<Entry>(
      (known, event) => evolve(known, { ...event, stream: '', revision: known.revision + 1, recordedAt: '' }),
      read.entry,
    );
    return { ...read, entry };
  };

  return {
    readEntry,
    objections: commands.objections,
    give: async (request, seen) => {
      const outcome = await commands.dryRun(request, seen);
      if (outcome.kind === 'refused') return outcome;
      const { event, would, shown } = outcome;
      if (event !== undefined) eventsOf.set(request.key.toLowerCase(), [...earlierIn(request.key), event]);
      return { kind: would === 'record' ? 'recorded' : 'submitted', shown };
    },
  };
};
