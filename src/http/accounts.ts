import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { oneOf, refuse, shortText } from '../../domain/field.ts';
import { isObject } from '../../domain/json.ts';
import { type Account, mayBeName, type NotChanged } from '../identity/accounts.ts';
import { roles, roleTitles } from '../identity/identity.ts';
import { accountLinkMs, signUpLink } from '../identity/sessions.ts';
import { requireRole } from './access.ts';
import { hashChosen } from './chosen-password.ts';
import type { App, Context } from './context.ts';
import { ownOrigin } from './credentials.ts';
import { fromOf } from './logs.ts';
import { pagingQuery } from './parameters.ts';
import { Problem } from './problem.ts';
import { cursorOf, isCursorAfter, linkCursor, pageOf } from './reading.ts';
import { instantSchema, refusals } from './schemas.ts';

/** A name that an account may have. */
export const newName = shortText
  .refine((name) => [...name].length <= 100, refuse('最多 100 个字符', 'At most 100 characters'))
  .refine(
    mayBeName,
    refuse('这是账户编号的格式，不能用作用户名', 'Looks like the subject of an account; choose another name'),
  )
  .meta({ maxLength: 100, examples: ['李伟'] });

const newRoles = z
  .array(oneOf(roleTitles).meta({ id: 'Role' }))
  .min(1)
  .transform((given) => roles.filter((role) => given.includes(role)))
  .meta({ examples: [['clerk']] });

const accountShape = {
  subject: z.string(),
  name: z.string(),
  roles: z.array(z.enum(roles)),
  disabled: z.boolean(),
  lastSignInAt: instantSchema.optional(),
};
const accountSchema = z.object(accountShape).meta({ id: 'Account' });
const accountsAnswer = z.object({ items: z.array(accountSchema) });
export type Accounts = z.output<typeof accountsAnswer>;

const accountView = ({ lastSignInAt, ...account }: Account) => ({
  ...account,
  ...(lastSignInAt === undefined ? {} : { lastSignInAt: new Date(lastSignInAt).toISOString() }),
});

const admin = { roles: ['admin'] } as const;

/** Local accounts, for administrators; their log, for auditors. */
export const accountRoutes = (app: App, context: Context): void => {
  listRoute(app, context);
  addRoute(app, context);
  oneRoute(app, context);
  changeRoute(app, context);
  removeRoute(app, context);
  logRoute(app, context);
};

const listRoute = (app: App, { people }: Context): void => {
  app.get(
    '/api/v1/accounts',
    {
      config: { ...admin, reads: 'people' },
      schema: {
        tags: ['people'],
        summary: 'The local accounts of this node, by name',
        operationId: 'accounts',
        querystring: z.strictObject(pagingQuery),
        response: { 200: accountsAnswer },
      },
    },
    async (request, reply) => {
      const all = people.accounts.all();
      const after = cursorOf(request, isCursorAfterSubject)?.after;
      const start = all.findIndex(({ subject }) => subject === after) + 1;
      const { page, last } = pageOf(all.slice(start), request.query.limit);
      if (last !== undefined) linkCursor(request, reply, { after: last.subject });
      return { items: page.map(accountView) };
    },
  );
};

const oneRoute = (app: App, { people }: Context): void => {
  app.get(
    '/api/v1/accounts/:subject',
    {
      config: { ...admin, reads: 'people' },
      schema: {
        tags: ['people'],
        summary: 'A local account of this node',
        operationId: 'accounts.one',
        params: z.object({ subject: z.string() }),
        querystring: z.strictObject({}),
        response: { 200: accountSchema },
      },
    },
    async (request) => {
      const account = people.accounts.of(request.params.subject);
      if (account === undefined) throw new Problem('not-found');
      return accountView(account);
    },
  );
};

const madeAnswer = z.object({
  ...accountShape,
  link: z.string().optional().meta({ description: 'Valid once, for 72 hours; give it to the person' }),
  linkExpiresAt: instantSchema.optional(),
});
export type MadeAccount = z.output<typeof madeAnswer>;

const isCursorAfterSubject = (value: unknown): value is { readonly after: string } =>
  isObject(value) && Object.keys(value).length === 1 && typeof value.after === 'string';

const addRoute = (app: App, context: Context): void => {
  const { people } = context;
  app.post(
    '/api/v1/accounts',
    {
      config: admin,
      schema: {
        tags: ['people'],
        summary: 'Make an account; without a password, the answer has a one-time link to choose one',
        operationId: 'accounts.add',
        body: z.strictObject({ name: newName, roles: newRoles, password: z.string().min(1).optional() }),
        response: {
          201: madeAnswer,
          ...refusals(409),
        },
      },
    },
    async (request, reply) => {
      const by = requireRole(request.identity, admin.roles).subject;
      const { name, roles, password } = request.body;
      if (people.accounts.named(name) !== undefined) throw new Problem('name-taken');
      const passwordHash =
        password === undefined ? {} : { passwordHash: await hashChosen(context, '/password', password, name) };
      const account = people.accounts.add({ name, roles, ...passwordHash }, by);
      if (account === undefined) throw new Problem('name-taken');
      people.securityLog({ event: 'account-made', subject: account.subject, roles, by, ...fromOf(request) });
      reply.code(201).header('location', `/api/v1/accounts/${account.subject}`);
      return { ...accountView(account), ...(password === undefined ? linkFor(context, request, account) : {}) };
    },
  );
};

const linkFor = ({ people }: Context, request: FastifyRequest, { subject }: Account) => {
  const { token, expiresMs } = people.links.make(subject, accountLinkMs);
  return {
    link: signUpLink(`${ownOrigin(request)}${request.server.basePath}`, token),
    linkExpiresAt: new Date(expiresMs).toISOString(),
  };
};

const changeRoute = (app: App, context: Context): void => {
  const { people } = context;
  app.patch(
    '/api/v1/accounts/:subject',
    {
      config: admin,
      schema: {
        tags: ['people'],
        summary: 'Change an account; disabling it ends its sessions and tokens, a new password its sessions',
        operationId: 'accounts.change',
        params: z.object({ subject: z.string() }),
        body: z
          .strictObject({
            name: newName.optional(),
            roles: newRoles.optional(),
            disabled: z.boolean().optional(),
            password: z.string().min(1).optional(),
          })
          .meta({ examples: [{ roles: ['clerk', 'auditor'] }] }),
        response: { 200: accountSchema, ...refusals(409) },
      },
    },
    async (request) => {
      const by = requireRole(request.identity, admin.roles).subject;
      const { subject } = request.params;
      const before = people.accounts.of(subject);
      if (before === undefined) throw new Problem('not-found');
      const { password, ...patch } = request.body;
      const name = patch.name ?? before.name;
      const hash =
        password === undefined ? {} : { passwordHash: await hashChosen(context, '/password', password, name) };
      const account = people.accounts.change(before.subject, { ...patch, ...hash }, by);
      if (typeof account === 'string') throw notChanged(account);
      const { roles, disabled } = patch;
      const what = { roles, disabled, name: patch.name === undefined ? undefined : 'changed' };
      const changed = password === undefined ? what : { ...what, password: 'changed' };
      people.securityLog({ event: 'account-changed', subject: before.subject, ...changed, by, ...fromOf(request) });
      return accountView(account);
    },
  );
};

const notChanged = (why: NotChanged): Problem => new Problem(why === 'no-such' ? 'not-found' : why);

const removeRoute = (app: App, { people }: Context): void => {
  app.delete(
    '/api/v1/accounts/:subject',
    {
      config: admin,
      schema: {
        tags: ['people'],
        summary: 'Delete an account: its name, password, sessions and tokens; or what is known of an issuer’s person',
        operationId: 'accounts.remove',
        params: z.object({ subject: z.string() }),
        response: { 204: z.null().meta({ description: 'Deleted' }), ...refusals(409) },
      },
    },
    async (request, reply) => {
      const by = requireRole(request.identity, admin.roles).subject;
      const subject = people.accounts.of(request.params.subject)?.subject ?? request.params.subject;
      const removed = people.remove(subject, by);
      if (removed !== 'removed') throw notChanged(removed);
      people.securityLog({ event: 'account-deleted', subject, by, ...fromOf(request) });
      return reply.code(204).send();
    },
  );
};

const logAnswer = z.object({
  items: z.array(
    z.object({
      at: instantSchema,
      by: z.string().meta({ description: 'A subject, `command-line`, or `sign-up` for the first administrator' }),
      subject: z.string(),
      what: z.string(),
      roles: z.array(z.enum(roles)).optional(),
    }),
  ),
});
export type AccountsLog = z.output<typeof logAnswer>;

const logRoute = (app: App, { people }: Context): void => {
  app.get(
    '/api/v1/accounts/log',
    {
      config: { roles: ['auditor'], reads: 'people' },
      schema: {
        tags: ['people'],
        summary: 'Every change of the accounts of this node, oldest first',
        operationId: 'accounts.log',
        querystring: z.strictObject(pagingQuery),
        response: {
          200: logAnswer,
        },
      },
    },
    async (request, reply) => {
      const { limit } = request.query;
      const after = cursorOf(request, isCursorAfter)?.after ?? 0;
      const { page, last } = pageOf(people.accounts.log(after, limit + 1), limit);
      if (last !== undefined) linkCursor(request, reply, { after: last.number });
      return {
        items: page.map(({ number: _number, at, ...change }) => ({ at: new Date(at).toISOString(), ...change })),
      };
    },
  );
};
