import { z } from 'zod';
import { daySchema, shapeOf } from '../../domain/field.ts';
import { paces } from '../../domain/forecast.ts';
import { evidenceSchema, fieldOf, type Register, statusTitle } from '../../domain/register.ts';
import { goalSchema } from '../../domain/registers/plans.ts';
import { cellsAnswer } from './cells.ts';
import { contributionSchema, impactSchema } from './impact-schemas.ts';

/** The shapes of answers that several routes share. */

/** What is made once for each register, so that it has one name in the OpenAPI document. */
const perRegister = <Made>(make: (register: Register) => Made): ((register: Register) => Made) => {
  const made = new Map<string, Made>();
  return (register) => {
    const known = made.get(register.name) ?? make(register);
    made.set(register.name, known);
    return known;
  };
};

const dayNamed = daySchema.meta({ id: 'Day' });
const evidenceNamed = evidenceSchema.meta({ id: 'Evidence' });
export const sizeSchema = z.int().min(0).meta({ id: 'Size', description: 'How many events of the ledger were known' });
export const instantSchema = z.iso
  .datetime({ precision: 3 })
  .meta({ id: 'Instant', examples: ['2020-12-22T01:30:00.000Z'] });
export const eventIdSchema = z.uuid().meta({ id: 'EventId' });
export const textsSchema = z.object({ zh: z.string(), en: z.string() }).meta({ id: 'Title' });
const entryNumberSchema = z.int().min(0).meta({ id: 'EntryNumber', description: 'Place in the ledger, from 0' });
const revisionSchema = z.int().min(0).meta({ id: 'Revision', description: 'Place in the entry’s stream, from 0' });

export const viewAnswer = {
  on: dayNamed,
  knownAt: instantSchema
    .nullable()
    .meta({ id: 'KnownAt', description: 'When the last known event was recorded; null before the first' }),
  size: sizeSchema,
};

const erasedSchema = z.array(z.string()).meta({ id: 'Erased', description: 'Names of free texts that were erased' });

/** An answer in JSON, and what it means. */
export const meaning = <Schema extends z.ZodType>(description: string, schema: Schema) => ({
  description,
  content: { 'application/json': { schema } },
});

/** An answer that is not JSON: a file, a page or a stream of this media type. */
export const answerOf = (mediaType: string, description: string) => ({
  description,
  content: { [mediaType]: { schema: z.string() } },
});

export const problemSchema = z
  .looseObject({
    type: z.string().meta({ description: 'Leads to a page that explains the problem' }),
    title: z.string(),
    status: z.int(),
    detail: z.string().meta({ description: 'What is wrong, and what to do, in the language of Content-Language' }),
  })
  .meta({ description: 'A refusal (RFC 9457), with a type of its own for each reason' });

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

const statusOf = perRegister((register) => {
  const names = ['none', ...Object.keys(register.statuses)];
  const titles = names.map((name) => [name, statusTitle(register, name)] as const);
  return z.enum(names).meta({ id: `${register.entry}Status`, 'x-titles': Object.fromEntries(titles) });
});

const entryShape = (register: Register) => ({
  register: z.literal(register.name),
  key: z.string(),
  status: statusOf(register),
  revision: revisionSchema,
  ...descriptiveOf(register),
});

/** An entry in the answer to a command. */
const commandedEntry = (register: Register) =>
  z
    .object({
      ...entryShape(register),
      revision: revisionSchema
        .optional()
        .meta({ description: 'The revision of the entry’s stream; left out by a dry run if the stream has no event' }),
      pending: z.array(z.string()),
    })
    .meta({ id: `${register.entry}Commanded` });

/** A page of a register's list, open to anyone. */
export const listAnswer = perRegister((register) => {
  const listed = z.object({
    ...entryShape(register),
    since: daySchema.meta({ description: 'The day since which it has its status' }),
    pending: z.int().optional().meta({ description: 'How many submissions wait now; for those who may record' }),
  });
  return z
    .object({
      ...viewAnswer,
      items: z.array(listed.meta({ id: `${register.entry}Listed` })),
      total: z.int().meta({ description: 'How many match, on all pages' }),
      facets: facets.optional(),
    })
    .meta({ id: `${register.entry}List` });
});

const facets = z
  .record(z.string(), z.array(z.object({ value: z.string().nullable(), count: z.int() })))
  .meta({ id: 'Facets', description: 'How many of all that match have each value; null for those without one' });

const forRecorders = {
  allowed: z.array(z.string()).meta({
    id: 'AllowedCommands',
    description: 'Commands that the status on the day allows; for those who may record',
  }),
  pending: z
    .array(z.string())
    .meta({ id: 'PendingSubmissions', description: 'Ids of pending submissions; for those who may record' }),
};
const forRoles = {
  evidence: z
    .array(z.object({ event: eventIdSchema, ...evidenceSchema.shape }))
    .meta({ id: 'EvidenceOfEvents', description: 'For any role' }),
  notes: z
    .array(z.object({ event: eventIdSchema, note: z.string() }))
    .meta({ id: 'NotesOfEvents', description: 'For any role' }),
};

const countsNamed = z.array(z.object({ measure: z.string(), since: daySchema, events: z.array(eventIdSchema) })).meta({
  id: 'Counts',
  description: 'The measures for which it counts on the day, since when, and the facts because of which',
});
export type Counts = z.output<typeof countsNamed>;

/** An entry by itself; some fields are only for those with a role. */
export const readEntry = perRegister((register) =>
  z
    .object({
      ...entryShape(register),
      ...viewAnswer,
      since: daySchema.optional().meta({ description: 'The day since which it has its status' }),
      counts: countsNamed,
      ...z.object({ ...forRecorders, ...forRoles }).partial().shape,
    })
    .meta({ id: register.entry }),
);

const recordedEvents = z.array(
  z
    .object({
      id: eventIdSchema,
      type: z.string(),
      revision: revisionSchema,
      entryNumber: entryNumberSchema.optional(),
    })
    .meta({ id: 'RecordedEvent' }),
);

export const submissionSchema = z
  .object({
    id: z.string(),
    status: z.enum(['pending', 'approved', 'returned', 'withdrawn']),
    register: z.string(),
    key: z.string(),
    command: z.string(),
    body: z.record(z.string(), z.unknown()),
    erased: erasedSchema.optional(),
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
export type Submission = z.output<typeof submissionSchema>;
export const submissionAnswer = z.object({ submission: submissionSchema }).meta({ id: 'Submitted' });

/** The answers to a register's commands: 200 to a dry run, 201 if recorded, 202 if submitted. */
export const commandAnswers = perRegister((register) => {
  const entry = commandedEntry(register);
  const tried = z.object({
    would: z.enum(['record', 'submit']),
    entry,
    impact: impactSchema,
    contribution: contributionSchema,
  });
  const recorded = z.object({ entry, events: recordedEvents, position: z.string() });
  return {
    200: meaning(
      'Tried, with dryRun=true: what would become of it; nothing is recorded',
      tried.meta({ id: `${register.entry}Tried` }),
    ),
    201: meaning('Recorded', recorded.meta({ id: `${register.entry}Recorded` })),
    202: meaning('Submitted: it waits for a second person', submissionAnswer),
  };
});

export const historyAnswer = z
  .object({
    register: z.string(),
    key: z.string(),
    knownAt: viewAnswer.knownAt,
    size: sizeSchema,
    events: z.array(
      z
        .object({
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
          evidence: z.array(evidenceNamed),
          note: z.string().optional(),
          erased: erasedSchema.optional(),
          annulledBy: eventIdSchema.optional(),
          correctedBy: z.array(eventIdSchema).optional(),
        })
        .meta({ id: 'HistoryEvent' }),
    ),
  })
  .meta({ id: 'History' });

export type History = z.output<typeof historyAnswer>;

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
    cells: cellsAnswer.optional().meta({ description: 'The count in parts, if by is given' }),
  })
  .meta({ id: 'TargetFigure' });
export const targetsAnswer = z.object({ ...viewAnswer, targets: z.array(figureSchema) });
export type Targets = z.output<typeof targetsAnswer>;

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
  .meta({
    id: 'CloudEvent',
    description:
      'CloudEvents 1.0; data is the event as it was recorded, with its metadata; `erased` in it names the free texts that were erased',
  });

export type CloudEvent = z.output<typeof cloudEventSchema>;

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
