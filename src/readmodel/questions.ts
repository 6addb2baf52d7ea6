import type { Day } from '../../domain/calendar.ts';
import type { Counted } from '../../domain/contribution.ts';
import { streamOf } from '../../domain/event.ts';
import { type Entry, foldEntry } from '../../domain/history.ts';
import type { Register } from '../../domain/register.ts';
import { plans as planRegister } from '../../domain/registers/index.ts';
import type { Target } from '../../domain/registers/plans.ts';
import { type Plan, planOn, type TargetFigure, targetFigure, targetFigures } from '../../domain/targets.ts';
import { allCells, type CellCount, changesBetween, countsInMemory } from '../../projections/counts.ts';
import { type Ask, type EntryFilter, type EntryRow, entriesBy } from '../../projections/lists.ts';
import type { FoldedEvent, Query } from '../../projections/projection.ts';
import { eventOf, lastOf, recordedAtOf, sizeAt, streamEvents, streamsOf } from '../../projections/trail.ts';
import type { LedgerPlace, StreamEvent } from '../store/event-store.ts';
import { recorded } from './fold.ts';
import type { ReadModel } from './read-model.ts';

/** A day and what was known of it: by the first `size` events, the last of them recorded at `knownAt`. */
export type View = { readonly on: Day; readonly knownAt: string | null; readonly size: number };

const changesAtOnce = 50_000;
/** The lasting answers are good for so many more events. */
const aLittle = 4_096;

/** Views whose figures are kept, days whose plans are, and entries at a revision. */
const viewsKept = 200;
const daysKept = 5_000;
const entriesKept = 1_000;

/** Questions that several audiences ask the read model. */
export type Questions = ReturnType<typeof questionsTo>;

export const questionsTo = (model: Pick<ReadModel, 'all' | 'get' | 'place' | 'version'>) => {
  const eventsOf = (register: string, key: string, size: number): readonly FoldedEvent[] =>
    model.all(streamEvents(streamOf(register, key), size)).map(recorded);

  const entryAt = (register: Register, key: string, size: number): Entry =>
    foldEntry(register, key, eventsOf(register.name, key, size));

  /** What was made of this read model, and is good until another one serves. */
  const hold = () => ({
    version: model.version(),
    counts: countsInMemory(),
    figures: remembering<readonly TargetFigure[]>(viewsKept),
    knownAt: remembering<string | null>(viewsKept),
    plansLast: remembering<number>(viewsKept),
    plans: remembering<readonly Plan[]>(daysKept),
    planEntries: remembering<readonly Entry[]>(viewsKept),
    entries: remembering<Entry>(entriesKept),
    lasting: remembering<unknown>(viewsKept),
  });
  let held = hold();
  const current = () => {
    if (held.version !== model.version()) held = hold();
    return held;
  };

  /** Every plan known by then, whatever the day; by the last event of theirs among the first `size`. */
  const plans = ({ on, size }: Pick<View, 'on' | 'size'>): readonly Plan[] => {
    const { plans, plansLast, planEntries } = current();
    const last = plansLast(String(size), () => model.get(lastOf(planRegister.name, size))?.last ?? -1);
    const entries = () =>
      model.all(streamsOf(planRegister.name, size)).map(({ key }) => entryAt(planRegister, key, size));
    return plans(`${on} ${last}`, () => planEntries(String(last), entries).flatMap((entry) => planOn(entry, on) ?? []));
  };

  /** What the counts of the first `size` events, or of more, are made of; read on from the file where that grew. */
  const countsTo = (size: number) => {
    const { counts } = current();
    while (counts.size() < size) {
      const to = Math.min(size, counts.size() + changesAtOnce);
      const changes = model.get(changesBetween(counts.size(), to));
      const cells = model.all(allCells).map((cell) => ({ ...cell, lingang: cell.lingang === 1 }));
      if (changes !== undefined) counts.add(changes, cells, to);
    }
    return counts;
  };

  const asking: Ask = <Row>(question: Query<Row>, lasting?: 'lasting') => {
    if (lasting === undefined) return model.get(question);
    const then = Math.floor(model.place().size / aLittle);
    return current().lasting(`${then} ${question.params} ${question.sql}`, () => model.get(question)) as
      | Row
      | undefined;
  };

  return {
    eventsOf,
    entryAt,
    /** The entry of a row of a list that was asked for by what was known at a size. */
    entryOf: (register: Register, { key, revision }: EntryRow, size: number): Entry =>
      current().entries(`${register.name} ${key} ${revision}`, () => entryAt(register, key, size)),
    plans,
    /** Every target of every plan, by what was known at a size. */
    figures: ({ on, size }: Pick<View, 'on' | 'size'>): readonly TargetFigure[] =>
      current().figures(`${on} ${size}`, () =>
        targetFigures(plans({ on, size }), on, (counted, day) => countsTo(size).countOn(counted, day, size)),
      ),
    /** One target of a plan. */
    figure: (plan: Plan, target: Target, { on, size }: Pick<View, 'on' | 'size'>): TargetFigure =>
      targetFigure(plan, target, on, (counted, day) => countsTo(size).countOn(counted, day, size)),
    count: (counted: Counted, on: Day, size: number): number => countsTo(size).countOn(counted, on, size),
    cells: (counted: Counted, on: Day, size: number): readonly CellCount[] => countsTo(size).cellsOn(counted, on, size),
    /** The count on each of some days. */
    counts: (counted: Counted, days: readonly Day[], size: number): readonly number[] =>
      countsTo(size).countsOn(counted, days, size),
    /** The events between two sizes that moved a count for a day, each with its change. */
    movers: (counted: Counted, on: Day, since: number, size: number) => countsTo(size).movers(counted, on, since, size),
    /** Where an event stands in the ledger, by the store or else by this node; undefined while neither knows. */
    placeOf: (event: StreamEvent): LedgerPlace | undefined => {
      const { entryNumber, recordedAt } = event;
      if (entryNumber !== undefined) return { entryNumber, recordedAt };
      const row = model.get(eventOf(event.stream, event.revision));
      return row && { entryNumber: row.entry_number, recordedAt: row.recorded_at };
    },
    entries: (filter: EntryFilter): readonly EntryRow[] => model.all(entriesBy(filter, asking)),
    /** How many events had been recorded by an instant. */
    sizeAt: (instant: string): number => model.get(sizeAt(instant))?.size ?? 0,
    view: (on: Day, size: number): View => ({
      on,
      knownAt: current().knownAt(String(size), () => model.get(recordedAtOf(size))?.recorded_at ?? null),
      size,
    }),
  };
};

/** Keeps what was made last of so many things, by their names. */
const remembering = <T>(most: number): ((name: string, make: () => T) => T) => {
  const known = new Map<string, T>();
  let last: { readonly name: string; readonly value: T } | undefined;
  return (name, make) => {
    if (last?.name === name) return last.value;
    const value = known.has(name) ? (known.get(name) as T) : make();
    last = { name, value };
    known.delete(name);
    known.set(name, value);
    const oldest = known.size > most ? known.keys().next().value : undefined;
    if (oldest !== undefined) known.delete(oldest);
    return value;
  };
};
