import { z } from 'zod';
import type { Body, RecordedEvent } from './event.ts';

/** What an import is, and the events of its own stream, `upgrade.imports-<id>`. */
export const importsRegister = 'imports';

/** The schemas' types, which nobody changes in place. */
type Immutable<T> = T extends readonly (infer Each)[]
  ? readonly Immutable<Each>[]
  : T extends object
    ? { readonly [K in keyof T]: Immutable<T[K]> }
    : T;

const count = z.int().min(0);

/** A line under the headers that is not a row of the list. */
const skippedLine = z.object({ line: count, text: z.string() });
export type SkippedLine = Immutable<z.infer<typeof skippedLine>>;

/**
 * Rows, by their first lines, and columns, by their headers, that are hidden in the file and were read nevertheless; and
 * hidden sheets whose headers fit too, which were not.
 */
const hiddenSchema = z.object({
  rows: count,
  lines: z.array(count),
  columns: z.array(z.string()),
  sheets: z.array(z.string()).exactOptional(),
});
export type Hidden = Immutable<z.infer<typeof hiddenSchema>>;

/** What is wrong in a cell of a row: its column, from 1, with its header; null if the file has no such column. */
export const cellFaultSchema = z.object({
  column: z.int().min(1).nullable(),
  header: z.string().nullable(),
  value: z.string(),
  reason: z.object({ zh: z.string(), en: z.string() }),
});
export type CellFault = Immutable<z.infer<typeof cellFaultSchema>>;

/** A rejected row: its number among the rows under the headers, from 1, its line in the file, and why. */
export const refusalSchema = z.object({
  row: count,
  line: count,
  column: z.string().nullable(),
  reason: z.object({ zh: z.string(), en: z.string() }),
  codes: z.array(z.string()).exactOptional(),
  /** All that is wrong with it; earlier releases recorded only the first. */
  faults: z.array(cellFaultSchema).exactOptional(),
});
export type Refusal = Immutable<z.infer<typeof refusalSchema>>;

/** What the ledger has of a refused row: its place and codes, without texts, which only the node that ran the import has. */
const refusedLine = z.object({ row: count, line: count, codes: z.array(z.string()) });
export type RefusedLine = Immutable<z.infer<typeof refusedLine>>;

/** All that is wrong with a rejected row; the one thing that is known of one that an earlier release rejected. */
export const cellFaultsOf = ({
  faults,
  column,
  reason,
}: Pick<Refusal, 'faults' | 'column' | 'reason'>): readonly CellFault[] =>
  faults ?? [{ column: null, header: column, value: '', reason }];

/** A column of the file with a header: its number, from 1, and the field that it gives; null if it is left out. */
const importColumn = z.object({
  column: z.int().min(1),
  header: z.string(),
  field: z.string().nullable(),
  /** Mapped or left out by hand; not known; the rows' numbers, or a column for those that holds something else. */
  why: z.enum(['mapped', 'left-out', 'unknown', 'row-number', 'no-number']).exactOptional(),
});
export type ImportColumn = Immutable<z.infer<typeof importColumn>>;

export const countsSchema = z.object({ recorded: count, submitted: count, alreadyThere: count, refused: count });
export type Counts = Immutable<z.infer<typeof countsSchema>>;

/** What became of a row; in a dry run, what would become of it. */
export const rowOutcome = countsSchema.keyof();
export type RowOutcome = z.infer<typeof rowOutcome>;

/** A submission that could not be decided, or an entry of which nothing could be undone, with the rejection's code. */
export const leftoverSchema = z.object({
  submission: z.string().exactOptional(),
  entry: z.string().exactOptional(),
  code: z.string(),
});
export type Leftover = Immutable<z.infer<typeof leftoverSchema>>;

const decisionName = z.enum(['approve', 'return', 'undo']);
export type DecisionName = z.infer<typeof decisionName>;

const progressState = z.enum(['running', 'finished']);

const importState = z
  .enum([...progressState.options, 'failed'])
  .meta({ description: 'An import of a file of which no row could be read has failed' });

/** How an import ends: a file of which nothing could be read is no success. */
export const endState = ({ total }: { readonly total: number }) => (total === 0 ? 'failed' : 'finished');

/** What an import reads and gives, the same from its start to its end. */
const source = z.object({
  register: z.string(),
  command: z.string(),
  file: z.string(),
  sha256: z.string(),
  set: z.record(z.string(), z.string()),
  sheet: z.string().exactOptional().meta({ description: 'The sheet that was read, if the file has several' }),
  otherSheets: z
    .array(z.string())
    .exactOptional()
    .meta({ description: 'Sheets with cells in them that were not read and are not hidden; at most 50' }),
  unusedSet: z
    .array(z.string())
    .exactOptional()
    .meta({ description: 'Fields set for the whole file to no effect, since every row has a value of its own' }),
  ignored: z.array(z.string()).meta({ description: 'Headers that were not recognised' }),
  columns: z.array(importColumn).exactOptional(),
  total: count.meta({ description: 'Rows under the headers' }),
  hidden: hiddenSchema.exactOptional().meta({
    description:
      'Rows and columns that are hidden in the file; they were read like the others. At most 50 lines are listed. Hidden sheets whose headers fit were not read',
  }),
});

/** A person ended the import because its node is gone: who that was, and how many rows nobody knows the outcome of. */
const ended = z
  .object({ by: z.string(), rowsUnknown: count })
  .meta({ description: 'If a person ended the import because its node is lost: who, and the rows without an outcome' });

/** So many other imports are named at most. */
export const waitsUnderTold = 100;

const waitsUnderSchema = z.array(z.object({ import: z.string(), rows: count })).meta({
  description:
    'Other imports that had already submitted rows of this one, which waited there when it ended, and how many rows',
});
export type WaitsUnder = Immutable<z.infer<typeof waitsUnderSchema>>;

export const skippedLinesSchema = z
  .array(skippedLine)
  .meta({ description: 'Lines under the headers that are sums, notes or an example, not rows' });

const skippedCount = count.meta({ description: 'How many such lines there are; at most 50 are listed' });

/** The events of imports, by type. The ledger has no lines of a file; its names and headers are free texts. */
export const importEventSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('ImportStarted'),
    data: source.extend({
      skipped: skippedCount,
      // Texts of the file, which may have been erased.
      file: source.shape.file.default(''),
      ignored: source.shape.ignored.default([]),
    }),
  }),
  z.object({ type: z.literal('ImportRowsRefused'), data: z.object({ refusals: z.array(refusedLine) }) }),
  z.object({
    type: z.literal('ImportFinished'),
    data: countsSchema.extend({ ended: ended.exactOptional(), waitsUnder: waitsUnderSchema.exactOptional() }),
  }),
  z.object({
    type: z.literal('ImportDecisionStarted'),
    data: z.object({ decision: decisionName, reason: z.string().exactOptional() }),
  }),
  z.object({ type: z.literal('ImportSubmissionsLeft'), data: z.object({ left: z.array(leftoverSchema) }) }),
  z.object({
    type: z.literal('ImportDecisionFinished'),
    data: z.object({ decided: count, submitted: count.exactOptional() }),
  }),
]);
export type ImportEvent = Immutable<z.infer<typeof importEventSchema>>;

const types: ReadonlySet<string> = new Set(importEventSchema.options.map(({ shape }) => shape.type.value));

export const isImportEvent = (event: Pick<RecordedEvent, 'type' | 'data'>): boolean =>
  event.data.register === importsRegister && types.has(event.type);

export const importBody = (id: string, { data }: ImportEvent): Body => ({ register: importsRegister, key: id, data });

/** A decision on a whole import. */
export const decisionSchema = z.object({
  decision: decisionName,
  by: z.string(),
  state: progressState,
  reason: z.string().exactOptional(),
  decided: count.meta({ description: 'Submissions decided; for undo, facts annulled' }),
  submitted: count.exactOptional().meta({ description: 'Facts whose annulment waits for a second person' }),
  left: z
    .array(leftoverSchema)
    .meta({ description: 'Submissions, or entries to undo, that were left as they are, each with the reason' }),
  /** The revision of the event that began it, and when that was. */
  revision: count,
  at: z.string(),
});
export type Decision = Immutable<z.infer<typeof decisionSchema>>;

const instant = z.iso.datetime({ precision: 3 }).meta({ examples: ['2020-12-22T01:30:00.000Z'] });

/** What the rows of a dry run would change in all: a target's count on a day, before and after. */
const impactSchema = z
  .array(z.object({ target: z.string(), plan: z.string(), on: z.string(), before: z.int(), after: z.int() }))
  .meta({ description: 'In a dry run that has ended: every target whose count its rows would change, all together' });

/** An import as its stream tells it. */
export const importSchema = z.object({
  id: z.string(),
  ...source.shape,
  by: z.string(),
  startedAt: instant,
  skipped: skippedCount,
  skippedLines: skippedLinesSchema,
  state: importState,
  counts: countsSchema,
  ended: ended.exactOptional(),
  waitsUnder: waitsUnderSchema.exactOptional(),
  refusals: z.array(refusalSchema),
  decisions: z.array(decisionSchema),
  impact: impactSchema.exactOptional(),
  erased: z
    .array(z.string())
    .exactOptional()
    .meta({ description: 'The names of its free texts that were erased, such as file' }),
  revision: count,
});
export type ImportRecord = Immutable<z.infer<typeof importSchema>>;

/** An import as a node knows it while it runs; a dry run, which has no stream, is known only to its node. */
export const importProgressSchema = importSchema.extend({
  state: z.enum(['waiting', ...importState.options]),
  rows: z.union([count, z.literal('elsewhere')]).meta({
    description:
      'Rows done so far; elsewhere if the refused rows are on the node that ran the import, and not on this one',
  }),
  dryRun: z.boolean(),
});
export type ImportProgress = Immutable<z.infer<typeof importProgressSchema>>;
