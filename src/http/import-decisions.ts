import { z } from 'zod';
import { shortText } from '../../domain/field.ts';
import type { DecisionName } from '../../domain/import-events.ts';
import { registerNamed } from '../../domain/registers/index.ts';
import type { Role } from '../identity/identity.ts';
import { requireRole } from './access.ts';
import type { App, Context } from './context.ts';
import { importParams, startedAnswer } from './import-schemas.ts';
import { Problem } from './problem.ts';

type ImportDecision = {
  readonly name: DecisionName;
  readonly roles: readonly Role[];
  readonly summary: string;
  readonly body: z.ZodType<{ readonly reason?: string | undefined } | undefined>;
};

const examples = [{ reason: '名单有误' }];

const decisions: readonly ImportDecision[] = [
  {
    name: 'approve',
    roles: ['reviewer'],
    summary: 'Approve every submission of the import',
    body: z.strictObject({}).optional(),
  },
  {
    name: 'return',
    roles: ['reviewer'],
    summary: 'Return every submission of the import',
    body: z.strictObject({ reason: shortText }).meta({ examples }),
  },
  {
    name: 'undo',
    roles: ['clerk', 'admin'],
    summary: 'Annul every fact that the import recorded; an annulment that moves a number waits for a second person',
    body: z.strictObject({ reason: shortText.optional() }).meta({ examples }).optional(),
  },
];

/** Decisions about all that an import recorded or submitted; they go on in the background. */
export const importDecisionRoutes = (app: App, context: Context): void => {
  for (const decision of decisions) decisionRoute(app, context, decision);
};

const decisionRoute = (
  app: App,
  { imports }: Pick<Context, 'imports'>,
  { name, roles, summary, body }: ImportDecision,
): void => {
  app.post(
    `/api/v1/imports/:id/${name}`,
    {
      config: { roles },
      schema: {
        tags: ['imports'],
        summary,
        operationId: `import.${name}`,
        params: importParams,
        body,
        response: { 202: startedAnswer },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const progress = await imports.progress(id);
      if (progress === undefined) throw new Problem('not-found');
      const role = registerNamed(progress.register)?.role ?? 'clerk';
      const { subject } = requireRole(request.identity, name === 'undo' ? [role] : roles);
      const answer = await imports.decide(id, name, subject, request.body?.reason);
      if (answer !== 'started') throw new Problem(answer);
      return reply.code(202).header('location', `/api/v1/imports/${id}`).send({ import: { id } });
    },
  );
};
