import { eventLimitBytes } from '../../domain/leaf.ts';

/** Cuts a list into pieces that each fit into an event, with room for the event's other members. */
export const inPieces = <T>(list: readonly T[]): readonly (readonly T[])[] => {
  const pieces: T[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const each of list) {
    const own = Buffer.byteLength(JSON.stringify(each)) + 1;
    if (bytes + own > pieceLimitBytes) {
      pieces.push([]);
      bytes = 0;
    }
    pieces.at(-1)?.push(each);
    bytes += own;
  }
  return pieces;
};

const pieceLimitBytes = eventLimitBytes - 5_000;
