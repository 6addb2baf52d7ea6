import { submitted } from '../../domain/event.ts';
import type { Text } from '../../domain/field.ts';
import type { Entry } from '../../domain/history.ts';
import type { RowOutcome } from '../../domain/import-events.ts';
import { type JsonObject, sameJson } from '../../domain/json.ts';
import type { FactKind } from '../../domain/register.ts';
import type { Rejection } from '../../domain/rejection.ts';
import type { Commands } from '../commands/commands.ts';
import type { Refused } from '../commands/outcomes.ts';
import type { SeenEntry } from '../commands/reading.ts';
import { reasonOf } from '../commands/refusal-texts.ts';
import type { CommandRequest } from '../commands/requests.ts';
import type { ImportOfKind } from './context.ts';
import { type KnownNames, keyOfSameName, normalName } from './names.ts';
import type { Row } from './reading/kept-table.ts';
import { isFault, type RowCommand, type RowFault } from './reading/rows.ts';

/** What became of a row; in a dry run, what would become of it. */
export type RowResult = {
  readonly key: string | null;
  readonly outcome: RowOutcome;
  /** Why it is rejected, and the header of the column with the problem. */
  readonly refusal?: RowFault;
  /** The code of the refusal in the ledger, if the row could be read. */
  readonly code?: string;
  /** The import as a row of which it waits for a second person, if it is already there. */
  readonly waitsUnder?: string;
};

/** How commands are given: to be recorded, or only to be checked. */
export type Recorder = {
  readonly readEntry: Commands['readEntry'];
  /** Gives a command for an entry that has just been read. */
  readonly give: (request: CommandRequest, seen: SeenEntry) => Promise<Refused | { kind: 'recorded' | 'submitted' }>;
};

/** Records commands. */
export const realRecorder = ({ readEntry, execute }: Commands): Recorder => ({
  readEntry,
  give: execute,
});

/** Records a row. Rows that share an entry or a name, as `sharedBy` has it, must be recorded one after the other. */
export const recordRow = async (
  recorder: Recorder,
  target: ImportOfKind,
  names: KnownNames,
  row: Row,
  command: RowCommand | RowFault,
): Promise<RowResult> => {
  if (isFault(command)) return { key: null, outcome: 'refused', refusal: command };
  const result = await recordCommand(recorder, target, names, row, command);
  const name = normalName(target.register, command.body);
  if (result.outcome !== 'refused' && name !== undefined) names.add(name, command.key);
  return result;
};

/** What two rows must not share if they are to be recorded at the same time. */
export const sharedBy = ({ register }: ImportOfKind, command: RowCommand | RowFault): readonly string[] => {
  if (isFault(command)) return [];
  const name = normalName(register, command.body);
  return [`key ${command.key.toLowerCase()}`, ...(name === undefined ? [] : [`name ${name}`])];
};

const recordCommand = async (
  recorder: Recorder,
  target: ImportOfKind,
  names: KnownNames,
  row: Row,
  command: RowCommand,
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
    const original = record.set.duplicates === 'allow' ? undefined : keyOfSameName(names, seen.entry, command);
    if (original !== undefined)
      return refusedRow(row, key, row.headerOf(register.named), duplicateReason(original), 'likely-duplicate');
    // 3. Give the command.
    const outcome = await recorder.give(requestFor(target, row, command, seen.entry.revision), seen);
    if (outcome.kind !== 'refused') return { key, outcome: outcome.kind };
    const { rejection } = outcome;
    // Somebody else has recorded in the entry meanwhile, perhaps this very row: read it again.
    if (rejection.code === 'revision-mismatch' || rejection.code === 'revision-required') continue;
    return refusedRow(row, key, columnOf(rejection, row), reasonOf(rejection, register), rejection.code);
  }
};

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

const refusedRow = (row: Row, key: string, column: string | null, reason: Text, code: string): RowResult => ({
  key,
  outcome: 'refused',
  refusal: { column, reason, faults: [row.faultAt(column, reason)] },
  code,
});

const duplicateReason = (key: string): Text => ({
  zh: `与 ${key} 名称相同，疑似重复；如确为不同的登记项，请以 set.duplicates=allow 导入`,
  en: `Has the same name as ${key} and is probably a duplicate; if it is a different entry, import with set.duplicates=allow`,
});

/** The header of the column that a rejection is about. */
const columnOf = (rejection: Rejection, { headerOf }: Row): string | null => {
  switch (rejection.code) {
    case 'invalid-request':
      return headerOf(rejection.errors[0]?.pointer?.split('/')[1] ?? '');
    case 'unknown-reference':
      return headerOf(rejection.pointer.split('/')[1] ?? '');
    case 'check-character':
      return headerOf('key');
    default:
      return null;
  }
};

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
