import { readable, textErased } from './erasure.ts';
import {
  currentSchema,
  type EventSchema,
  eventSchema,
  lifted,
  type RecordedEvent,
  returned,
  submitted,
  withdrawn,
} from './event.ts';
import { type JsonObject, mergePatch, textOrEmpty } from './json.ts';
import { extended, type Fact, type Path, type Step, walk } from './path.ts';
import { annul, correct, type FactKind, type Register } from './register.ts';
import { addSubmission, closeSubmission, type Submission } from './submission.ts';

/** All that a stream says about an entry. It never changes: an event makes another one, which shares what stays. */
export type Entry = {
  readonly register: Register;
  /** In the case in which it was first recorded. */
  readonly key: string;
  /** The stream's revision, −1 if it has no event. */
  readonly revision: number;
  /** In the order in which they were recorded, annulled ones included. */
  readonly facts: readonly Fact[];
  /** In the order in which they were made. */
  readonly submissions: readonly Submission[];
  /** The history that the facts make. */
  readonly path: Path;
};

/** An entry without any event. */
export const blank = (register: Register, key: string): Entry => ({
  register,
  key,
  revision: -1,
  facts: [],
  submissions: [],
  path: { steps: [] },
});

/** An entry that is being folded, changed in place. */
type Draft = {
  readonly register: Register;
  key: string;
  revision: number;
  readonly facts: Fact[];
  readonly submissions: Submission[];
  /** Where each fact is, by its id; kept if many events are folded at once. */
  readonly places: Map<string, number> | undefined;
  /** Undefined as soon as it must be walked anew. */
  path: Path | undefined;
};

/** An entry from all the events of its stream, in their order. */
export const foldEntry = (register: Register, key: string, events: Iterable<RecordedEvent>): Entry => {
  const { revision } = blank(register, key);
  const draft: Draft = { register, key, revision, facts: [], submissions: [], places: new Map(), path: undefined };
  for (const event of events) apply(draft, event, eventSchema);
  return finished(draft, []);
};

/**
 * The entry after one more event of its stream, which is lifted if an older version recorded it. A fact that comes last
 * in the history is one step more; any other change walks the history again from where it differs.
 */
export const evolve = (entry: Entry, recorded: RecordedEvent, schema: EventSchema = eventSchema): Entry => {
  const { register, key, revision, facts, submissions, path } = entry;
  // Copies of arrays copy nothing but pointers, even with 10,000 facts in a few microseconds.
  const copies = { facts: facts.slice(), submissions: submissions.slice() };
  const draft: Draft = { register, key, revision, ...copies, places: undefined, path };
  apply(draft, recorded, schema);
  return finished(draft, path.steps);
};

const finished = (draft: Draft, known: readonly Step[]): Entry => {
  const { register, key, revision, facts, submissions, path = walk(draft, known) } = draft;
  return { register, key, revision, facts, submissions, path };
};

/** Whether this release knows what the event means. An unknown event changes nothing but the revision. */
export const isKnown = (register: Register, event: Pick<RecordedEvent, 'type' | 'metadata'>): boolean =>
  event.metadata.schema <= currentSchema &&
  (bookkeeping.has(event.type) || kindOfEvent(register, event.type) !== undefined);

const bookkeeping: ReadonlySet<string> = new Set([
  correct.event,
  annul.event,
  submitted,
  returned,
  withdrawn,
  textErased,
]);

const kindOfEvent = (register: Register, type: string): FactKind | undefined =>
  register.facts.find((kind) => kind.event === type);

/** Applies one more event of the stream, which is lifted if an older version recorded it. */
const apply = (draft: Draft, recorded: RecordedEvent, schema: EventSchema): void => {
  const event = withoutErased(lifted(recorded, schema));
  if (draft.revision === -1) draft.key = event.data.key;
  draft.revision = event.revision;
  if (event.metadata.schema > schema.version) return;
  const { submission } = event.metadata;
  if (submission !== undefined) closeSubmission(draft.submissions, submission, event, 'approved');
  const decided = textOrEmpty(event.data.data.submission);
  const place = { register: draft.register.name, key: draft.key };
  if (event.type === correct.event) correctFact(draft, event);
  else if (event.type === annul.event) annulFacts(draft, event);
  else if (event.type === submitted) addSubmission(draft.submissions, place, event);
  else if (event.type === returned) closeSubmission(draft.submissions, decided, event, 'returned');
  else if (event.type === withdrawn) closeSubmission(draft.submissions, decided, event, 'withdrawn');
  else addFact(draft, event);
};

/** An event as its entry knows it: an erased text is as if it had not been given, or as if a correction had removed it. */
const withoutErased = (event: RecordedEvent): RecordedEvent => {
  const said = readable(event);
  if (said === event.data) return event;
  const removed = erasedFields(event, '/data/data/').map((name) => [name, null]);
  if (event.type !== correct.event || removed.length === 0) return { ...event, data: said };
  const data = { ...(said.data.data as JsonObject), ...Object.fromEntries(removed) };
  return { ...event, data: { ...said, data: { ...said.data, data } } };
};

/** The fields of a fact whose texts were erased, by where they stand in the event. */
const erasedFields = ({ erased = [] }: RecordedEvent, at: string): readonly string[] =>
  erased.filter((place) => place.startsWith(at)).map((place) => place.slice(at.length));

const addFact = (draft: Draft, event: RecordedEvent): void => {
  const kind = kindOfEvent(draft.register, event.type);
  const { effectiveOn, data, evidence = [], note } = event.data;
  if (kind === undefined || effectiveOn === undefined) return;
  const fact: Fact = {
    id: event.id,
    type: event.type,
    kind,
    effectiveOn,
    data,
    evidence,
    ...(note === undefined ? {} : { note }),
    revision: event.revision,
    asRecorded: { effectiveOn, data },
    correctedBy: [],
    erased: erasedFields(event, '/data/'),
  };
  draft.places?.set(fact.id, draft.facts.length);
  draft.facts.push(fact);
  draft.path = draft.path && extended(draft, draft.path, fact);
};

/** Puts a fact as changed in the place of the fact as it was; does nothing if there is none of this id. */
const change = (draft: Draft, id: string, changed: (fact: Fact) => Fact): void => {
  const { facts, places } = draft;
  const place = places === undefined ? facts.findLastIndex((fact) => fact.id === id) : (places.get(id) ?? -1);
  const fact = facts[place];
  if (fact === undefined) return;
  facts[place] = changed(fact);
  draft.path = undefined;
};

const correctFact = (draft: Draft, event: RecordedEvent): void => {
  const { event: id, effectiveOn, data } = event.data.data;
  change(draft, textOrEmpty(id), (fact) => ({
    ...fact,
    effectiveOn: effectiveOn === undefined ? fact.effectiveOn : textOrEmpty(effectiveOn),
    data: data === undefined ? fact.data : (mergePatch(fact.data, data) as JsonObject),
    correctedBy: [...fact.correctedBy, event.id],
    erased: [...fact.erased, ...erasedFields(event, '/data/data/')],
  }));
};

const annulFacts = (draft: Draft, event: RecordedEvent): void => {
  const ids = event.data.data.events;
  for (const id of Array.isArray(ids) ? ids : [])
    change(draft, textOrEmpty(id), (fact) => ({ ...fact, annulledBy: event.id }));
};

/** The fact of an event; undefined if the event recorded none. */
export const factOf = ({ facts }: Pick<Entry, 'facts'>, event: string): Fact | undefined =>
  facts.findLast(({ id }) => id === event);
