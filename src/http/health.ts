import { z } from 'zod';
import { holds } from '../identity/identity.ts';
import { type AuditState, standing } from '../ledger/audit-state.ts';
import { isFork } from '../ledger/cosigning.ts';
import { toldOfFault } from '../ledger/fault-texts.ts';
import type { App, Context } from './context.ts';
import { instantSchema } from './schemas.ts';

const healthAnswer = z
  .object({
    state: z.enum(['catching-up', 'ready', 'stopped', 'store-away', 'ledger-fault']),
    size: z.int(),
    storeSize: z.int().optional().meta({ description: 'The number of events in the ledger, once it is known' }),
    stopped: z
      .object({
        entryNumber: z.int(),
        event: z.string(),
        type: z.string(),
        projection: z.string(),
        message: z.string(),
      })
      .optional()
      .meta({ description: 'The event that cannot be folded; for auditors and administrators' }),
    detail: z
      .string()
      .optional()
      .meta({ description: 'Why the read model does not follow the store; for auditors and administrators' }),
    lastFault: z.object({ at: instantSchema, message: z.string() }).optional().meta({
      description:
        'Why the store last failed to record; absent once it has recorded again; for auditors and administrators',
    }),
    ledger: z
      .object({
        hashed: z.int().optional(),
        watchedSince: z.int().optional(),
        stopped: z.string().optional(),
        checkpoint: z.int().optional(),
        notSigned: z.string().optional(),
        audit: z
          .object({
            checked: z.int().optional(),
            of: z.int().optional(),
            lastPass: z.object({ at: instantSchema, size: z.int() }).optional(),
            found: z.array(z.string()).optional(),
          })
          .optional(),
        witnesses: z.array(z.object({ name: z.string(), cosigned: z.int(), fault: z.string().optional() })).optional(),
      })
      .optional()
      .meta({
        description:
          'How many events this node has hashed for the ledger’s tree, since which size as they were recorded, and why it has stopped; the size of the checkpoint that it publishes, and why it signs none; how far the self-audit has come, its last whole pass, and what it has found; how many events each witness has cosigned, and why it has not cosigned the last checkpoint; for auditors and administrators',
      }),
  })
  .meta({ id: 'Health' });

type Ledger = Pick<Context, 'model' | 'ledger' | 'audit'>;

const ledgerAnswer = ({ model, ledger, audit }: Ledger) => {
  const [growth, fault, published, state] = [model.ledger(), ledger.fault(), ledger.published(), audit.state()];
  const witnesses = ledger.witnesses().map(({ fault: why, ...seen }) => ({
    ...seen,
    ...(why && { fault: toldOfFault(why).en }),
  }));
  if ([growth, fault, published, state].every((each) => each === undefined)) return undefined;
  return {
    ...(growth && { hashed: growth.size, watchedSince: growth.since }),
    ...(growth?.stopped && { stopped: toldOfFault(growth.stopped).en }),
    ...(published && { checkpoint: published.size }),
    ...(fault && { notSigned: toldOfFault(fault).en }),
    ...(state && { audit: auditAnswer(state) }),
    ...(witnesses.length > 0 && { witnesses }),
  };
};

const auditAnswer = (state: AuditState) => {
  const { now, last } = state;
  const found = standing(state).map((fault) => toldOfFault(fault).en);
  return {
    ...(now && { checked: now.checked, of: now.size }),
    ...(last && { lastPass: { at: last.at, size: last.size } }),
    ...(found.length > 0 && { found }),
  };
};

/** A past that was changed, or of which two versions were signed, is no less a fault than a read model that stands still. */
const stateOf = ({ model, ledger, audit }: Ledger) => {
  const health = model.health();
  const isAtFault = standing(audit.state()).length > 0 || ledger.witnesses().some(isFork);
  return health.state === 'ready' && isAtFault ? { ...health, state: 'ledger-fault' as const } : health;
};

/** Whether the process answers, and whether the node is ready. */
export const healthRoutes = (app: App, { model, ledger, audit, lastFault }: Context): void => {
  app.get(
    '/health/live',
    {
      config: { vital: true },
      logLevel: 'warn', // checks come every few seconds
      schema: {
        tags: ['operations'],
        summary: 'Whether the process answers',
        operationId: 'live-health',
        response: { 200: z.object({ state: z.literal('live') }) },
      },
    },
    async () => ({ state: 'live' as const }),
  );

  app.get(
    '/health/ready',
    {
      config: { vital: true },
      logLevel: 'warn', // checks come every few seconds
      schema: {
        tags: ['operations'],
        summary:
          'Whether the read model has folded all that the store held at start, and follows it, and nothing of the past was changed',
        description: 'Reasons are for auditors and administrators; everybody else is told the state alone.',
        operationId: 'ready-health',
        response: { 200: healthAnswer, 503: healthAnswer },
      },
    },
    async ({ identity }, reply) => {
      const { state, size, storeSize, ...why } = stateOf({ model, ledger, audit });
      if (state !== 'ready') reply.header('retry-after', '1');
      // Reasons name hosts, streams and events, which are nobody's business but an operator's.
      const mayKnowWhy = identity !== undefined && (holds(identity, 'auditor') || holds(identity, 'admin'));
      const reasons = { ...why, lastFault: lastFault(), ledger: ledgerAnswer({ model, ledger, audit }) };
      return reply.code(state === 'ready' ? 200 : 503).send({ state, size, storeSize, ...(mayKnowWhy ? reasons : {}) });
    },
  );
};
