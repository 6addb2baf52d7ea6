import { blank, evolve, foldEntry, isKnown } from '../../domain/history.ts';
import { isImportEvent } from '../../domain/import-events.ts';
import { registerNamed } from '../../domain/registers/index.ts';
import { projections } from '../../projections/index.ts';
import { type Change, type FoldedEvent, type Walked, walked } from '../../projections/projection.ts';
import { type EventRow, streamEvents } from '../../projections/trail.ts';
import { type PlacedEvent, placeAfter } from '../store/event-store.ts';
import type { ReadModelFile } from './file.ts';

/** An event that a projection could not digest. */
export class ProjectionFailed extends Error {
  override readonly name = 'ProjectionFailed';
  readonly event: PlacedEvent;
  readonly projection: string;

  constructor(event: PlacedEvent, projection: string, cause: unknown) {
    const why = cause instanceof Error ? cause.message : String(cause);
    super(`projection ${projection} could not digest entry ${event.entryNumber} (${event.type} ${event.id}): ${why}`, {
      cause,
    });
    this.event = event;
    this.projection = projection;
  }
}

/** Primary result codes (https://sqlite.org/rescode.html) that speak of the machine and not of the event. */
const passing: ReadonlySet<number> = new Set([5, 6, 7, 8, 10, 13, 14]);
const isPassing = (error: unknown): boolean =>
  error instanceof Error && 'errcode' in error && passing.has(Number(error.errcode) & 0xff);

/** How many entries a fold keeps at hand; others are read back from the trail when an event of theirs comes. */
const keptEntries = 5_000;

/** Folds batches of events into a file, each batch with its checkpoint in one transaction. */
export const folding = (file: ReadModelFile): ((batch: readonly PlacedEvent[]) => void) => {
  const kept = new Map<string, Walked>();

  const walkedBefore = (event: FoldedEvent): Walked | undefined => {
    const register = registerNamed(event.data.register);
    if (register === undefined) return undefined;
    const known = kept.get(event.stream);
    if (known !== undefined) return known;
    if (event.revision === 0) return walked(blank(register, event.data.key));
    const earlier = file.all(streamEvents(event.stream, event.entryNumber)).map(recorded);
    return walked(foldEntry(register, event.data.key, earlier));
  };

  const keep = (stream: string, entry: Walked) => {
    kept.delete(stream);
    kept.set(stream, entry);
    const oldest = kept.size > keptEntries ? kept.keys().next().value : undefined;
    if (oldest !== undefined) kept.delete(oldest);
  };

  const changeOf = (event: FoldedEvent): Change => {
    const before = walkedBefore(event);
    if (before === undefined) return { event, known: isImportEvent(event) };
    const entry = evolve(before.entry, event);
    const after = walked(entry);
    keep(event.stream, after);
    return { event, known: isKnown(entry.register, event), before, after };
  };

  const fold = (event: PlacedEvent) => {
    const attempt = <T>(name: string, work: () => T): T => {
      try {
        return work();
      } catch (error) {
        if (isPassing(error)) throw error;
        throw new ProjectionFailed(event, name, error);
      }
    };
    const change = attempt('history', () => changeOf(event));
    for (const projection of projections) {
      attempt(projection.name, () => {
        for (const statement of projection.writes(change)) file.run(statement);
      });
    }
  };

  /** Folds a batch; what another process has folded into the file meanwhile is only remembered. */
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
    } catch (error) {
      kept.clear();
      throw error;
    }
  };
};

/** An event as it was recorded, from its row in the trail. */
export const recorded = (row: EventRow): FoldedEvent => ({
  id: row.id,
  type: row.type,
  stream: row.stream,
  revision: row.revision,
  recordedAt: row.recorded_at,
  entryNumber: row.entry_number,
  position: row.position,
  data: JSON.parse(row.data),
  metadata: JSON.parse(row.metadata),
});
