import { type Decision, decide, isRejected, submissionOf, tooLarge } from '../../domain/decide.ts';
import { currentSchema, type NewEvent } from '../../domain/event.ts';
import { evolve } from '../../domain/history.ts';
import { entryFull, tooManyPending } from '../../domain/limits.ts';
import type { Rejection } from '../../domain/rejection.ts';
import { type AppendEvent, staleRevision, untilAppended } from './appending.ts';
import { type CommandIdentity, identityOf, longestMetadata, newEventId } from './command-ids.ts';
import { nothingShown, type ShownOf } from './impact.ts';
import { outcomeOf, type Recorded, type Refused, refused, type Submitted, type Tried } from './outcomes.ts';
import { type Entries, type ReadEntry, resolverFor, type SeenEntry } from './reading.ts';
import type { CommandRequest } from './requests.ts';

/** What a command needs to be recorded. */
export type Recording = Omit<Entries, 'forget'> & { readonly append: AppendEvent };

/** Records or submits a command, or refuses it. `seen` is the entry as the caller has just read it, which saves a read. */
export const execute = (
  { readEntry, assumed, keep, append }: Recording,
  request: CommandRequest,
  seen?: SeenEntry,
): Promise<Recorded | Submitted | Refused> => {
  const { register, key } = request;
  const identity = identityOf(request);
  return untilAppended(async (turn) => {
    // 1. Take the entry as the caller has read it or as it probably is; after somebody else recorded first, read it anew.
    const guess = turn === 0 && seen === undefined ? assumed(register, key) : undefined;
    const known = (turn === 0 ? seen : undefined) ?? guess ?? (await readEntry(register, key));
    // 2. Decide.
    const checked = await check(readEntry, request, identity, known);
    // 3. Only what was recorded proves a guess right; any other answer needs the entry as it is.
    if (checked.kind !== 'checked') return guess === undefined ? checked : undefined;
    // 4. Append under the revision that was taken.
    const { decision, event } = checked;
    const appended = await append(known.entry, event);
    if (appended === undefined) return undefined;
    // 5. Answer with the entry as it is now, and with the change that was decided.
    const { recorded, repeated } = appended;
    const events = [...known.events, recorded];
    const entry = evolve(known.entry, recorded);
    keep({ events, entry });
    const outcome = outcomeOf(events, entry, recorded);
    const effect = outcome.kind === 'submitted' ? { effect: decision } : {};
    return { ...outcome, ...effect, replayed: repeated };
  });
};

/**
 * Makes the checks of a command and records nothing; one that was given before would change nothing any more. `seen` is
 * the entry as it would be after what was tried before; by default it is read.
 */
export const dryRun = async (
  { readEntry, shownOf }: { readonly readEntry: ReadEntry; readonly shownOf: ShownOf },
  request: CommandRequest,
  seen?: SeenEntry,
): Promise<Tried | Refused> => {
  const known = seen ?? (await readEntry(request.register, request.key));
  const lenient = { ...request, ifMatch: request.ifMatch ?? ('unchecked' as const) };
  const checked = await check(readEntry, lenient, identityOf(request), known);
  switch (checked.kind) {
    case 'refused':
      return checked;
    case 'recorded':
      return { kind: 'tried', would: 'record', entry: checked.entry, shown: nothingShown };
    case 'submitted':
      return { kind: 'tried', would: 'submit', entry: checked.entry, shown: nothingShown };
    case 'checked': {
      const { decision, event } = checked;
      return {
        kind: 'tried',
        would: decision.outcome,
        entry: { ...decision.after, revision: known.entry.revision },
        shown: await shownOf(decision, known.events.at(-1)?.position),
        event,
      };
    }
  }
};

/** A command that passed every check, with the event that it would append. */
type Checked = { readonly kind: 'checked'; readonly decision: Decision; readonly event: NewEvent };

/** Makes every check of a command: gives its earlier answer, a refusal, or what it would record. */
const check = async (
  readEntry: ReadEntry,
  request: CommandRequest,
  identity: CommandIdentity,
  { events, entry }: SeenEntry,
): Promise<Recorded | Submitted | Refused | Checked> => {
  const { register } = request;
  // 1. A command that the stream knows gets its first answer again.
  const earlier = events.find(({ metadata }) => metadata.command === identity.command);
  if (earlier !== undefined) {
    return earlier.metadata.bodySha256 === identity.bodySha256
      ? { ...outcomeOf(events, entry, earlier), replayed: true }
      : refused({ code: 'idempotency-key-reused' }, register);
  }
  // 2. The sender must have seen the current revision.
  const stale = staleRevision(entry, request.ifMatch);
  if (stale !== undefined) return refused(stale, register);
  // 3. The stream must have room.
  const full = entryFull(entry);
  if (full !== undefined) return refused(full, register);
  // 4. The history that would result must be valid.
  const decision = decide(entry, request, await resolverFor(readEntry, entry, request));
  if (isRejected(decision)) return refused(decision.rejection, register);
  // 5. Only so many submissions of an entry wait at once.
  const tooMany = decision.outcome === 'submit' ? tooManyPending(entry) : undefined;
  if (tooMany !== undefined) return refused(tooMany, register);
  // 6. The event must not be too large, nor the one that an approval would append.
  const { type, body } = decision.outcome === 'record' ? decision : submissionOf(entry, request);
  const event: NewEvent = {
    id: newEventId(),
    type,
    data: body,
    metadata: {
      schema: currentSchema,
      by: request.by,
      ...identity,
      ...(request.import === undefined ? {} : { import: request.import.id }),
      ...(request.import?.row === undefined ? {} : { row: request.import.row }),
    },
  };
  const large: Rejection | undefined =
    tooLarge(entry, event) ??
    (decision.outcome === 'submit' ? tooLarge(entry, longestApproval(event, decision)) : undefined);
  return large === undefined ? { kind: 'checked', decision, event } : refused(large, register);
};

/** The longest event that an approval could append. */
const longestApproval = (event: NewEvent, { type, body }: Decision): NewEvent => ({
  ...event,
  type,
  data: body,
  metadata: { ...event.metadata, ...longestMetadata },
});
