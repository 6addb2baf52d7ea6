import { type Effect, objections } from '../../domain/decide.ts';
import type { Entry } from '../../domain/history.ts';
import type { Command } from '../../domain/objections.ts';
import type { Submission } from '../../domain/submission.ts';
import type { Questions } from '../readmodel/questions.ts';
import type { ReadModel } from '../readmodel/read-model.ts';
import type { EventStore } from '../store/event-store.ts';
import { appenderOn } from './appending.ts';
import { approve, close, findSubmission } from './decisions.ts';
import { pendingEffect, type Shown, shownFrom } from './impact.ts';
import { entriesOn, resolverFor, type SeenEntry } from './reading.ts';
import { dryRun, execute } from './recording.ts';
import type { CommandRequest, DecisionRequest } from './requests.ts';

export type Commands = ReturnType<typeof commandsOn>;

/** Takes commands and decisions to the store: read the stream, decide, append under the revision that was read. */
export const commandsOn = (
  store: EventStore,
  model: Pick<ReadModel, 'reached' | 'place'>,
  questions: Pick<Questions, 'plans' | 'count'>,
  now: () => number,
) => {
  const entries = entriesOn(store);
  const { readEntry } = entries;
  const { append, recordedLast } = appenderOn(store);
  const shownOf = shownFrom(model, questions, now);

  /**
   * What approving a submission would do to the targets once the read model has applied the position `seen`; undefined
   * if it is decided. `effect` defaults to what the approval would change now.
   */
  const pendingShown = async (
    entry: Entry,
    submission: Submission,
    seen: string | undefined,
    effect?: Effect,
  ): Promise<Shown | undefined> =>
    submission.status === 'pending' ? shownOf(effect ?? pendingEffect(entry, submission), seen) : undefined;

  return {
    readEntry,
    /** Forgets what is kept of entries, since texts of theirs may have been erased. */
    forget: entries.forget,
    execute: (request: CommandRequest, seen?: SeenEntry) => execute({ ...entries, append }, request, seen),
    dryRun: (request: CommandRequest, seen?: SeenEntry) => dryRun({ readEntry, shownOf }, request, seen),
    /** Everything that a command is refused for by what an entry, and those that it refers to, hold. */
    objections: async (command: Command, { entry }: SeenEntry) =>
      objections(entry, command, await resolverFor(readEntry, entry, command)),
    /** A submission as it stands, with its entry and, while it is pending, what its approval would change now. */
    submission: async (id: string) => {
      const found = await findSubmission(readEntry, id);
      if (found === undefined) return undefined;
      const shown = await pendingShown(found.entry, found.submission, found.events.at(-1)?.position);
      return { ...found, shown };
    },
    pendingShown,
    decideSubmission: (request: DecisionRequest) =>
      request.decision === 'approve' ? approve({ readEntry, append }, request) : close({ readEntry, append }, request),
    /** The position of what was recorded last through this node since it began. */
    recordedLast,
  };
};
