import type { Day } from '../../domain/calendar.ts';
import { counting } from '../../domain/contribution.ts';
import { erasedIn, readable } from '../../domain/erasure.ts';
import type { LedgerEvent } from '../../domain/event.ts';
import { withoutFreeTexts } from '../../domain/free-text.ts';
import type { Entry } from '../../domain/history.ts';
import { isJsonObject, type JsonObject, withoutUndefined } from '../../domain/json.ts';
import { cloudEvent } from '../../domain/leaf.ts';
import { allowedFrom } from '../../domain/objections.ts';
import { history, stateOn, stepOn } from '../../domain/path.ts';
import { annul, correct, type Evidence, measureId } from '../../domain/register.ts';
import type { Submission } from '../../domain/submission.ts';
import type { FoldedEvent } from '../../projections/projection.ts';
import type { Shown } from '../commands/impact.ts';
import type { LedgerPlace, StreamEvent } from '../store/event-store.ts';

/** How entries, histories and submissions look in answers. */

const pendingOf = (entry: Entry): readonly string[] =>
  entry.submissions.filter(({ status }) => status === 'pending').map(({ id }) => id);

const plainEntry = (entry: Entry, on: Day) => {
  const { status, fields } = stateOn(entry.path.steps, on);
  const revision = entry.revision === -1 ? {} : { revision: entry.revision };
  return { register: entry.register.name, key: entry.key, status, ...revision, ...fields };
};

export const commandedEntryView = (entry: Entry, on: Day) => ({ ...plainEntry(entry, on), pending: pendingOf(entry) });

/** An entry, with what the reader's roles allow them to see. */
export const entryView = (entry: Entry, on: Day, may: { readonly record: boolean; readonly readEvidence: boolean }) => {
  const plain = plainEntry(entry, on);
  const facts = may.readEvidence ? history(entry).filter(({ effectiveOn }) => effectiveOn <= on) : [];
  const since = stepOn(entry.path.steps, on)?.since;
  return {
    ...plain,
    ...(since === undefined ? {} : { since }),
    counts: countsOf(entry, on),
    ...(may.record ? { allowed: allowedFrom(entry.register, plain.status), pending: pendingOf(entry) } : {}),
    ...(may.readEvidence
      ? {
          evidence: facts.flatMap(({ id, evidence }) => titled(evidence).map((each) => ({ event: id, ...each }))),
          notes: facts.flatMap(({ id, note }) => (note === undefined ? [] : [{ event: id, note }])),
        }
      : {}),
  };
};

/** What is still known of the evidence: without its title, a document is nothing to a reader. */
const titled = (evidence: readonly Evidence[]): readonly Evidence[] =>
  evidence.filter(({ title }) => title !== undefined);

/** The measures for which an entry counts on a day, each with the day since when and the facts because of which. */
const countsOf = ({ register, path }: Entry, on: Day) =>
  Object.keys(register.measures).flatMap((name) => {
    const measure = measureId(register, name);
    const found = counting(register, path.steps, { measure }, on);
    return found === undefined ? [] : [{ measure, ...found }];
  });

export const submissionView = (
  entry: Entry,
  submission: Submission,
  shown: Shown | undefined,
  place: LedgerPlace | undefined,
) =>
  withoutUndefined({
    id: submission.id,
    status: submission.status,
    register: entry.register.name,
    key: entry.key,
    command: submission.command,
    body: shownBody(submission),
    ...erasedIn(submission),
    by: submission.by,
    submittedAt: place?.recordedAt,
    revision: submission.revision,
    entryNumber: place?.entryNumber,
    ...shown,
    decidedBy: submission.decided?.by,
    reason: submission.decided?.reason,
    event: submission.decided?.event,
    import: submission.import,
    row: submission.row,
  });

const shownBody = ({ body, erased }: Submission): JsonObject => {
  const { evidence } = body;
  if (erased === undefined || !Array.isArray(evidence)) return body;
  return { ...body, evidence: evidence.filter((each) => isJsonObject(each) && each.title !== undefined) };
};

export const recordedEvent = ({ id, type, revision, entryNumber }: StreamEvent) =>
  withoutUndefined({ id, type, revision, entryNumber });

/** What a reader sees of a history: people and free texts, free texts only, or neither. */
export type HistoryReader = 'full' | 'viewer' | 'public';

/** Facts, corrections and annulments in the order of recording, as each was recorded. */
export const historyView = (entry: Entry, events: readonly FoldedEvent[], reader: HistoryReader) => {
  const facts = new Map(entry.facts.map((fact) => [fact.id, fact]));
  return {
    register: entry.register.name,
    key: entry.key,
    events: events
      .filter(({ id, type }) => facts.has(id) || type === correct.event || type === annul.event)
      .map((event) => {
        const fact = facts.get(event.id);
        const { effectiveOn, data, evidence = [], note } = readable(event);
        return withoutUndefined({
          id: event.id,
          type: event.type,
          entryNumber: event.entryNumber,
          revision: event.revision,
          effectiveOn,
          recordedAt: event.recordedAt,
          ...(reader === 'full' ? { by: event.metadata.by, approvedBy: event.metadata.approvedBy } : {}),
          submission: event.metadata.submission,
          ...(reader === 'public'
            ? { data: withoutFreeTexts(entry.register.name, data), evidence: [] }
            : { data, evidence: titled(evidence), note, ...erasedIn(event) }),
          annulledBy: fact?.annulledBy,
          correctedBy: fact !== undefined && fact.correctedBy.length > 0 ? fact.correctedBy : undefined,
        });
      }),
  };
};

export const cloudEvents = (events: readonly LedgerEvent[]) => events.map(cloudEvent);
