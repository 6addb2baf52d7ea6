import { type JsonObject, sameJson } from '../../domain/json.ts';
import { type Append, type EventStore, type Place, type PlacedEvent, placeAfter, start } from '../store/event-store.ts';
import { recordedErasures } from './recorded-erasures.ts';

export type Copied =
  /** Source and target hold the same `size` events; `copied` of them were copied in this run. */
  | { readonly outcome: 'copied'; readonly size: number; readonly copied: number }
  | { readonly outcome: 'source-empty' }
  /** From this entry number on, the target holds something different from the source, or more. */
  | { readonly outcome: 'target-differs'; readonly entryNumber: number };

const pageSize = 1_000;

/**
 * Copies the whole log of a store to another, in order, with ids, revisions, recorded times, and what was appended
 * together; without erased texts, which a store that cannot change what it has still holds. What the target holds already must be the beginning of the source, as an interrupted copy leaves it. All of
 * it is compared before anything is written, and what is written is read back and compared too.
 */
export const copyLedger = async (
  from: Pick<EventStore, 'readAppends' | 'readAll'>,
  to: Pick<EventStore, 'readAppends' | 'appendRecorded' | 'eraseTexts'>,
  onProgress: (done: number) => void = () => {},
): Promise<Copied> => {
  const erasures = await recordedErasures(from);
  const erased = (append: Append): Append => append.map(erasures.applied);
  let source: Place = start;
  let target: Place = start;
  /** The number of events that the target held before. */
  let held: number | undefined;
  for (;;) {
    const page = (await from.readAppends(source, pageSize)).map(erased);
    const end = endOf(page);
    if (end === undefined) break;
    for (;;) {
      const read = await to.readAppends(target, end.size - target.size);
      // A text that was erased since an interrupted copy is erased in the target as well, if that can be.
      const present = to.eraseTexts === undefined ? read : read.map(erased);
      const difference = present.findIndex((append, index) => !isSame(append, page[index]));
      const shared = endOf(difference === -1 ? present : present.slice(0, difference)) ?? target;
      if (difference !== -1) return { outcome: 'target-differs', entryNumber: shared.size };
      if (shared.size === end.size) {
        target = shared;
        break;
      }
      held ??= shared.size;
      // After that, everything is read again: the node that answered may lag behind its cluster. A repeat adds nothing.
      if (!(await to.appendRecorded(page.slice(present.length))))
        return { outcome: 'target-differs', entryNumber: shared.size };
    }
    source = end;
    onProgress(source.size);
  }
  const { size } = source;
  if (erasures.all.length > 0) await to.eraseTexts?.(erasures.all);
  if ((await to.readAppends(target, 1)).length > 0) return { outcome: 'target-differs', entryNumber: size };
  return size === 0 ? { outcome: 'source-empty' } : { outcome: 'copied', size, copied: size - (held ?? size) };
};

/** The place after the last event of appends. */
const endOf = (appends: readonly Append[]): Place | undefined => {
  const last = appends.at(-1)?.at(-1);
  return last && placeAfter(last);
};

/** The same except for the position, which differs between stores. */
const isSame = (append: Append, other: Append | undefined): boolean =>
  sameJson(append.map(comparable), (other ?? []).map(comparable));

const comparable = ({ position: _, ...event }: PlacedEvent): JsonObject => event as unknown as JsonObject;
