import type { Body, RecordedEvent } from './event.ts';
import type { Text } from './field.ts';
import type { JsonObject } from './json.ts';

/** A line under the headers that is no row of the list. */
export type Aside = { readonly line: number; readonly text: string };

/** The events of an import's own stream, `upgrade.imports-<id>`. */
export const importsRegister = 'imports';

export type Refusal = {
  /** The row's number among the rows under the heads, from 1, and its line in the file. */
  readonly row: number;
  readonly line: number;
  readonly column: string | null;
  readonly reason: Text;
};

export type Counts = {
  readonly recorded: number;
  readonly submitted: number;
  readonly alreadyThere: number;
  readonly refused: number;
};

/** A submission that could not be decided, or an entry of which nothing could be undone, with why. */
export type Left = { readonly submission?: string; readonly entry?: string; readonly code: string };

export type DecisionName = 'approve' | 'return' | 'undo';

export type ImportEvent =
  | {
      readonly type: 'ImportStarted';
      readonly data: {
        readonly register: string;
        readonly command: string;
        readonly file: string;
        readonly sha256: string;
        readonly set: Readonly<Record<string, string>>;
        /** The sheet that was read, where the file has several. */
        readonly sheet?: string;
        /** Heads of the file that are not understood. */
        readonly ignored: readonly string[];
        /** Lines under the heads that are sums or notes. */
        readonly asides?: readonly Aside[];
        /** Rows under the heads. */
        readonly total: number;
      };
    }
  | { readonly type: 'ImportRowsRefused'; readonly data: { readonly refusals: readonly Refusal[] } }
  | { readonly type: 'ImportFinished'; readonly data: Counts }
  | {
      readonly type: 'ImportDecisionStarted';
      readonly data: { readonly decision: DecisionName; readonly reason?: string };
    }
  | { readonly type: 'ImportSubmissionsLeft'; readonly data: { readonly left: readonly Left[] } }
  | {
      readonly type: 'ImportDecisionFinished';
      readonly data: { readonly decided: number; readonly submitted?: number };
    };

const types: ReadonlySet<string> = new Set<ImportEvent['type']>([
  'ImportStarted',
  'ImportRowsRefused',
  'ImportFinished',
  'ImportDecisionStarted',
  'ImportSubmissionsLeft',
  'ImportDecisionFinished',
]);

export const isImportEvent = (event: Pick<RecordedEvent, 'type' | 'data'>): boolean =>
  event.data.register === importsRegister && types.has(event.type);

export const importBody = (id: string, { data }: ImportEvent): Body => ({
  register: importsRegister,
  key: id,
  data: data as unknown as JsonObject,
});

export type Decision = {
  readonly decision: DecisionName;
  readonly by: string;
  readonly state: 'running' | 'finished';
  readonly reason?: string;
  /** Submissions that were decided; of an undoing, facts that were annulled. */
  readonly decided: number;
  /** Facts whose annulment waits for a second person. */
  readonly submitted?: number;
  readonly left: readonly Left[];
  /** The revision of the event that began it, and when that was. */
  readonly revision: number;
  readonly at: string;
};

/** An import as its stream tells it. */
export type ImportRecord = {
  readonly id: string;
  readonly by: string;
  readonly startedAt: string;
  readonly register: string;
  readonly command: string;
  readonly file: string;
  readonly sha256: string;
  readonly set: Readonly<Record<string, string>>;
  readonly sheet?: string;
  readonly ignored: readonly string[];
  readonly asides: readonly Aside[];
  readonly total: number;
  readonly state: 'running' | 'finished';
  readonly counts: Counts;
  readonly refusals: readonly Refusal[];
  readonly decisions: readonly Decision[];
  readonly revision: number;
};

const noCounts: Counts = { recorded: 0, submitted: 0, alreadyThere: 0, refused: 0 };

/** Folds an import's stream; undefined where it has no start. What a process repeats after a crash is taken once. */
export const foldImport = (id: string, events: readonly RecordedEvent[]): ImportRecord | undefined => {
  const refusals = new Map<number, Refusal>();
  const record = events.reduce<ImportRecord | undefined>((known, event) => {
    const said = { type: event.type, data: event.data.data } as unknown as ImportEvent;
    if (said.type === 'ImportStarted') return startedRecord(id, said.data, event);
    if (said.type === 'ImportRowsRefused')
      for (const refusal of said.data.refusals) if (!refusals.has(refusal.row)) refusals.set(refusal.row, refusal);
    return known && { ...evolveImport(known, said, event), revision: event.revision };
  }, undefined);
  if (record === undefined) return undefined;
  const inOrder = [...refusals.values()].sort((a, b) => a.row - b.row);
  const counts = record.state === 'running' ? { ...record.counts, refused: inOrder.length } : record.counts;
  return { ...record, refusals: inOrder, counts };
};

const startedRecord = (
  id: string,
  data: (ImportEvent & { type: 'ImportStarted' })['data'],
  event: RecordedEvent,
): ImportRecord => ({
  id,
  by: event.metadata.by,
  startedAt: event.recordedAt,
  asides: [],
  ...data,
  state: 'running',
  counts: noCounts,
  refusals: [],
  decisions: [],
  revision: event.revision,
});

const evolveImport = (record: ImportRecord, said: ImportEvent, event: RecordedEvent): ImportRecord => {
  switch (said.type) {
    case 'ImportFinished':
      return { ...record, state: 'finished', counts: said.data };
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
