import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { shanghaiDay } from '../../domain/calendar.ts';
import { eventLimitBytes, lineLengthBytes, submitted } from '../../domain/event.ts';
import {
  type Counts,
  type DecisionName,
  foldImport,
  type ImportRecord,
  importsRegister,
  type Refusal,
} from '../../domain/import-events.ts';
import type { FactKind, Register } from '../../domain/register.ts';
import { registerNamed } from '../../domain/registers/index.ts';
import type { Query } from '../../projections/projection.ts';
import type { Commands } from '../commands/commands.ts';
import type { ReadModel } from '../readmodel/read-model.ts';
import { type EventStore, OutcomeUnknown, StoreUnavailable } from '../store/event-store.ts';
import { decidedSince, deciderOn, type InBatches } from './deciding.ts';
import { jobsOn, type Log, type Running } from './jobs.ts';
import { inPieces } from './pieces.ts';
import { allEnded, queues } from './queues.ts';
import { type FileFault, openFile, type Row, rowsOf, tableHeadOf } from './reading/file.ts';
import type { TableHead } from './reading/rows.ts';
import { importEvent, importRecords, importStream } from './records.ts';
import type { RefusedRows } from './refused.ts';
import { type RowOutcome, rowTaker, type Taken } from './taking.ts';

export type ImportRequest = {
  readonly register: Register;
  readonly command: string | undefined;
  /** The file's name, and where it lies; whoever has put it there removes it. */
  readonly file: string;
  readonly path: string;
  readonly sheet?: string | undefined;
  readonly set: Readonly<Record<string, string>>;
  readonly by: string;
  readonly dryRun: boolean;
};

export type Progress = ImportRecord & {
  /** Rows taken so far. */
  readonly rows: number;
  readonly dryRun: boolean;
  /** Row by row what would happen; in a dry run alone. */
  readonly outcomes?: readonly { readonly row: number; readonly key: string | null; readonly outcome: RowOutcome }[];
};

export type Imports = {
  /** A place in the folder of imports for a file that is on its way. */
  readonly newFile: () => Promise<string>;
  readonly start: (request: ImportRequest) => Promise<{ readonly id: string } | FileFault>;
  readonly progress: (id: string) => Promise<Progress | undefined>;
  /** Approves or returns what waits of an import, or undoes what it has recorded. */
  readonly decide: (id: string, decision: DecisionName, by: string, reason?: string) => Promise<DecideAnswer>;
  /** The rows that an import has refused, with their cells where this node has them still. */
  readonly refused: (id: string) => Promise<RefusedRows | undefined>;
  /** Resolves when nothing of this import runs on this node any more, with what has stopped it before its end. */
  readonly settled: (id: string) => Promise<Error | undefined>;
  /** Calls back whenever an import gets on, until the returned function is called. */
  readonly onProgress: (listener: () => void) => () => void;
  /** Goes on with what a crash cut short. */
  readonly resume: () => Promise<void>;
  readonly close: () => Promise<void>;
};

export type DecideAnswer = 'started' | 'not-found' | 'import-running' | 'second-person-needed';

type DryRun = {
  readonly record: ImportRecord;
  readonly outcomes: { row: number; key: string | null; outcome: RowOutcome }[];
};

const rowsAtOnce = 64;
const refusalsAtOnce = 200;
/** Dry runs are kept in memory while all of them have no more rows than this, the latest always. */
const keptDryRunRows = 200_000;
const foldedWithinMs = 60_000;
/** A kept file without an import may be one that another process is about to start. */
const orphanedAfterMs = 3_600_000;
/** So long the rows of a file are kept of which some were refused. */
const refusedKeptMs = 30 * 86_400_000;

/** Takes spreadsheets through the same commands that clerks use, row by row, and goes on after a crash. */
export const importsOn = (
  folder: string,
  store: EventStore,
  model: Pick<ReadModel, 'all' | 'get' | 'place' | 'reached' | 'caughtUp'>,
  commands: Commands,
  now: () => number,
  log: Log,
): Imports => {
  const jobs = jobsOn(log);
  const { read, appendAfter, note, noteEnd } = importRecords(store, jobs.signal);
  const dryRuns = new Map<string, DryRun>();

  const pathOf = (id: string) => join(folder, id);

  const newFile = async () => {
    await mkdir(folder, { recursive: true });
    return pathOf(`upload-${randomUUID()}`);
  };

  const start: Imports['start'] = async ({ register, file, path, sheet, set, by, dryRun, command: asked }) => {
    const command = asked ?? register.facts[0]?.command ?? '';
    const kind = register.factOf.get(command);
    if (kind === undefined) {
      const names = register.facts.map((fact) => fact.command);
      const zh = `没有可导入的命令 ${command}；有：${names.join('、')}`;
      return { at: 'command', fault: { zh, en: `No command ${command} to import; there are ${names.join(', ')}` } };
    }
    const id = randomUUID();
    await mkdir(folder, { recursive: true });
    const opened = await openFile({ register, kind, path, sheet, set }, pathOf(id));
    if ('fault' in opened) return opened;
    const data = { register: register.name, command, file, set, ...opened };
    const first = importEvent(id, by, { type: 'ImportStarted', data });
    if (lineLengthBytes(first, importStream(id)) > eventLimitBytes) {
      await rm(pathOf(id), { force: true });
      return { at: 'file', fault: { zh: '表头或 set 的值过长', en: 'The heads or the values to set are too long' } };
    }
    if (dryRun) {
      const recordedAt = new Date(now()).toISOString();
      const record = foldImport(id, [{ ...first, stream: importStream(id), revision: 0, recordedAt }]);
      if (record !== undefined) await beginDryRun(record, register, kind);
      return { id };
    }
    try {
      await note(id, by, { type: 'ImportStarted', data });
    } catch (error) {
      if (error instanceof OutcomeUnknown) begin(id);
      else await rm(pathOf(id), { force: true });
      throw error;
    }
    begin(id);
    return { id };
  };

  const begin = (id: string) =>
    jobs.begin(id, async (progress) => {
      const record = await read(id);
      if (record === undefined) return rm(pathOf(id), { force: true }); // its start was not recorded
      const { register, kind } = kindOf(record);
      if (register === undefined || kind === undefined)
        throw new Error(`import ${id} has no register and command of this release`);
      await takeRows(record, register, kind, progress);
      if (progress.counts.refused === 0) await rm(pathOf(id), { force: true });
    });

  const kindOf = (record: ImportRecord | undefined) => {
    const register = registerNamed(record?.register ?? '');
    return { register, kind: register?.factOf.get(record?.command ?? '') };
  };

  const beginDryRun = async (record: ImportRecord, register: Register, kind: FactKind) => {
    dryRuns.set(record.id, { record, outcomes: [] });
    for (const id of dryRuns.keys()) {
      const rows = [...dryRuns.values()].reduce((sum, dry) => sum + dry.record.total, 0);
      if (rows <= keptDryRunRows || id === record.id || jobs.isUnderWay(id)) continue;
      dryRuns.delete(id);
      await rm(pathOf(id), { force: true });
    }
    jobs.begin(record.id, async (progress) => {
      const outcomes: DryRun['outcomes'] = [];
      const refusals: Refusal[] = [];
      dryRuns.set(record.id, { record, outcomes });
      await takeEach(record, register, kind, progress, true, (row, { key, outcome, refusal }) => {
        outcomes.push({ row: row.number, key, outcome });
        if (refusal !== undefined) refusals.push({ row: row.number, line: row.line, ...refusal });
      });
      outcomes.sort(byRow);
      refusals.sort(byRow);
      const done: ImportRecord = { ...record, state: 'finished', counts: { ...progress.counts }, refusals };
      dryRuns.set(record.id, { record: done, outcomes });
    });
  };

  /** Records the rows of a kept file, its refusals in the import's own stream, and at last how many there were. */
  const takeRows = async (record: ImportRecord, register: Register, kind: FactKind, progress: Running) => {
    const { id, by } = record;
    const told = new Set(record.refusals.map(({ row }) => row));
    const refusals: Refusal[] = [];
    let known = record;
    const flush = async () => {
      const more = refusals.splice(0).sort(byRow);
      let { revision } = known;
      for (const piece of inPieces(more))
        revision = await note(id, by, { type: 'ImportRowsRefused', data: { refusals: piece } }, revision);
      known = { ...known, revision, refusals: [...known.refusals, ...more] };
      progress.record = known;
    };
    progress.record = known;
    await takeEach(
      record,
      register,
      kind,
      progress,
      false,
      (row, { refusal }) => {
        if (refusal !== undefined && !told.has(row.number))
          refusals.push({ row: row.number, line: row.line, ...refusal });
      },
      async () => {
        if (refusals.length >= refusalsAtOnce) await flush();
      },
    );
    await flush();
    delete progress.record; // from its end on the stream is asked again, as other nodes do
    await noteEnd(id, by, ({ state }) => state, { type: 'ImportFinished', data: progress.counts });
  };

  /** Takes every row, so many at once, and gives each with what became of it to `settle`. */
  const takeEach = async (
    record: ImportRecord,
    register: Register,
    kind: FactKind,
    progress: Running,
    dryRun: boolean,
    settle: (row: Row, taken: Taken) => void,
    afterBatch: () => Promise<void> = async () => {},
  ) => {
    await foldedAll();
    const taker = rowTaker(commands, model, record, register, kind, dryRun);
    let inTurn = queues();
    let batch: Promise<void>[] = [];
    const endBatch = async () => {
      await allEnded(batch);
      batch = [];
      inTurn = queues();
      jobs.tell();
      await afterBatch();
    };
    for await (const row of rowsOf(pathOf(record.id), { register, kind, set: record.set })) {
      jobs.signal.throwIfAborted();
      const command = row.read(shanghaiDay(now()));
      batch.push(
        inTurn(taker.sharedBy(command), async () => {
          const taken = await taker.take(row, command);
          progress.rows += 1;
          progress.counts[taken.outcome] += 1;
          settle(row, taken);
        }),
      );
      if (batch.length >= rowsAtOnce) await endBatch();
    }
    await endBatch();
  };

  /** Waits until the read model knows all that the ledger holds at this moment. */
  const foldedAll = async () => {
    await model.caughtUp;
    const isThere = await model.reached(await store.end(), foldedWithinMs, jobs.signal);
    jobs.signal.throwIfAborted();
    if (!isThere) throw new StoreUnavailable('the read model lags behind');
  };

  const progress = async (id: string): Promise<Progress | undefined> => {
    const dry = dryRuns.get(id);
    const record = dry?.record ?? jobs.of(id)?.record ?? (await read(id));
    if (record === undefined) return undefined;
    const current = jobs.of(id);
    const isRunning = record.state === 'running';
    const counts = isRunning ? { ...record.counts, ...(current?.counts ?? model.get(takenSoFar(id))) } : record.counts;
    const decisions = record.decisions.map((each) =>
      each.state === 'running'
        ? { ...each, ...(current ? decidedOf(current) : { decided: decidedBy(id, each.by, each.revision) }) }
        : each,
    );
    return {
      ...record,
      counts: { ...counts },
      decisions,
      rows: counts.recorded + counts.submitted + counts.alreadyThere + counts.refused,
      dryRun: dry !== undefined,
      ...(dry === undefined ? {} : { outcomes: dry.outcomes }),
    };
  };

  const refused: Imports['refused'] = async (id) => {
    const record = dryRuns.get(id)?.record ?? (await read(id));
    const { register, kind } = kindOf(record);
    if (record === undefined || register === undefined || kind === undefined) return undefined;
    const kept = await tableHeadOf(pathOf(id)).catch((error: unknown) => {
      if (isMissing(error)) return undefined;
      throw error;
    });
    const refusals = new Map(record.refusals.map((refusal) => [refusal.row, refusal]));
    const withCells = async function* () {
      for await (const { number, cells } of rowsOf(pathOf(id), { register, kind, set: record.set })) {
        const refusal = refusals.get(number);
        if (refusal !== undefined) yield { ...refusal, cells };
      }
    };
    return kept === undefined
      ? { register, kind, table: noTable, rows: record.refusals.map((refusal) => ({ ...refusal, cells: [] })) }
      : { register, kind, table: kept, rows: withCells() };
  };

  const decide: Imports['decide'] = async (id, decision, by, reason) => {
    for (;;) {
      const record = await read(id);
      if (record === undefined) return 'not-found';
      if (record.by === by && decision !== 'undo') return 'second-person-needed';
      if (record.state === 'running') return 'import-running';
      const last = record.decisions.at(-1);
      if (last?.state === 'running') {
        if (last.by !== by || last.decision !== decision) return 'import-running';
        if (!jobs.isUnderWay(id)) beginDecision(id);
        return 'started';
      }
      await jobs.settled(id);
      const begun = { decision, ...(reason === undefined ? {} : { reason }) };
      if (await appendAfter(id, record.revision, by, { type: 'ImportDecisionStarted', data: begun })) {
        beginDecision(id);
        return 'started';
      }
    }
  };

  const inBatches: InBatches = async (all, nameOf, work) => {
    for (let index = 0; index < all.length; index += rowsAtOnce) {
      jobs.signal.throwIfAborted();
      const inTurn = queues();
      await allEnded(all.slice(index, index + rowsAtOnce).map((each) => inTurn([nameOf(each)], () => work(each))));
      jobs.tell();
    }
  };

  const carryOut = deciderOn(commands, model, inBatches);

  const beginDecision = (id: string) =>
    jobs.begin(id, async (progress) => {
      const record = await read(id);
      const decision = record?.decisions.at(-1);
      if (record === undefined || decision?.state !== 'running') return;
      await foldedAll();
      const { by, revision } = decision;
      for (const piece of inPieces(await carryOut(record, decision, progress)))
        await note(id, by, { type: 'ImportSubmissionsLeft', data: { left: piece } });
      await foldedAll(); // another node may have decided some of them meanwhile
      const data = decision.decision === 'undo' ? decidedOf(progress) : { decided: decidedBy(id, by, revision) };
      await noteEnd(id, by, ({ decisions }) => decisions.at(-1)?.state, { type: 'ImportDecisionFinished', data });
    });

  const decidedBy = (id: string, by: string, since: number): number =>
    model.get(decidedSince(id, by, since))?.count ?? 0;

  const resume: Imports['resume'] = async () => {
    jobs.waitWithoutEnd();
    await model.caughtUp;
    await jobs.patiently(resumeAll).catch((error: unknown) => {
      if (!jobs.signal.aborted) throw error;
    });
  };

  const resumeAll = async () => {
    for (const id of await readdir(folder).catch(() => [])) {
      const record = await read(id);
      if (record?.state === 'running') {
        if (!jobs.isUnderWay(id)) begin(id);
        continue;
      }
      const { mtimeMs } = await stat(pathOf(id)).catch(() => ({ mtimeMs: 0 }));
      const keptMs = record === undefined ? orphanedAfterMs : record.refusals.length > 0 ? refusedKeptMs : 0;
      if (mtimeMs <= now() - keptMs) await rm(pathOf(id), { force: true });
    }
    for (const { key } of model.all(unfinishedDecisions)) {
      const last = (await read(key))?.decisions.at(-1);
      if (last?.state === 'running' && !jobs.isUnderWay(key)) beginDecision(key);
    }
  };

  return {
    newFile,
    start,
    progress,
    decide,
    refused,
    settled: jobs.settled,
    onProgress: jobs.onProgress,
    resume,
    close: async () => {
      await jobs.close();
      await Promise.all([...dryRuns.keys()].map((id) => rm(pathOf(id), { force: true })));
    },
  };
};

const decidedOf = ({ decided, submitted: waiting }: Running) => ({
  decided,
  ...(waiting === undefined ? {} : { submitted: waiting }),
});

const noTable: TableHead = { heads: [], power: 0, date1904: false };

const isMissing = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'ENOENT';

const byRow = (a: { readonly row: number }, b: { readonly row: number }): number => a.row - b.row;

/** Imports of which a decision may have been begun and not finished. */
const unfinishedDecisions: Query<{ key: string }> = {
  sql: `SELECT key FROM event WHERE register = '${importsRegister}' GROUP BY key
          HAVING sum(type = 'ImportDecisionStarted') > sum(type = 'ImportDecisionFinished')`,
  params: [],
};

/** What a node knows of the rows that another takes. */
const takenSoFar = (id: string): Query<Pick<Counts, 'recorded' | 'submitted'>> => ({
  sql: `SELECT count(*) FILTER (WHERE type <> '${submitted}') AS recorded,
          count(*) FILTER (WHERE type = '${submitted}') AS submitted FROM event WHERE import = ?`,
  params: [id],
});
