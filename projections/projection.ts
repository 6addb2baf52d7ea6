import type { LedgerEvent } from '../domain/event.ts';
import type { Entry } from '../domain/history.ts';

export type Value = string | number | null;

/** A statement with the values of its parameters. */
export type Statement = { readonly sql: string; readonly params: readonly Value[] };

/** A question whose rows are of type Row. */
export type Query<Row> = Statement & { readonly row?: (row: never) => Row };

/** An event of the ledger with its position in the store. */
export type FoldedEvent = LedgerEvent & { readonly position: string };

/**
 * What a projection folds: an event, and its entry before and after it. Without these two the event belongs to no
 * register, as an import's does, or to one that this release does not know. An entry never changes, and the one after
 * an event is the same object as the one before the next: what a projection makes of it can be memoised by it.
 */
export type Change = {
  readonly event: FoldedEvent;
  /** Whether this release knows what the event means. */
  readonly known: boolean;
  readonly before?: Entry;
  readonly after?: Entry;
  /** If the event erases texts: the event of which it does, without them. */
  readonly erased?: FoldedEvent;
};

/** A pure fold of the ledger into tables of its own. */
export type Projection = {
  readonly name: string;
  /** Raise it with every change in what is written; each node then rebuilds its read model. */
  readonly version: number;
  /** The tables and views, and the indexes that folding itself needs, as SQL. */
  readonly tables: string;
  /**
   * What only questions need, as SQL. It is made at once in a file that grows with the ledger, and at the end in one that
   * is built from a whole log.
   */
  readonly indexes?: string;
  /**
   * What brings tables among `indexes` up to date, each one statement without parameters. It runs at the end of each
   * batch that is folded into a file that has them: triggers on the tables that are folded into would cost many times as
   * much, since SQLite then keeps a copy of each page that a statement changes.
   */
  readonly settling?: readonly string[];
  /** The tables that a rebuild must reproduce row for row, each with the columns that order it. */
  readonly compared: Readonly<Record<string, string>>;
  readonly writes: (change: Change) => Iterable<Statement>;
};

/** The end of time in a column of days, after every day; the end of the ledger in one of sizes. */
export const foreverDay = '9999-99-99';
export const foreverSize = Number.MAX_SAFE_INTEGER;

/** The conditions of a query, joined by AND, with the values of their parameters; one with an undefined value is dropped. */
export const conditions = (
  asked: readonly (readonly [condition: string, value: Value | undefined])[],
): { readonly where: string; readonly params: readonly Value[] } => {
  const known = asked.filter((each): each is readonly [string, Value] => each[1] !== undefined);
  return {
    where: ['TRUE', ...known.map(([condition]) => condition)].join(' AND '),
    params: known.map(([, value]) => value),
  };
};
