import { counting, type Table } from './tables.ts';

/**
 * The rule of histories again, as plain and slow as possible: a list of rows, read from the first for every question. It
 * uses the contract's tables and nothing of domain/.
 */
export type Row =
  | { readonly is: 'fact'; readonly command: string; readonly on: string; readonly data: Data }
  | { readonly is: 'correction'; readonly of: number; readonly on?: string; readonly data?: Data }
  | { readonly is: 'annulment'; readonly of: readonly number[] };

type Value = string | number | boolean | null;
export type Data = Readonly<Record<string, Value>>;
type Fact = { readonly n: number; readonly command: string; readonly on: string; readonly data: Data };
type Standing = { readonly on: string; readonly status: string; readonly fields: Data };
type Walked = { readonly days: readonly Standing[]; readonly bad?: { readonly n: number; readonly why: string } };

/** The verdict on one more row: `accepted`, or the refusal's code with the row that it names. */
export const verdict = (table: Table, rows: readonly Row[], row: Row): string => {
  const holding = facts(table, rows);
  const at = (n: number) => holding.find((fact) => fact.n === n);
  if (row.is === 'fact' && !fits(table, row.command, row.data)) return 'invalid-request';
  if (row.is === 'annulment' && !rows.some(({ is }) => is === 'fact')) return 'transition-not-allowed';
  if (row.is === 'annulment' && !row.of.every(at)) return 'not-correctable';
  if (row.is === 'correction') {
    const fact = at(row.of);
    if (fact === undefined) return 'not-correctable';
    const names = Object.keys(row.data ?? {});
    if (!names.every((name) => taken(table, fact.command).includes(name))) return 'invalid-request';
    if (!fits(table, fact.command, patched(fact.data, row.data ?? {}))) return 'invalid-request';
  }
  const { bad } = walked(table, [...rows, row]);
  if (bad === undefined) return 'accepted';
  if (bad.n === rows.length) return bad.why === 'transition' ? 'transition-not-allowed' : 'invalid-request';
  if (row.is === 'correction' && bad.n === row.of && bad.why === 'lingang') return 'invalid-request';
  return `breaks-history at ${bad.n}`;
};

/** The entry's status and all that its facts said, on a day; undefined before its first fact. */
export const standingOn = (table: Table, rows: readonly Row[], on: string): Standing | undefined =>
  walked(table, rows).days.findLast((day) => day.on <= on);

/** The counts of the entry on a day, by all rows: each measure with sector, district and core. */
export const contributes = (register: string, table: Table, rows: readonly Row[], on: string): readonly string[] => {
  const standing = standingOn(table, rows, on);
  if (standing === undefined) return [];
  const { status, fields } = standing;
  const further: Readonly<Record<string, boolean>> = {
    'enterprises.upgraded': status === 'upgraded' && fields.aboveDesignatedSize !== false,
    'factories.benchmark': status === 'certified' && fields.grade === 'benchmark',
    'suppliers.designated-10bn': status === 'designated' && fields.tier === '10bn',
    'platforms.national': status === 'designated' && fields.level === 'national',
  };
  return Object.entries(counting)
    .filter(
      ([measure, statuses]) => measure.startsWith(`${register}.`) && (further[measure] ?? statuses.includes(status)),
    )
    .map(([measure]) => `${measure} ${fields.sector ?? null} ${fields.district ?? null} ${fields.lingang === true}`)
    .sort();
};

/** The facts that hold, as corrected, in the order of the history. */
const facts = (table: Table, rows: readonly Row[]): readonly Fact[] => {
  let all: Fact[] = [];
  rows.forEach((row, n) => {
    if (row.is === 'fact') all.push({ n, ...row });
    if (row.is === 'annulment') all = all.filter((fact) => !row.of.includes(fact.n));
    if (row.is === 'correction')
      all = all.map((fact) =>
        fact.n === row.of ? { ...fact, on: row.on ?? fact.on, data: patched(fact.data, row.data ?? {}) } : fact,
      );
  });
  const place = ({ command }: Fact) => (command === 'amend' ? 99 : Object.keys(table.commands).indexOf(command));
  return all.sort((a, b) => a.on.localeCompare(b.on) || place(a) - place(b) || a.n - b.n);
};

const walked = (table: Table, rows: readonly Row[]): Walked => {
  const days: Standing[] = [];
  let status = 'none';
  let fields: Data = {};
  for (const { n, command, on, data } of facts(table, rows)) {
    const row = table.commands[command];
    const to = row === undefined ? (status === 'none' ? undefined : status) : row.leads[status];
    if (to === undefined) return { days, bad: { n, why: 'transition' } };
    if (row?.another && to === status && fields[row.another] === data[row.another])
      return { days, bad: { n, why: 'transition' } };
    if (status === 'none' && table.descriptive.required.some((name) => !(name in data)))
      return { days, bad: { n, why: 'missing' } };
    status = to;
    fields = merged(fields, data);
    if (fields.lingang === true && fields.district !== 'pudong') return { days, bad: { n, why: 'lingang' } };
    days.push({ on, status, fields });
  }
  return { days };
};

/** The fields that a command takes; an amendment takes the descriptive ones. */
const taken = ({ commands, descriptive: { required, optional } }: Table, command: string): readonly string[] => {
  const own = commands[command];
  if (own === undefined) return [...required, ...optional];
  return [...(own.leads.none ? [...required, ...optional] : []), ...own.required, ...own.optional];
};

/** Whether a command takes these fields and has those that it always requires. */
const fits = (table: Table, command: string, data: Data): boolean => {
  const own = table.commands[command];
  const { required, optional } = table.descriptive;
  if (own === undefined) {
    const clearable = Object.keys(data).every((name) => data[name] !== null || optional.includes(name));
    const known = Object.keys(data).every((name) => taken(table, command).includes(name));
    return known && clearable && Object.keys(data).length > 0;
  }
  const takes = taken(table, command);
  const needs = [...(command === table.first ? required : []), ...own.required];
  return (
    needs.every((name) => name in data) &&
    Object.keys(data).every((name) => takes.includes(name) && data[name] !== null)
  );
};

/** The fields after a fact: null clears. */
const merged = (fields: Data, data: Data): Data =>
  Object.fromEntries(Object.entries({ ...fields, ...data }).filter(([, value]) => value !== null));

/** A correction: null takes a field out of the fact; what the fact itself clears stays cleared. */
const patched = (data: Data, patch: Data): Data =>
  Object.fromEntries(Object.entries({ ...data, ...patch }).filter(([name]) => patch[name] !== null));
