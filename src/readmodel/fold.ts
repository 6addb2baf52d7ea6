import { erasureOf, textErased, withoutTexts } from '../../domain/erasure.ts';
import { blank, type Entry, evolve, foldEntry, isKnown } from '../../domain/history.ts';
import { isImportEvent } from '../../domain/import-events.ts';
import { isLedgerKeyEvent } from '../../domain/ledger-events.ts';
import type { Register } from '../../domain/register.ts';
import { registerNamed } from '../../domain/registers/index.ts';
import { eventOfStream } from '../../projections/erasures.ts';
import { projections } from '../../projections/index.ts';
import type { Change } from '../../projections/projection.ts';
import { eventFromRow, streamEvents } from '../../projections/trail.ts';
import { type PlacedEvent, placeAfter } from '../store/event-store.ts';
import type { ReadModelFile } from './file.ts';
import { setLatest } from './lru.ts';

/** A projection failed at an event, whatever the machine's state: it would fail again. */
export class ProjectionFailed extends Error {
  override readonly name = 'ProjectionFailed';
  readonly event: PlacedEvent;
  readonly projection: string;

  constructor(event: PlacedEvent, projection: string, cause: unknown) {
    const why = cause instanceof Error ? cause.message : String(cause);
    super(`projection ${projection} failed at entry ${event.entryNumber} (${event.type} ${event.id}): ${why}`, {
      cause,
    });
    this.event = event;
    this.projection = projection;
  }
}

/** Primary result codes (https://sqlite.org/rescode.html) that are the machine's fault and not the event's. */
const machineFaults: ReadonlySet<number> = new Set([5, 6, 7, 8, 10, 13, 14]);
const isMachineFault = (error: unknown): boolean =>
  error instanceof Error && 'errcode' in error && machineFaults.has(Number(error.errcode) & 0xff);

/** How many entries a fold keeps in memory; others are read back from the trail when an event of theirs comes. */
const keptEntries = 1_000;

/**
 * Folds batches of events into a file, each batch with its checkpoint in one transaction. Events that another process
 * has folded into the file meanwhile are only applied to the entries kept in memory. Throws `ProjectionFailed`.
 */
export const folding = (file: ReadModelFile): ((batch: readonly PlacedEvent[]) => void) => {
  const kept = new Map<string, Entry>();

  const entryBefore = (register: Register, event: PlacedEvent): Entry => {
    const known = kept.get(event.stream);
    if (known !== undefined) return known;
    if (event.revision === 0) return blank(register, event.data.key);
    const earlier = file.all(streamEvents(event.stream, event.entryNumber)).map(eventFromRow);
    return foldEntry(register, event.data.key, earlier);
  };

  /** The event of which an event erases texts, without them; the entry that is kept in memory may have them. */
  const erasedBy = (event: PlacedEvent): Pick<Change, 'erased'> => {
    const erasure = erasureOf(event);
    const row = erasure && file.get(eventOfStream(event.stream, erasure.event));
    if (erasure === undefined || row === undefined) return {};
    return { erased: withoutTexts(eventFromRow(row), erasure.names) };
  };

  const changeOf = (event: PlacedEvent): Change => {
    const erased = erasedBy(event);
    const change = { event, ...erased, ...entriesOf(event) };
    if (erased.erased !== undefined) kept.delete(event.stream);
    return change;
  };

  const entriesOf = (event: PlacedEvent): Omit<Change, 'event' | 'erased'> => {
    const register = registerNamed(event.data.register);
    if (register === undefined)
      return { known: isImportEvent(event) || isLedgerKeyEvent(event) || event.type === textErased };
    const before = entryBefore(register, event);
    const after = evolve(before, event);
    setLatest(kept, event.stream, after, keptEntries);
    return { known: isKnown(register, event), before, after };
  };

  const fold = (event: PlacedEvent) => {
    const change = attempt(event, 'history', () => changeOf(event));
    for (const { name, writes } of projections) {
      attempt(event, name, () => {
        for (const statement of writes(change)) file.run(statement);
      });
    }
  };

  return (batch) => {
    try {
      file.transact((place) => {
        let reached = place;
        for (const event of batch) {
          const { size } = reached;
          if (event.entryNumber < size) {
            changeOf(event);
            continue;
          }
          if (event.entryNumber > size) throw new Error(`expected entry ${size}, the store gave ${event.entryNumber}`);
          fold(event);
          reached = placeAfter(event);
        }
        return reached;
      });
      if (batch.some(({ type }) => type === textErased)) file.emptyLog();
    } catch (error) {
      kept.clear();
      throw error;
    }
  };
};

/** Runs what a projection does with an event. */
const attempt = <T>(event: PlacedEvent, projection: string, work: () => T): T => {
  try {
    return work();
  } catch (error) {
    if (isMachineFault(error)) throw error;
    throw new ProjectionFailed(event, projection, error);
  }
};
