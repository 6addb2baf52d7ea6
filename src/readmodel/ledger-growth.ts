import { eventFromRow, eventNumbered } from '../../projections/trail.ts';
import { toldOfFault } from '../ledger/fault-texts.ts';
import type { Growth } from '../ledger/growing.ts';
import { type EventStore, type Place, type PlacedEvent, placeAfter, start } from '../store/event-store.ts';
import type { ReadModelFile } from './file.ts';
import type { Log } from './model-files.ts';
import type { Projector } from './projector.ts';

/** How far this node has hashed the ledger. */
export type LedgerGrowth = {
  /** Undefined until it is known, and if this process keeps no hashes. */
  readonly growth: () => Growth | undefined;
  /** Calls back after each look. */
  readonly onLooked: (listener: () => void) => void;
  /** Looks whether leaves are missing, and goes on doing so until it is closed. */
  readonly begin: () => void;
  readonly close: () => Promise<void>;
};

type Target = { readonly file: ReadModelFile; readonly projector: Projector };

/** So few leaves at a time that folding hardly waits for them. */
const pageSize = 250;

/**
 * Keeps the hashes up with what is folded: batches that are folded are hashed by the same thread, and what the hashes lack
 * besides is read from the store. `target` is asked each time, since the file that is folded into may change.
 */
export const growLedger = (
  target: () => Target,
  store: Pick<EventStore, 'readAll'>,
  log: Log,
  lookMs: number,
): LedgerGrowth => {
  let growth: Growth | undefined;
  let trouble: string | undefined;
  let looking: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let isClosed = false;
  const listeners: (() => void)[] = [];

  const sizeNow = () => target().file.place().size;
  const grow = async (leaves: Parameters<Projector['grow']>[0]) => {
    growth = await target().projector.grow(leaves);
    return growth;
  };

  const pageAfter = async (place: Place): Promise<readonly PlacedEvent[]> =>
    isClosed || place.size >= sizeNow() ? [] : store.readAll(place, pageSize);

  const catchUp = async () => {
    const known = await grow([]);
    if (known === undefined || known.stopped !== undefined) return;
    // The last leaf that was hashed is compared: the store may hold another ledger by now.
    const begun = placeBefore(target().file, Math.max(0, known.size - 1));
    let page = begun === undefined ? [] : await pageAfter(begun);
    for (let last = page.at(-1); last !== undefined && !isClosed; last = page.at(-1)) {
      // The next page is read while this one is hashed.
      const [grown, next] = await Promise.all([grow(page), pageAfter(placeAfter(last))]);
      if (grown?.stopped !== undefined) return;
      page = next;
    }
    if (!isClosed) await grow([]);
  };

  const look = async () => {
    try {
      const lacks = growth === undefined || growth.size < sizeNow();
      await (lacks ? catchUp() : grow([]));
      trouble = undefined;
    } catch (error) {
      growth = undefined;
      const why = error instanceof Error ? error.message : String(error);
      if (why !== trouble) log.error({ err: error }, 'the hashes of the ledger do not grow; it is tried again');
      trouble = why;
    }
  };
  const saidOf = (before: Growth | undefined) => {
    const stopped = growth?.stopped;
    if (stopped !== undefined && before?.stopped?.fault !== stopped.fault)
      log.error({ ...stopped }, `the hashes of the ledger have stopped growing: ${toldOfFault(stopped).en}`);
  };

  return {
    growth: () => growth,
    onLooked: (listener) => void listeners.push(listener),
    begin: () => {
      if (isClosed || timer !== undefined) return;
      const lookOnce = () => {
        const before = growth;
        looking ??= look().finally(() => {
          saidOf(before);
          looking = undefined;
          for (const listener of listeners) listener();
        });
      };
      timer = setInterval(lookOnce, lookMs).unref();
      lookOnce();
    },
    close: async () => {
      isClosed = true;
      clearInterval(timer);
      await looking;
    },
  };
};

/** The place of which the next event has this number; undefined if the file has not folded the one before it. */
const placeBefore = (file: ReadModelFile, entryNumber: number): Place | undefined => {
  if (entryNumber === 0) return start;
  const row = file.get(eventNumbered(entryNumber - 1));
  return row && placeAfter(eventFromRow(row));
};
