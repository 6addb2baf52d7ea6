import type { ImportProgress } from '../../domain/import-events.ts';
import { foldImport } from '../../domain/import-record.ts';
import { isSamePerson } from '../../domain/person.ts';
import { type ImportPlace, type ImportsFilter, importCount, importsBy } from '../../projections/imports.ts';
import { eventFromRow, streamEvents } from '../../projections/trail.ts';
import type { ImportContext } from './context.ts';
import { dryRunsIn } from './dry-runs.ts';
import { progressOf } from './progress.ts';

export type ImportsAsked = {
  readonly register?: string | undefined;
  /** Any subject that is the same person. */
  readonly by?: string | undefined;
  readonly state?: ImportProgress['state'] | undefined;
};

/** A page of imports, the newest first, and how many there are in all. */
export type ImportsPage = { readonly items: readonly ImportProgress[]; readonly total: number };

/** The imports in the ledger and the dry runs that this node keeps. */
export const listImports = async (
  context: ImportContext,
  asked: ImportsAsked,
  after: ImportPlace | undefined,
  limit: number,
): Promise<ImportsPage> => {
  const { model, folder } = context;
  const filter = filterOf(context, asked);
  const { size } = model.place();
  const imports = model.all(importsBy(filter, after, limit)).flatMap(({ id, stream }) => {
    const record = foldImport(id, model.all(streamEvents(stream, size)).map(eventFromRow));
    return record === undefined ? [] : [progressOf(context, record, false)];
  });
  const dryRuns = (await dryRunsIn(folder))
    .map((record) => progressOf(context, record, true))
    .filter(
      ({ register, by, state }) =>
        (asked.register === undefined || register === asked.register) &&
        (asked.by === undefined || isSamePerson(by, asked.by)) &&
        (asked.state === undefined || state === asked.state),
    );
  const items = [...imports, ...dryRuns.filter((each) => after === undefined || isAfter(placeOf(each), after))];
  return {
    items: items.sort((a, b) => (isAfter(placeOf(a), placeOf(b)) ? 1 : -1)).slice(0, limit),
    total: (model.get(importCount(filter))?.count ?? 0) + dryRuns.length,
  };
};

export const placeOf = ({ startedAt, id }: ImportProgress): ImportPlace => ({ at: startedAt, id });

/** Whether a place comes later in the list, in which the newest come first. */
const isAfter = (a: ImportPlace, b: ImportPlace): boolean => a.at < b.at || (a.at === b.at && a.id < b.id);

const filterOf = ({ jobs }: ImportContext, { register, by, state }: ImportsAsked): ImportsFilter => ({
  register,
  by,
  hasEnded: state === undefined ? undefined : state === 'finished' || state === 'failed',
  isEmpty: state === 'failed' ? true : state === 'finished' ? false : undefined,
  among: state === 'waiting' ? jobs.waitingIds() : undefined,
  except: state === 'running' ? jobs.waitingIds() : undefined,
});
