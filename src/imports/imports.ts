import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import type { DecisionName, ImportProgress } from '../../domain/import-events.ts';
import type { ImportPlace } from '../../projections/imports.ts';
import type { ImportContext } from './context.ts';
import { type DecideAnswer, decideImport } from './deciding.ts';
import { type EndAnswer, endImport } from './ending.ts';
import { jobsOn, type Log } from './jobs.ts';
import { type ImportsAsked, type ImportsPage, listImports } from './listing.ts';
import { importProgress } from './progress.ts';
import type { FileFault } from './reading/file-fault.ts';
import { fileThread } from './reading/file-thread.ts';
import { importRecords } from './records.ts';
import { type RefusedRows, refusedRows } from './refused.ts';
import { tablePath } from './refused-file.ts';
import { resumeImports } from './resuming.ts';
import { importRows, type RowsAsked } from './rows.ts';
import { type ImportRequest, type RunAnswer, runDryRun, startImport } from './starting.ts';
import { turns } from './turns.ts';

export type Imports = {
  /** A path in the folder of imports for a file that is being received. */
  readonly newFile: () => Promise<string>;
  /** Whether so many imports and dry runs wait that another has to be sent later. */
  readonly isFull: () => boolean;
  readonly start: (request: ImportRequest) => Promise<{ readonly id: string } | FileFault>;
  /** Imports the file of a dry run for real. */
  readonly run: (id: string, by: string) => Promise<RunAnswer>;
  /** What became of rows, or would; 'no-row' if no page begins at that place. */
  readonly rows: (progress: ImportProgress, asked: RowsAsked) => ReturnType<typeof importRows>;
  /** Imports and this node's dry runs, the newest first, after a place in the list. */
  readonly list: (asked: ImportsAsked, after: ImportPlace | undefined, limit: number) => Promise<ImportsPage>;
  readonly progress: (id: string) => Promise<ImportProgress | undefined>;
  /** Approves or returns what is pending of an import, or undoes what it has recorded. */
  readonly decide: (id: string, decision: DecisionName, by: string, reason?: string) => Promise<DecideAnswer>;
  /** Ends an import whose node is lost. */
  readonly end: (id: string, by: string) => Promise<EndAnswer>;
  /** The rejected rows of an import, with their cells if this node still has them. */
  readonly refused: (id: string) => Promise<RefusedRows | undefined>;
  /** Resolves when this node does nothing more for the import, with the error that stopped it before its end. */
  readonly settled: (id: string) => Promise<Error | undefined>;
  /** Calls back whenever an import makes progress, until the returned function is called. */
  readonly onProgress: (listener: () => void) => () => void;
  /** Continues what a crash cut short. */
  readonly resume: () => Promise<void>;
  readonly close: () => Promise<void>;
};

/** The most imports and dry runs that wait; their files are on the disk and not in memory. */
const waitingLimit = 100;
/** The most files that wait to be opened, each with a client that waits for its answer. */
const openingLimit = 32;

/** Imports spreadsheets through the same commands that clerks use, row by row, and continues after a crash. */
export const importsOn = (
  folder: string,
  store: ImportContext['store'],
  model: ImportContext['model'],
  commands: ImportContext['commands'],
  now: () => number,
  log: Log,
): Imports => {
  const jobs = jobsOn(log);
  const records = importRecords(store, jobs.signal);
  const context: ImportContext = {
    folder,
    store,
    model,
    commands,
    now,
    jobs,
    records,
    openings: turns(1),
    files: fileThread(),
  };
  return {
    newFile: async () => {
      await mkdir(folder, { recursive: true });
      return tablePath(folder, `upload-${randomUUID()}`);
    },
    isFull: () => jobs.waiting() >= waitingLimit || context.openings.waiting() >= openingLimit,
    start: (request) => startImport(context, request),
    run: (id, by) => runDryRun(context, id, by),
    rows: (progress, asked) => importRows(context, progress, asked),
    list: (asked, after, limit) => listImports(context, asked, after, limit),
    progress: (id) => importProgress(context, id),
    decide: (id, decision, by, reason) => decideImport(context, id, decision, by, reason),
    end: (id, by) => endImport(context, id, by),
    refused: (id) => refusedRows(context, id),
    settled: jobs.settled,
    onProgress: jobs.onProgress,
    resume: () => resumeImports(context),
    close: async () => {
      await jobs.close();
      await context.files.close();
    },
  };
};
