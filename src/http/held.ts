import { OutcomeUnknown } from '../store/event-store.ts';

/** No command is held longer than this, so that its client, which gives up at some time of its own, gets an answer. */
const holdMs = 8_000;

/**
 * What a command gives, if it comes in time. The store may be silent at any of the command's calls, and each of them
 * waits; the command then goes on without its client, who finds out by its repeat.
 */
export const inTime = <T>(work: Promise<T>, withinMs = holdMs): Promise<T> =>
  new Promise((resolve, reject) => {
    const giveUp = () => reject(new OutcomeUnknown(`The event store has not answered within ${withinMs} ms.`));
    const timer = setTimeout(giveUp, withinMs);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
