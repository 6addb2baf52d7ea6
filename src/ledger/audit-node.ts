import { eventFromRow, eventNumbered } from '../../projections/trail.ts';
import type { Config } from '../config.ts';
import { kept, pathIn } from '../data-folder.ts';
import { readReadModelFile } from '../readmodel/file.ts';
import { currentPath } from '../readmodel/folder.ts';
import type { EventStore, PlacedEvent } from '../store/event-store.ts';
import { type Audited, auditStore } from './audit.ts';
import { type AuditState, auditIn, keepAudit } from './audit-state.ts';
import { signedLast } from './opening.ts';

/** The settings that an audit needs. */
export type NodeToAudit = Pick<Config, 'store' | 'dataFolder' | 'keysFolder' | 'origin'>;

export type Auditing = {
  /** Does work on the store, and may repeat it. */
  readonly patient: <T>(work: () => Promise<T>) => Promise<T>;
  /** Called after each page. */
  readonly rest: (now: Audited) => Promise<void>;
  /** Called about once a second, and at the end. */
  readonly onState: (state: AuditState) => void;
};

const tellMs = 1_000;
/** So long a node of a cluster may lag behind the one that this node has hashed events from. */
const [lagMs, lagTimes] = [500, 10];

/** One whole pass over a node’s store; what it finds is kept beside the hashes, also for other processes. */
export const keptAudit = async (
  node: NodeToAudit,
  store: Pick<EventStore, 'readAll'>,
  { patient, rest, onState }: Auditing,
): Promise<Audited> => {
  const folder = pathIn(node.dataFolder, kept.leafHashes);
  const keep = (state: AuditState): void => {
    try {
      keepAudit(folder, state);
    } catch {} // a full disk must not hide what was found
    onState(state);
  };
  const signed = await patient(() => signedLast(node));
  const readAll: EventStore['readAll'] = (after, limit) => patient(() => store.readAll(after, limit));
  let [told, count] = [0, 0];
  const audited = await auditStore({
    store: { readAll: node.store.kind === 'sqlite' ? readAll : notLagging(readAll) },
    folder,
    signed,
    foldedAt: foldedIn(pathIn(node.dataFolder, kept.readModel)),
    onPage: async (now) => {
      if (Date.now() >= told + tellMs || now.faults.length !== count) {
        [told, count] = [Date.now(), now.faults.length];
        keep({ ...auditIn(folder), now });
      }
      await rest(now);
    },
  });
  keep({ last: { ...audited, at: new Date().toISOString() } });
  return audited;
};

/** Reads the end again, since the node of a cluster that is asked may lag behind. */
const notLagging =
  (readAll: EventStore['readAll']): EventStore['readAll'] =>
  async (after, limit) => {
    let page: readonly PlacedEvent[] = [];
    for (let time = 0; time < lagTimes; time++) {
      page = await readAll(after, limit);
      if (page.length > 0) break;
      await new Promise((resolve) => setTimeout(resolve, lagMs));
    }
    return page;
  };

/** What the read model in a folder has at an entry number. */
const foldedIn = (folder: string) => (entryNumber: number) => {
  const path = currentPath(folder);
  if (path === undefined) return undefined;
  try {
    const file = readReadModelFile(path);
    try {
      const row = file.readable ? file.get(eventNumbered(entryNumber)) : undefined;
      return row && eventFromRow(row);
    } finally {
      file.close();
    }
  } catch {
    return undefined; // it is only asked for names
  }
};
