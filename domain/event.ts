import type { Day } from './calendar.ts';
import type { JsonObject } from './json.ts';
import type { Evidence } from './register.ts';

/** What is recorded about an entry, the same for every type of event. */
export type Body = {
  readonly register: string;
  /** The entry's key in the case in which this event was recorded. */
  readonly key: string;
  /** When the fact became true; absent from annulments and submissions. */
  readonly effectiveOn?: Day;
  /** The command's own fields: a fact's data, a correction's, an annulment's, a submission's. */
  readonly data: JsonObject;
  readonly evidence?: readonly Evidence[];
  readonly note?: string;
};

/** Who recorded it and by which command. */
export type Metadata = {
  /** Version of the event's own schema, from 1. */
  readonly schema: number;
  readonly by: string;
  readonly approvedBy?: string;
  /** The submission that this event approves. */
  readonly submission?: string;
  /** The command's id, a UUID; a repeat of the command carries the same. */
  readonly command: string;
  /** SHA-256 of the command's body without its free texts, as canonical JSON; 64 hex digits. */
  readonly bodySha256: string;
  readonly import?: string;
  readonly row?: number;
};

export type NewEvent = {
  /** A UUID. */
  readonly id: string;
  readonly type: string;
  readonly data: Body;
  readonly metadata: Metadata;
};

/** An event as a store returns it. */
export type RecordedEvent = NewEvent & {
  readonly stream: string;
  readonly revision: number;
  /** The places of free texts that were erased, in order: in `data`, only their digests are left. */
  readonly erased?: readonly string[];
  /** RFC 3339 in UTC with milliseconds, set by the store. */
  readonly recordedAt: string;
};

/** The salt of a free text, 22 characters of base64url, and its digest in the ledger, 64 hex digits. */
export type Seal = { readonly salt: string; readonly sha256: string };
/** The seals of an event's free texts, each by its place in the event's data (a JSON Pointer). */
export type Seals = Readonly<Record<string, Seal>>;

/** What the store adds to an event, so that it has a leaf. */
export type Sealing = {
  /** The origin of the node that recorded it. */
  readonly source: string;
  readonly seals: Seals;
  readonly erased?: readonly string[];
};

/** A recorded event with all that its leaf is made of but its place in the ledger. */
export type SealedEvent = RecordedEvent & Sealing;

/** An event in its place in the ledger. */
export type LedgerEvent = SealedEvent & { readonly entryNumber: number };

/** The version of the events' schema that this release writes. */
export const currentSchema = 1;

/** Brings an event's data from the version that it was recorded in to the next one. */
export type Lift = (data: JsonObject) => JsonObject;

/**
 * How events of older versions are lifted when they are read, by type and by the version to lift from; a type
 * that a version did not change is missing. What is recorded stays as it was.
 */
export type EventSchema = {
  readonly version: number;
  readonly lifts: Readonly<Record<string, Readonly<Record<number, Lift>>>>;
};
export const eventSchema: EventSchema = { version: currentSchema, lifts: {} };

/** An event as the current version would have recorded it. */
export const lifted = (event: RecordedEvent, { version, lifts }: EventSchema = eventSchema): RecordedEvent => {
  let data = event.data.data;
  for (let from = event.metadata.schema; from < version; from++) data = lifts[event.type]?.[from]?.(data) ?? data;
  return data === event.data.data ? event : { ...event, data: { ...event.data, data } };
};

export const submitted = 'CommandSubmitted';
export const returned = 'SubmissionReturned';
export const withdrawn = 'SubmissionWithdrawn';

/** Every stream of the registry begins with it. */
export const streamPrefix = 'upgrade.';

/** The stream of an entry: `upgrade.<register>-<key in lower case>`. Keys are ASCII. */
export const streamOf = (register: string, key: string): string => `${streamPrefix}${register}-${key.toLowerCase()}`;

/** The same rule in SQL, for expressions that stand for a register and a key. */
export const streamOfSql = (register: string, key: string): string =>
  `'${streamPrefix}' || ${register} || '-' || lower(${key})`;

/** A submission's id, `<register>~<key>~<revision>`. */
export const submissionId = (register: string, key: string, revision: number): string =>
  `${register}~${key}~${revision}`;

export type SubmissionPlace = { readonly register: string; readonly key: string; readonly revision: number };

export const parseSubmissionId = (id: string): SubmissionPlace | undefined => {
  const [, register, key, revision] = /^([a-z]+)~([^~]+)~(0|[1-9]\d{0,8})$/.exec(id) ?? [];
  return register && key && revision ? { register, key, revision: Number(revision) } : undefined;
};
