import { type NewEvent, submitted } from '../../domain/event.ts';
import type { Text } from '../../domain/field.ts';
import { type Entry, evolve } from '../../domain/history.ts';
import type { ImportRecord } from '../../domain/import-events.ts';
import { isObject, type Json, type JsonObject, sameJson } from '../../domain/json.ts';
import type { FactKind, Register } from '../../domain/register.ts';
import type { Rejection } from '../../domain/rejection.ts';
import { plainName, sameName } from '../../projections/entries.ts';
import type { Query } from '../../projections/projection.ts';
import type { Commands } from '../commands/commands.ts';
import { reasonOf } from '../commands/problems.ts';
import type { ReadModel } from '../readmodel/read-model.ts';
import type { Row } from './reading/file.ts';
import { isFault, type RowCommand } from './reading/rows.ts';

/** What became of a row; in a dry run, what would. */
export type RowOutcome = 'recorded' | 'submitted' | 'alreadyThere' | 'refused';

export type Taken = {
  readonly key: string | null;
  readonly outcome: RowOutcome;
  /** Why it is refused, and the head of the column that is to blame. */
  readonly refusal?: { readonly column: string | null; readonly reason: Text };
};

type Seen = Awaited<ReturnType<Commands['readEntry']>>;

/** Takes the rows of one import. Rows that share an entry or a name are to be taken one after the other. */
export const rowTaker = (
  commands: Commands,
  model: Pick<ReadModel, 'all' | 'get'>,
  record: ImportRecord,
  register: Register,
  kind: FactKind,
  dryRun: boolean,
) => {
  const names = new Map(model.all(pendingNames(register)).map(({ name, key }) => [plainName(name), key]));
  /** What a dry run has let pass and a real one would have recorded, by entry. */
  const passed = new Map<string, readonly NewEvent[]>();

  /** An entry as its stream has it, in a dry run with what earlier rows would have recorded. */
  const look: Commands['readEntry'] = async (of, key) => {
    const seen = await commands.readEntry(of, key);
    const more = of === register ? (passed.get(key.toLowerCase()) ?? []) : [];
    if (more.length === 0) return seen;
    const entry = more.reduce<Entry>(
      (known, event) => evolve(known, { ...event, stream: '', revision: known.revision + 1, recordedAt: '' }),
      seen.entry,
    );
    return { ...seen, entry };
  };

  /** The key under which the register, or an earlier row, knows the row's name, if it is another than the row's. */
  const likelyDouble = ({ entry }: Seen, { key, body }: RowCommand): string | undefined => {
    const name = nameIn(register, body);
    if (name === undefined || record.set.duplicates === 'allow' || bears(entry, name)) return undefined;
    const earlier = names.get(plainName(name));
    if (earlier !== undefined && earlier.toLowerCase() !== key.toLowerCase()) return earlier;
    return model.get(sameName(register.name, name, key))?.key;
  };

  const carryOut = async (row: Row, command: RowCommand): Promise<Taken> => {
    const { key, body } = command;
    for (;;) {
      const seen = await look(register, key);
      const mine = seen.events.find(({ metadata }) => metadata.import === record.id && metadata.row === row.number);
      if (mine !== undefined) {
        const waited = mine.type === submitted || mine.metadata.submission !== undefined;
        return { key, outcome: waited ? 'submitted' : 'recorded' };
      }
      if (isThere(seen.entry, kind, body)) return { key, outcome: 'alreadyThere' };
      const double = likelyDouble(seen, command);
      if (double !== undefined) return refusedAs(key, row.headOf(register.named), doubleReason(double));
      const { revision } = seen.entry;
      const request = {
        register,
        key,
        name: kind.command,
        body,
        sent: body,
        by: record.by,
        ifMatch: revision === -1 ? undefined : revision,
        idempotencyKey: `import ${record.id} ${row.number}`,
        import: { id: record.id, row: row.number },
      };
      const outcome = dryRun ? await commands.dryRun(request, look) : await commands.execute(request);
      if (outcome.kind === 'refused') {
        const { rejection } = outcome;
        // Somebody else has recorded in the entry meanwhile, perhaps this very row: look again.
        if (rejection.code === 'revision-mismatch' || rejection.code === 'revision-required') continue;
        return refusedAs(key, columnOf(rejection, row), reasonOf(rejection));
      }
      if (outcome.kind !== 'tried') return { key, outcome: outcome.kind };
      if (outcome.event !== undefined)
        passed.set(key.toLowerCase(), [...(passed.get(key.toLowerCase()) ?? []), outcome.event]);
      return { key, outcome: outcome.would === 'record' ? 'recorded' : 'submitted' };
    }
  };

  return {
    take: async (row: Row, command: ReturnType<Row['read']>): Promise<Taken> => {
      if (isFault(command)) return { key: null, outcome: 'refused', refusal: command };
      const taken = await carryOut(row, command);
      const name = nameIn(register, command.body);
      if (taken.outcome !== 'refused' && name !== undefined && !names.has(plainName(name)))
        names.set(plainName(name), command.key);
      return taken;
    },
    /** What rows must not share to be taken at the same time. */
    sharedBy: (command: ReturnType<Row['read']>): readonly string[] => {
      if (isFault(command)) return [];
      const name = nameIn(register, command.body);
      return [`key ${command.key.toLowerCase()}`, ...(name === undefined ? [] : [`name ${plainName(name)}`])];
    },
  };
};

const refusedAs = (key: string, column: string | null, reason: Text): Taken => ({
  key,
  outcome: 'refused',
  refusal: { column, reason },
});

const doubleReason = (key: string): Text => ({
  zh: `名称与 ${key} 相同，疑似重复；确非同一登记项时以 set.duplicates=allow 导入`,
  en: `Has the name of ${key}, a likely duplicate; where it is another, import with set.duplicates=allow`,
});

/** The head of the column that a rejection points to, or of the key. */
const columnOf = (rejection: Rejection, { headOf }: Row): string | null => {
  switch (rejection.code) {
    case 'invalid-request':
      return headOf(rejection.errors[0]?.pointer?.split('/')[1] ?? '');
    case 'unknown-reference':
      return headOf(rejection.pointer.split('/')[1] ?? '');
    case 'check-character':
      return headOf('key');
    default:
      return null;
  }
};

/** The row's name, in registers whose entries have one of their own: a contract is called by its client's. */
const nameIn = (register: Register, body: JsonObject): string | undefined => {
  const name: Json | undefined = body[register.named];
  const isOwn = register.named === 'name' || register.named === 'title';
  return isOwn && typeof name === 'string' && plainName(name) !== '' ? name : undefined;
};

/** Whether an entry bears a name already, by a fact that holds or a submission that waits. */
const bears = (entry: Entry, name: string): boolean =>
  [
    ...[...entry.facts.values()].filter(({ annulledBy }) => annulledBy === undefined).map(({ data }) => data),
    ...[...entry.submissions.values()].filter(({ status }) => status === 'pending').map(({ body }) => body),
  ].some((data) => {
    const own = isObject(data) ? data[entry.register.named] : undefined;
    return typeof own === 'string' && plainName(own) === plainName(name);
  });

/** The names that pending submissions give to entries, which the register does not list yet. */
const pendingNames = (register: Register): Query<{ name: string; key: string }> => ({
  sql: `SELECT json_extract(v.data, ?) AS name, s.key FROM submission s JOIN event v USING (entry_number)
        WHERE s.status = 'pending' AND s.register = ? AND json_type(v.data, ?) = 'text' ORDER BY entry_number DESC`,
  params: [`$.data.body.${register.named}`, register.name, `$.data.body.${register.named}`],
});

/** Whether a holding fact or a pending submission says the same already, whoever recorded it. */
const isThere = (entry: Entry, kind: FactKind, body: JsonObject): boolean => {
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
