import { z } from 'zod';
import type { Text } from '../../domain/field.ts';
import {
  cellFaultSchema,
  cellFaultsOf,
  countsSchema,
  type Decision,
  decisionSchema,
  type ImportColumn,
  type ImportProgress,
  importProgressSchema,
  leftoverSchema,
  refusalSchema,
  skippedLinesSchema,
} from '../../domain/import-events.ts';
import { problems } from '../commands/problems.ts';
import type { ImportRow } from './row-files.ts';

const problemSchema = z
  .object({ type: z.string(), title: z.string(), status: z.int(), detail: z.string() })
  .meta({ description: 'If the import has failed: why' });

/** Why an import has failed: there was nothing to import. */
export const nothingToImport: Text = {
  zh: '表头下没有可导入的行；请核对文件后重新导入',
  en: 'There are no rows to import under the headers; check the file and import it again',
};

/** Why a column is understood as it is, in words. */
const whys: Readonly<Record<NonNullable<ImportColumn['why']>, Text>> = {
  mapped: { zh: '由导入人指定', en: 'Chosen by the person who imports' },
  'left-out': { zh: '由导入人排除，不读取', en: 'Left out by the person who imports' },
  unknown: {
    zh: '无法识别此表头，不读取；需要读取的，请指定其字段',
    en: 'Its header is not recognised, so it is not read; if it should be, choose its field',
  },
  'row-number': { zh: '行号或未导入原因，不读取', en: 'Numbers of rows, or reasons of rejections, which are not read' },
  'no-number': {
    zh: '此列用于行号，却另有内容，不读取；需要读取的，请指定其字段',
    en: 'A column for numbers of rows that holds something else, so it is not read; if it should be, choose its field',
  },
};

export const columnSchema = z.object({
  column: z.int().meta({ description: 'Its number in the file, from 1' }),
  header: z.string(),
  field: z.string().nullable().meta({
    description: 'The field that it gives, or key, effectiveOn, evidence, note, unit; null if it is not read',
  }),
  why: z.string().optional().meta({ description: 'Why it is understood so' }),
});

/** What is wrong in a cell, or with a row as a whole: then column and header are null. */
export const faultSchema = cellFaultSchema.extend({ reason: z.string() }).meta({ id: 'CellFault' });

/** An import as HTTP answers it: its counts side by side, reasons in one language, skipped lines as `asides`. */
export const shownImport = importProgressSchema
  .omit({ counts: true, skippedLines: true, revision: true })
  .extend({
    ...countsSchema.shape,
    columns: z.array(columnSchema).exactOptional().meta({ description: 'The columns as they are understood' }),
    asides: skippedLinesSchema,
    refusals: z.array(
      refusalSchema.extend({
        reason: z.string(),
        faults: z.array(faultSchema),
      }),
    ),
    decisions: z.array(
      decisionSchema
        .omit({ revision: true, at: true })
        .extend({ left: z.array(leftoverSchema.extend({ reason: z.string() })) }),
    ),
    problem: problemSchema.exactOptional(),
  })
  .meta({ id: 'Import' });
export type ShownImport = z.output<typeof shownImport>;

/** A row of an import as HTTP answers it. */
export const rowView = ({ shown, faults, ...row }: ImportRow, worded: (reason: Text) => string) => ({
  ...row,
  ...shown,
  ...(faults === undefined ? {} : { faults: faults.map((fault) => ({ ...fault, reason: worded(fault.reason) })) }),
});

/** Columns as they are understood, and why, in a language. */
export const columnViews = (
  columns: readonly ImportColumn[],
  language: keyof Text,
): readonly z.output<typeof columnSchema>[] =>
  columns.map(({ why, ...each }) => ({ ...each, ...(why ? { why: whys[why][language] } : {}) }));

/** The answer for an import, with each reason as `worded` gives it, and why columns are understood so in a language. */
export const importView = <Reason>(
  progress: ImportProgress,
  worded: (reason: Text) => Reason,
  language: keyof Text,
  basePath = '',
) => {
  const { counts, skippedLines, revision: _, refusals, decisions, columns, ...rest } = progress;
  return {
    import: {
      ...rest,
      ...counts,
      ...(columns === undefined ? {} : { columns: columnViews(columns, language) }),
      asides: skippedLines,
      refusals: refusals.map(({ reason, ...place }) => ({
        ...place,
        reason: worded(reason),
        faults: cellFaultsOf({ reason, ...place }).map((fault) => ({ ...fault, reason: worded(fault.reason) })),
      })),
      decisions: decisions.map((decision) => ({
        ...decisionView(decision),
        left: decision.left.map((each) => ({ ...each, reason: worded(titleOf(each.code)) })),
      })),
      ...(rest.state === 'failed' ? { problem: problemView(worded, basePath) } : {}),
    },
  };
};

/** What a rejection's code is called; an earlier release may have recorded one that this one does not have. */
const titleOf = (code: string): Text =>
  new Map<string, { readonly title: Text }>(Object.entries(problems)).get(code)?.title ?? { zh: code, en: code };

const problemView = <Reason>(worded: (reason: Text) => Reason, basePath: string) => {
  const { status, title } = problems['invalid-request'];
  return {
    type: `${basePath}/problems/invalid-request`,
    title: worded(title),
    status,
    detail: worded(nothingToImport),
  };
};

/** A decision without its place in the stream. */
export const decisionView = ({ revision: _, at: __, ...decision }: Decision) => decision;
