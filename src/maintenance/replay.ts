import { shanghaiDay } from '../../domain/calendar.ts';
import { counting, type Delta, deltas, movement } from '../../domain/contribution.ts';
import type { LedgerEvent } from '../../domain/event.ts';
import { blank, type Entry, evolve, factOf } from '../../domain/history.ts';
import { stateOn } from '../../domain/path.ts';
import { plans as planRegister, registerNamed } from '../../domain/registers/index.ts';
import { countedOn, type Plan, planOn, type TargetFigure, targetFigures, targetNamed } from '../../domain/targets.ts';
import { type EventStore, type Place, placeAfter, start } from '../store/event-store.ts';

/** The log, folded in memory from its first event, without any read model. */
export type Replayed = {
  readonly size: number;
  readonly knownAt: string | null;
  readonly entries: ReadonlyMap<string, Entry>;
  /** The events by id, if they were kept: recorded times and people. */
  readonly events: ReadonlyMap<string, LedgerEvent>;
};

const pageSize = 5_000;

/** Folds the first `size` events, or those recorded at or before `instantMs` (epoch milliseconds), or all. */
export const replayLog = async (
  store: EventStore,
  until: { readonly size?: number; readonly instantMs?: number },
  onProgress: (done: number) => void = () => {},
  keepEvents = false,
): Promise<Replayed> => {
  const entries = new Map<string, Entry>();
  const events = new Map<string, LedgerEvent>();
  const { size: sizeLimit = Number.POSITIVE_INFINITY, instantMs = Number.POSITIVE_INFINITY } = until;
  let place: Place = start;
  let knownAt: string | null = null;
  for (;;) {
    const page = (await store.readAll(place, pageSize)).filter(
      ({ entryNumber, recordedAt }) =>
        entryNumber < sizeLimit && (instantMs === Number.POSITIVE_INFINITY || Date.parse(recordedAt) <= instantMs),
    );
    for (const event of page) {
      const register = registerNamed(event.data.register);
      if (register === undefined) continue;
      entries.set(event.stream, evolve(entries.get(event.stream) ?? blank(register, event.data.key), event));
      if (keepEvents) events.set(event.id, event);
    }
    const last = page.at(-1);
    if (last === undefined) return { size: place.size, knownAt, entries, events };
    place = placeAfter(last);
    knownAt = last.recordedAt;
    onProgress(place.size);
  }
};

export type TargetsDocument = {
  readonly on: string;
  readonly knownAt: string | null;
  readonly size: number;
  readonly targets: readonly TargetFigure[];
};

const plansIn = ({ entries }: Replayed, on: string): readonly Plan[] =>
  [...entries.values()].filter(({ register }) => register === planRegister).flatMap((entry) => planOn(entry, on) ?? []);

/** The same document as `GET /api/v1/targets`. */
export const targetsDocument = (replayed: Replayed, on: string = shanghaiDay(Date.now())): TargetsDocument => {
  const moves: readonly Delta[] = [...replayed.entries.values()].flatMap((entry) => deltas(entry));
  const movesOf = Map.groupBy(moves, ({ cell }) => cell.measure);
  const targets = targetFigures(plansIn(replayed, on), on, (counted, day) =>
    movement(movesOf.get(counted.measure) ?? [], counted, day),
  );
  return { on, knownAt: replayed.knownAt, size: replayed.size, targets };
};

export type Explanation = TargetsDocument & {
  readonly target: TargetFigure;
  readonly entries: readonly {
    readonly register: string;
    readonly key: string;
    readonly name: string;
    readonly since: string;
    readonly events: readonly {
      readonly id: string;
      readonly type: string;
      readonly effectiveOn: string;
      readonly entryNumber: number;
      readonly recordedAt: string;
      readonly by: string;
      readonly approvedBy?: string;
    }[];
  }[];
};

/** The entries behind one target's number, each with the facts that make it count; undefined if no plan has the target. */
export const explain = (
  replayed: Replayed,
  id: string,
  on: string,
  planKey?: string,
): Omit<Explanation, 'targets'> | undefined => {
  const found = targetNamed(plansIn(replayed, on), id, planKey, on);
  if (found === undefined) return undefined;
  const { plan, target } = found;
  const figure = targetsDocument(replayed, on).targets.find((each) => each.id === id && each.plan === plan.id);
  if (figure === undefined) return undefined;
  const day = countedOn(plan, on);
  const entries = [...replayed.entries.values()].flatMap((entry) => {
    const { steps } = entry.path;
    const counts = counting(entry.register, steps, target, day);
    if (counts === undefined) return [];
    const events = counts.events.flatMap((eventId) => {
      const event = replayed.events.get(eventId);
      const fact = factOf(entry, eventId);
      if (event === undefined || fact === undefined) return [];
      const { by, approvedBy } = event.metadata;
      return {
        id: eventId,
        type: event.type,
        effectiveOn: fact.effectiveOn,
        entryNumber: event.entryNumber,
        recordedAt: event.recordedAt,
        by,
        ...(approvedBy === undefined ? {} : { approvedBy }),
      };
    });
    const named = stateOn(steps, day).fields[entry.register.named];
    return {
      register: entry.register.name,
      key: entry.key,
      name: typeof named === 'string' ? named : entry.key,
      since: counts.since,
      events,
    };
  });
  const sorted = entries.sort((a, b) => (a.key < b.key ? -1 : 1));
  return { target: figure, on, knownAt: replayed.knownAt, size: replayed.size, entries: sorted };
};
