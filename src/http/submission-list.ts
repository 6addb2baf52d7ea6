import { z } from 'zod';
import { type Day, shanghaiDay } from '../../domain/calendar.ts';
import { streamOf } from '../../domain/event.ts';
import type { Entry } from '../../domain/history.ts';
import { withoutUndefined } from '../../domain/json.ts';
import { entryName, presentOf } from '../../domain/present.ts';
import type { Register } from '../../domain/register.ts';
import { plans, registerNamed, registers } from '../../domain/registers/index.ts';
import { type Submission, submissionIn } from '../../domain/submission.ts';
import type { SubmissionFilter, SubmissionPage } from '../../projections/submissions.ts';
import { pendingEffect, shownAt } from '../commands/impact.ts';
import { holds, type Role } from '../identity/identity.ts';
import type { Questions } from '../readmodel/questions.ts';
import { requireRole } from './access.ts';
import type { App, Context } from './context.ts';
import { importIdQuery } from './import-schemas.ts';
import { jsonBytes, longQuestion } from './long-question.ts';
import { pagingQuery, positionHeaders } from './parameters.ts';
import { cursorOf, isCursorAfter, linkCursor, pageOf, sendJson } from './reading.ts';
import { submissionView } from './representation.ts';
import { instantSchema, submissionSchema } from './schemas.ts';

/** Who reads submissions: clerks and auditors those of every register, others those that they may submit. */
export const submissionReaders: readonly Role[] = ['clerk', 'auditor', 'admin'];
export const submissionReadersOf = ({ role }: Register): readonly Role[] => [
  ...new Set<Role>(['clerk', 'auditor', role]),
];

/** What somebody who decides is shown beside each submission. */
const shownShape = {
  name: z.string().optional().meta({ description: 'The entry’s name, or the one that the submission would give it' }),
  present: z
    .record(z.string(), z.unknown())
    .optional()
    .meta({ description: 'While pending: what the fields that it would change hold now; null if nothing' }),
  decidedAt: instantSchema.optional(),
};
export const shownSubmission = submissionSchema.extend(shownShape).meta({ id: 'ListedSubmission' });
export type ShownSubmission = z.output<typeof shownSubmission>;

/** What `shownShape` adds to a submission, on a day. */
export const shownBeside = (entry: Entry, submission: Submission, on: Day) =>
  withoutUndefined({
    name: entryName(entry, on, submission.body),
    present: submission.status === 'pending' ? presentOf(entry, submission, on) : undefined,
    decidedAt: submission.decided?.at,
  });

/** The submissions that match, in the order in which they were made. */
export const submissionListRoute = (app: App, { longReads, now }: Context): void => {
  app.get(
    '/api/v1/submissions',
    {
      config: { roles: submissionReaders, reads: 'submissions' },
      schema: {
        tags: ['submissions'],
        summary: 'Submissions, oldest first, or newest first with order=desc',
        operationId: 'submissions',
        headers: positionHeaders,
        querystring: z.strictObject({
          status: z.enum(['pending', 'approved', 'returned', 'withdrawn']).optional(),
          register: z.enum(registers.map(({ name }) => name)).optional(),
          key: z.string().min(1).max(200).optional(),
          import: importIdQuery.optional(),
          by: z.string().min(1).max(500).optional(),
          notBy: z.string().min(1).max(500).optional(),
          order: z.enum(['asc', 'desc']).default('asc'),
          ...pagingQuery,
        }),
        response: {
          200: z.object({
            items: z.array(shownSubmission),
            total: z.int().meta({ description: 'How many match, on all pages' }),
          }),
        },
      },
    },
    async (request, reply) => {
      const { identity } = request;
      const { cursor: _cursor, limit, order, ...asked } = request.query;
      const named = registerNamed(asked.register ?? '');
      if (named !== undefined) requireRole(identity, submissionReadersOf(named));
      const readsAll = holds(identity, 'clerk') || holds(identity, 'auditor');
      const filter = readsAll ? asked : { ...asked, register: plans.name };
      const after = cursorOf(request, isCursorAfter)?.after;
      const page = { order, after, limit };
      const today = shanghaiDay(now());
      const answer = await longReads.answer(request, reply, submissionsQuestion, { filter, page, today });
      if (answer?.last !== undefined) linkCursor(request, reply, { after: answer.last });
      return sendJson(reply, answer?.bytes);
    },
  );
};

type SubmissionsAsked = {
  readonly filter: SubmissionFilter;
  readonly page: SubmissionPage;
  readonly today: Day;
};

/** A page of the submissions that match, with what approving each that is pending would change now. */
export const submissionsQuestion = longQuestion(
  'submissions',
  (questions, { filter, page: asked, today }: SubmissionsAsked) => {
    const rows = questions.submissions(filter, { ...asked, limit: asked.limit + 1 });
    const { page, last } = pageOf(rows, asked.limit);
    const total = questions.submissionCount(filter);
    const size = questions.size();
    const entryOf = entriesAt(questions, size);
    const items = page.flatMap((row) => {
      const entry = entryOf(row.register, row.key);
      const submission = entry && submissionIn(entry.submissions, row.id);
      if (entry === undefined || submission === undefined) return [];
      // One that has just been decided matches no more.
      if (filter.status !== undefined && submission.status !== filter.status) return [];
      const isPending = submission.status === 'pending';
      const shown = isPending ? shownAt(questions, pendingEffect(entry, submission), { on: today, size }) : undefined;
      const place = { entryNumber: row.entry_number, recordedAt: submission.submittedAt };
      return [{ ...submissionView(entry, submission, shown, place), ...shownBeside(entry, submission, today) }];
    });
    return { bytes: jsonBytes({ items, total }), last: last?.entry_number };
  },
);

/** Entries as known at a size, each read once. */
const entriesAt = (questions: Pick<Questions, 'entryAt'>, size: number) => {
  const read = new Map<string, Entry>();
  return (name: string, key: string): Entry | undefined => {
    const register = registerNamed(name);
    const stream = streamOf(name, key);
    const entry = read.get(stream) ?? (register && questions.entryAt(register, key, size));
    if (entry !== undefined) read.set(stream, entry);
    return entry;
  };
};
