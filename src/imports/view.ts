import { z } from 'zod';
import type { Text } from '../../domain/field.ts';
import {
  cellFaultSchema,
  cellFaultsOf,
  countsSchema,
  type Decision,
  decisionSchema,
  type ImportProgress,
  importProgressSchema,
  refusalSchema,
  skippedLinesSchema,
} from '../../domain/import-events.ts';
import { problems } from '../commands/problems.ts';

const problemSchema = z
  .object({ type: z.string(), title: z.string(), status: z.int(), detail: z.string() })
  .meta({ description: 'If the import has failed: why' });

/** Why an import has failed: there was nothing to import. */
export const nothingToImport: Text = {
  zh: '表头下没有可导入的行；请核对文件后重新导入',
  en: 'There are no rows to import under the headers; check the file and import it again',
};

/** An import as HTTP answers it: its counts side by side, reasons in one language, skipped lines as `asides`. */
export const importAnswer = z.object({
  import: importProgressSchema.omit({ counts: true, skippedLines: true, set: true, revision: true }).extend({
    ...countsSchema.shape,
    asides: skippedLinesSchema,
    refusals: z.array(
      refusalSchema.extend({
        reason: z.string(),
        faults: z.array(cellFaultSchema.extend({ reason: z.string() })),
      }),
    ),
    decisions: z.array(decisionSchema.omit({ revision: true, at: true })),
    problem: problemSchema.exactOptional(),
  }),
});

/** The answer for an import, with each reason as `worded` gives it. */
export const importView = <Reason>(progress: ImportProgress, worded: (reason: Text) => Reason, basePath = '') => {
  const { counts, skippedLines, set: _, revision: __, refusals, decisions, ...rest } = progress;
  return {
    import: {
      ...rest,
      ...counts,
      asides: skippedLines,
      refusals: refusals.map(({ reason, ...place }) => ({
        ...place,
        reason: worded(reason),
        faults: cellFaultsOf({ reason, ...place }).map((fault) => ({ ...fault, reason: worded(fault.reason) })),
      })),
      decisions: decisions.map(decisionView),
      ...(rest.state === 'failed' ? { problem: problemView(worded, basePath) } : {}),
    },
  };
};

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
