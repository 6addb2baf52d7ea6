import { shanghaiDay } from '../../domain/calendar.ts';
import { type Delta, movement } from '../../domain/contribution.ts';
import { type Command, decide, isRejected } from '../../domain/decide.ts';
import type { Entry } from '../../domain/history.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { Submission } from '../../domain/submission.ts';
import { type Impact, impactOf } from '../../domain/targets.ts';
import type { Questions } from '../readmodel/questions.ts';
import type { ReadModel } from '../readmodel/read-model.ts';
import { StoreUnavailable } from '../store/event-store.ts';

/** How long an impact waits for the read model to know the entry. */
const impactWaitMs = 5_000;

/** What a change would do to the targets, as soon as the read model has applied the position `seen`. */
export type ImpactOfChange = (change: readonly Delta[], seen: string | undefined) => Promise<readonly Impact[]>;

/** Rejects with `StoreUnavailable` if the read model does not catch up in time. */
export const impactsFrom =
  (
    model: Pick<ReadModel, 'reached' | 'place'>,
    questions: Pick<Questions, 'plans' | 'count'>,
    now: () => number,
  ): ImpactOfChange =>
  async (change, seen) => {
    if (change.length === 0) return [];
    if (seen !== undefined && !(await model.reached(seen, impactWaitMs))) {
      throw new StoreUnavailable('the read model has not caught up');
    }
    const today = shanghaiDay(now());
    const { size } = model.place();
    return impactOf(
      questions.plans({ on: today, size }),
      today,
      (counted, on) => questions.count(counted, on, size),
      (counted, on) => movement(change, counted, on),
    );
  };

export const commandOf = ({ command, body }: Submission): Command => ({ name: command, body: body as JsonObject });

/** What approving a submission would change in the counts now; nothing if it would be refused. */
export const pendingChange = (entry: Entry, submission: Submission): readonly Delta[] => {
  const decision = decide(entry, commandOf(submission), () => true);
  return isRejected(decision) ? [] : decision.change;
};
