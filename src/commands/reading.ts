import { type Command, type Referred, type Resolve, referencesOf } from '../../domain/decide.ts';
import { streamOf } from '../../domain/event.ts';
import { type Entry, evolve, foldEntry, none, stateOn, walk } from '../../domain/history.ts';
import type { Register } from '../../domain/register.ts';
import { registerNamed } from '../../domain/registers/index.ts';
import { setLatest } from '../readmodel/lru.ts';
import type { EventStore, StreamEvent } from '../store/event-store.ts';

/** An entry as its stream had it when read, with the stream's events. */
export type SeenEntry = { readonly events: readonly StreamEvent[]; readonly entry: Entry };

/** How many entries are kept as folded, and how many further events are folded one by one onto such an entry. */
const keptEntries = 200;
const mostContinued = 10;

/** Reads an entry from its stream; one without events is blank. */
export type ReadEntry = (register: Register, key: string) => Promise<SeenEntry>;

export const entryReader =
  (store: Pick<EventStore, 'readStream'>, kept = new Map<string, Entry>()): ReadEntry =>
  async (register, key) => {
    const stream = streamOf(register.name, key);
    const events = await store.readStream(stream);
    const entry = continued(kept.get(stream), events) ?? foldEntry(register, key, events);
    if (entry.revision >= 0) setLatest(kept, stream, entry, keptEntries);
    return { events, entry };
  };

/** An entry that was folded before, with what its stream has had since; undefined if most of it is to be folded anyway. */
const continued = (known: Entry | undefined, events: readonly StreamEvent[]): Entry | undefined => {
  if (known === undefined || known.revision >= events.length || events.length - known.revision > mostContinued) return;
  let entry = known;
  for (const event of events.slice(known.revision + 1)) {
    const after = evolve(entry, event);
    walk(after, entry); // while the entry before is known, whose steps it shares
    entry = after;
  }
  return entry;
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
  const { status } = stateOn(walk(entry).steps, reference.on);
  return status !== none.status && status !== 'left';
};
