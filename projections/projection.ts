import type { LedgerEvent } from '../domain/event.ts';
import type { Entry, Step } from '../domain/history.ts';

export type Value = string | number | null;

/** A statement with the values of its parameters. */
export type Statement = { readonly sql: string; readonly params: readonly Value[] };

/** A question whose rows are of type Row. */
export type Query<Row> = Statement & { readonly row?: (row: never) => Row };

/** An event of the ledger with its position in the store. */
export type FoldedEvent = LedgerEvent & { readonly position: string };

/** An entry with its history walked. */
export type Walked = { readonly entry: Entry; readonly steps: readonly Step[] };

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
  /** The tables, triggers and views, as SQL. */
  readonly tables: string;
  /** The tables that a rebuild must reproduce row for row, each with the columns that order it. */
  readonly compared: Readonly<Record<string, string>>;
  readonly writes: (change: Change) => Iterable<Statement>;
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
