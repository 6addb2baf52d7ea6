import { erasedIn } from './erasure.ts';
import type { RecordedEvent } from './event.ts';
import {
  type Counts,
  type Decision,
  endState,
  type ImportEvent,
  type ImportRecord,
  importEventSchema,
  isImportEvent,
  type Refusal,
} from './import-events.ts';
import { isJsonObject, type JsonObject } from './json.ts';

const withoutTexts = {
  column: null,
  reason: { zh: '原因保存在执行导入的节点上', en: 'The reason is kept on the node that ran the import' },
};

const noCounts: Counts = { recorded: 0, submitted: 0, alreadyThere: 0, refused: 0 };

/**
 * Folds an import's stream; undefined if its start is not there. Refusals that a process repeats after a crash count
 * once.
 */
export const foldImport = (id: string, events: readonly RecordedEvent[]): ImportRecord | undefined => {
  const refusals = new Map<number, Refusal>();
  const record = events.reduce<ImportRecord | undefined>((known, event) => {
    const said = isImportEvent(event)
      ? importEventSchema.parse({ type: event.type, data: withoutDigests(event.data.data) })
      : undefined;
    if (said?.type === 'ImportStarted') return startedRecord(id, said.data, event);
    if (said?.type === 'ImportRowsRefused')
      for (const refusal of said.data.refusals)
        if (!refusals.has(refusal.row)) refusals.set(refusal.row, { ...withoutTexts, ...refusal });
    return known && { ...evolveImport(known, said, event), revision: event.revision };
  }, undefined);
  if (record === undefined) return undefined;
  const inOrder = [...refusals.values()].sort((a, b) => a.row - b.row);
  const counts = record.state === 'running' ? { ...record.counts, refused: inOrder.length } : record.counts;
  const erased = [...new Set(events.flatMap((event) => erasedIn(event).erased ?? []))];
  return { ...record, refusals: inOrder, counts, ...(erased.length > 0 ? { erased } : {}) };
};

/** What an event says without the texts that are gone, in whose places it has their digests. */
const withoutDigests = (data: JsonObject): JsonObject =>
  Object.fromEntries(
    Object.entries(data)
      .filter(([, value]) => !isJsonObject(value) || typeof value.sha256 !== 'string')
      .map(([name, value]) => [name, name === 'set' && isJsonObject(value) ? withoutDigests(value) : value]),
  );

const startedRecord = (
  id: string,
  data: Extract<ImportEvent, { type: 'ImportStarted' }>['data'],
  event: RecordedEvent,
): ImportRecord => ({
  id,
  ...data,
  by: event.metadata.by,
  startedAt: event.recordedAt,
  skippedLines: [],
  state: 'running',
  counts: noCounts,
  refusals: [],
  decisions: [],
  revision: event.revision,
});

const evolveImport = (record: ImportRecord, said: ImportEvent | undefined, event: RecordedEvent): ImportRecord => {
  switch (said?.type) {
    case 'ImportFinished': {
      const { ended: byPerson, waitsUnder, ...counts } = said.data;
      const more = { ...(byPerson ? { ended: byPerson } : {}), ...(waitsUnder ? { waitsUnder } : {}) };
      return { ...record, state: endState(record), counts, ...more };
    }
    case 'ImportDecisionStarted': {
      const begun = { ...said.data, by: event.metadata.by, state: 'running', decided: 0, left: [] } as const;
      const place = { revision: event.revision, at: event.recordedAt };
      return { ...record, decisions: [...record.decisions, { ...begun, ...place }] };
    }
    case 'ImportSubmissionsLeft':
      return withLastDecision(record, ({ left, ...last }) => {
        const known = new Set(left.map(({ submission, entry }) => submission ?? entry));
        const added = said.data.left.filter(({ submission, entry }) => !known.has(submission ?? entry));
        return { ...last, left: [...left, ...added] };
      });
    case 'ImportDecisionFinished':
      return withLastDecision(record, (last) => ({ ...last, ...said.data, state: 'finished' }));
    default:
      return record;
  }
};

const withLastDecision = (record: ImportRecord, change: (last: Decision) => Decision): ImportRecord => {
  const last = record.decisions.at(-1);
  return last === undefined ? record : { ...record, decisions: [...record.decisions.slice(0, -1), change(last)] };
};
