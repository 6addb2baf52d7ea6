import { type RecordedEvent, submissionId } from './event.ts';
import { type JsonObject, textOrEmpty } from './json.ts';

export type ClosedStatus = 'approved' | 'returned' | 'withdrawn';
export type SubmissionStatus = 'pending' | ClosedStatus;

/** A command that waits for a second person, or waited. */
export type Submission = {
  readonly id: string;
  readonly command: string;
  /** The command's body as submitted. */
  readonly body: JsonObject;
  readonly by: string;
  readonly revision: number;
  readonly submittedAt: string;
  /** The event that decided it, its revision, when it was recorded, and who decided. */
  readonly decided?: {
    readonly event: string;
    readonly revision: number;
    readonly at: string;
    readonly by: string;
    readonly reason?: string;
  };
  readonly status: SubmissionStatus;
  readonly import?: string;
  readonly row?: number;
  /** The places of texts that were erased, of the event or of the one that decided it. */
  readonly erased?: readonly string[];
};

/** One of an entry's submissions, by its id. */
export const submissionIn = (submissions: readonly Submission[], id: string): Submission | undefined =>
  submissions.findLast((submission) => submission.id === id);

/** Adds the submission that a `CommandSubmitted` of the entry records. */
export const addSubmission = (
  submissions: Submission[],
  { register, key }: { readonly register: string; readonly key: string },
  event: RecordedEvent,
): void => {
  const { command, body } = event.data.data;
  const { by, import: importId, row } = event.metadata;
  const submission: Submission = {
    id: submissionId(register, key, event.revision),
    command: textOrEmpty(command),
    body: (body ?? {}) as JsonObject,
    by,
    revision: event.revision,
    submittedAt: event.recordedAt,
    status: 'pending',
    ...(importId === undefined ? {} : { import: importId }),
    ...(row === undefined ? {} : { row }),
    ...(event.erased === undefined ? {} : { erased: event.erased }),
  };
  submissions.push(submission);
};

/** Closes a submission by the event that approves, returns or withdraws it; does nothing if there is no such submission. */
export const closeSubmission = (
  submissions: Submission[],
  id: string,
  event: RecordedEvent,
  status: ClosedStatus,
): void => {
  const place = submissions.findLastIndex((submission) => submission.id === id);
  const submission = submissions[place];
  if (submission === undefined) return;
  const { reason } = event.data.data;
  const decided = {
    event: event.id,
    revision: event.revision,
    at: event.recordedAt,
    by: event.metadata.approvedBy ?? event.metadata.by,
    ...(status === 'returned' && typeof reason === 'string' ? { reason } : {}),
  };
  const erased = [...(submission.erased ?? []), ...(event.erased ?? [])];
  submissions[place] = { ...submission, status, decided, ...(erased.length > 0 ? { erased } : {}) };
};
