import type { Body, RecordedEvent } from '../../domain/event.ts';
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
      };
    }
  | { readonly type: 'ImportRowsRefused'; readonly data: { readonly refusals: readonly Refusal[] } }
  | { readonly type: 'ImportFinished'; readonly data: Counts }
  | {
      readonly type: 'ImportDecisionStarted';
      readonly data: { readonly decision: 'approve' | 'return'; readonly reason?: string };
    }
  | {
      readonly type: 'ImportDecisionFinished';
      readonly data: { readonly decided: number; readonly left: readonly Left[] };
    };

const types: ReadonlySet<string> = new Set<ImportEvent['type']>([
  'ImportStarted',
  'ImportRowsRefused',
  'ImportFinished',
  'ImportDecisionStarted',
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
    return record && { ...evolveImport(record, said, event.metadata.by), revision: event.revision };
  }, undefined);

const evolveImport = (record: ImportRecord, said: ImportEvent, by: string): ImportRecord => {
  switch (said.type) {
    case 'ImportRowsRefused': {
      const refusals = [...record.refusals, ...said.data.refusals];
      return { ...record, refusals, counts: { ...record.counts, refused: refusals.length } };
    }
    case 'ImportFinished':
      return { ...record, state: 'finished', counts: said.data };
    case 'ImportDecisionStarted':
      return {
        ...record,
        decisions: [...record.decisions, { ...said.data, by, state: 'running', decided: 0, left: [] }],
      };
    case 'ImportDecisionFinished': {
      const last = record.decisions.at(-1);
      if (last === undefined) return record;
      return { ...record, decisions: [...record.decisions.slice(0, -1), { ...last, ...said.data, state: 'finished' }] };
    }
    default:
      return record;
  }
};
