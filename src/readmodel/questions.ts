import type { Day } from '../../domain/calendar.ts';
import type { Counted } from '../../domain/contribution.ts';
import { streamOf } from '../../domain/event.ts';
import { type Entry, foldEntry } from '../../domain/history.ts';
import type { Register } from '../../domain/register.ts';
import { plans as planRegister } from '../../domain/registers/index.ts';
import { type Plan, planOn, type TargetFigure, targetFigures } from '../../domain/targets.ts';
import { allCells, type CellCount, changesBetween, countsInMemory } from '../../projections/counts.ts';
import { type EntryFilter, type EntryRow, entriesBy } from '../../projections/lists.ts';
import type { FoldedEvent } from '../../projections/projection.ts';
import { eventOf, lastOf, recordedAtOf, sizeAt, streamEvents, streamsOf } from '../../projections/trail.ts';
import type { LedgerPlace, StreamEvent } from '../store/event-store.ts';
import { recorded } from './fold.ts';
import type { ReadModel } from './read-model.ts';

/** A day and what was known of it: by the first `size` events, the last of them recorded at `knownAt`. */
export type View = { readonly on: Day; readonly knownAt: string | null; readonly size: number };

const changesAtOnce = 50_000;

/** Views whose figures are kept, and days whose plans are. */
const viewsKept = 200;
const daysKept = 5_000;

/** Questions that several audiences ask the read model. */
export type Questions = ReturnType<typeof questionsTo>;

export const questionsTo = (model: Pick<ReadModel, 'all' | 'get' | 'place' | 'version'>) => {
  const eventsOf = (register: string, key: string, size: number): readonly FoldedEvent[] =>
    model.all(streamEvents(streamOf(register, key), size)).map(recorded);

  const entryAt = (register: Register, key: string, size: number): Entry =>
    foldEntry(register, key, eventsOf(register.name, key, size));

  /** The plans' entries by the last event of theirs among the first `size`. */
  let kept: { readonly last: number; readonly plansOn: (on: Day) => readonly Plan[] } | undefined;
  /** Every plan known by then, whatever the day. */
  const plans = ({ on, size }: Pick<View, 'on' | 'size'>): readonly Plan[] => {
    const last = model.get(lastOf(planRegister.name, size))?.last ?? -1;
    if (kept?.last !== last) {
      const keys = model.all(streamsOf(planRegister.name, size)).map(({ key }) => key);
      const entries = keys.map((key) => entryAt(planRegister, key, size));
      kept = { last, plansOn: lastAsked(daysKept, (day) => entries.flatMap((entry) => planOn(entry, day) ?? [])) };
    }
    return kept.plansOn(on);
  };

  const hold = () => {
    const counts = countsInMemory();
    const figures = lastAsked(viewsKept, (view) => {
      const [on = '', size] = view.split(' ');
      const known = { on, size: Number(size) };
      return targetFigures(plans(known), on, (counted, day) => counts.countOn(counted, day, known.size));
    });
    const knownAt = lastAsked(viewsKept, (size) => model.get(recordedAtOf(Number(size)))?.recorded_at ?? null);
    return { version: model.version(), counts: { ...counts, figures }, knownAt };
  };
  let held = hold();
  const current = () => {
    if (held.version !== model.version()) held = hold();
    return held;
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

  return {
    eventsOf,
    entryAt,
    plans,
    /** Every target of every plan, by what was known at a size. */
    figures: ({ on, size }: Pick<View, 'on' | 'size'>): readonly TargetFigure[] =>
      countsTo(size).figures(`${on} ${size}`),
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
    entries: (filter: EntryFilter): readonly EntryRow[] =>
      model.all(entriesBy(filter, (question) => model.get(question)?.more === 1)),
    /** How many events had been recorded by an instant. */
    sizeAt: (instant: string): number => model.get(sizeAt(instant))?.size ?? 0,
    view: (on: Day, size: number): View => ({
      on,
      knownAt: current().knownAt(String(size)),
      size,
    }),
  };
};

/** Answers from memory what was asked among the last so many things, by their names. */
const lastAsked = <T>(most: number, answer: (name: string) => T): ((name: string) => T) => {
  const known = new Map<string, { readonly value: T }>();
  return (name) => {
    const found = known.get(name) ?? { value: answer(name) };
    known.delete(name);
    known.set(name, found);
    const oldest = known.size > most ? known.keys().next().value : undefined;
    if (oldest !== undefined) known.delete(oldest);
    return found.value;
  };
};
