import { setTimeout as pause } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { StoreUnavailable } from '../store/event-store.ts';
import { openStoreAt } from '../store/open.ts';
import type { Audited } from './audit.ts';
import { keptAudit, type NodeToAudit } from './audit-node.ts';
import type { AuditState } from './audit-state.ts';

/** The thread of a server’s self-audit: whole passes, each when it is told to, slowly. */

/** What the thread is told. */
export type AuditOrder = 'pass' | 'end';
/** What the thread tells: what it has found, that it cannot go on at the moment, or how long the pass was at work. */
export type AuditNews = { readonly state: AuditState } | { readonly waiting: string } | { readonly overMs: number };

/** Events a second. A larger ledger is read faster, so that a pass and the rest after it end within a day. */
const pace = 600;
const passSeconds = 40_000;
const retryMs = 2_000;

const node = workerData as NodeToAudit;
const ending = new AbortController();
const tell = (news: AuditNews): void => parentPort?.postMessage(news);

/** How long the pass has waited for the store. */
let waitedMs = 0;

/** Waits as long as it takes for a store that is away. */
const patient = async <T>(work: () => Promise<T>): Promise<T> => {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error;
      tell({ waiting: error.message });
      waitedMs += retryMs;
      await pause(retryMs, undefined, { signal: ending.signal });
    }
  }
};

const pass = async (): Promise<void> => {
  let checked = 0;
  const rest = async (now: Audited): Promise<void> => {
    const seconds = (now.checked - checked) / Math.max(pace, now.size / passSeconds);
    checked = now.checked;
    await pause(seconds * 1_000, undefined, { signal: ending.signal });
  };
  const store = await patient(() => openStoreAt(node.store, 'REGISTRY_STORE', Date.now, node));
  await keptAudit(node, store, { patient, rest, onState: (state) => tell({ state }) }).finally(store.close);
};

parentPort?.on('message', async (order: AuditOrder) => {
  if (order === 'end') {
    ending.abort();
    parentPort?.close();
    return;
  }
  const begunAt = Date.now();
  waitedMs = 0;
  try {
    await pass();
  } catch (error) {
    if (!ending.signal.aborted) tell({ waiting: error instanceof Error ? error.message : String(error) });
  }
  tell({ overMs: Date.now() - begunAt - waitedMs });
});
