import { LRUCache } from 'lru-cache';
import { textErased, withErasures } from '../../domain/erasure.ts';
import { streamOf } from '../../domain/event.ts';
import { blank, type Entry, evolve, foldEntry } from '../../domain/history.ts';
import { roughLength } from '../../domain/json.ts';
import { type Command, type Referred, type Resolve, referencesOf } from '../../domain/objections.ts';
import { none, stateOn } from '../../domain/path.ts';
import type { Register } from '../../domain/register.ts';
import { registerNamed } from '../../domain/registers/index.ts';
import type { EventStore, StreamEvent } from '../store/event-store.ts';

/** An entry as its stream had it when read, with the stream's events. */
export type SeenEntry = { readonly events: readonly StreamEvent[]; readonly entry: Entry };

/** How much the events of the entries that are kept may hold together, as JSON; a larger entry is read anew each time. */
const keptCharacters = 32 * 1_048_576;
/**
 * So few events are read anew each time if the store is no journey away: that costs less than to keep them, since many
 * small objects that live long cost the garbage collector most.
 */
const readAnew = 10;
/** How many further events are folded one by one onto an entry that is kept. */
const mostContinued = 10;

/** Reads an entry as its stream has it now; one without events is blank. */
export type ReadEntry = (register: Register, key: string) => Promise<SeenEntry>;

export type Entries = {
  readonly readEntry: ReadEntry;
  /**
   * The entry as it probably is, without a read: as it was when last read or recorded in here, or else blank. What is
   * decided on it holds only if it can be appended under its revision. Undefined if the store must be read first.
   */
  readonly assumed: (register: Register, key: string) => SeenEntry | undefined;
  /** Keeps an entry as its last event has left it. */
  readonly keep: (seen: SeenEntry) => void;
  /** Forgets all entries, since texts of theirs may have been erased. */
  readonly forget: () => void;
};

/** Keeps the entries that it has read or recorded in, so that the next read of one asks for the further events only. */
export const entriesOn = (store: Pick<EventStore, 'readStream' | 'appendsFirst' | 'isRemote'>): Entries => {
  const kept = new LRUCache<string, SeenEntry & { readonly characters: number }>({
    maxSize: keptCharacters,
    sizeCalculation: ({ characters }) => characters,
  });
  const keepsAfter = store.isRemote ? 0 : readAnew;
  return {
    readEntry: async (register, key) => {
      const stream = streamOf(register.name, key);
      const known = kept.get(stream);
      const continued = known && continuedBy(known, await store.readStream(stream, known.entry.revision));
      if (known !== undefined && continued?.events === known.events) return known;
      const seen = continued ?? seenFrom(register, key, await store.readStream(stream));
      if (seen.events.length <= keepsAfter) return seen;
      const before = continued && known;
      const characters = (before?.characters ?? 0) + charactersOf(seen.events.slice(before?.events.length ?? 0));
      kept.set(stream, { ...seen, characters });
      return seen;
    },
    assumed: (register, key) =>
      store.appendsFirst()
        ? (kept.get(streamOf(register.name, key)) ?? { events: [], entry: blank(register, key) })
        : undefined,
    forget: () => kept.clear(),
    keep: ({ events, entry }) => {
      if (events.length <= keepsAfter) return;
      const stream = streamOf(entry.register.name, entry.key);
      const before = events.length === 1 ? 0 : kept.peek(stream)?.characters;
      if (before !== undefined)
        kept.set(stream, { events, entry, characters: before + charactersOf(events.slice(-1)) });
    },
  };
};

const charactersOf = (events: readonly StreamEvent[]): number =>
  events.reduce((sum, { data, metadata, seals }) => sum + roughLength([data, metadata, seals]), 0);

const seenFrom = (register: Register, key: string, read: readonly StreamEvent[]): SeenEntry => {
  const events = withErasures(read); // a store that cannot change what it has gives erased texts, too
  return { events, entry: foldEntry(register, key, events) };
};

/**
 * An entry that was read before, with what its stream has had since; `read` begins with the last event that is known.
 * Undefined if that is another event, since the store was restored or replaced, or if texts were erased since: then the
 * entry must be read anew.
 */
const continuedBy = ({ events, entry }: SeenEntry, [last, ...more]: readonly StreamEvent[]): SeenEntry | undefined => {
  if (last?.id !== events.at(-1)?.id || more.some(({ type }) => type === textErased)) return undefined;
  const all = more.length === 0 ? events : [...events, ...more];
  if (more.length > mostContinued) return seenFrom(entry.register, entry.key, all);
  return { events: all, entry: more.reduce((known, event) => evolve(known, event), entry) };
};

/** Reads what a command refers to, so that the decision itself reads nothing. */
export const resolverFor = async (readEntry: ReadEntry, entry: Entry, command: Command): Promise<Resolve> => {
  const found = new Map<string, Entry>();
  for (const { register: name, key } of referencesOf(entry, command)) {
    const register = registerNamed(name);
    if (register !== undefined) found.set(streamOf(name, key), (await readEntry(register, key)).entry);
  }
  return (reference) => isValidReference(reference, found.get(streamOf(reference.register, reference.key)));
};

/** On the reference's day the entry's status must be neither `none` nor `left`. */
const isValidReference = (reference: Referred, entry: Entry | undefined): boolean => {
  const isItsKey = entry !== undefined && entry.revision >= 0 && entry.key === reference.key;
  if (reference.exactOnly && !isItsKey) return true;
  if (entry === undefined) return false;
  const { status } = stateOn(entry.path.steps, reference.on);
  return status !== none.status && status !== 'left';
};
