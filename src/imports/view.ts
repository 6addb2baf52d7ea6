import { z } from 'zod';
import type { Text } from '../../domain/field.ts';
import {
  countsSchema,
  type Decision,
  decisionSchema,
  type ImportProgress,
  importProgressSchema,
  refusalSchema,
  skippedLinesSchema,
} from '../../domain/import-events.ts';

/** An import as HTTP answers it: its counts side by side, reasons in one language, skipped lines as `asides`. */
export const importAnswer = z.object({
  import: importProgressSchema.omit({ counts: true, skippedLines: true, set: true, revision: true }).extend({
    ...countsSchema.shape,
    asides: skippedLinesSchema,
    refusals: z.array(refusalSchema.extend({ reason: z.string() })),
    decisions: z.array(decisionSchema.omit({ revision: true, at: true })),
  }),
});

/** The answer for an import, with each reason as `worded` gives it. */
export const importView = <Reason>(progress: ImportProgress, worded: (reason: Text) => Reason) => {
  const { counts, skippedLines, set: _, revision: __, refusals, decisions, ...rest } = progress;
  return {
    import: {
      ...rest,
      ...counts,
      asides: skippedLines,
      refusals: refusals.map(({ reason, ...place }) => ({ ...place, reason: worded(reason) })),
      decisions: decisions.map(decisionView),
    },
  };
};

/** A decision without its place in the stream. */
export const decisionView = ({ revision: _, at: __, ...decision }: Decision) => decision;
