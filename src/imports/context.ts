import type { ImportRecord } from '../../domain/import-events.ts';
import { registerNamed } from '../../domain/registers/index.ts';
import type { Commands } from '../commands/commands.ts';
import type { ReadModel } from '../readmodel/read-model.ts';
import { type EventStore, StoreUnavailable } from '../store/event-store.ts';
import type { Jobs } from './jobs.ts';
import type { FileThread } from './reading/file-thread.ts';
import { mappingOf } from './reading/mapping.ts';
import type { RowKind } from './reading/needs.ts';
import type { ImportRecords } from './records.ts';
import type { Turns } from './turns.ts';

/** What a node runs its imports with. */
export type ImportContext = {
  /** The folder of the kept tables. */
  readonly folder: string;
  readonly store: EventStore;
  readonly model: Pick<ReadModel, 'all' | 'get' | 'place' | 'reached' | 'caughtUp'>;
  readonly commands: Commands;
  readonly now: () => number;
  readonly jobs: Jobs;
  readonly records: ImportRecords;
  /** Files are opened one at a time: one may take much memory and time. */
  readonly openings: Turns;
  readonly files: FileThread;
};

/** An import with how its rows are read. */
export type ImportOfKind = RowKind & { readonly record: ImportRecord };

/** Undefined if this release has no such register or command. */
export const withKind = (record: ImportRecord): ImportOfKind | undefined => {
  const register = registerNamed(record.register);
  const kind = register?.factOf.get(record.command);
  return register && kind && { record, register, kind, set: record.set, map: mappingOf(record.columns) };
};

const catchUpMs = 60_000;

/** Waits until the read model knows everything that the ledger holds now. Throws `StoreUnavailable` if it lags. */
export const caughtUp = async ({ model, store, jobs }: Pick<ImportContext, 'model' | 'store' | 'jobs'>) => {
  await model.caughtUp;
  const hasCaughtUp = await model.reached(await store.end(), catchUpMs, jobs.signal);
  jobs.signal.throwIfAborted();
  if (!hasCaughtUp) throw new StoreUnavailable('the read model lags behind');
};
