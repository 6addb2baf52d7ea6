import { shanghaiDay } from '../../domain/calendar.ts';
import { type Cell, movement } from '../../domain/contribution.ts';
import { decide, type Effect, isRejected } from '../../domain/decide.ts';
import type { Entry } from '../../domain/history.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { Command } from '../../domain/objections.ts';
import { type Area, areaOf } from '../../domain/places.ts';
import type { Submission } from '../../domain/submission.ts';
import { type Impact, impactOf, type Plan, planInForce } from '../../domain/targets.ts';
import type { Questions, View } from '../readmodel/questions.ts';
import type { ReadModel } from '../readmodel/read-model.ts';
import { StoreUnavailable } from '../store/event-store.ts';

/** How long an impact waits for the read model to know the entry. */
const impactWaitMs = 5_000;

type Place = Pick<Cell, 'measure' | 'sector' | 'district'> & { readonly area: Area | null };

/** What somebody who decides is shown: the targets that would move, and what the entry would contribute otherwise. */
export type Shown = {
  readonly impact: readonly Impact[];
  readonly contribution: readonly {
    readonly from: string;
    readonly before: readonly Place[];
    readonly after: readonly Place[];
  }[];
};

/** What an effect would do to the targets, as soon as the read model has applied the position `seen`. */
export type ShownOf = (effect: Effect, seen: string | undefined) => Promise<Shown>;

/** Rejects with `StoreUnavailable` if the read model does not catch up in time. */
export const shownFrom =
  (
    model: Pick<ReadModel, 'reached' | 'place'>,
    questions: Pick<Questions, 'plans' | 'count'>,
    now: () => number,
  ): ShownOf =>
  async (effect, seen) => {
    if (effect.change.length === 0) return nothingShown;
    if (seen !== undefined && !(await model.reached(seen, impactWaitMs))) {
      throw new StoreUnavailable('the read model has not caught up');
    }
    return shownAt(questions, effect, { on: shanghaiDay(now()), size: model.place().size });
  };

/** What an effect would do to the targets today, as known at a size. */
export const shownAt = (
  questions: Pick<Questions, 'plans' | 'count'>,
  { change, contribution }: Effect,
  today: Pick<View, 'on' | 'size'>,
): Shown => {
  if (change.length === 0) return nothingShown;
  const plans = questions.plans(today);
  const impact = impactOf(
    plans,
    today.on,
    (counted, on) => questions.count(counted, on, today.size),
    (counted, on) => movement(change, counted, on),
  );
  const placed = placedIn(planInForce(plans, today.on));
  return {
    impact,
    contribution: contribution.map(({ from, before, after }) => ({
      from,
      before: before.map(placed),
      after: after.map(placed),
    })),
  };
};

export const nothingShown: Shown = { impact: [], contribution: [] };

/** A cell with its area under the plan in force. */
const placedIn =
  (plan: Plan | undefined) =>
  ({ measure, sector, district, lingang }: Cell): Place => ({
    measure,
    sector,
    district,
    area: areaOf({ district, lingang }, plan?.belt ?? []),
  });

export const commandOf = ({ command, body }: Submission): Command => ({ name: command, body: body as JsonObject });

/** What approving a submission would change in the counts now; nothing if it would be refused. */
export const pendingEffect = (entry: Entry, submission: Submission): Effect => {
  const decision = decide(entry, commandOf(submission), () => true);
  return isRejected(decision) ? { change: [], contribution: [] } : decision;
};
