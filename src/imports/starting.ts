import { randomUUID } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import type { ImportEvent, SkippedLine } from '../../domain/import-events.ts';
import { foldImport } from '../../domain/import-record.ts';
import { eventLimitBytes, longestBytes } from '../../domain/leaf.ts';
import type { Register } from '../../domain/register.ts';
import { OutcomeUnknown } from '../store/event-store.ts';
import type { ImportContext } from './context.ts';
import { beginDryRun, copyRows, dryRunOf } from './dry-runs.ts';
import type { Mapping } from './reading/columns.ts';
import type { FileFault } from './reading/file-fault.ts';
import { cleaned, importEvent, importStream } from './records.ts';
import { removeOldRows, removeRows, tablePath } from './refused-file.ts';
import { beginImport } from './running.ts';
import { keepSkipped } from './skipped-file.ts';

export type ImportRequest = {
  readonly register: Register;
  /** Defaults to the register's first command. */
  readonly command: string | undefined;
  /** The file's name, for the record, and its path; the caller removes it. */
  readonly file: string;
  readonly path: string;
  readonly sheet?: string | undefined;
  /** Values, by field, for what the rows leave empty. */
  readonly set: Readonly<Record<string, string>>;
  /** What columns give: fields by header, or by number such as `#3`; none for one that is left out. */
  readonly map?: Mapping;
  readonly by: string;
  readonly dryRun: boolean;
  /** Aborted if the client has left: then nothing begins. */
  readonly signal?: AbortSignal | undefined;
};

/** Reads a file and begins to import it; a file that cannot be imported at all gives a fault, and nothing begins. */
export const startImport = async (
  context: ImportContext,
  request: ImportRequest,
): Promise<{ readonly id: string } | FileFault> => {
  const { folder, openings, files } = context;
  const { register, file, path, sheet, set, map = {}, by, dryRun, signal } = request;
  // 1. Find the command.
  const command = request.command ?? register.facts[0]?.command ?? '';
  const kind = register.factOf.get(command);
  if (kind === undefined) return unknownCommand(register, command);
  // 2. Check the file and keep its rows.
  const id = randomUUID();
  const table = tablePath(folder, id);
  await mkdir(folder, { recursive: true });
  const opened = await openings.take(
    () => files.open({ register: register.name, command, path, name: file, sheet, set, map, table }, signal),
    signal,
  );
  if ('fault' in opened) return opened;
  const { sha256, skippedLines, ...rest } = opened;
  const started: ImportEvent = {
    type: 'ImportStarted',
    data: { register: register.name, command, file, set, sha256, ...rest },
  };
  if (longestBytes(importEvent(id, by, started), importStream(id)) > eventLimitBytes) {
    await rm(table, { force: true });
    return {
      at: 'file',
      fault: {
        zh: '表头过长，或为整个文件设定的值过长',
        en: 'The headers, or the values that are set for the whole file, are too long',
      },
    };
  }
  if (signal?.aborted) {
    await rm(table, { force: true });
    throw signal.reason;
  }
  // 3. Begin, and record the start unless it is a dry run.
  const begin = dryRun ? startDryRun : beginRecording;
  await begin(context, id, by, started, cleaned(skippedLines));
  return { id };
};

type Begin = (
  context: ImportContext,
  id: string,
  by: string,
  started: ImportEvent,
  skippedLines: readonly SkippedLine[],
) => Promise<void>;

/** Records the start of an import whose rows are kept, and begins with them. */
const beginRecording: Begin = async (context, id, by, started, skippedLines) => {
  const { records, folder, jobs, now } = context;
  await removeOldRows(folder, now(), jobs.isUnderWay);
  try {
    await keepSkipped(folder, id, skippedLines);
    await records.append(id, by, started);
  } catch (error) {
    if (error instanceof OutcomeUnknown) beginImport(context, id);
    else await removeRows(folder, id);
    throw error;
  }
  beginImport(context, id);
};

export type RunAnswer = { readonly id: string } | 'not-found' | 'no-dry-run' | 'import-running';

/** Imports the file of a dry run as it was understood there, by the person who asks for it now. */
export const runDryRun = async (context: ImportContext, from: string, by: string): Promise<RunAnswer> => {
  const { folder, records, jobs } = context;
  const record = await dryRunOf(folder, from);
  if (record === undefined) return (await records.read(from)) === undefined ? 'not-found' : 'no-dry-run';
  if (record.state === 'running' || jobs.isUnderWay(from)) return 'import-running';
  const { register, command, file, sha256, set, ignored, total, skipped } = record;
  const { sheet, otherSheets, unusedSet, columns, hidden } = record;
  const id = randomUUID();
  if (!(await copyRows(folder, from, id))) return 'not-found';
  const data = {
    ...{ register, command, file, sha256, set, ignored, total, skipped },
    ...(sheet === undefined ? {} : { sheet }),
    ...(otherSheets === undefined ? {} : { otherSheets }),
    ...(unusedSet === undefined ? {} : { unusedSet }),
    ...(columns === undefined ? {} : { columns }),
    ...(hidden === undefined ? {} : { hidden }),
  };
  await beginRecording(context, id, by, { type: 'ImportStarted', data }, record.skippedLines);
  return { id };
};

const unknownCommand = (register: Register, command: string): FileFault => {
  const names = register.facts.map((fact) => fact.command);
  const zh = `没有可导入的操作 ${command}；可用的操作：${names.join('、')}`;
  return {
    at: 'command',
    fault: { zh, en: `There is no command ${command} to import; the commands are ${names.join(', ')}` },
  };
};

const startDryRun: Begin = async (context, id, by, started, skippedLines) => {
  const recordedAt = new Date(context.now()).toISOString();
  const event = { ...importEvent(id, by, started), stream: importStream(id), revision: 0, recordedAt };
  const record = foldImport(id, [event]);
  if (record !== undefined) await beginDryRun(context, { ...record, skippedLines });
};
