import { copyFile, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import type { NewEvent } from '../../domain/event.ts';
import { type Entry, evolve } from '../../domain/history.ts';
import { endState, type ImportRecord, importSchema } from '../../domain/import-events.ts';
import type { Register } from '../../domain/register.ts';
import type { Impact } from '../../domain/targets.ts';
import type { Commands } from '../commands/commands.ts';
import { type ImportContext, withKind } from './context.ts';
import { recordEachRow } from './each-row.ts';
import { removeRows, tablePath } from './refused-file.ts';
import type { Recorder } from './row-recording.ts';

/**
 * Dry runs: imports that record nothing, not even that they were. What there is to know of one is in files of the node
 * that ran it, the dry run itself in one beside those of its rows.
 */

/** So many dry runs are kept, the latest, and for so long. */
const keptDryRuns = 100;
const keptMs = 7 * 86_400_000;

const dryRunPath = (folder: string, id: string): string => `${tablePath(folder, id)}.dry`;
const isId = (id: string): boolean => /^[0-9a-f-]{36}$/.test(id);

/** A dry run that this node keeps. */
export const dryRunOf = async (folder: string, id: string): Promise<ImportRecord | undefined> => {
  const text = isId(id) ? await readFile(dryRunPath(folder, id), 'utf8').catch(() => undefined) : undefined;
  return text === undefined ? undefined : importSchema.parse(JSON.parse(text));
};

/** The dry runs that this node keeps, the latest first. */
export const dryRunsIn = async (folder: string): Promise<readonly ImportRecord[]> => {
  const names = await readdir(folder).catch(() => []);
  const ids = names.filter((name) => name.endsWith('.dry')).map((name) => name.slice(0, -'.dry'.length));
  const found = await Promise.all(ids.map((id) => dryRunOf(folder, id)));
  return found.filter((record) => record !== undefined).sort((a, b) => (a.startedAt < b.startedAt ? 1 : -1));
};

const keep = async (folder: string, record: ImportRecord): Promise<void> => {
  const path = dryRunPath(folder, record.id);
  await writeFile(`${path}.new`, JSON.stringify(record), { flush: true });
  await rename(`${path}.new`, path);
};

/** Begins a dry run, which checks every row and records nothing. Earlier ones may be forgotten for it. */
export const beginDryRun = async (context: ImportContext, record: ImportRecord): Promise<void> => {
  const { folder, jobs, commands } = context;
  const target = withKind(record);
  if (target === undefined) return;
  await keep(folder, record);
  await forgetEarlier(context);
  jobs.begin(
    record.id,
    async (progress) => {
      const moved = sum();
      await recordEachRow(context, target, dryRecorder(commands, target.register), progress, (_, { shown }) =>
        moved.add(shown?.impact ?? []),
      );
      const { counts } = progress;
      await keep(folder, { ...record, state: endState(record), counts: { ...counts }, impact: moved.total() });
    },
    true,
  );
};

/** Adds up what rows would change, each as if those before it had been recorded. */
const sum = () => {
  const sums = new Map<string, Impact>();
  return {
    add: (impact: readonly Impact[]) => {
      for (const each of impact) {
        const place = JSON.stringify([each.plan, each.target, each.on]);
        const known = sums.get(place);
        const after = known === undefined ? each.after : known.after + each.after - each.before;
        sums.set(place, { ...(known ?? each), after });
      }
    },
    total: () => [...sums.values()].filter(({ before, after }) => before !== after),
  };
};

/** Forgets dry runs that are too old or too many, but none that runs. */
/** Why there is no import of an id in the ledger. */
export const noImport = async (
  { folder }: Pick<ImportContext, 'folder'>,
  id: string,
): Promise<'not-found' | 'dry-run'> => ((await dryRunOf(folder, id)) === undefined ? 'not-found' : 'dry-run');

const forgetEarlier = async ({ folder, jobs, now }: ImportContext): Promise<void> => {
  for (const [index, { id, startedAt }] of (await dryRunsIn(folder)).entries())
    if ((index >= keptDryRuns || Date.parse(startedAt) < now() - keptMs) && !jobs.isUnderWay(id))
      await removeRows(folder, id);
};

/** Continues, from the beginning, the dry runs that were cut short. */
export const resumeDryRuns = async (context: ImportContext): Promise<void> => {
  await forgetEarlier(context);
  for (const record of await dryRunsIn(context.folder))
    if (record.state === 'running' && !context.jobs.isUnderWay(record.id)) await beginDryRun(context, record);
};

/** Gives the rows of a dry run to another import; false if they are gone. */
export const copyRows = async (folder: string, from: string, to: string): Promise<boolean> => {
  try {
    await copyFile(tablePath(folder, from), tablePath(folder, to));
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false;
    throw error;
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
