import type { Day } from './calendar.ts';
import type { SubmissionStatus } from './submission.ts';

/** One fault of a request, worded in both languages; the pointer is a JSON Pointer (RFC 6901) into the body. */
export type Fault = {
  readonly in: 'body' | 'path' | 'query' | 'header';
  readonly pointer?: string;
  readonly name?: string;
  readonly zh: string;
  readonly en: string;
};

/** The fact that would no longer fit. */
export type Break = { readonly event: string; readonly type: string; readonly effectiveOn: Day };

/**
 * What refuses a command that the status at the end of its day would allow: the order of the records within the day
 * (their types before and after it, and the status in between), or a field whose value is the same as before.
 */
export type InTheWay =
  | {
      readonly is: 'order';
      readonly status: string;
      readonly before: readonly string[];
      readonly after: readonly string[];
    }
  | { readonly is: 'same-value'; readonly field: string };

/** Every refusal of the domain, each with the code of its problem. */
export type Rejection =
  | { readonly code: 'invalid-request'; readonly errors: readonly Fault[] }
  | {
      readonly code: 'transition-not-allowed';
      readonly entryStatus: string;
      readonly allowed: readonly string[];
      readonly inTheWay?: InTheWay;
    }
  | { readonly code: 'breaks-history'; readonly breaks: Break }
  | { readonly code: 'not-correctable'; readonly event: string }
  | { readonly code: 'unknown-reference'; readonly pointer: string; readonly reference: string }
  | { readonly code: 'check-character'; readonly key: string }
  | { readonly code: 'revision-mismatch'; readonly revision: number | null }
  | { readonly code: 'revision-required'; readonly revision: number }
  | { readonly code: 'too-many-pending' | 'entry-full'; readonly limit: number }
  | { readonly code: 'idempotency-key-reused' }
  | { readonly code: 'event-too-large'; readonly limitBytes: number }
  | { readonly code: 'second-person-needed' }
  | { readonly code: 'not-own-submission' }
  | { readonly code: 'already-decided'; readonly submissionStatus: SubmissionStatus }
  | { readonly code: 'not-found' };

export const bodyFault = (pointer: string, zh: string, en: string): Fault => ({ in: 'body', pointer, zh, en });

export const invalidBody = (pointer: string, zh: string, en: string): Rejection => ({
  code: 'invalid-request',
  errors: [bodyFault(pointer, zh, en)],
});
