import type { Day } from './calendar.ts';
import {
  currentSchema,
  type EventSchema,
  eventSchema,
  lifted,
  type RecordedEvent,
  returned,
  submissionId,
  submitted,
  withdrawn,
} from './event.ts';
import { type Json, type JsonObject, mergePatch } from './json.ts';
import {
  annul,
  correct,
  type Evidence,
  type FactKind,
  type FieldFault,
  type Register,
  type State,
} from './register.ts';

/** A fact as corrected so far. */
export type Fact = {
  readonly id: string;
  readonly type: string;
  readonly kind: FactKind;
  readonly effectiveOn: Day;
  readonly data: JsonObject;
  readonly evidence: readonly Evidence[];
  readonly note?: string;
  /** The revision at which it was recorded; a correction doesn't change it. */
  readonly revision: number;
  readonly correctedBy: readonly string[];
  readonly annulledBy?: string;
};

export type SubmissionStatus = 'pending' | 'approved' | 'returned' | 'withdrawn';

/** A command that waits for a second person, or waited. */
export type Submission = {
  readonly id: string;
  readonly command: string;
  /** The command's body as submitted. */
  readonly body: JsonObject;
  readonly by: string;
  readonly revision: number;
  readonly submittedAt: string;
  /** The revision of the event that decided it, and who decided. */
  readonly decided?: {
    readonly event: string;
    readonly revision: number;
    readonly by: string;
    readonly reason?: string;
  };
  readonly status: SubmissionStatus;
  readonly import?: string;
  readonly row?: number;
};

/** All that a stream says about an entry. */
export type Entry = {
  readonly register: Register;
  /** In the case in which it was first recorded. */
  readonly key: string;
  /** The stream's revision, −1 where it has no event. */
  readonly revision: number;
  readonly facts: ReadonlyMap<string, Fact>;
  readonly submissions: ReadonlyMap<string, Submission>;
};

/** An entry of whose stream nothing is known yet. */
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

/** Whether this release knows what the event means; what it doesn't know counts nothing. */
export const isKnown = (register: Register, event: Pick<RecordedEvent, 'type' | 'metadata'>): boolean =>
  event.metadata.schema <= currentSchema &&
  (bookkeeping.has(event.type) || kindOfEvent(register, event.type) !== undefined);

const bookkeeping: ReadonlySet<string> = new Set([correct.event, annul.event, submitted, returned, withdrawn]);

const kindOfEvent = (register: Register, type: string): FactKind | undefined =>
  register.facts.find((kind) => kind.event === type);

/** The entry after one more event of its stream, which is lifted where an older version recorded it. */
export const evolve = (entry: Entry, recorded: RecordedEvent, schema: EventSchema = eventSchema): Entry => {
  const after = evolved(entry, recorded, schema);
  const walked = walks.get(entry);
  if (walked !== undefined) walksBefore.set(after, walked);
  return after;
};

const evolved = (entry: Entry, recorded: RecordedEvent, schema: EventSchema): Entry => {
  const event = lifted(recorded, schema);
  const next: Entry = {
    ...entry,
    key: entry.revision === -1 ? event.data.key : entry.key,
    revision: event.revision,
  };
  if (event.metadata.schema > schema.version) return next;
  const approved = event.metadata.submission === undefined ? next : approve(next, event, event.metadata.submission);
  const data = event.data.data;
  switch (event.type) {
    case correct.event:
      return correctFact(approved, event);
    case annul.event:
      return annulFacts(approved, event);
    case submitted:
      return submit(approved, event);
    case returned:
      return decideSubmission(approved, event, textOf(data.submission), 'returned');
    case withdrawn:
      return decideSubmission(approved, event, textOf(data.submission), 'withdrawn');
    default:
      return addFact(approved, event);
  }
};

const textOf = (value: Json | undefined): string => (typeof value === 'string' ? value : '');

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
  const fact = entry.facts.get(textOf(id));
  if (fact === undefined) return entry;
  return withFact(entry, {
    ...fact,
    effectiveOn: effectiveOn === undefined ? fact.effectiveOn : textOf(effectiveOn),
    data: data === undefined ? fact.data : (mergePatch(fact.data, data) as JsonObject),
    correctedBy: [...fact.correctedBy, event.id],
  });
};

const annulFacts = (entry: Entry, event: RecordedEvent): Entry => {
  const facts = new Map(entry.facts);
  const ids = event.data.data.events;
  for (const id of Array.isArray(ids) ? ids : []) {
    const fact = facts.get(textOf(id));
    if (fact !== undefined) facts.set(fact.id, { ...fact, annulledBy: event.id });
  }
  return { ...entry, facts };
};

const submit = (entry: Entry, event: RecordedEvent): Entry => {
  const { command, body } = event.data.data;
  const { by, import: importId, row } = event.metadata;
  const submission: Submission = {
    id: submissionId(entry.register.name, entry.key, event.revision),
    command: textOf(command),
    body: (body ?? {}) as JsonObject,
    by,
    revision: event.revision,
    submittedAt: event.recordedAt,
    status: 'pending',
    ...(importId === undefined ? {} : { import: importId }),
    ...(row === undefined ? {} : { row }),
  };
  return { ...entry, submissions: new Map(entry.submissions).set(submission.id, submission) };
};

const approve = (entry: Entry, event: RecordedEvent, id: string): Entry =>
  decideSubmission(entry, event, id, 'approved');

const decideSubmission = (entry: Entry, event: RecordedEvent, id: string, status: SubmissionStatus): Entry => {
  const submission = entry.submissions.get(id);
  if (submission === undefined) return entry;
  const reason = event.data.data.reason;
  const decided = {
    event: event.id,
    revision: event.revision,
    by: event.metadata.approvedBy ?? event.metadata.by,
    ...(status === 'returned' && typeof reason === 'string' ? { reason } : {}),
  };
  return { ...entry, submissions: new Map(entry.submissions).set(id, { ...submission, status, decided }) };
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

/** Why a fact doesn't fit where it stands. */
export type Misfit =
  | { readonly why: 'transition' }
  | { readonly why: 'missing'; readonly fields: readonly string[] }
  | { readonly why: 'field'; readonly fault: FieldFault }
  | { readonly why: 'unknown-target' }
  | { readonly why: 'check-character' };

export type Path = {
  readonly steps: readonly Step[];
  /** The first fact that doesn't fit; the steps end before it. */
  readonly misfit?: { readonly fact: Fact; readonly reason: Misfit };
};

export const none: State = { status: 'none', fields: {} };

const walks = new WeakMap<Entry, Path>();
const walksBefore = new WeakMap<Entry, Path>();

/**
 * Walks a history through the register's transitions. An entry never changes, and so it is walked once; what it shares
 * with the entry that it has come of was walked there.
 */
export const walk = (entry: Entry): Path => {
  const known = walks.get(entry) ?? walkOn(entry, walksBefore.get(entry)?.steps ?? []);
  walks.set(entry, known);
  return known;
};

const walkOn = (entry: Entry, walked: readonly Step[]): Path => {
  const facts = history(entry);
  const isOther = (fact: Fact, index: number) => fact !== walked[index]?.fact;
  const same = facts.findIndex(isOther);
  const steps = walked.slice(0, same === -1 ? facts.length : same);
  let state = steps.at(-1)?.state ?? none;
  for (const fact of facts.slice(steps.length)) {
    const next = take(entry, state, fact);
    if ('why' in next) return { steps, misfit: { fact, reason: next } };
    state = next;
    steps.push({ fact, state });
  }
  return { steps };
};

const take = ({ register, key }: Entry, state: State, fact: Fact): State | Misfit => {
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

/** Fields given hold from the fact on; those not given stay as they were; null clears. */
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
