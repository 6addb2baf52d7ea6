import { z } from 'zod';
import type { Register } from '../../domain/register.ts';
import type { Role } from '../identity/identity.ts';
import { instantSchema } from './schemas.ts';

/** What the routes of imports share: their parameters, and how an import looks in answers. */

export const importReaders: readonly Role[] = ['clerk', 'auditor', 'admin'];
export const importParams = z.object({ id: z.string().max(100) });

export const commandQuery = (register: Register) =>
  z
    .enum(register.facts.map(({ command }) => command))
    .optional()
    .meta({ description: 'Defaults to the register’s first command' });

/** The answer to what begins work in the background. */
export const startedAnswer = z.object({ import: z.object({ id: z.string() }) });

const count = z.int().min(0);

const decisionSchema = z.object({
  decision: z.enum(['approve', 'return', 'undo']),
  by: z.string(),
  state: z.enum(['running', 'finished']),
  reason: z.string().optional(),
  decided: count.meta({ description: 'Submissions decided; for undo, facts annulled' }),
  submitted: count.optional().meta({ description: 'Facts whose annulment waits for a second person' }),
  left: z
    .array(z.object({ submission: z.string().optional(), entry: z.string().optional(), code: z.string() }))
    .meta({ description: 'Submissions left undecided, or entries not undone, each with the reason’s code' }),
});

export const importAnswer = z.object({
  import: z.object({
    id: z.string(),
    register: z.string(),
    command: z.string(),
    file: z.string(),
    sha256: z.string(),
    by: z.string(),
    startedAt: instantSchema,
    dryRun: z.boolean(),
    state: z.enum(['running', 'finished']),
    total: count.meta({ description: 'Rows below the column headers' }),
    rows: count.meta({ description: 'Rows processed so far' }),
    recorded: count,
    submitted: count,
    alreadyThere: count,
    refused: count,
    sheet: z.string().optional().meta({ description: 'The sheet that was read, if the file has several' }),
    ignored: z.array(z.string()).meta({ description: 'Headers of ignored columns' }),
    asides: z
      .array(z.object({ line: count, text: z.string() }))
      .meta({ description: 'Skipped lines below the headers: totals, notes or an example' }),
    refusals: z.array(z.object({ row: count, line: count, column: z.string().nullable(), reason: z.string() })),
    outcomes: z
      .array(z.object({ row: count, key: z.string().nullable(), outcome: z.string() }))
      .optional()
      .meta({ description: 'What would happen to each row; dry runs only' }),
    decisions: z.array(decisionSchema),
  }),
});
