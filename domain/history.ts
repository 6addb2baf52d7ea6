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
import { addSubmission, closeSubmission, type Submission, type Submissions } from './submission.ts';

/** A fact as corrected so far. */
export type Fact = {
  readonly id: string;
  readonly type: string;
  readonly kind: FactKind;
  readonly effectiveOn: Day;
  readonly data: JsonObject;
  readonly evidence: readonly Evidence[];
  readonly note?: string;
  /** The revision at which it was recorded, and what it said then; a correction does not change them. */
  readonly revision: number;
  readonly asRecorded: { readonly effectiveOn: Day; readonly data: JsonObject };
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

/** An entry that is being folded, changed in place: copying it for each event would make N events cost N² steps. */
type Draft = {
  readonly register: Register;
  key: string;
  revision: number;
  readonly facts: Map<string, Fact>;
  readonly submissions: Map<string, Submission>;
};

const draftOf = (entry: Entry): Draft => ({
  ...entry,
  facts: new Map(entry.facts),
  submissions: new Map(entry.submissions),
});

/** An entry from all the events of its stream, in their order. */
export const foldEntry = (register: Register, key: string, events: Iterable<RecordedEvent>): Entry => {
  const draft = draftOf(blank(register, key));
  for (const event of events) apply(draft, event, eventSchema);
  return draft;
};

/** The entry after one more event of its stream, which is lifted if an older version recorded it. */
export const evolve = (entry: Entry, recorded: RecordedEvent, schema: EventSchema = eventSchema): Entry => {
  const draft = draftOf(entry);
  apply(draft, recorded, schema);
  return draft;
};

/** Whether this release knows what the event means. An unknown event changes nothing but the revision. */
export const isKnown = (register: Register, event: Pick<RecordedEvent, 'type' | 'metadata'>): boolean =>
  event.metadata.schema <= currentSchema &&
  (bookkeeping.has(event.type) || kindOfEvent(register, event.type) !== undefined);

const bookkeeping: ReadonlySet<string> = new Set([correct.event, annul.event, submitted, returned, withdrawn]);

const kindOfEvent = (register: Register, type: string): FactKind | undefined =>
  register.facts.find((kind) => kind.event === type);

/** Applies one more event of the stream, which is lifted if an older version recorded it. */
const apply = (draft: Draft, recorded: RecordedEvent, schema: EventSchema): void => {
  const event = lifted(recorded, schema);
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

const addFact = (draft: Draft, event: RecordedEvent): void => {
  const kind = kindOfEvent(draft.register, event.type);
  const { effectiveOn, data, evidence = [], note } = event.data;
  if (kind === undefined || effectiveOn === undefined) return;
  draft.facts.set(event.id, {
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
  });
};

const correctFact = ({ facts }: Draft, event: RecordedEvent): void => {
  const { event: id, effectiveOn, data } = event.data.data;
  const fact = facts.get(textOrEmpty(id));
  if (fact === undefined) return;
  facts.set(fact.id, {
    ...fact,
    effectiveOn: effectiveOn === undefined ? fact.effectiveOn : textOrEmpty(effectiveOn),
    data: data === undefined ? fact.data : (mergePatch(fact.data, data) as JsonObject),
    correctedBy: [...fact.correctedBy, event.id],
  });
};

const annulFacts = ({ facts }: Draft, event: RecordedEvent): void => {
  const ids = event.data.data.events;
  for (const id of Array.isArray(ids) ? ids : []) {
    const fact = facts.get(textOrEmpty(id));
    if (fact !== undefined) facts.set(fact.id, { ...fact, annulledBy: event.id });
  }
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
