import type { Entry } from './history.ts';
import type { Rejection } from './rejection.ts';

/** So many submissions of one entry wait for a second person at once; each is decided anew whenever they are listed. */
export const pendingLimit = 100;

/** So many events a stream may have before it takes no more commands; what waits then can still be decided. */
export const streamLimitEvents = 10_000;

/** Refuses a command of an entry whose stream is full. */
export const entryFull = ({ revision }: Entry): Rejection | undefined =>
  revision + 1 >= streamLimitEvents ? { code: 'entry-full', limit: streamLimitEvents } : undefined;

/** Refuses one more submission of an entry of which as many wait as may. */
export const tooManyPending = ({ submissions }: Entry): Rejection | undefined =>
  submissions.filter(({ status }) => status === 'pending').length >= pendingLimit
    ? { code: 'too-many-pending', limit: pendingLimit }
    : undefined;
