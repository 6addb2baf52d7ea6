import { Worker } from 'node:worker_threads';
import { kept, pathIn } from '../data-folder.ts';
import type { Log } from '../readmodel/model-files.ts';
import type { AuditFault } from './audit-fault.ts';
import type { NodeToAudit } from './audit-node.ts';
import { type AuditState, auditIn, standing } from './audit-state.ts';
import type { AuditNews, AuditOrder } from './audit-worker.ts';
import { toldOfFault } from './fault-texts.ts';

/** The standing self-audit of a server. */
export type SelfAudit = {
  /** Undefined before the first pass. */
  readonly state: () => AuditState | undefined;
  /** Begins the next pass if its time has come, and takes over what a command beside the server has found. */
  readonly look: () => void;
  readonly close: () => Promise<void>;
};

/** When passes begin, in milliseconds. */
export type AuditTimes = {
  /** After the start. */
  readonly firstMs: number;
  /**
   * The least rest after each. After one that has found nothing it is nine times as long as that took, at most half a
   * day; after another one the next begins soon, so that it is known when all is right again.
   */
  readonly restMs: number;
};

const usualTimes: AuditTimes = { firstMs: 1_000, restMs: 20_000 };
const longestRestMs = 43_200_000;
/** So long a thread may take to end by itself. */
const endMs = 1_000;

type Thread = { readonly worker: Worker; readonly ended: Promise<unknown>; isAtWork: boolean };

/** `mayBegin` says whether this process keeps the hashes and has caught up with the store. */
export const auditStanding = (
  node: NodeToAudit,
  mayBegin: () => boolean,
  log: Log,
  { firstMs, restMs }: AuditTimes = usualTimes,
): SelfAudit => {
  const { store, dataFolder, keysFolder, origin } = node;
  const folder = pathIn(dataFolder, kept.leafHashes);
  const telling = tellingOn(log);
  let state = auditIn(folder);
  let inFile: string | undefined;
  let nextAt = Date.now() + firstMs;
  let thread: Thread | undefined;

  const take = (now: AuditState) => {
    state = now;
    telling.found(standing(now));
  };
  const restFrom = (passMs: number) => {
    nextAt = Date.now() + Math.min(Math.max(restMs, 9 * passMs), longestRestMs);
  };
  const start = (): Thread => {
    const worker = new Worker(new URL('./audit-worker.ts', import.meta.url), {
      workerData: { store, dataFolder, keysFolder, origin } satisfies NodeToAudit,
    });
    const ended = new Promise((resolve) => worker.once('exit', resolve)).then(() => {
      restFrom(0);
      thread = undefined;
    });
    const started: Thread = { worker, ended, isAtWork: false };
    worker.on('message', (news: AuditNews) => {
      if ('overMs' in news) {
        restFrom(standing(state).length === 0 ? news.overMs : 0);
        started.isAtWork = false;
      } else if ('state' in news) {
        telling.waiting(undefined);
        take(news.state);
      } else telling.waiting(news.waiting);
    });
    worker.on('error', (error) => telling.waiting(String(error)));
    return started;
  };

  return {
    state: () => state,
    look: () => {
      const found = auditIn(folder);
      const text = JSON.stringify(found);
      if (found !== undefined && text !== inFile) take(found);
      inFile = text;
      if (thread?.isAtWork || Date.now() < nextAt || !mayBegin()) return;
      thread ??= start();
      thread.isAtWork = true;
      thread.worker.postMessage('pass' satisfies AuditOrder);
    },
    close: async () => {
      nextAt = Number.POSITIVE_INFINITY;
      if (thread === undefined) return;
      const { worker, ended } = thread;
      worker.postMessage('end' satisfies AuditOrder);
      const late = setTimeout(() => void worker.terminate(), endMs);
      await ended;
      clearTimeout(late);
    },
  };
};

/** Says each thing once in the log. */
const tellingOn = (log: Log) => {
  let said: readonly string[] = [];
  let why: string | undefined;
  return {
    found: (faults: readonly AuditFault[]): void => {
      const told = faults.map((fault) => ({ fault, sentence: toldOfFault(fault).en }));
      for (const { fault, sentence } of told)
        if (!said.includes(sentence)) log.error({ ...fault }, `the self-audit of the ledger: ${sentence}`);
      if (told.length === 0 && said.length > 0)
        log.info({}, 'the self-audit of the ledger finds nothing wrong any more');
      said = told.map(({ sentence }) => sentence);
    },
    waiting: (now: string | undefined): void => {
      if (now !== undefined && now !== why) log.error({}, `the self-audit of the ledger cannot go on: ${now}`);
      why = now;
    },
  };
};
