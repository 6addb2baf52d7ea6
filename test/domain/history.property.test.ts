import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addDays, type Day } from '../../domain/calendar.ts';
import { type Cell, changeBetween, contribution, type Delta } from '../../domain/contribution.ts';
import { type Action, annulled, corrected, type Known, knownAt, nothingOf, stateAt, when } from './given.ts';
import { contributes, type Data, type Row, verdict } from './naive-model.ts';
import { type Table, tables } from './tables.ts';
import { enterprise, factory, platform, supplier } from './vocabulary.ts';

const firstDay = '2020-02-27';
/** A few days, so that facts often share one; no fact falls on the first or the last. */
const days: readonly Day[] = Array.from({ length: 8 }, (_, index) => addDays(firstDay, index));
const day = fc.constantFrom(...days.slice(1, -1));
const pick = fc.nat(40);

/** A few values of each field that matters, so that values often repeat. */
const values: Readonly<Record<string, fc.Arbitrary<string | number | boolean>>> = {
  name: fc.constantFrom('甲', '乙'),
  operator: fc.constantFrom('丙', '丁'),
  sector: fc.constantFrom('automobiles', 'biomedicine'),
  district: fc.constantFrom('pudong', 'pudong', 'minhang'),
  lingang: fc.boolean(),
  aboveDesignatedSize: fc.boolean(),
  grade: fc.constantFrom('demonstration', 'benchmark'),
  tier: fc.constantFrom('1bn', '10bn'),
  revenueCny: fc.constant(1_000_000_000),
  level: fc.constantFrom('national', 'municipal'),
  maturityLevel: fc.constantFrom(1, 5),
  project: fc.constant('数字化车间'),
  outcome: fc.constant('upgraded'),
  panel: fc.constant('专家组'),
  reason: fc.constant('核查'),
};

type Attempt =
  | { readonly is: 'fact'; readonly command: string; readonly on: Day; readonly data: Data }
  | { readonly is: 'correction'; readonly pick: number; readonly on?: Day; readonly data?: Data }
  | { readonly is: 'annulment'; readonly picks: readonly number[] };

const dataOf = (required: readonly string[], optional: readonly string[], nulls: readonly string[] = []) =>
  fc.record(
    Object.fromEntries(
      [...required, ...optional].flatMap((name) => {
        const value = values[name];
        if (value === undefined) return [];
        return [[name, nulls.includes(name) ? fc.oneof({ weight: 3, arbitrary: value }, fc.constant(null)) : value]];
      }),
    ),
    { requiredKeys: [...required] },
  );

/** Attempts at every command of a register, most of them well formed. */
const attempts = (table: Table): fc.Arbitrary<readonly Attempt[]> => {
  const { required, optional } = table.descriptive;
  const every = [...required, ...optional].filter((name) => name in values);
  const own = Object.values(table.commands).flatMap((row) => row.required);
  const facts = Object.entries(table.commands).map(([command, row]) => {
    const bare = dataOf(command === table.first ? [...required, ...row.required] : row.required, []);
    const described = dataOf([...required, ...row.required], optional);
    const partly = dataOf(row.required, every);
    const data = row.leads.none ? fc.oneof(bare, described, partly) : fc.oneof({ weight: 9, arbitrary: bare }, partly);
    return fc.record({ is: fc.constant('fact' as const), command: fc.constant(command), on: day, data });
  });
  const amendment = fc.record({
    is: fc.constant('fact' as const),
    command: fc.constant('amend'),
    on: day,
    data: dataOf([], every, [...optional, 'name']),
  });
  const patch = fc
    .constantFrom(...every, ...own)
    .chain((name) => fc.oneof({ weight: 9, arbitrary: dataOf([name], []) }, fc.constant({ [name]: null })));
  const correction: fc.Arbitrary<Attempt> = fc.oneof(
    fc.record({ is: fc.constant('correction' as const), pick, on: day }),
    fc.record({ is: fc.constant('correction' as const), pick, data: patch }),
    fc.record({ is: fc.constant('correction' as const), pick, on: day, data: patch }),
  );
  const annulment = fc.record({
    is: fc.constant('annulment' as const),
    picks: fc.uniqueArray(pick, { minLength: 1, maxLength: 3 }),
  });
  const attempt: fc.Arbitrary<Attempt> = fc.oneof(
    ...facts.map((arbitrary) => ({ weight: 4, arbitrary })),
    { weight: 5, arbitrary: amendment },
    { weight: 8, arbitrary: correction },
    { weight: 2, arbitrary: annulment },
  );
  return fc.array(attempt, { minLength: 10, maxLength: 40, size: 'max' });
};

/** The attempt as a row of the model; picks are among the rows so far and one that does not exist. */
const rowOf = (attempt: Attempt, size: number): Row => {
  if (attempt.is === 'fact') return attempt;
  const at = (pick: number) => pick % size;
  if (attempt.is === 'annulment') return { is: 'annulment', of: [...new Set(attempt.picks.map(at))] };
  const { pick, ...rest } = attempt;
  return { ...rest, of: at(pick) };
};

const actionOf = (row: Row): Action => {
  switch (row.is) {
    case 'fact':
      return { name: row.command, body: () => ({ effectiveOn: row.on, ...row.data }) };
    case 'correction':
      return corrected(row.of, { ...(row.on ? { effectiveOn: row.on } : {}), ...(row.data ? { data: row.data } : {}) });
    case 'annulment':
      return annulled(...row.of);
  }
};

type Step = {
  readonly row: Row;
  readonly before: Known;
  readonly rows: readonly Row[];
  readonly result: ReturnType<typeof when>;
};

/** Makes the attempts in turn and keeps those that are accepted and pass `kept`. */
const goThrough = (
  start: Known,
  startRows: readonly Row[],
  script: readonly Attempt[],
  kept: (result: Step['result']) => boolean = () => true,
) => {
  const steps: Step[] = [];
  let known = start;
  let rows = startRows;
  for (const attempt of script) {
    if (attempt.is !== 'fact' && rows.length === 0) continue;
    const row = rowOf(attempt, rows.length);
    const result = when(known, actionOf(row));
    steps.push({ row, before: known, rows, result });
    if ('rejection' in result || !kept(result)) continue;
    known = result;
    rows = [...rows, row];
  }
  return { steps, known, rows };
};

const verdictOf = ({ result, before }: Step): string => {
  if (!('rejection' in result)) return 'accepted';
  const { rejection } = result;
  if (rejection.code !== 'breaks-history') return rejection.code;
  return `breaks-history at ${before.events.findIndex(({ id }) => id === rejection.breaks.event)}`;
};

const cellText = ({ measure, sector, district, lingang }: Cell) => `${measure} ${sector} ${district} ${lingang}`;

const cellsOn = (known: Known, on: Day, size: number): readonly string[] =>
  contribution(known.register, stateAt(known, on, size))
    .map(cellText)
    .sort();

/** The difference that a change makes on a day, by cell, without the cells that stay the same. */
const moved = (change: readonly Delta[], on: Day): ReadonlyMap<string, number> => {
  const sums = new Map<string, number>();
  for (const { day: from, cell, by } of change)
    if (from <= on) sums.set(cellText(cell), (sums.get(cellText(cell)) ?? 0) + by);
  return new Map([...sums].filter(([, by]) => by !== 0));
};

const countedApart = (before: readonly string[], after: readonly string[]): ReadonlyMap<string, number> =>
  new Map([
    ...after.filter((cell) => !before.includes(cell)).map((cell) => [cell, 1] as const),
    ...before.filter((cell) => !after.includes(cell)).map((cell) => [cell, -1] as const),
  ]);

const entries = [enterprise, factory, supplier, platform].map((words) => [words.register.name, words] as const);

describe.each(entries)('%s, with facts that are recorded late, corrected and annulled', (name, { register, key }) => {
  const table = tables[name];
  if (table === undefined) throw new Error(`No table for ${name}`);
  const nothing = nothingOf(register, key);
  const script = attempts(table);
  const modelOn = (rows: readonly Row[], on: Day) => contributes(name, table, rows, on);
  const settings = { seed: 20_190_624, numRuns: 60 };

  test('every command is accepted or refused as the naive model says, and every count on every day as known at every size is the same', () => {
    fc.assert(
      fc.property(script, (attempted) => {
        const { steps, known, rows } = goThrough(nothing, [], attempted);
        for (const step of steps) expect(verdictOf(step)).toBe(verdict(table, step.rows, step.row));
        for (let size = 0; size <= rows.length; size++)
          for (const on of days) expect(cellsOn(known, on, size)).toEqual(modelOn(rows.slice(0, size), on));
      }),
      settings,
    );
  });

  test('the change that a command reports is what changes day by day, and the command is submitted if and only if anything does', () => {
    fc.assert(
      fc.property(script, (attempted) => {
        for (const { rows, row, result } of goThrough(nothing, [], attempted).steps) {
          if ('rejection' in result) continue;
          const apart = days.map((on) => countedApart(modelOn(rows, on), modelOn([...rows, row], on)));
          expect(days.map((on) => moved(result.change, on))).toEqual(apart);
          expect(result.outcome).toBe(apart.some(({ size }) => size > 0) ? 'submit' : 'record');
        }
      }),
      settings,
    );
  });

  test('two histories differ if and only if they count differently on some day', () => {
    fc.assert(
      fc.property(script, script, (one, other) => {
        const [a, b] = [goThrough(nothing, [], one), goThrough(nothing, [], other)];
        const change = changeBetween(a.known.entry, b.known.entry);
        const apart = days.map((on) => countedApart(modelOn(a.rows, on), modelOn(b.rows, on)));
        expect(days.map((on) => moved(change, on))).toEqual(apart);
        expect(change.length === 0).toBe(apart.every(({ size }) => size === 0));
        expect(changeBetween(b.known.entry, a.known.entry)).toEqual(
          change.map((delta) => ({ ...delta, by: -delta.by })),
        );
      }),
      settings,
    );
  });

  test('nothing that one person records alone moves any count on any day', () => {
    fc.assert(
      fc.property(script, script, (byTwo, byOne) => {
        const start = goThrough(nothing, [], byTwo);
        const recordedAlone = (result: Step['result']) => !('rejection' in result) && result.outcome === 'record';
        const { known } = goThrough(start.known, start.rows, byOne, recordedAlone);
        for (let size = start.known.size; size <= known.size; size++)
          for (const on of days) expect(cellsOn(known, on, size)).toEqual(cellsOn(start.known, on, start.known.size));
      }),
      settings,
    );
  });

  test('what was known at a size never changes', () => {
    fc.assert(
      fc.property(script, (attempted) => {
        const { steps, known } = goThrough(nothing, [], attempted);
        for (const { before } of steps) expect(knownAt(known, before.size).entry).toEqual(before.entry);
      }),
      { ...settings, numRuns: 30 },
    );
  });
});
