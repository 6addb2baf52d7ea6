import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { daySchema, matching, oneOf, shapeOf } from '../../domain/field.ts';
import { districts, sectors } from '../../domain/places.ts';
import { evidenceSchema, fieldOf, type Register } from '../../domain/register.ts';
import { goalSchema } from '../../domain/registers/plans.ts';
import { xlsxType } from '../spreadsheets/xlsx-writer.ts';

/** Shapes of requests and answers that several routes share. */

export const sizeSchema = z.int().min(0).meta({ description: 'Number of events of the ledger that were known' });
export const instantSchema = z.iso.datetime({ precision: 3 }).meta({ examples: ['2020-12-22T01:30:00.000Z'] });
export const eventIdSchema = z.uuid();
export const textsSchema = z.object({ zh: z.string(), en: z.string() });
const entryNumberSchema = z.int().min(0).meta({ description: 'Place in the ledger, from 0' });
const revisionSchema = z.int().min(0).meta({ description: 'Place in the entry’s stream, from 0' });

export const viewQuery = {
  on: daySchema.optional().meta({ description: 'A day in Shanghai; today where left out', examples: ['2020-12-31'] }),
  knownAt: matching(
    /^(\d{1,15}|\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2}))$/,
    '须为时刻（RFC 3339，如 2021-06-15T04:00:00Z）或台账的事件数',
    'Must be an instant (RFC 3339, such as 2021-06-15T04:00:00Z) or a number of events of the ledger',
  )
    .optional()
    .meta({
      description: 'What was known by an instant (RFC 3339) or by the first so many events; all where left out',
      examples: ['2026-01-01T00:00:00Z'],
    }),
};
export const viewAnswer = {
  on: daySchema,
  knownAt: instantSchema
    .nullable()
    .meta({ description: 'When the last event that was known was recorded; null before the first' }),
  size: sizeSchema,
};

export const sectorQuery = oneOf(sectors).optional();
export const districtQuery = oneOf(districts).optional();
export const areaQuery = z.enum(['core', 'belt', 'other']).optional();
const wholeNumber = (min: number, max: number) =>
  z
    .string()
    .refine((text) => /^-?\d{1,15}$/.test(text) && Number(text) >= min && Number(text) <= max, {
      error: `Must be a whole number from ${min} to ${max}`,
      params: { zh: `须为 ${min} 到 ${max} 的整数` },
    })
    .meta({ pattern: '^-?\\d{1,15}$' });
export const entryNumberQuery = wholeNumber(-1, 999_999_999_999);
export const pagingQuery = {
  limit: wholeNumber(1, 500)
    .optional()
    .meta({ description: '1–500, 50 where left out', examples: ['50'] }),
  cursor: z.string().max(2_000).optional().meta({ description: 'From the Link header of the page before' }),
};
export const languageQuery = z.enum(['zh', 'en']).optional().meta({ description: 'By Accept-Language where left out' });
export const xlsxAnswer = { description: 'A file', content: { [xlsxType]: { schema: z.string() } } };

/** An answer that is an XLSX to keep. */
export const attached = (reply: FastifyReply, name: string): FastifyReply =>
  reply.type(xlsxType).header('content-disposition', `attachment; filename="${name}"`);

export const flagQuery = z.enum(['true', 'false']).optional();

export const commandHeaders = z.object({
  'if-match': matching(
    /^(W\/)?"(0|[1-9]\d{0,8})"$/,
    '须为带引号的修订号，如 "3"',
    'Must be a revision in quotes, such as "3"',
  )
    .optional()
    .meta({ description: 'The revision of the entry that you have seen, in quotes', examples: ['"3"'] }),
  'idempotency-key': matching(
    /^[\x21-\x7e]{1,255}$/,
    '须为 1–255 个可见的 ASCII 字符，不含空格',
    'Must be 1–255 visible ASCII characters, without spaces',
  )
    .optional()
    .meta({ description: 'Makes a repeat of the command safe; 1–255 visible characters' }),
});
export const positionHeaders = z.object({
  'registry-position': z
    .string()
    .optional()
    .meta({ description: 'Waits until this position, of an answer of this service, is folded, at most 5 s' }),
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
  .meta({ id: 'Problem', description: 'RFC 9457; type is a page that explains it' });

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
    revision: z.int().min(-1).meta({ description: 'The stream’s revision; −1 where it has no event' }),
    pending: z.array(z.string()),
  });

/** An entry in a list, open to anyone. */
export const listedEntry = (register: Register) => z.object(entryShape(register));

/** An entry by itself: with more for those with a role. */
export const readEntry = (register: Register) =>
  z.object({
    ...entryShape(register),
    ...viewAnswer,
    allowed: z
      .array(z.string())
      .optional()
      .meta({ description: 'Commands possible on the day; for whoever may record' }),
    pending: z.array(z.string()).optional().meta({ description: 'Submissions that wait; for whoever may record' }),
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
  .meta({ description: 'Every target whose count would change, today and on its plan’s last day' });

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
    decidedBy: z.string().optional(),
    reason: z.string().optional(),
    event: eventIdSchema.optional().meta({ description: 'The event that decided it' }),
    import: z.string().optional(),
    row: z.int().optional(),
  })
  .meta({ id: 'Submission' });
export const submissionAnswer = z.object({ submission: submissionSchema });

/** The answers to a register's commands: tried, recorded, submitted. */
export const commandAnswers = (register: Register) => {
  const entry = commandedEntry(register);
  return {
    200: z.object({ would: z.enum(['record', 'submit']), entry, impact: impactSchema }),
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
      by: z.string(),
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
    pace: z.enum(['reached', 'ahead', 'on-track', 'behind']).nullable(),
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
  .meta({ id: 'CloudEvent', description: 'CloudEvents 1.0; data holds the event as the store keeps it' });

/** Refusals of a route, by status. */
export const refusals = (
  ...statuses: readonly number[]
): Record<number, { content: Record<string, { schema: typeof problemSchema }>; description: string }> =>
  Object.fromEntries(
    statuses.map((status) => [
      status,
      { description: 'Refused', content: { 'application/problem+json': { schema: problemSchema } } },
    ]),
  );
