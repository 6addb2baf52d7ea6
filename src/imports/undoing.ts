import type { RecordedEvent } from '../../domain/event.ts';
import type { Entry } from '../../domain/history.ts';
import type { Decision, ImportRecord, Leftover } from '../../domain/import-events.ts';
import { annul, type Register } from '../../domain/register.ts';
import { registerNamed } from '../../domain/registers/index.ts';
import { keysOfImport } from '../../projections/trail.ts';
import type { Commands } from '../commands/commands.ts';
import { inBatches } from './batches.ts';
import type { ImportContext } from './context.ts';
import type { Running } from './jobs.ts';

/** The most facts that one annulment may have. */
const annulledAtOnce = 100;

/** Annuls every fact that an import has recorded, entry by entry; gives the entries in which that failed. */
export const undoImport = async (
  { commands, model, jobs }: ImportContext,
  record: ImportRecord,
  decision: Decision,
  progress: Running,
): Promise<readonly Leftover[]> => {
  const register = registerNamed(record.register);
  if (register === undefined) throw new Error(`import ${record.id} has no register of this release`);
  const left: Leftover[] = [];
  progress.submitted = 0;
  const keys = model.all(keysOfImport(record.id)).map(({ key }) => key);
  await inBatches(
    jobs,
    keys,
    (key) => key.toLowerCase(),
    async (key) => {
      const { annulled, waiting, code } = await undoEntry(commands, register, key, record, decision);
      progress.decided += annulled;
      progress.submitted = (progress.submitted ?? 0) + waiting;
      if (code !== undefined) left.push({ entry: `${register.name}/${key}`, code });
    },
  );
  return left;
};

/** How many of an entry's facts were annulled, how many of the annulments wait for a second person, and what failed. */
type Undone = { readonly annulled: number; readonly waiting: number; readonly code?: string };

const undoEntry = async (
  commands: Commands,
  register: Register,
  key: string,
  { id }: ImportRecord,
  decision: Decision,
): Promise<Undone> => {
  for (;;) {
    const seen = await commands.readEntry(register, key);
    const { entry, events } = seen;
    const { annulled, waiting, next } = factsToAnnul(entry, events, id, decision.at);
    if (next.length === 0) return { annulled, waiting };
    const body = { events: next, reason: decision.reason ?? `undo of import ${id}` };
    const request = { register, key, name: annul.command, body, sent: body, by: decision.by, ifMatch: entry.revision };
    const outcome = await commands.execute({ ...request, import: { id } }, seen);
    if (outcome.kind !== 'refused') continue;
    const { code } = outcome.rejection;
    if (code !== 'revision-mismatch') return { annulled, waiting, code };
  }
};

/** What a decision of an instant has annulled of an import's facts in an entry, and which to annul next, by event id. */
const factsToAnnul = (entry: Entry, events: readonly RecordedEvent[], id: string, at: string) => {
  const eventsById = new Map(events.map((event) => [event.id, event]));
  const own = entry.facts.filter((fact) => eventsById.get(fact.id)?.metadata.import === id);
  const isOfThisDecision = (annulment: string | undefined) => {
    const event = eventsById.get(annulment ?? '');
    return event?.metadata.import === id && event.recordedAt >= at;
  };
  const pending = entry.submissions.filter(
    (each) => each.status === 'pending' && each.import === id && each.command === annul.command,
  );
  const awaited = new Set(pending.flatMap(({ body }) => (Array.isArray(body.events) ? body.events : [])));
  return {
    annulled: own.filter(({ annulledBy }) => isOfThisDecision(annulledBy)).length,
    waiting: own.filter((fact) => awaited.has(fact.id)).length,
    // The latest first, so that the rest of a long history still fits.
    next: own
      .filter((fact) => fact.annulledBy === undefined && !awaited.has(fact.id))
      .sort((a, b) => b.revision - a.revision)
      .slice(0, annulledAtOnce)
      .map((fact) => fact.id),
  };
};
