import type { Row, Rules } from './rules.ts';

/**
 * A counter as a stranger would write it, from docs/counting.md and docs/ledger.md alone: plain and slow. It imports
 * nothing of the product.
 */

type Value = null | boolean | number | string | readonly Value[] | { readonly [name: string]: Value };
type Fields = Readonly<Record<string, Value>>;
type Goal = { readonly min: number; readonly max?: number } | null;

/** A line of the feed, as far as counting needs it. */
export type Line = {
  readonly id: string;
  readonly type: string;
  readonly time: string;
  readonly entrynumber: number;
  readonly data: {
    readonly register: string;
    readonly key: string;
    readonly revision: number;
    readonly effectiveOn?: string;
    readonly data: Fields;
    readonly metadata: { readonly schema: number };
  };
};

type Fact = {
  readonly id: string;
  readonly place: number;
  readonly row: Row;
  readonly revision: number;
  on: string;
  data: Fields;
};
type Entry = { readonly register: string; readonly key: string; facts: Fact[] };
type State = { readonly on: string; readonly status: string; readonly fields: Fields };
type Target = {
  readonly id: string;
  readonly measure: string;
  readonly goal: Goal;
  readonly sector?: string;
  readonly district?: string;
};
type Plan = { readonly id: string; readonly from: string; readonly to: string; readonly targets: readonly Target[] };

export type Figure = {
  readonly id: string;
  readonly plan: string;
  readonly goal: Goal;
  readonly count: number;
  readonly countedOn: string;
  readonly expected: number | null;
  readonly pace: string | null;
  readonly projected: { readonly low: number; readonly high: number } | null;
  readonly keys: readonly string[];
};

const isMap = (value: Value | undefined): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** RFC 7396. */
const patched = (target: Value | undefined, patch: Value): Value => {
  if (!isMap(patch)) return patch;
  const result: Record<string, Value> = isMap(target) ? { ...target } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete result[name];
    else result[name] = patched(result[name], value);
  }
  return result;
};

/** The entries after the first lines, in the order of their first events. */
const entriesAfter = (rules: Rules, lines: readonly Line[], size: number): readonly Entry[] => {
  const entries = new Map<string, Entry>();
  for (const { id, type, data: body } of lines.slice(0, size)) {
    const { register, key, revision, effectiveOn, data, metadata } = body;
    const table = rules.registers[register];
    if (table === undefined) continue;
    const name = `${register}/${key.toLowerCase()}`;
    const entry = entries.get(name) ?? { register, key, facts: [] };
    entries.set(name, entry);
    if (metadata.schema > 1) continue;
    if (type === 'EventsAnnulled') {
      const ids = data.events as readonly string[];
      entry.facts = entry.facts.filter((fact) => !ids.includes(fact.id));
    } else if (type === 'EventCorrected') {
      const fact = entry.facts.find((each) => each.id === data.event);
      if (fact === undefined) continue;
      if (data.effectiveOn !== undefined) fact.on = data.effectiveOn as string;
      if (data.data !== undefined) fact.data = patched(fact.data, data.data) as Fields;
    } else {
      const place = table.findIndex((row) => row.type === type);
      const row = table[place];
      if (row !== undefined && effectiveOn !== undefined)
        entry.facts.push({ id, place, row, revision, on: effectiveOn, data });
    }
  }
  return [...entries.values()];
};

/** What an entry is after each of its facts, in the order of the history. */
const statesOf = ({ register, key, facts }: Entry): readonly State[] => {
  const ordered = [...facts].sort(
    (a, b) => (a.on === b.on ? 0 : a.on < b.on ? -1 : 1) || a.place - b.place || a.revision - b.revision,
  );
  let status = 'none';
  let fields: Fields = {};
  return ordered.map(({ on, row, data }) => {
    const to = row.moves[status] ?? (status === 'none' ? undefined : row.moves.any);
    const isOther = row.another === undefined || to !== 'same' || fields[row.another] !== data[row.another];
    if (to === undefined || !isOther) throw new Error(`${row.type} of ${register}/${key} does not fit on ${on}`);
    status = to === 'same' ? status : to;
    fields = row.type === 'TargetRevised' ? revised(fields, data) : withFields(fields, data);
    return { on, status, fields };
  });
};

const withFields = (fields: Fields, data: Fields): Fields =>
  Object.fromEntries(Object.entries({ ...fields, ...data }).filter(([, value]) => value !== null));

const revised = (fields: Fields, { target, goal = null }: Fields): Fields => ({
  ...fields,
  targets: (fields.targets as readonly Fields[]).map((each) => (each.id === target ? { ...each, goal } : each)),
});

const countsToward = (rules: Rules, entry: Entry, { status, fields }: State, target: Target): boolean => {
  const measure = rules.measures.find(({ id }) => id === target.measure);
  if (measure === undefined || !target.measure.startsWith(`${entry.register}.`)) return false;
  const { field } = measure;
  return (
    measure.statuses.includes(status) &&
    (field === undefined || (fields[field.name] === field.value) !== field.isNot) &&
    (target.sector === undefined || target.sector === fields.sector) &&
    (target.district === undefined || target.district === fields.district)
  );
};

/** Counts for one size; every day may then be asked about. */
export const counterAt = (rules: Rules, lines: readonly Line[], size: number) => {
  const entries = entriesAfter(rules, lines, size).map((entry) => ({ entry, states: statesOf(entry) }));

  const keysOn = (target: Target, on: string): readonly string[] =>
    entries
      .filter(({ entry, states }) => {
        const state = states.findLast((each) => each.on <= on);
        return state !== undefined && countsToward(rules, entry, state, target);
      })
      .map(({ entry }) => entry.key)
      .sort((a, b) => (a < b ? -1 : 1));

  const plansOn = (on: string): readonly Plan[] =>
    entries.flatMap(({ entry: { register, key }, states }) => {
      const [first] = states;
      if (register !== 'plans' || first === undefined) return [];
      const { fields } = states.findLast((each) => each.on <= on) ?? first;
      return [{ id: key, ...(fields as Omit<Plan, 'id'>) }];
    });

  const figureOf = (plan: Plan, target: Target, on: string): Figure => {
    const countedOn = on < plan.to ? on : plan.to;
    const keys = keysOn(target, countedOn);
    const expected = expectedOn(target.goal, plan, countedOn);
    return {
      id: target.id,
      plan: plan.id,
      goal: target.goal,
      count: keys.length,
      countedOn,
      expected,
      pace: paceOf(target.goal, keys.length, expected, on > plan.to),
      projected: projectedOn(keys.length, keysOn(target, dayBefore(plan.from)).length, plan, countedOn),
      keys,
    };
  };

  return {
    figures: (on: string): readonly Figure[] =>
      plansOn(on).flatMap((plan) => plan.targets.map((target) => figureOf(plan, target, on))),
    /** The figure that is meant by a target's id alone. */
    figure: (id: string, on: string): Figure | undefined => {
      const having = plansOn(on).filter(({ targets }) => targets.some((target) => target.id === id));
      const plan = meant(having, on);
      const target = plan?.targets.find((each) => each.id === id);
      return plan && target && figureOf(plan, target, on);
    },
  };
};

const meant = (plans: readonly Plan[], on: string): Plan | undefined => {
  const latest = (some: readonly Plan[], by: 'from' | 'to') =>
    some.reduce<Plan | undefined>((a, b) => (a === undefined || b[by] > a[by] ? b : a), undefined);
  return (
    latest(
      plans.filter(({ from, to }) => from <= on && on <= to),
      'from',
    ) ??
    latest(
      plans.filter(({ to }) => to < on),
      'to',
    ) ??
    latest(plans, 'to')
  );
};

const msPerDay = 86_400_000;
const daysFrom = (from: string, to: string): number => (Date.parse(to) - Date.parse(from)) / msPerDay;
const dayBefore = (day: string): string => new Date(Date.parse(day) - msPerDay).toISOString().slice(0, 10);

const expectedOn = (goal: Goal, { from, to }: Plan, on: string): number | null => {
  if (goal === null) return null;
  const length = daysFrom(from, to);
  const x = length === 0 ? goal.min : (goal.min * Math.min(length, Math.max(0, daysFrom(from, on)))) / length;
  return Math.floor(100 * x + 0.5) / 100;
};

const paceOf = (goal: Goal, count: number, expected: number | null, hasEnded: boolean): string | null => {
  if (goal === null || expected === null) return null;
  if (count >= goal.min) return 'reached';
  if (hasEnded) return 'missed';
  const slack = Math.max(expected / 10, 0.5);
  if (count > expected + slack) return 'ahead';
  if (count < expected - slack) return 'behind';
  return 'on-track';
};

const projectedOn = (count: number, before: number, { from, to }: Plan, on: string): Figure['projected'] => {
  const [t, r] = [daysFrom(from, on), daysFrom(on, to)];
  if (r <= 0) return { low: count, high: count };
  if (t < 1) return null;
  const n = Math.max(0, count - before) + 0.5;
  const p = t / (t + r);
  return { low: count + quantile(n, p, 0.1), high: count + quantile(n, p, 0.9) };
};

const quantile = (n: number, p: number, q: number): number => {
  const m = (n * (1 - p)) / p;
  if (m > 50_000) {
    const z = q < 0.5 ? -1.2815515655 : 1.2815515655;
    return Math.round(m + Math.sqrt(m / p) * (z + (((z * z - 1) / 6) * (2 - p)) / Math.sqrt(n * (1 - p))));
  }
  let term = n * Math.log(p);
  let sum = Math.exp(term);
  let k = 0;
  for (; sum < q; k++) {
    term += Math.log((n + k) / (k + 1)) + Math.log(1 - p);
    sum += Math.exp(term);
  }
  return k;
};
