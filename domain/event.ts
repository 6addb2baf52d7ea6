import type { Day } from './calendar.ts';
import { canonicalJson, type Json, type JsonObject, withoutUndefined } from './json.ts';
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
  /** SHA-256 of the command's body as canonical JSON, 64 hex digits. */
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
  /** RFC 3339 in UTC with milliseconds, set by the store. */
  readonly recordedAt: string;
};

/** An event in its place in the ledger. */
export type LedgerEvent = RecordedEvent & { readonly entryNumber: number };

/** The version of the events' schema that this release writes. */
export const currentSchema = 1;

/** An event may take this many bytes as canonical JSON, so that it fits a tile's entry (C2SP tlog-tiles, 16-bit length). */
export const eventLimitBytes = 65_535;

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

/**
 * An event as the feed shows it: a CloudEvent 1.0 in the JSON format. Its canonical JSON (RFC 8785) is a line of the
 * NDJSON feed and a leaf of the ledger.
 */
export const cloudEvent = (event: LedgerEvent): JsonObject => ({
  specversion: '1.0',
  id: event.id,
  type: event.type,
  source: 'upgrade-registry',
  subject: `${event.data.register}/${event.data.key}`,
  time: event.recordedAt,
  datacontenttype: 'application/json',
  entrynumber: event.entryNumber,
  data: withoutUndefined({
    ...event.data,
    ...event.metadata,
    entryNumber: event.entryNumber,
    revision: event.revision,
    recordedAt: event.recordedAt,
  }) as unknown as JsonObject,
});

/** The event's line in the NDJSON feed and its leaf in the ledger. */
export const eventLine = (event: LedgerEvent): string => canonicalJson(cloudEvent(event) as Json);

/**
 * An upper bound of a line's length before store and place are known: the largest entry number, revision and time
 * stand in for them.
 */
export const lineLengthBytes = (event: NewEvent, stream: string): number =>
  new TextEncoder().encode(
    eventLine({
      ...event,
      stream,
      revision: 999_999_999,
      entryNumber: 999_999_999_999,
      recordedAt: '2000-01-01T00:00:00.000Z',
    }),
  ).length;
