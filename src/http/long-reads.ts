import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Questions } from '../readmodel/questions.ts';
import type { ReadModel } from '../readmodel/read-model.ts';
import { addressOf } from './addresses.ts';
import type { LongQuestion } from './long-question.ts';
import { overloaded } from './problem.ts';
import { placesOf, queueOf } from './queue.ts';
import { type ReadingThread, readingThread } from './reading-thread.ts';
import { madeFor } from './stalls.ts';

/** Questions that may wait for their turn. */
const waitingLimit = 128;
/** Questions that one address, or one subject, may wait for at once. */
const eachLimit = 32;

export type LongReads = {
  /**
   * The answer for a request; undefined if its reader has left: then nobody is there to answer. Throws the problem
   * `overloaded` if too many wait.
   */
  readonly answer: <A, R>(
    request: FastifyRequest,
    reply: FastifyReply,
    question: LongQuestion<A, R>,
    asked: A,
  ) => Promise<R | undefined>;
  /** The next page of a stream, which waits however many do: a stream asks for one page at a time. */
  readonly page: <A, R>(question: LongQuestion<A, R>, asked: A, left: AbortSignal) => Promise<R>;
  /** The thread that makes exports; commands and other reads come before it. */
  readonly exportThread: ReadingThread;
  readonly begin: () => void;
  readonly close: () => Promise<void>;
};

/** What may take long is read in two threads: one answers questions, one after the other; the other makes exports. */
export const longReadsOn = (
  model: Pick<ReadModel, 'pathForThreads' | 'place' | 'version'>,
  questions: Questions,
): LongReads => {
  const thread = readingThread(model, questions, 'ordinary');
  const exportThread = readingThread(model, questions, 'yields to others');
  const queue = queueOf(1);
  const enter = placesOf(eachLimit, {
    zh: `您已有 ${eachLimit} 个查询正在进行`,
    en: `${eachLimit} reads of yours are already in progress`,
  });

  const page: LongReads['page'] = (question, asked, left) => queue.run(left, () => thread.ask(question, asked, left));

  return {
    answer: async (request, reply, question, asked) => {
      if (queue.waiting() >= waitingLimit) {
        throw overloaded({
          zh: `已有 ${waitingLimit} 个查询在等候`,
          en: `${waitingLimit} reads are already waiting`,
        });
      }
      const left = leftBy(request, reply);
      enter(readerOf(request), left);
      const { position } = model.place(); // what is folded meanwhile may not be in the answer
      const answer = await unlessLeft(left, madeFor(request, page(question, asked, left)));
      reply.header('registry-position', position);
      return answer;
    },
    page,
    exportThread,
    begin: thread.begin,
    close: async () => {
      await Promise.all([thread.close(), exportThread.close()]);
    },
  };
};

/** Who reads, for limits: a subject or, if nobody has signed in, an address. */
export const readerOf = ({ identity, ip }: FastifyRequest): string =>
  identity === undefined ? addressOf(ip) : identity.subject;

/** Aborts once the answer has been sent, or its reader has gone. */
export const leftBy = ({ raw }: FastifyRequest, reply: FastifyReply): AbortSignal => {
  const left = new AbortController();
  if (raw.socket.destroyed) left.abort();
  reply.raw.once('close', () => left.abort());
  return left.signal;
};

/** What is made for a reader; undefined if they have left. */
export const unlessLeft = async <T>(left: AbortSignal, made: Promise<T>): Promise<T | undefined> => {
  try {
    return await made;
  } catch (error) {
    if (left.aborted) return undefined;
    throw error;
  }
};
