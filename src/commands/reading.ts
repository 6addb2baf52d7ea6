import { type Command, type Referred, type Resolve, referencesOf } from '../../domain/decide.ts';
import { streamOf } from '../../domain/event.ts';
import { type Entry, foldEntry, none, stateOn, walk } from '../../domain/history.ts';
import type { Register } from '../../domain/register.ts';
import { registerNamed } from '../../domain/registers/index.ts';
import type { EventStore, StreamEvent } from '../store/event-store.ts';

/** An entry as its stream had it when read, with the stream's events. */
export type SeenEntry = { readonly events: readonly StreamEvent[]; readonly entry: Entry };

/** Reads an entry from its stream; one without events is blank. */
export type ReadEntry = (register: Register, key: string) => Promise<SeenEntry>;

export const entryReader =
  (store: Pick<EventStore, 'readStream'>): ReadEntry =>
  async (register, key) => {
    const events = await store.readStream(streamOf(register.name, key));
    return { events, entry: foldEntry(register, key, events) };
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
