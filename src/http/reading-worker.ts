import { setPriority } from 'node:os';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { type ReadModelFile, readReadModelFile } from '../readmodel/file.ts';
import { type Questions, questionsTo } from '../readmodel/questions.ts';
import { bundleQuestion } from './bundle.ts';
import { certificateQuestion } from './certificates.ts';
import { changesQuestion } from './changes.ts';
import { listQuestion } from './entries.ts';
import { exportQuestion } from './export-tables.ts';
import { trailCountQuestion } from './export-trail.ts';
import { historyQuestion } from './history.ts';
import type { LongQuestion } from './long-question.ts';
import type { Answered, Asked } from './reading-thread.ts';
import { searchQuestion } from './search.ts';
import { planSeriesQuestion, seriesQuestion } from './series.ts';
import { statementQuestion } from './statement.ts';
import { submissionsQuestion } from './submission-list.ts';
import { targetEntriesQuestion } from './target-entries.ts';
import { linesQuestion, trailQuestion } from './trail.ts';

/** A thread that answers long questions: it has connections of its own to the read model. */

const known: ReadonlyMap<string, LongQuestion<never, unknown>> = new Map(
  [
    listQuestion,
    searchQuestion,
    targetEntriesQuestion,
    statementQuestion,
    seriesQuestion,
    planSeriesQuestion,
    changesQuestion,
    trailQuestion,
    linesQuestion,
    exportQuestion,
    trailCountQuestion,
    submissionsQuestion,
    historyQuestion,
    certificateQuestion,
    bundleQuestion,
  ].map((question) => [question.name, question]),
);

/** A file, and how many questions to it are being answered. */
type Opened = { readonly file: ReadModelFile; readonly questions: Questions; users: number };

let current: Opened | undefined;
/** The version of what is read, as the node’s read model has it. */
let version = '';

const closeUnlessUsed = (opened: Opened | undefined): void => {
  if (opened !== undefined && opened !== current && opened.users === 0) opened.file.close();
};

/** The file at a path; undefined if it is gone, because another one has been swapped in. */
const opened = (path: string): Opened | undefined => {
  if (current?.file.path === path) return current;
  try {
    const file = readReadModelFile(path);
    const before = current;
    current = { file, questions: questionsTo({ ...file, version: () => version }), users: 0 };
    closeUnlessUsed(before);
    return current;
  } catch {
    return undefined;
  }
};

const answerTo = async (
  { id, path = '', version: now = '', name = '', asked }: Asked,
  signal: AbortSignal,
): Promise<Answered> => {
  const question = known.get(name);
  if (question === undefined) return { id, error: new Error(`There is no question ${name}`) };
  version = now;
  const to = opened(path);
  if (to === undefined) return { id, isGone: true };
  to.users += 1;
  try {
    const pause = () => nextTurn(undefined, { signal });
    return { id, answer: await question.answer(to.questions, asked as never, pause) };
  } catch (error) {
    return { id, error };
  } finally {
    to.users -= 1;
    closeUnlessUsed(to);
  }
};

/** The bytes of an answer change hands; everything else of it is copied. */
const transferred = ({ answer }: Answered): ArrayBuffer[] => {
  const bytes = answer instanceof Object && 'bytes' in answer ? answer.bytes : undefined;
  return bytes instanceof Uint8Array && bytes.buffer instanceof ArrayBuffer ? [bytes.buffer] : [];
};

const serve = (port: MessagePort): void => {
  const underWay = new Map<number, AbortController>();
  const answer = async (asked: Asked) => {
    const stop = new AbortController();
    underWay.set(asked.id, stop);
    const answered = await answerTo(asked, stop.signal);
    underWay.delete(asked.id);
    port.postMessage(answered, transferred(answered));
  };
  port.on('message', (asked: Asked) => {
    if (asked.path === undefined) underWay.get(asked.id)?.abort();
    else void answer(asked);
  });
};

// On Linux a priority is a thread's own.
if (workerData === 'yields to others' && process.platform === 'linux') setPriority(10);
if (parentPort !== null) serve(parentPort);
