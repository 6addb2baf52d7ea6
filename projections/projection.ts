import type { LedgerEvent } from '../domain/event.ts';
import { type Entry, type Step, walk } from '../domain/history.ts';
import type { Register } from '../domain/register.ts';

export type Value = string | number | null;

/** A statement with the values of its parameters. */
export type Statement = { readonly sql: string; readonly params: readonly Value[] };

/** A question whose rows are of type Row. */
export type Query<Row> = Statement & { readonly row?: (row: never) => Row };

/** An event of the ledger with its position in the store. */
export type FoldedEvent = LedgerEvent & { readonly position: string };

/** An entry with its history walked, and what projections have made of that so far. */
export type Walked = {
  readonly entry: Entry;
  readonly steps: readonly Step[];
  readonly made: Map<unknown, unknown>;
};
export const walked = (entry: Entry): Walked => ({ entry, steps: walk(entry).steps, made: new Map() });

/**
 * What a projection folds: an event, and what it makes of its entry. Without `before` and `after` the event belongs to
 * no register (an import's) or this release doesn't know it.
 */
export type Change = {
  readonly event: FoldedEvent;
  readonly known: boolean;
  readonly before?: Walked;
  readonly after?: Walked;
};

/** A pure fold of the ledger into tables of its own. */
export type Projection = {
  readonly name: string;
  /** Changes with every change in what is written; the read model is then rebuilt. */
  readonly version: number;
  /** The tables and views, and the indexes that folding itself needs, as SQL. */
  readonly tables: string;
  /**
   * What questions alone need, as SQL: indexes, and triggers with what they would have written. It runs at once where a
   * file grows with the ledger, and at the end where one is built from a whole log.
   */
  readonly indexes?: string;
  /** The tables that a rebuild must reproduce row for row, each with the columns that order it. */
  readonly compared: Readonly<Record<string, string>>;
  readonly writes: (change: Change) => Iterable<Statement>;
};

/** Makes something of an entry's steps once: what an event leaves is what the next one finds. */
export const once =
  <T>(make: (register: Register, steps: readonly Step[]) => T): ((walked: Walked) => T) =>
  ({ entry, steps, made }) => {
    if (!made.has(make)) made.set(make, make(entry.register, steps));
    return made.get(make) as T;
  };

/** The end of time in a column of days, after every day; the end of the ledger in one of sizes. */
export const foreverDay = '9999-99-99';
export const foreverSize = Number.MAX_SAFE_INTEGER;

/** The conditions of a query, gathered one by one, with the values of their parameters; undefined asks for nothing. */
export const conditions = (
  asked: readonly (readonly [condition: string, value: Value | undefined])[],
): { readonly where: string; readonly params: readonly Value[] } => {
  const known = asked.filter((each): each is readonly [string, Value] => each[1] !== undefined);
  return { where: known.map(([condition]) => condition).join(' AND '), params: known.map(([, value]) => value) };
};
