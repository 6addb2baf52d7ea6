import { Metadata, status } from '@grpc/grpc-js';

/** A fault that the wire server can be told to inject into a call. */
export type Fault =
  /** Never answers, whether or not the events are written. */
  | { readonly do: 'hang'; readonly written?: boolean }
  /** Cuts every connection, before or after the events are written. */
  | { readonly do: 'cut'; readonly written?: boolean }
  /** Ends the call without an error and without an answer. */
  | { readonly do: 'end'; readonly written?: boolean }
  /** Answers with an error of the protocol, before or after the events are written. */
  | { readonly do: 'fail'; readonly error: WireError; readonly written?: boolean }
  /** Refuses one append, on a batch stream without ending the others. */
  | { readonly do: 'refuse'; readonly why: 'access-denied' | 'timeout' | 'not-ready'; readonly written?: boolean };

export type FaultyCall = 'append' | 'read' | 'subscribe' | 'features';

export type WireError = { readonly code: status; readonly details: string; readonly metadata?: Metadata };

const error = (code: status, details: string, members: Readonly<Record<string, string>> = {}): WireError => {
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(members)) metadata.set(name, value);
  return { code, details, metadata };
};

/** Errors in the server's own words (RpcExceptions.cs). */
export const wireErrors = {
  notLeader: (port: number) =>
    error(status.NOT_FOUND, 'Leader info available', {
      exception: 'not-leader',
      'leader-endpoint-host': '127.0.0.1',
      'leader-endpoint-port': String(port),
    }),
  noLeader: () => error(status.UNKNOWN, 'No leader info available in response'),
  timeout: () => error(status.ABORTED, 'Operation timed out: commit'),
  deadline: () => error(status.DEADLINE_EXCEEDED, 'Deadline exceeded'),
  notReady: () => error(status.UNAVAILABLE, 'Server Is Not Ready'),
  cancelled: () => error(status.CANCELLED, 'Cancelled by the server'),
  unauthenticated: () => error(status.UNAUTHENTICATED, 'Not Authenticated'),
  accessDenied: () => error(status.PERMISSION_DENIED, 'Access Denied', { exception: 'access-denied' }),
  deleted: (stream: string) =>
    error(status.FAILED_PRECONDITION, `Event stream '${stream}' is deleted.`, {
      exception: 'stream-deleted',
      'stream-name': encodeURIComponent(stream),
    }),
  tooLarge: (limit: number) =>
    error(status.INVALID_ARGUMENT, `Maximum Append Size of ${limit} Exceeded.`, {
      exception: 'maximum-append-size-exceeded',
      'maximum-append-size': String(limit),
    }),
};
