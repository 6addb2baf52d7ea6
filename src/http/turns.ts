import { setImmediate as nextTurn } from 'node:timers/promises';

let last: Promise<void> = Promise.resolve();

/**
 * Waits for a turn of the event loop that nobody else who streams has. Every stream reads each page in a turn of its
 * own, so that however many stream, a command waits for one page at most.
 */
export const takeTurn = (): Promise<void> => {
  last = last.then(() => nextTurn());
  return last;
};

/** Rows that are read so many in a turn. */
export async function* inTurns<Row>(
  rows: Iterable<Row> | AsyncIterable<Row>,
  rowsPerTurn: number,
  turn: () => Promise<void> = takeTurn,
): AsyncIterable<Row> {
  let taken = 0;
  for await (const row of rows) {
    if (taken % rowsPerTurn === 0) await turn();
    yield row;
    taken += 1;
  }
}
