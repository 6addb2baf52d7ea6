import { streamOf } from '../../domain/event.ts';
import { type Decision, type ImportRecord, importsRegister, type Left } from '../../domain/import-events.ts';
import { annul, type Register } from '../../domain/register.ts';
import { registerNamed } from '../../domain/registers/index.ts';
import type { Query } from '../../projections/projection.ts';
import { submissionsBy } from '../../projections/submissions.ts';
import type { Commands } from '../commands/commands.ts';
import type { ReadModel } from '../readmodel/read-model.ts';

const pageSize = 500;
/** As many facts as one annulment takes. */
const annulledAtOnce = 100;

/** Does some work for each of many, so many at once and those of one name one after the other. */
export type InBatches = <T>(
  all: readonly T[],
  nameOf: (each: T) => string,
  work: (each: T) => Promise<void>,
) => Promise<void>;

/** How far a decision has come. */
export type Deciding = { decided: number; submitted?: number };

/** Carries out what is decided of a whole import, and gives what had to be left. */
export const deciderOn = (commands: Commands, model: Pick<ReadModel, 'all' | 'get'>, inBatches: InBatches) => {
  /** Decides every submission of the import that waits, those of one entry in their order, and gives what can't be. */
  const decideAll = async (
    id: string,
    { by, reason, revision }: Decision,
    decision: 'approve' | 'return',
    progress: Deciding,
  ): Promise<readonly Left[]> => {
    progress.decided = model.get(decidedSince(id, by, revision))?.count ?? 0;
    const left: Left[] = [];
    let after = -1;
    for (;;) {
      const page = model.all(submissionsBy({ status: 'pending', import: id, after, limit: pageSize }));
      if (page.length === 0) return left;
      after = page.at(-1)?.entry_number ?? after;
      await inBatches(
        page,
        ({ key }) => key.toLowerCase(),
        async (row) => {
          const outcome = await commands.decideSubmission({ id: row.id, decision, by, reason });
          if (outcome.kind === 'refused') left.push({ submission: row.id, code: outcome.rejection.code });
          else progress.decided += 1;
        },
      );
    }
  };

  /** Annuls, entry by entry, every fact that the import has recorded, and gives the entries of which that can't be. */
  const undoAll = async (record: ImportRecord, decision: Decision, progress: Deciding): Promise<readonly Left[]> => {
    const register = registerNamed(record.register);
    if (register === undefined) throw new Error(`import ${record.id} has no register of this release`);
    const left: Left[] = [];
    progress.submitted = 0;
    const keys = model.all(entriesOf(record.id)).map(({ key }) => key);
    await inBatches(
      keys,
      (key) => key.toLowerCase(),
      async (key) => {
        const { annulled, waiting, code } = await undoEntry(register, key, record, decision);
        progress.decided += annulled;
        progress.submitted = (progress.submitted ?? 0) + waiting;
        if (code !== undefined) left.push({ entry: `${register.name}/${key}`, code });
      },
    );
    return left;
  };

  /** How many of an entry's facts are annulled by this decision, and of how many that waits for a second person. */
  const undoEntry = async (
    register: Register,
    key: string,
    { id }: ImportRecord,
    decision: Decision,
  ): Promise<{ annulled: number; waiting: number; code?: string }> => {
    for (;;) {
      const { entry, events } = await commands.readEntry(register, key);
      const eventsById = new Map(events.map((event) => [event.id, event]));
      const own = [...entry.facts.values()].filter((fact) => eventsById.get(fact.id)?.metadata.import === id);
      const isOfThis = (annulment: string | undefined) => {
        const event = eventsById.get(annulment ?? '');
        return event?.metadata.import === id && event.recordedAt >= decision.at;
      };
      const annulled = own.filter(({ annulledBy }) => isOfThis(annulledBy)).length;
      const pending = [...entry.submissions.values()].filter(
        (each) => each.status === 'pending' && each.import === id && each.command === annul.command,
      );
      const awaited = new Set(pending.flatMap(({ body }) => (Array.isArray(body.events) ? body.events : [])));
      const done = { annulled, waiting: own.filter((fact) => awaited.has(fact.id)).length };
      // The latest first, so that what is left of a long history goes on fitting.
      const next = own
        .filter((fact) => fact.annulledBy === undefined && !awaited.has(fact.id))
        .sort((a, b) => b.revision - a.revision)
        .slice(0, annulledAtOnce)
        .map((fact) => fact.id);
      if (next.length === 0) return done;
      const reason = decision.reason ?? `undo of import ${id}`;
      const body = { events: next, reason };
      const outcome = await commands.execute({
        register,
        key,
        name: annul.command,
        body,
        sent: body,
        by: decision.by,
        ifMatch: entry.revision,
        import: { id },
      });
      if (outcome.kind !== 'refused') continue;
      if (outcome.rejection.code !== 'revision-mismatch') return { ...done, code: outcome.rejection.code };
    }
  };

  return (record: ImportRecord, decision: Decision, progress: Deciding): Promise<readonly Left[]> =>
    decision.decision === 'undo'
      ? undoAll(record, decision, progress)
      : decideAll(record.id, decision, decision.decision, progress);
};

/** How many of an import's submissions somebody has decided since a decision was begun. */
export const decidedSince = (id: string, by: string, revision: number): Query<{ count: number }> => ({
  sql: `SELECT count(*) AS count FROM submission WHERE import = ? AND decided_by = ?
          AND decided_entry_number > (SELECT entry_number FROM event WHERE stream = ? AND revision = ?)`,
  params: [id, by, streamOf(importsRegister, id), revision],
});

/** The entries in which an import has recorded. */
const entriesOf = (id: string): Query<{ key: string }> => ({
  sql: 'SELECT key FROM event WHERE import = ? GROUP BY stream ORDER BY min(entry_number)',
  params: [id],
});
