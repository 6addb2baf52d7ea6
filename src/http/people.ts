import { z } from 'zod';
import type { App, Context } from './context.ts';

const mostSubjects = 500;
const oneSubject = z.string().min(1).max(500);

const peopleAnswer = z.object({ items: z.array(z.object({ subject: z.string(), name: z.string() })) });
export type People = z.output<typeof peopleAnswer>;

/** The names behind subjects, for those who read or record what people did. */
export const peopleRoutes = (app: App, { people }: Context): void => {
  app.get(
    '/api/v1/people',
    {
      config: { roles: ['clerk', 'auditor', 'admin'], reads: 'people' },
      schema: {
        tags: ['people'],
        summary: 'The names of subjects; a subject that this node knows no name of is left out',
        operationId: 'people',
        querystring: z.strictObject({
          subject: z
            .union([oneSubject, z.array(oneSubject).max(mostSubjects)])
            .optional()
            .meta({ description: 'Repeatable' }),
        }),
        response: { 200: peopleAnswer },
      },
    },
    async ({ query }) => {
      const subjects = new Set([query.subject ?? []].flat());
      const named = [...subjects].map((subject) => ({ subject, name: people.nameOf(subject) }));
      return { items: named.filter(({ name }) => name !== undefined) };
    },
  );
};
