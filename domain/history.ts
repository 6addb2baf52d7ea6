import type { Day } from './calendar.ts';
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
import { type Json, type JsonObject, mergePatch, textOrEmpty } from './json.ts';
import { memo } from './memo.ts';
import {
  annul,
  correct,
  type Evidence,
  type FactKind,
  type FieldFault,
  type Register,
  type State,
} from './register.ts';
import { addSubmission, type ClosedStatus, closeSubmission, type Submissions } from './submission.ts';

/** A fact as corrected so far. */
export type Fact = {
  readonly id: string;
  readonly type: string;
  readonly kind: FactKind;
  readonly effectiveOn: Day;
  readonly data: JsonObject;
  readonly evidence: readonly Evidence[];
  readonly note?: string;
  /** The revision at which it was recorded; a correction does not change it. */
  readonly revision: number;
  readonly correctedBy: readonly string[];
  readonly annulledBy?: string;
};

/** All that a stream says about an entry. */
export type Entry = {
  readonly register: Register;
  /** In the case in which it was first recorded. */
  readonly key: string;
  /** The stream's revision, −1 if it has no event. */
  readonly revision: number;
  readonly facts: ReadonlyMap<string, Fact>;
  readonly submissions: Submissions;
};

/** An entry without any event. */
export const blank = (register: Register, key: string): Entry => ({
  register,
  key,
  revision: -1,
  facts: new Map(),
  submissions: new Map(),
});

/** An entry from all the events of its stream, in their order. */
export const foldEntry = (register: Register, key: string, events: Iterable<RecordedEvent>): Entry => {
  let entry = blank(register, key);
  for (const event of events) entry = evolve(entry, event);
  return entry;
};

/** Whether this release knows what the event means. An unknown event changes nothing but the revision. */
export const isKnown = (register: Register, event: Pick<RecordedEvent, 'type' | 'metadata'>): boolean =>
  event.metadata.schema <= currentSchema &&
  (bookkeeping.has(event.type) || kindOfEvent(register, event.type) !== undefined);

const bookkeeping: ReadonlySet<string> = new Set([correct.event, annul.event, submitted, returned, withdrawn]);

const kindOfEvent = (register: Register, type: string): FactKind | undefined =>
  register.facts.find((kind) => kind.event === type);

/** The entry after one more event of its stream, which is lifted if an older version recorded it. */
export const evolve = (entry: Entry, recorded: RecordedEvent, schema: EventSchema = eventSchema): Entry => {
  const event = lifted(recorded, schema);
  const next: Entry = {
    ...entry,
    key: entry.revision === -1 ? event.data.key : entry.key,
    revision: event.revision,
  };
  if (event.metadata.schema > schema.version) return next;
  const { submission } = event.metadata;
  const approved = submission === undefined ? next : withClosed(next, event, submission, 'approved');
  switch (event.type) {
    case correct.event:
      return correctFact(approved, event);
    case annul.event:
      return annulFacts(approved, event);
    case submitted:
      return withSubmitted(approved, event);
    case returned:
      return withClosed(approved, event, textOrEmpty(event.data.data.submission), 'returned');
    case withdrawn:
      return withClosed(approved, event, textOrEmpty(event.data.data.submission), 'withdrawn');
    default:
      return addFact(approved, event);
  }
};

const withSubmitted = (entry: Entry, event: RecordedEvent): Entry => ({
  ...entry,
  submissions: addSubmission(entry.submissions, { register: entry.register.name, key: entry.key }, event),
});

const withClosed = (entry: Entry, event: RecordedEvent, id: string, status: ClosedStatus): Entry => ({
  ...entry,
  submissions: closeSubmission(entry.submissions, id, event, status),
});

const addFact = (entry: Entry, event: RecordedEvent): Entry => {
  const kind = kindOfEvent(entry.register, event.type);
  const { effectiveOn, data, evidence = [], note } = event.data;
  if (kind === undefined || effectiveOn === undefined) return entry;
  const fact: Fact = {
    id: event.id,
    type: event.type,
    kind,
    effectiveOn,
    data,
    evidence,
    ...(note === undefined ? {} : { note }),
    revision: event.revision,
    correctedBy: [],
  };
  return withFact(entry, fact);
};

const withFact = (entry: Entry, fact: Fact): Entry => ({ ...entry, facts: new Map(entry.facts).set(fact.id, fact) });

const correctFact = (entry: Entry, event: RecordedEvent): Entry => {
  const { event: id, effectiveOn, data } = event.data.data;
  const fact = entry.facts.get(textOrEmpty(id));
  if (fact === undefined) return entry;
  return withFact(entry, {
    ...fact,
    effectiveOn: effectiveOn === undefined ? fact.effectiveOn : textOrEmpty(effectiveOn),
    data: data === undefined ? fact.data : (mergePatch(fact.data, data) as JsonObject),
    correctedBy: [...fact.correctedBy, event.id],
  });
};

const annulFacts = (entry: Entry, event: RecordedEvent): Entry => {
  const facts = new Map(entry.facts);
  const ids = event.data.data.events;
  for (const id of Array.isArray(ids) ? ids : []) {
    const fact = facts.get(textOrEmpty(id));
    if (fact !== undefined) facts.set(fact.id, { ...fact, annulledBy: event.id });
  }
  return { ...entry, facts };
};

/** The facts that hold, in the order of the history. */
export const history = (entry: Entry): readonly Fact[] =>
  [...entry.facts.values()].filter((fact) => fact.annulledBy === undefined).sort(inHistory);

/** By effective date, then by the register's table (amend last), then by recording. */
const inHistory = (a: Fact, b: Fact): number =>
  a.effectiveOn === b.effectiveOn
    ? a.kind.order - b.kind.order || a.revision - b.revision
    : a.effectiveOn < b.effectiveOn
      ? -1
      : 1;

/** A fact with the state that it leaves. */
export type Step = { readonly fact: Fact; readonly state: State };

/** Why a fact does not fit into its place in the history. */
export type Misfit =
  | { readonly why: 'transition' }
  | { readonly why: 'missing'; readonly fields: readonly string[] }
  | { readonly why: 'field'; readonly fault: FieldFault }
  | { readonly why: 'unknown-target' }
  | { readonly why: 'check-character' };

export type Path = {
  readonly steps: readonly Step[];
  /** The first fact that does not fit; the steps end before it. */
  readonly misfit?: { readonly fact: Fact; readonly reason: Misfit };
};

export const none: State = { status: 'none', fields: {} };

/**
 * Walks a history through the register's transitions, once for each entry. `before` is the entry as it was earlier: the
 * steps that both share are taken from its walk, so that N events of one entry do not cost N walks from the start.
 */
export const walk = memo((entry: Entry, before?: Entry): Path => {
  const facts = history(entry);
  const known = before === undefined ? [] : walk(before).steps;
  const parting = facts.findIndex((fact, index) => fact !== known[index]?.fact);
  const steps = known.slice(0, parting === -1 ? facts.length : parting);
  let state = steps.at(-1)?.state ?? none;
  for (const fact of facts.slice(steps.length)) {
    const next = stateAfter(entry, state, fact);
    if ('why' in next) return { steps, misfit: { fact, reason: next } };
    state = next;
    steps.push({ fact, state });
  }
  return { steps };
});

/** The state after one more fact, or why the fact does not fit there. */
const stateAfter = ({ register, key }: Entry, state: State, fact: Fact): State | Misfit => {
  const { kind, data } = fact;
  const status = kind.moves[state.status];
  if (status === undefined) return { why: 'transition' };
  if (kind.differs !== undefined && status === state.status && state.fields[kind.differs] === data[kind.differs]) {
    return { why: 'transition' };
  }
  const starts = state.status === 'none';
  if (starts || kind.isFirst) {
    const missing = kind.requiredToStart.filter((name) => data[name] === undefined);
    if (missing.length > 0) return { why: 'missing', fields: missing };
  }
  if (starts && register.start?.(key, fact) === false) return { why: 'check-character' };
  const fields = fieldsAfter(register, state.fields, fact);
  if (fields === undefined) return { why: 'unknown-target' };
  const fault = register.check?.(fields);
  return fault === undefined ? { status, fields } : { why: 'field', fault };
};

/** A field that the fact gives holds from then on, null clears it, and the others stay as they were. */
const fieldsAfter = (register: Register, before: JsonObject, { kind, data }: Fact): JsonObject | undefined => {
  const fields: Record<string, Json> = { ...before };
  for (const [name, value] of Object.entries(data)) {
    if (register.descriptive[name] === undefined && !register.lasting?.includes(name)) continue;
    if (value === null) delete fields[name];
    else fields[name] = value;
  }
  return kind.apply === undefined ? fields : kind.apply(fields, data);
};

/** The state on a day, after all facts of that day. */
export const stateOn = (steps: readonly Step[], day: Day): State => stepsUntil(steps, day).at(-1)?.state ?? none;

/** The steps whose facts are effective on or before a day. */
export const stepsUntil = (steps: readonly Step[], day: Day): readonly Step[] =>
  steps.filter(({ fact }) => fact.effectiveOn <= day);

/** The last step of each day, in order. */
export const lastOfDays = (steps: readonly Step[]): readonly Step[] =>
  steps.filter((step, index) => steps[index + 1]?.fact.effectiveOn !== step.fact.effectiveOn);

/** The state of each day on which it may have changed, in order. */
export const statesByDay = (steps: readonly Step[]): readonly { readonly from: Day; readonly state: State }[] =>
  lastOfDays(steps).map(({ fact, state }) => ({ from: fact.effectiveOn, state }));
