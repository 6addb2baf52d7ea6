import type { Questions } from '../readmodel/questions.ts';

/** A pause between the pages of a long answer; throws if nobody waits for the answer any more. */
export type Pause = () => Promise<void>;

/**
 * A question that may take long, so that a thread of its own answers it. What is asked, and the answer, are plain data.
 * The answer depends on these and on the ledger only, so that it is the same from any thread.
 */
export type LongQuestion<Asked, Answer> = {
  readonly name: string;
  readonly answer: (questions: Questions, asked: Asked, pause: Pause) => Answer | Promise<Answer>;
};

export const longQuestion = <Asked, Answer>(
  name: string,
  answer: LongQuestion<Asked, Answer>['answer'],
): LongQuestion<Asked, Answer> => ({ name, answer });

/** An answer as it is sent. */
export type Bytes = Uint8Array<ArrayBuffer>;

const encoder = new TextEncoder();
export const jsonBytes = (value: unknown): Bytes => encoder.encode(JSON.stringify(value));
