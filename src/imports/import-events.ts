import { type Body, eventLimitBytes, type RecordedEvent } from '../../domain/event.ts';
import type { Text } from '../../domain/field.ts';
import type { JsonObject } from '../../domain/json.ts';

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

export type Left = { readonly submission: string; readonly code: string };

export type ImportEvent =
  | {
      readonly type: 'ImportStarted';
      readonly data: {
        readonly register: string;
        readonly command: string;
        readonly file: string;
        readonly sha256: string;
        readonly set: Readonly<Record<string, string>>;
        /** Heads of the file that are not understood. */
        readonly ignored: readonly string[];
        /** Rows under the heads. */
        readonly total: number;
      };
    }
  | { readonly type: 'ImportRowsRefused'; readonly data: { readonly refusals: readonly Refusal[] } }
  | { readonly type: 'ImportFinished'; readonly data: Counts }
  | {
      readonly type: 'ImportDecisionStarted';
      readonly data: { readonly decision: 'approve' | 'return'; readonly reason?: string };
    }
  | { readonly type: 'ImportSubmissionsLeft'; readonly data: { readonly left: readonly Left[] } }
  | { readonly type: 'ImportDecisionFinished'; readonly data: { readonly decided: number } };

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
  readonly decision: 'approve' | 'return';
  readonly by: string;
  readonly state: 'running' | 'finished';
  readonly reason?: string;
  readonly decided: number;
  readonly left: readonly Left[];
  /** The revision of the event that began it. */
  readonly revision: number;
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
  readonly ignored: readonly string[];
  readonly total: number;
  readonly state: 'running' | 'finished';
  readonly counts: Counts;
  readonly refusals: readonly Refusal[];
  readonly decisions: readonly Decision[];
  readonly revision: number;
};

const noCounts: Counts = { recorded: 0, submitted: 0, alreadyThere: 0, refused: 0 };

/** Folds an import's stream; undefined where it has no start. */
export const foldImport = (id: string, events: readonly RecordedEvent[]): ImportRecord | undefined =>
  events.reduce<ImportRecord | undefined>((record, event) => {
    const said = { type: event.type, data: event.data.data } as unknown as ImportEvent;
    if (said.type === 'ImportStarted') {
      return {
        id,
        by: event.metadata.by,
        startedAt: event.recordedAt,
        ...said.data,
        state: 'running',
        counts: noCounts,
        refusals: [],
        decisions: [],
        revision: event.revision,
      };
    }
    return record && { ...evolveImport(record, said, event), revision: event.revision };
  }, undefined);

/** What a process repeats that goes on after a crash is taken once. */
const evolveImport = (record: ImportRecord, said: ImportEvent, event: RecordedEvent): ImportRecord => {
  switch (said.type) {
    case 'ImportRowsRefused': {
      const known = new Set(record.refusals.map(({ row }) => row));
      const added = said.data.refusals.filter(({ row }) => !known.has(row));
      const refusals = [...record.refusals, ...added].sort((a, b) => a.row - b.row);
      return { ...record, refusals, counts: { ...record.counts, refused: refusals.length } };
    }
    case 'ImportFinished':
      return { ...record, state: 'finished', counts: said.data };
    case 'ImportDecisionStarted': {
      const begun = { ...said.data, by: event.metadata.by, state: 'running', decided: 0, left: [] } as const;
      return { ...record, decisions: [...record.decisions, { ...begun, revision: event.revision }] };
    }
    case 'ImportSubmissionsLeft':
      return withLastDecision(record, ({ left, ...last }) => {
        const known = new Set(left.map(({ submission }) => submission));
        return { ...last, left: [...left, ...said.data.left.filter(({ submission }) => !known.has(submission))] };
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

/** Cuts a list into pieces that each fit an event, with room for all else that it carries. */
export const inPieces = <T>(list: readonly T[]): readonly (readonly T[])[] => {
  const pieces: T[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const each of list) {
    const own = Buffer.byteLength(JSON.stringify(each)) + 1;
    if (bytes + own > pieceLimitBytes) {
      pieces.push([]);
      bytes = 0;
    }
    pieces.at(-1)?.push(each);
    bytes += own;
  }
  return pieces;
};

const pieceLimitBytes = eventLimitBytes - 5_000;
