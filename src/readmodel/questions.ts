import { addDays, type Day, shanghaiDay, startOfDay } from '../../domain/calendar.ts';
import type { Counted } from '../../domain/contribution.ts';
import { streamOf } from '../../domain/event.ts';
import { type Entry, foldEntry } from '../../domain/history.ts';
import type { Register } from '../../domain/register.ts';
import { plans as planRegister } from '../../domain/registers/index.ts';
import type { Target } from '../../domain/registers/plans.ts';
import { type Plan, planOn, type TargetFigure, targetFigure, targetFigures } from '../../domain/targets.ts';
import { allCells, changesBetween } from '../../projections/counts.ts';
import {
  type Ask,
  type EntryCount,
  type EntryFilter,
  type EntryPage,
  type EntryRow,
  entriesBy,
  entriesCalled,
  entryCounts,
  type Facet,
  type Found,
} from '../../projections/lists.ts';
import type { FoldedEvent, Query } from '../../projections/projection.ts';
import {
  type SubmissionFilter,
  type SubmissionPage,
  type SubmissionRow,
  submissionCount,
  submissionsBy,
} from '../../projections/submissions.ts';
import {
  eventAtRevision,
  eventFromRow,
  lastOf,
  recordedAtOf,
  sizeAt,
  streamEvents,
  streamsOf,
  type TrailFilter,
  type TrailOrder,
  trailCount,
  trailEvents,
} from '../../projections/trail.ts';
import type { LedgerPlace, StreamEvent } from '../store/event-store.ts';
import {
  addChanges,
  type CellCount,
  type CountsInMemory,
  cellsOn,
  countOn,
  countsOn,
  emptyCounts,
  type Mover,
  moversOn,
} from './counts-in-memory.ts';
import { lru } from './lru.ts';
import type { ReadModel } from './read-model.ts';

/** A day and what was known of it: by the first `size` events, the last of them recorded at `knownAt`. */
export type View = { readonly on: Day; readonly knownAt: string | null; readonly size: number };

/** A day in Shanghai on which something was recorded, and the ledger's size at its end. */
export type RecordingDay = { readonly on: Day; readonly size: number };

type Asked = Pick<ReadModel, 'all' | 'get' | 'place' | 'version'>;

/** Changes of the counts are read for this many events at a time. */
const changesAtOnce = 50_000;
/** A cached answer of a list is used until this many more events are folded. */
const staleAfterEvents = 4_096;

/** How many views keep their figures, days their plans, and revisions their entries. */
const viewsKept = 200;
const daysKept = 5_000;
const entriesKept = 1_000;

/** Questions that several audiences ask the read model. */
export type Questions = ReturnType<typeof questionsTo>;

export const questionsTo = (model: Asked) => {
  let cache = emptyCache(model.version());
  const cached = (): Cache => {
    if (cache.version !== model.version()) cache = emptyCache(model.version());
    return cache;
  };

  const eventsOf = (register: string, key: string, size: number): readonly FoldedEvent[] =>
    model.all(streamEvents(streamOf(register, key), size)).map(eventFromRow);
  const entryAt = (register: Register, key: string, size: number): Entry =>
    foldEntry(register, key, eventsOf(register.name, key, size));

  /** Every plan known at a size, whatever the day; kept by the last event of theirs, since plans change rarely. */
  const plans = ({ on, size }: Pick<View, 'on' | 'size'>): readonly Plan[] => {
    const { plans: plansOn, plansLast, planEntries } = cached();
    const last = plansLast(String(size), () => model.get(lastOf(planRegister.name, size))?.last ?? -1);
    const entries = () =>
      model.all(streamsOf(planRegister.name, size)).map(({ key }) => entryAt(planRegister, key, size));
    return plansOn(`${on} ${last}`, () =>
      planEntries(String(last), entries).flatMap((entry) => planOn(entry, on) ?? []),
    );
  };

  const countsTo = (size: number): CountsInMemory => readOnTo(size, cached().counts, model);
  const count = (counted: Counted, on: Day, size: number): number => countOn(countsTo(size), counted, on, size);

  return {
    eventsOf,
    entryAt,
    /** The entry of a row of a list that was asked for as known at a size. */
    entryOf: (register: Register, { key, revision }: EntryRow, size: number): Entry =>
      cached().entries(`${register.name} ${key} ${revision}`, () => entryAt(register, key, size)),
    plans,
    /** Every target of every plan, as known at a size. */
    figures: ({ on, size }: Pick<View, 'on' | 'size'>): readonly TargetFigure[] =>
      cached().figures(`${on} ${size}`, () =>
        targetFigures(plans({ on, size }), on, (counted, day) => count(counted, day, size)),
      ),
    /** One target of a plan. */
    figure: (plan: Plan, target: Target, { on, size }: Pick<View, 'on' | 'size'>): TargetFigure =>
      targetFigure(plan, target, on, (counted, day) => count(counted, day, size)),
    count,
    cells: (counted: Counted, on: Day, size: number): readonly CellCount[] =>
      cellsOn(countsTo(size), counted, on, size),
    /** The count on each of some days. */
    counts: (counted: Counted, days: readonly Day[], size: number): readonly number[] =>
      countsOn(countsTo(size), counted, days, size),
    /** The events between two sizes that moved a count for a day, each with its change. */
    movers: (counted: Counted, on: Day, since: number, size: number): readonly Mover[] =>
      moversOn(countsTo(size), counted, on, since, size),
    ...listQuestions(model, cached),
    /** Each day on which something was recorded, with the ledger's size at its end, by the first `size` events. */
    recordingDays: (size: number): readonly RecordingDay[] => recordingDaysTo(size, cached().recordingDays, model),
    ...trailQuestionsTo(model),
    view: (on: Day, size: number): View => ({
      on,
      knownAt: cached().knownAt(String(size), () => model.get(recordedAtOf(size))?.recorded_at ?? null),
      size,
    }),
  };
};

/** Questions about the entries of a register, several at once. */
const listQuestions = (model: Asked, cached: () => Cache) => ({
  entries: (filter: EntryFilter & EntryPage): readonly EntryRow[] => model.all(entriesBy(filter, askOf(model, cached))),
  /** Submissions as they stand now. */
  submissions: (filter: SubmissionFilter, page: SubmissionPage): readonly SubmissionRow[] =>
    model.all(submissionsBy(filter, page)),
  /** How many submissions match. */
  submissionCount: (filter: SubmissionFilter): number => model.get(submissionCount(filter))?.count ?? 0,
  /** How many events are folded by now. */
  size: (): number => model.place().size,
  /** How many submissions of an entry wait now. */
  pendingCount: (register: string, key: string): number =>
    model.get(submissionCount({ status: 'pending', register, key }))?.count ?? 0,
  /** How many of the entries that match have each combination of some values, or none. */
  entryCounts: (filter: EntryFilter, by: readonly Facet[]) => {
    const question = entryCounts(filter, by, askOf(model, cached));
    return cached().entryCounts(nameOf(question), () => model.all(question));
  },
  /** The entries of a register that are called so now, or have this key. */
  entriesCalled: (register: string, name: string): readonly Found[] => model.all(entriesCalled(register, name)),
});

const trailQuestionsTo = (model: Asked) => ({
  /** Events of the trail, in the order of the ledger or the newest first. */
  events: (filter: TrailFilter, order: TrailOrder, limit: number): readonly FoldedEvent[] =>
    model.all(trailEvents(filter, order, limit)).map(eventFromRow),
  /** How many events of the trail there are, up to a limit. */
  eventCount: (filter: TrailFilter, limit: number): number => model.get(trailCount(filter, limit))?.count ?? 0,
  /** An event's place in the ledger, as the store gives it or else as this node knows it; undefined if neither does. */
  placeOf: (event: StreamEvent): LedgerPlace | undefined => {
    const { entryNumber, recordedAt } = event;
    if (entryNumber !== undefined) return { entryNumber, recordedAt };
    const row = model.get(eventAtRevision(event.stream, event.revision));
    return row && { entryNumber: row.entry_number, recordedAt: row.recorded_at };
  },
  /** How many events had been recorded by an instant. */
  sizeAt: (instant: string): number => model.get(sizeAt(instant))?.size ?? 0,
});

type Cache = ReturnType<typeof emptyCache>;

/** What was read from a read model of one version; it holds as long as that version serves. */
const emptyCache = (version: string) => ({
  version,
  counts: emptyCounts(),
  figures: lru<readonly TargetFigure[]>(viewsKept),
  knownAt: lru<string | null>(viewsKept),
  plansLast: lru<number>(viewsKept),
  plans: lru<readonly Plan[]>(daysKept),
  planEntries: lru<readonly Entry[]>(viewsKept),
  entries: lru<Entry>(entriesKept),
  answers: lru<unknown>(viewsKept),
  entryCounts: lru<readonly EntryCount[]>(viewsKept),
  recordingDays: [] as RecordingDay[],
});

/** Adds the days that have ended to those kept, and gives them with the last one: one question of the file a day. */
const recordingDaysTo = (size: number, ended: RecordingDay[], model: Asked): readonly RecordingDay[] => {
  const dayOf = (entryNumber: number): Day =>
    shanghaiDay(Date.parse(model.get(recordedAtOf(entryNumber + 1))?.recorded_at ?? ''));
  const days = ended.filter((day) => day.size <= size);
  while ((days.at(-1)?.size ?? 0) < size) {
    const on = dayOf(days.at(-1)?.size ?? 0);
    const lastMoment = new Date(startOfDay(addDays(on, 1)) - 1).toISOString();
    const end = model.get(sizeAt(lastMoment))?.size ?? 0;
    days.push({ on, size: Math.min(end, size) });
    if (end < model.place().size && days.length > ended.length) ended.push({ on, size: end });
  }
  return days;
};

/** Reads the counts on from the file until they hold the changes of the first `size` events. */
const readOnTo = (size: number, counts: CountsInMemory, model: Asked): CountsInMemory => {
  while (counts.size < size) {
    const to = Math.min(size, counts.size + changesAtOnce);
    const changes = model.get(changesBetween(counts.size, to));
    const cells = model.all(allCells).map((cell) => ({ ...cell, lingang: cell.lingang === 1 }));
    if (changes !== undefined) addChanges(counts, changes, cells, to);
  }
  return counts;
};

const nameOf = ({ sql, params }: Query<unknown>): string => JSON.stringify([params, sql]);

const askOf =
  (model: Asked, cache: () => Cache): Ask =>
  <Row>(question: Query<Row>, how?: 'cached') => {
    if (how === undefined) return model.get(question);
    const period = Math.floor(model.place().size / staleAfterEvents);
    const name = `${period} ${nameOf(question)}`;
    return cache().answers(name, () => model.get(question)) as Row | undefined;
  };
