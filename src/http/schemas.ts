import { z } from 'zod';
import { daySchema, shapeOf } from '../../domain/field.ts';
import { paces } from '../../domain/forecast.ts';
import { evidenceSchema, fieldOf, type Register } from '../../domain/register.ts';
import { goalSchema } from '../../domain/registers/plans.ts';

/** The shapes of answers that several routes share. */

export const sizeSchema = z.int().min(0).meta({ description: 'How many events of the ledger were known' });
export const instantSchema = z.iso.datetime({ precision: 3 }).meta({ examples: ['2020-12-22T01:30:00.000Z'] });
export const eventIdSchema = z.uuid();
export const textsSchema = z.object({ zh: z.string(), en: z.string() });
const entryNumberSchema = z.int().min(0).meta({ description: 'Place in the ledger, from 0' });
const revisionSchema = z.int().min(0).meta({ description: 'Place in the entry’s stream, from 0' });

export const viewAnswer = {
  on: daySchema,
  knownAt: instantSchema
    .nullable()
    .meta({ description: 'When the last known event was recorded; null before the first' }),
  size: sizeSchema,
};

/** An answer that is not JSON: a file, a page or a stream of this media type. */
export const answerOf = (mediaType: string, description: string) => ({
  description,
  content: { [mediaType]: { schema: z.string() } },
});

export const problemSchema = z
  .looseObject({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    errors: z
      .array(
        z.object({
          in: z.enum(['body', 'path', 'query', 'header']),
          pointer: z.string().optional(),
          name: z.string().optional(),
          message: z.string(),
        }),
      )
      .optional(),
  })
  .meta({ id: 'Problem', description: 'RFC 9457; `type` leads to a page that explains the problem' });

const descriptiveOf = (register: Register) =>
  shapeOf(
    {
      ...register.descriptive,
      ...Object.fromEntries(
        (register.lasting ?? []).flatMap((name) => {
          const field = fieldOf(register, name);
          return field === undefined ? [] : [[name, field]];
        }),
      ),
    },
    'all-optional',
  );

const entryShape = (register: Register) => ({
  register: z.literal(register.name),
  key: z.string(),
  status: z.enum(['none', ...Object.keys(register.statuses)]),
  revision: revisionSchema,
  ...descriptiveOf(register),
});

/** An entry in the answer to a command. */
const commandedEntry = (register: Register) =>
  z.object({
    ...entryShape(register),
    revision: z.int().min(-1).meta({ description: 'The revision of the entry’s stream; −1 if it has no event' }),
    pending: z.array(z.string()),
  });

/** A page of a register's list, open to anyone. */
export const listAnswer = (register: Register) =>
  z.object({
    ...viewAnswer,
    items: z.array(
      z.object({
        ...entryShape(register),
        since: daySchema.meta({ description: 'The day since which it has its status' }),
        pending: z.int().optional().meta({ description: 'How many submissions wait now; for those who may record' }),
      }),
    ),
    total: z.int().meta({ description: 'How many match, on all pages' }),
    facets: z
      .record(z.string(), z.array(z.object({ value: z.string().nullable(), count: z.int() })))
      .optional()
      .meta({ description: 'How many of all that match have each value; null for those without one' }),
  });

/** An entry by itself; some fields are only for those with a role. */
export const readEntry = (register: Register) =>
  z.object({
    ...entryShape(register),
    ...viewAnswer,
    allowed: z
      .array(z.string())
      .optional()
      .meta({ description: 'Commands that the status on the day allows; for those who may record' }),
    pending: z
      .array(z.string())
      .optional()
      .meta({ description: 'Ids of pending submissions; for those who may record' }),
    evidence: z
      .array(z.object({ event: eventIdSchema, ...evidenceSchema.shape }))
      .optional()
      .meta({ description: 'For any role' }),
    notes: z
      .array(z.object({ event: eventIdSchema, note: z.string() }))
      .optional()
      .meta({ description: 'For any role' }),
  });

export const impactSchema = z
  .array(z.object({ target: z.string(), plan: z.string(), on: daySchema, before: z.int(), after: z.int() }))
  .meta({ description: 'Every target whose count would change, today or on its plan’s last day' });

const contributed = z.array(
  z.object({
    measure: z.string(),
    sector: z.string().nullable(),
    district: z.string().nullable(),
    area: z.enum(['core', 'belt', 'other']).nullable(),
  }),
);
const contributionSchema = z
  .array(z.object({ from: daySchema, before: contributed, after: contributed }))
  .meta({ description: 'Every day from which on the entry would contribute anything else to the counts' });

const recordedEvents = z.array(
  z.object({
    id: eventIdSchema,
    type: z.string(),
    revision: revisionSchema,
    entryNumber: entryNumberSchema.optional(),
  }),
);

export const submissionSchema = z
  .object({
    id: z.string(),
    status: z.enum(['pending', 'approved', 'returned', 'withdrawn']),
    register: z.string(),
    key: z.string(),
    command: z.string(),
    body: z.record(z.string(), z.unknown()),
    by: z.string(),
    submittedAt: instantSchema.optional(),
    revision: revisionSchema,
    entryNumber: entryNumberSchema.optional(),
    impact: impactSchema.optional(),
    contribution: contributionSchema.optional(),
    decidedBy: z.string().optional(),
    reason: z.string().optional(),
    event: eventIdSchema.optional().meta({ description: 'The event that decided it' }),
    import: z.string().optional(),
    row: z.int().optional(),
  })
  .meta({ id: 'Submission' });
export const submissionAnswer = z.object({ submission: submissionSchema });

/** The answers to a register's commands: 200 to a dry run, 201 if recorded, 202 if submitted. */
export const commandAnswers = (register: Register) => {
  const entry = commandedEntry(register);
  return {
    200: z.object({
      would: z.enum(['record', 'submit']),
      entry,
      impact: impactSchema,
      contribution: contributionSchema,
    }),
    201: z.object({ entry, events: recordedEvents, position: z.string() }),
    202: submissionAnswer,
  };
};

export const historyAnswer = z.object({
  register: z.string(),
  key: z.string(),
  knownAt: viewAnswer.knownAt,
  size: sizeSchema,
  events: z.array(
    z.object({
      id: eventIdSchema,
      type: z.string(),
      entryNumber: entryNumberSchema,
      revision: revisionSchema,
      effectiveOn: daySchema.optional(),
      recordedAt: instantSchema,
      by: z.string().optional().meta({ description: 'For clerks and auditors, as approvedBy' }),
      approvedBy: z.string().optional(),
      submission: z.string().optional(),
      data: z.record(z.string(), z.unknown()),
      evidence: z.array(evidenceSchema),
      note: z.string().optional(),
      annulledBy: eventIdSchema.optional(),
      correctedBy: z.array(eventIdSchema).optional(),
    }),
  ),
});

export const figureSchema = z
  .object({
    id: z.string(),
    plan: z.string(),
    title: textsSchema,
    goal: goalSchema,
    count: z.int(),
    countedOn: daySchema,
    expected: z.number().nullable(),
    pace: z.enum(paces).nullable(),
    projected: z.object({ low: z.int(), high: z.int() }).nullable(),
  })
  .meta({ id: 'TargetFigure' });
export const targetsAnswer = z.object({ ...viewAnswer, targets: z.array(figureSchema) });

export const cloudEventSchema = z
  .object({
    specversion: z.literal('1.0'),
    id: eventIdSchema,
    type: z.string(),
    source: z.string(),
    subject: z.string(),
    time: instantSchema,
    datacontenttype: z.literal('application/json'),
    entrynumber: entryNumberSchema,
    data: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'CloudEvent', description: 'CloudEvents 1.0; data is the event as it is stored' });

/** Refusals, by status. */
export const refusals = (
  ...statuses: readonly number[]
): Record<number, { content: Record<string, { schema: typeof problemSchema }>; description: string }> =>
  Object.fromEntries(
    statuses.map((status) => [
      status,
      { description: 'Refused', content: { 'application/problem+json': { schema: problemSchema } } },
    ]),
  );
