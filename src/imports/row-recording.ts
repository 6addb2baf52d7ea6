import { submitted } from '../../domain/event.ts';
import type { Text } from '../../domain/field.ts';
import { type Entry, foldEntry } from '../../domain/history.ts';
import type { RowOutcome } from '../../domain/import-events.ts';
import { type JsonObject, sameJson } from '../../domain/json.ts';
import type { FactKind } from '../../domain/register.ts';
import type { Rejection } from '../../domain/rejection.ts';
import type { Commands } from '../commands/commands.ts';
import type { Shown } from '../commands/impact.ts';
import type { Refused } from '../commands/outcomes.ts';
import type { SeenEntry } from '../commands/reading.ts';
import type { CommandRequest } from '../commands/requests.ts';
import type { ImportOfKind } from './context.ts';
import { type KnownNames, keyOfSameName, normalName } from './names.ts';
import type { Row } from './reading/kept-table.ts';
import { isFault, type RowCommand, type RowFault } from './reading/rows.ts';
import { faultsOfRejection, likelyDuplicate } from './rejected-row.ts';

/** What became of a row; in a dry run, what would become of it. */
export type RowResult = {
  readonly key: string | null;
  readonly outcome: RowOutcome;
  /** Why it is rejected, and the header of the column with the first problem. */
  readonly refusal?: Pick<RowFault, 'column' | 'reason' | 'faults'>;
  /** The codes of the refusal in the ledger. */
  readonly codes?: readonly string[];
  /** The import as a row of which it waits for a second person, if it is already there. */
  readonly waitsUnder?: string;
  /** What a dry run shows of a row that would move a number. */
  readonly shown?: Shown;
};

/** What giving a command has led to, or would lead to. */
type Given = { readonly kind: 'recorded' | 'submitted'; readonly shown?: Shown };

/** How commands are given: to be recorded, or only to be checked. */
export type Recorder = Pick<Commands, 'readEntry' | 'objections'> & {
  /** Gives a command for an entry that has just been read. */
  readonly give: (request: CommandRequest, seen: SeenEntry) => Promise<Refused | Given>;
};

/** Records commands. */
export const realRecorder = ({ readEntry, objections, execute }: Commands): Recorder => ({
  readEntry,
  objections,
  give: async (request, seen) => {
    const outcome = await execute(request, seen);
    return outcome.kind === 'refused' ? outcome : { kind: outcome.kind };
  },
});

/** What is understood of a row, all of it or what is sound; `unsure` are the names of what is not. */
type Understood = { readonly key?: string; readonly body: JsonObject; readonly unsure: ReadonlySet<string> };

export const understoodIn = (read: RowCommand | RowFault): Understood =>
  isFault(read) ? read.understood : { ...read, unsure: new Set() };

/** Records a row. Rows that share an entry or a name, as `sharedBy` has it, must be recorded one after the other. */
export const recordRow = async (
  recorder: Recorder,
  target: ImportOfKind,
  names: KnownNames,
  row: Row,
  read: RowCommand | RowFault,
  today: string,
): Promise<RowResult> => {
  if (isFault(read)) return rejectRow(recorder, target, names, row, read, today);
  const result = await recordCommand(recorder, target, names, row, read, today);
  const name = normalName(target.register, read.body);
  if (result.outcome !== 'refused' && name !== undefined) names.add(name, read.key);
  return result;
};

/** What two rows must not share if they are to be recorded at the same time. */
export const sharedBy = ({ register }: ImportOfKind, read: RowCommand | RowFault): readonly string[] => {
  const { key, body } = understoodIn(read);
  const name = normalName(register, body);
  return [...(key === undefined ? [] : [`key ${key.toLowerCase()}`]), ...(name === undefined ? [] : [`name ${name}`])];
};

const recordCommand = async (
  recorder: Recorder,
  target: ImportOfKind,
  names: KnownNames,
  row: Row,
  command: RowCommand,
  today: string,
): Promise<RowResult> => {
  const { record, register, kind } = target;
  const { key, body } = command;
  for (;;) {
    // 1. Was this row recorded before a crash?
    const seen = await recorder.readEntry(register, key);
    const own = seen.events.find(({ metadata }) => metadata.import === record.id && metadata.row === row.number);
    if (own !== undefined) {
      const wasSubmitted = own.type === submitted || own.metadata.submission !== undefined;
      return { key, outcome: wasSubmitted ? 'submitted' : 'recorded' };
    }
    // 2. Does the entry say the same already, or is it probably another entry's duplicate?
    const same = sameIn(seen.entry, kind, body);
    if (same !== undefined) return { key, outcome: 'alreadyThere', ...same };
    const sound = { faults: [], understood: { ...command, unsure: new Set<string>() } };
    if (record.set.duplicates !== 'allow' && keyOfSameName(names, seen.entry, command) !== undefined)
      return rejectRow(recorder, target, names, row, sound, today);
    // 3. Give the command.
    const outcome = await recorder.give(requestFor(target, row, command, seen.entry.revision), seen);
    if (outcome.kind !== 'refused')
      return { key, outcome: outcome.kind, ...(outcome.shown && { shown: outcome.shown }) };
    const { rejection } = outcome;
    // Somebody else has recorded in the entry meanwhile, perhaps this very row: read it again.
    if (rejection.code === 'revision-mismatch' || rejection.code === 'revision-required') continue;
    return rejectRow(recorder, target, names, row, sound, today, rejection);
  }
};

/** Refuses a row with all that is wrong: in its cells, by its name, and by what the entry holds, as far as that is sure. */
const rejectRow = async (
  recorder: Recorder,
  target: ImportOfKind,
  names: KnownNames,
  row: Row,
  read: Pick<RowFault, 'faults' | 'understood'> & { readonly reason?: Text },
  today: string,
  rejection?: Rejection,
): Promise<RowResult> => {
  const { record, register, kind } = target;
  const { faults: inCells, understood } = read;
  const { key, body, unsure } = understood;
  // 1. Read the entry; without a key, that of a row that nobody knows.
  const seen = key === undefined ? blank(target) : await recorder.readEntry(register, key);
  const original =
    key === undefined || record.set.duplicates === 'allow'
      ? undefined
      : keyOfSameName(names, seen.entry, { key, body });
  // 2. Decide on what is sound; without a day, on today's, and leave out what follows from anything that is not sound.
  const doubtful = key === undefined ? new Set([...unsure, 'key']) : unsure;
  const command = { name: kind.command, body: { effectiveOn: today, ...body } };
  const objections = (await recorder.objections(command, seen)).filter(
    ({ of }) => !of.some((name) => doubtful.has(name)),
  );
  const rejections: readonly Rejection[] = objections.map((objection) => objection.rejection);
  // 3. Name each problem with its column.
  const all = rejections.length === 0 && rejection !== undefined ? [rejection] : rejections;
  const faults = [
    ...inCells,
    ...(original === undefined ? [] : [row.faultIn(register.named, likelyDuplicate(original))]),
    ...all.flatMap((each) => faultsOfRejection(each, register, row, doubtful)),
  ];
  const codes = [
    ...(inCells.length > 0 ? ['invalid-row'] : []),
    ...(original === undefined ? [] : ['likely-duplicate']),
    ...all.map(({ code }) => code),
  ];
  const [first] = faults;
  if (first === undefined) throw new Error(`row ${row.number} is refused for nothing`);
  return {
    key: key ?? null,
    outcome: 'refused',
    refusal: { column: first.header, reason: read.reason ?? first.reason, faults },
    codes: [...new Set(codes)],
  };
};

const blank = ({ register }: ImportOfKind): SeenEntry => ({ events: [], entry: foldEntry(register, '', []) });

const requestFor = (
  { record, register, kind }: ImportOfKind,
  row: Row,
  { key, body }: RowCommand,
  revision: number,
): CommandRequest => ({
  register,
  key,
  name: kind.command,
  body,
  sent: body,
  by: record.by,
  ifMatch: revision === -1 ? undefined : revision,
  idempotencyKey: `import ${record.id} ${row.number}`,
  import: { id: record.id, row: row.number },
});

/**
 * What of an entry says the same already: a fact as it was first recorded, or a pending submission, with the import that
 * it came with. It does not matter who recorded it, nor what has corrected it since; an annulled fact does not count.
 */
const sameIn = (entry: Entry, kind: FactKind, body: JsonObject): Pick<RowResult, 'waitsUnder'> | undefined => {
  const fields = ({ effectiveOn: _, evidence: __, note: ___, ...data }: JsonObject): JsonObject => data;
  const isFact = entry.facts.some(
    (fact) =>
      fact.annulledBy === undefined &&
      fact.kind.command === kind.command &&
      fact.asRecorded.effectiveOn === body.effectiveOn &&
      sameJson(fact.asRecorded.data, fields(body)),
  );
  if (isFact) return {};
  const submission = entry.submissions.find(
    (each) =>
      each.status === 'pending' &&
      each.command === kind.command &&
      each.body.effectiveOn === body.effectiveOn &&
      sameJson(fields(each.body), fields(body)),
  );
  return submission && (submission.import === undefined ? {} : { waitsUnder: submission.import });
};
