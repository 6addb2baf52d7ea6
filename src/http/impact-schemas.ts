import { z } from 'zod';
import { daySchema } from '../../domain/field.ts';

/** What a command would change, as answers say it. */

export const impactSchema = z
  .array(z.object({ target: z.string(), plan: z.string(), on: daySchema, before: z.int(), after: z.int() }))
  .meta({ id: 'Impact', description: 'Every target whose count would change, today or on its plan’s last day' });

const contributed = z.array(
  z
    .object({
      measure: z.string(),
      sector: z.string().nullable(),
      district: z.string().nullable(),
      area: z.enum(['core', 'belt', 'other']).nullable(),
    })
    .meta({ id: 'Contributed' }),
);
export const contributionSchema = z.array(z.object({ from: daySchema, before: contributed, after: contributed })).meta({
  id: 'Contribution',
  description: 'Every day from which on the entry would contribute anything else to the counts',
});
export type Impact = z.output<typeof impactSchema>;
export type Contribution = z.output<typeof contributionSchema>;
