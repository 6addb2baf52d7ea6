import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'csv-parse';
import { shanghaiDay } from '../../domain/calendar.ts';
import { currentSchema, streamOf, submitted } from '../../domain/event.ts';
import type { Text } from '../../domain/field.ts';
import type { Entry } from '../../domain/history.ts';
import { type JsonObject, sameJson } from '../../domain/json.ts';
import type { FactKind, Register } from '../../domain/register.ts';
import { registerNamed } from '../../domain/registers/index.ts';
import { sameName } from '../../projections/entries.ts';
import type { Query } from '../../projections/projection.ts';
import { submissionsBy } from '../../projections/submissions.ts';
import { type Commands, sha256 } from '../commands.ts';
import { reasonOf } from '../problems.ts';
import type { ReadModel } from '../readmodel/read-model.ts';
import { type EventStore, StoreUnavailable } from '../store/event-store.ts';
import { columnsOf } from './columns.ts';
import {
  type Decision,
  foldImport,
  type ImportEvent,
  type ImportRecord,
  importBody,
  importsRegister,
  type Left,
  type Refusal,
} from './import-events.ts';
import { isFault, isValueName, type RowCommand, rowReader } from './rows.ts';

export type ImportRequest = {
  readonly register: Register;
  readonly command: string | undefined;
  readonly file: string;
  readonly content: Uint8Array;
  readonly set: Readonly<Record<string, string>>;
  readonly by: string;
  readonly dryRun: boolean;
};

/** Why a file can't be imported at all. */
export type FileFault = { readonly fault: Text };

/** What became of a row; in a dry run, what would. */
export type RowOutcome = 'recorded' | 'submitted' | 'alreadyThere' | 'refused';

export type Progress = ImportRecord & {
  /** Rows taken so far. */
  readonly rows: number;
  readonly dryRun: boolean;
  /** Row by row what would happen; in a dry run alone. */
  readonly outcomes?: readonly { readonly row: number; readonly key: string | null; readonly outcome: RowOutcome }[];
};

export type Imports = {
  readonly start: (request: ImportRequest) => Promise<{ readonly id: string } | FileFault>;
  readonly progress: (id: string) => Promise<Progress | undefined>;
  readonly decide: (id: string, decision: 'approve' | 'return', by: string, reason?: string) => Promise<DecideAnswer>;
  /** Resolves when nothing of this import runs on this node any more. */
  readonly settled: (id: string) => Promise<void>;
  /** Goes on with what a crash cut short. */
  readonly resume: () => Promise<void>;
  readonly close: () => Promise<void>;
};

export type DecideAnswer = 'started' | 'not-found' | 'import-running' | 'second-person-needed';

type Running = { rows: number; counts: Record<RowOutcome, number>; decided: number };
type Kept = {
  readonly record: ImportRecord;
  readonly outcomes: { row: number; key: string | null; outcome: RowOutcome }[];
};

const refusalBatch = 200;
const rowsAtOnce = 64;
const keptDryRuns = 100;
const pageSize = 500;

type Log = { readonly error: (fields: object, message: string) => void };

/** Takes spreadsheets through the same commands that clerks use, row by row, and goes on after a crash. */
export const importsOn = (
  folder: string,
  store: EventStore,
  model: Pick<ReadModel, 'all' | 'get' | 'reached'>,
  commands: Commands,
  now: () => number,
  log: Log,
): Imports => {
  const running = new Map<string, Running>();
  const settling = new Map<string, Promise<void>>();
  const dryRuns = new Map<string, Kept>();
  const stop = new AbortController();

  const pathOf = (id: string) => join(folder, id);
  const stream = (id: string) => streamOf(importsRegister, id);

  const read = async (id: string) => foldImport(id, await store.readStream(stream(id)));

  /** Appends to the import's stream after its last event. */
  const note = async (id: string, by: string, event: ImportEvent): Promise<void> => {
    const body = importBody(id, event);
    for (;;) {
      const events = await store.readStream(stream(id));
      const answer = await store.append(stream(id), events.length === 0 ? 'none' : events.length - 1, [
        {
          id: randomUUID(),
          type: event.type,
          data: body,
          metadata: { schema: currentSchema, by, command: randomUUID(), bodySha256: sha256(JSON.stringify(body.data)) },
        },
      ]);
      if (answer.appended) return;
    }
  };

  const inBackground = (id: string, work: () => Promise<void>) => {
    const settled = work()
      .catch((error: unknown) => {
        if (!stop.signal.aborted)
          log.error({ err: error, import: id }, 'an import has stopped; a restart goes on with it');
      })
      .finally(() => {
        running.delete(id);
        settling.delete(id);
      });
    settling.set(id, settled);
  };

  const start = async (request: ImportRequest) => {
    const { register, file, content, set, by } = request;
    const command = request.command ?? register.facts[0]?.command ?? '';
    const kind = register.factOf.get(command);
    if (kind === undefined || kind.isAmend)
      return { fault: { zh: `没有可导入的命令 ${command}`, en: `No command ${command} to import` } };
    const opened = await openFile(register, kind, content, set);
    if ('fault' in opened) return opened;
    const id = randomUUID();
    const data = { register: register.name, command, file, sha256: sha256(content), set, ignored: opened.ignored };
    await mkdir(folder, { recursive: true });
    await writeFile(pathOf(id), content);
    if (request.dryRun) {
      const record = foldImport(id, [
        {
          id,
          type: 'ImportStarted',
          data: importBody(id, { type: 'ImportStarted', data }),
          metadata: { schema: currentSchema, by, command: id, bodySha256: data.sha256 },
          stream: stream(id),
          revision: 0,
          recordedAt: new Date(now()).toISOString(),
        },
      ]);
      if (record === undefined) throw new Error('an import that has started has a record');
      const oldest = dryRuns.size >= keptDryRuns ? dryRuns.keys().next().value : undefined;
      if (oldest !== undefined) dryRuns.delete(oldest);
      dryRuns.set(id, { record, outcomes: [] });
      begin(record, true);
    } else {
      await note(id, by, { type: 'ImportStarted', data });
      const record = await read(id);
      if (record !== undefined) begin(record, false);
    }
    return { id };
  };

  const begin = (record: ImportRecord, dryRun: boolean) => {
    const progress: Running = {
      rows: 0,
      counts: { recorded: 0, submitted: 0, alreadyThere: 0, refused: 0 },
      decided: 0,
    };
    running.set(record.id, progress);
    inBackground(record.id, () => takeRows(record, progress, dryRun));
  };

  const takeRows = async (record: ImportRecord, progress: Running, dryRun: boolean) => {
    const { id, by } = record;
    const register = registerNamed(record.register);
    const kind = register?.factOf.get(record.command);
    if (register === undefined || kind === undefined)
      throw new Error(`no ${record.register} ${record.command} to import`);
    const told = new Set(record.refusals.map(({ row }) => row));
    const refusals: Refusal[] = [];
    const newRefusals: Refusal[] = [];
    const names = new Map<string, string>();
    const flush = async (least: number) => {
      if (dryRun || newRefusals.length < least) return;
      await note(id, by, { type: 'ImportRowsRefused', data: { refusals: newRefusals.splice(0, refusalBatch) } });
    };
    const settle = (row: Row, key: string | null, outcome: RowOutcome, refusal?: Omit<Refusal, 'row' | 'line'>) => {
      progress.rows += 1;
      progress.counts[outcome] += 1;
      dryRuns.get(id)?.outcomes.push({ row: row.number, key, outcome });
      if (refusal === undefined) return;
      const full = { row: row.number, line: row.line, ...refusal };
      refusals.push(full);
      if (!told.has(row.number)) newRefusals.push(full);
    };

    const take = async (row: Row) => {
      const command = row.read();
      if (isFault(command)) return settle(row, null, 'refused', command);
      const double = record.set.duplicates === 'allow' ? undefined : likelyDouble(register, command, names);
      if (double !== undefined) {
        return settle(row, command.key, 'refused', {
          column: null,
          reason: {
            zh: `名称与 ${double} 相同，疑似重复；确非同一登记项时以 set.duplicates=allow 导入`,
            en: `Has the name of ${double}, a likely duplicate; where it is another, import with set.duplicates=allow`,
          },
        });
      }
      const outcome = await carryOut(record, register, kind, command, row.number, dryRun);
      if (typeof outcome === 'string') return settle(row, command.key, outcome);
      settle(row, command.key, 'refused', { column: null, reason: outcome });
    };

    const lastOfEntry = new Map<string, Promise<void>>();
    let batch: Promise<void>[] = [];
    for await (const row of rowsOf(pathOf(id), register, kind, record.set, () => shanghaiDay(now()))) {
      stop.signal.throwIfAborted();
      const command = row.read();
      const entry = isFault(command) ? `row ${row.number}` : command.key.toLowerCase();
      const turn = (lastOfEntry.get(entry) ?? Promise.resolve()).then(() => take(row));
      lastOfEntry.set(entry, turn);
      batch.push(turn);
      if (batch.length < rowsAtOnce) continue;
      await Promise.all(batch);
      batch = [];
      lastOfEntry.clear();
      await flush(refusalBatch);
    }
    await Promise.all(batch);
    while (newRefusals.length > 0 && !dryRun) await flush(1);
    const kept = dryRuns.get(id);
    if (kept !== undefined) {
      kept.outcomes.sort((a, b) => a.row - b.row);
      refusals.sort((a, b) => a.row - b.row);
      dryRuns.set(id, {
        ...kept,
        record: { ...kept.record, state: 'finished', counts: { ...progress.counts }, refusals },
      });
    } else {
      await note(id, by, { type: 'ImportFinished', data: { ...progress.counts } });
    }
    await rm(pathOf(id), { force: true });
  };

  /** The key under which the register knows the row's name already, if it is another than the row's. */
  const likelyDouble = (
    register: Register,
    { key, body }: RowCommand,
    names: Map<string, string>,
  ): string | undefined => {
    const name = body[register.named];
    if (typeof name !== 'string') return undefined;
    const query = sameName(register.name, name, key);
    const [, plain] = query.params;
    const earlier = names.get(String(plain));
    names.set(String(plain), earlier ?? key);
    return earlier !== undefined && earlier.toLowerCase() !== key.toLowerCase() ? earlier : model.get(query)?.key;
  };

  const carryOut = async (
    record: ImportRecord,
    register: Register,
    kind: FactKind,
    { key, body }: RowCommand,
    row: number,
    dryRun: boolean,
  ): Promise<Exclude<RowOutcome, 'refused'> | Text> => {
    const before = await commands.look(register, key);
    const mine = before.events.find(({ metadata }) => metadata.import === record.id && metadata.row === row);
    if (mine !== undefined)
      return mine.metadata.submission === undefined && mine.type !== submitted ? 'recorded' : 'submitted';
    if (isThere(before, kind, body)) return 'alreadyThere';
    const request = {
      register,
      key,
      name: kind.command,
      body,
      sent: body,
      by: record.by,
      ifMatch: 'unchecked' as const,
      idempotencyKey: `import ${record.id} ${row}`,
      import: { id: record.id, row },
    };
    const outcome = dryRun ? await commands.tryOut(request) : await commands.execute(request);
    switch (outcome.kind) {
      case 'refused':
        return reasonOf(outcome.rejection);
      case 'tried':
        return outcome.would === 'record' ? 'recorded' : 'submitted';
      default:
        return outcome.kind;
    }
  };

  const progress = async (id: string): Promise<Progress | undefined> => {
    const dry = dryRuns.get(id);
    const record = dry?.record ?? (await read(id));
    if (record === undefined) return undefined;
    const now = running.get(id);
    const counts = record.state === 'running' && now !== undefined ? { ...now.counts } : record.counts;
    const total = counts.recorded + counts.submitted + counts.alreadyThere + counts.refused;
    const decisions = record.decisions.map((each) =>
      each.state === 'running' && now !== undefined ? { ...each, decided: now.decided } : each,
    );
    return {
      ...record,
      counts,
      decisions,
      rows: record.state === 'running' ? (now?.rows ?? total) : total,
      dryRun: dry !== undefined,
      ...(dry === undefined ? {} : { outcomes: dry.outcomes }),
    };
  };

  const decide: Imports['decide'] = async (id, decision, by, reason) => {
    const record = await read(id);
    if (record === undefined) return 'not-found';
    if (record.by === by) return 'second-person-needed';
    if (record.state === 'running' || settling.has(id)) return 'import-running';
    await note(id, by, {
      type: 'ImportDecisionStarted',
      data: { decision, ...(reason === undefined ? {} : { reason }) },
    });
    beginDecision(id, {
      decision,
      by,
      state: 'running',
      decided: 0,
      left: [],
      ...(reason === undefined ? {} : { reason }),
    });
    return 'started';
  };

  const beginDecision = (id: string, decision: Decision) => {
    const progress: Running = {
      rows: 0,
      counts: { recorded: 0, submitted: 0, alreadyThere: 0, refused: 0 },
      decided: 0,
    };
    running.set(id, progress);
    inBackground(id, () => decideAll(id, decision, progress));
  };

  const decideAll = async (id: string, { decision, by, reason }: Decision, progress: Running) => {
    const position = (await store.readStream(stream(id))).at(-1)?.position;
    if (position !== undefined && !(await model.reached(position, 60_000)))
      throw new StoreUnavailable('the read model lags behind');
    const left: Left[] = [];
    let after = -1;
    for (;;) {
      const rows = model.all(submissionsBy({ status: 'pending', import: id, after, limit: pageSize }));
      if (rows.length === 0) break;
      after = rows.at(-1)?.entry_number ?? after;
      for (let index = 0; index < rows.length; index += rowsAtOnce) {
        stop.signal.throwIfAborted();
        await Promise.all(
          rows.slice(index, index + rowsAtOnce).map(async (row) => {
            const outcome = await commands.decideSubmission({ id: row.id, decision, by, reason });
            if (outcome.kind === 'refused') left.push({ submission: row.id, code: outcome.rejection.code });
            else progress.decided += 1;
          }),
        );
      }
    }
    await note(id, by, { type: 'ImportDecisionFinished', data: { decided: progress.decided, left } });
  };

  const resume = async () => {
    const ids = await readdir(folder).catch(() => []);
    for (const id of ids) {
      const record = await read(id);
      if (record?.state === 'running') begin(record, false);
      else if (!settling.has(id)) await rm(pathOf(id), { force: true });
    }
    for (const { stream: name, key } of model.all(unfinishedDecisions)) {
      const decision = foldImport(key, await store.readStream(name))?.decisions.at(-1);
      if (decision?.state === 'running' && !settling.has(key)) beginDecision(key, decision);
    }
  };

  return {
    start,
    progress,
    decide,
    settled: async (id) => settling.get(id),
    resume,
    close: async () => {
      stop.abort(new Error('closing'));
      await Promise.all(settling.values());
    },
  };
};

/** Imports whose last event says that a decision has begun. */
const unfinishedDecisions: Query<{ stream: string; key: string }> = {
  sql: `SELECT stream, key FROM event e WHERE type = 'ImportDecisionStarted'
          AND revision = (SELECT max(revision) FROM event WHERE stream = e.stream)`,
  params: [],
};

/** Whether a holding fact or a pending submission says the same already, whoever recorded it. */
const isThere = ({ entry }: { readonly entry: Entry }, kind: FactKind, body: JsonObject): boolean => {
  const fields = ({ effectiveOn: _, evidence: __, note: ___, ...data }: JsonObject): JsonObject => data;
  const holds = [...entry.facts.values()].some(
    (fact) =>
      fact.annulledBy === undefined &&
      fact.kind.command === kind.command &&
      fact.effectiveOn === body.effectiveOn &&
      sameJson(fact.data, fields(body)),
  );
  return (
    holds ||
    [...entry.submissions.values()].some(
      (waiting) =>
        waiting.status === 'pending' &&
        waiting.command === kind.command &&
        waiting.body.effectiveOn === body.effectiveOn &&
        sameJson(fields(waiting.body), fields(body)),
    )
  );
};

type Row = {
  readonly number: number;
  readonly line: number;
  readonly read: () => ReturnType<ReturnType<typeof rowReader>>;
};

const csvOptions = { bom: true, relax_column_count: true, skip_empty_lines: true, info: true } as const;

/** The rows under the heads, read from the file as they are taken. */
async function* rowsOf(
  path: string,
  register: Register,
  kind: FactKind,
  set: Readonly<Record<string, string>>,
  today: () => string,
): AsyncIterable<Row> {
  let reader: ReturnType<typeof rowReader> | undefined;
  let number = 0;
  for await (const { record, info } of createReadStream(path).pipe(parse(csvOptions))) {
    const cells: string[] = record;
    if (reader === undefined) {
      reader = rowReader(register, kind, cells, columnsOf(register, kind, cells), set);
      continue;
    }
    if (cells.every((cell) => cell.trim() === '')) continue;
    number += 1;
    const take = reader;
    yield { number, line: info.lines, read: () => take(cells, today()) };
  }
}

/** Looks at a file's heads before anything is recorded. */
const openFile = async (
  register: Register,
  kind: FactKind,
  content: Uint8Array,
  set: Readonly<Record<string, string>>,
): Promise<{ readonly ignored: readonly string[] } | FileFault> => {
  if (!isUtf8(content)) return { fault: { zh: '文件不是 UTF-8 编码的 CSV', en: 'The file is not CSV in UTF-8' } };
  const unknown = Object.keys(set).filter((name) => !isValueName(kind, name));
  if (unknown.length > 0) {
    return {
      fault: { zh: `set 中没有这样的字段：${unknown.join('、')}`, en: `No such field to set: ${unknown.join(', ')}` },
    };
  }
  const heads = await headsOf(content);
  if (heads === undefined) return { fault: { zh: '文件里没有表头', en: 'The file has no row of heads' } };
  const { columns, ignored } = columnsOf(register, kind, heads);
  const given = new Set([
    ...Object.keys(set),
    ...columns.map((column) => (column?.is === 'field' ? column.name : column?.is)),
  ]);
  const needed = Object.entries(kind.takes).filter(
    ([name, { optional }]) => !optional && isAlwaysNeeded(register, kind, name),
  );
  const missing = [
    ...needed.map(([name, { title }]) => [name, title] as const),
    ['effectiveOn', { zh: '生效日期', en: 'Effective on' }] as const,
  ].filter(([name]) => !given.has(name));
  if (missing.length === 0) return { ignored };
  return {
    fault: {
      zh: `缺少列：${missing.map(([name, title]) => `${title.zh}（${name}）`).join('、')}；文件的表头是：${heads.join('、')}`,
      en: `Missing columns: ${missing.map(([name, title]) => `${title.en} (${name})`).join(', ')}; the heads are: ${heads.join(', ')}`,
    },
  };
};

const isAlwaysNeeded = (register: Register, kind: FactKind, name: string): boolean =>
  kind.isFirst || register.descriptive[name] === undefined || kind.fields?.[name] !== undefined;

const headsOf = async (content: Uint8Array): Promise<readonly string[] | undefined> => {
  const parser = parse({ ...csvOptions, to: 1 });
  parser.end(content);
  for await (const { record } of parser) return record;
  return undefined;
};

const isUtf8 = (content: Uint8Array): boolean => {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(content);
    return true;
  } catch {
    return false;
  }
};
