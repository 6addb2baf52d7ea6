import { z } from 'zod';
import { shortText, type Text } from '../../domain/field.ts';
import type { DecisionName } from '../../domain/import-events.ts';
import { registerNamed } from '../../domain/registers/index.ts';
import type { Role } from '../identity/identity.ts';
import { requireRole } from './access.ts';
import type { App, Context } from './context.ts';
import { inTime } from './held.ts';
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
  endRoute(app, context);
};

const names: Readonly<Record<DecisionName, Text>> = {
  approve: { zh: '批准', en: 'approved' },
  return: { zh: '退回', en: 'returned' },
  undo: { zh: '撤销', en: 'undone' },
};

const underWay = (decision: DecisionName): Problem => {
  const { zh, en } = names[decision];
  const detail = {
    zh: `导入已完成，正在整批${zh}；请待其结束后查看结果`,
    en: `The import has finished and is being ${en} as a whole; wait for the end, then look at the result`,
  };
  return new Problem('import-running', {}, detail);
};

const endRoute = (app: App, { imports }: Pick<Context, 'imports'>): void => {
  const roles: readonly Role[] = ['clerk', 'reviewer', 'admin'];
  app.post(
    '/api/v1/imports/:id/end',
    {
      config: { roles },
      schema: {
        tags: ['imports'],
        summary: 'End an import whose node is lost for good, so that what it has submitted can be decided',
        description:
          'Refused with 409 import-running while the import has recorded anything in the last five minutes. An import that has ended stays as it is.',
        operationId: 'import.end',
        params: importParams,
        body: z.strictObject({}).optional(),
        response: { 200: startedAnswer },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const progress = await imports.progress(id);
      if (progress === undefined) throw new Problem('not-found');
      const role = registerNamed(progress.register)?.role ?? 'clerk';
      const answer = await inTime(imports.end(id, requireRole(request.identity, [role, 'reviewer']).subject));
      if (answer === 'import-running') throw new Problem('import-running', {}, stillAlive);
      if (answer !== 'ended') throw new Problem(answer);
      return reply.code(200).header('location', `/api/v1/imports/${id}`).send({ import: { id } });
    },
  );
};

const stillAlive: Text = {
  zh: '该导入最近五分钟内仍有记录，其节点仍在工作；请稍后再试',
  en: 'The import has recorded something in the last five minutes, so its node is still working; try again later',
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
      const answer = await inTime(imports.decide(id, name, subject, request.body?.reason));
      if (typeof answer === 'object') throw underWay(answer.underWay);
      if (answer !== 'started') throw new Problem(answer);
      return reply.code(202).header('location', `/api/v1/imports/${id}`).send({ import: { id } });
    },
  );
};
