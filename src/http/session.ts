import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Account } from '../identity/accounts.ts';
import { type Identity, roles } from '../identity/identity.ts';
import type { Link } from '../identity/sessions.ts';
import { type SigningIn, signingInOn } from '../identity/signing-in.ts';
import { requireRole } from './access.ts';
import { newName } from './accounts.ts';
import { hashChosen, requireGood, unlessTooMany } from './chosen-password.ts';
import type { App, Context } from './context.ts';
import { challenge } from './credentials.ts';
import { fromOf } from './logs.ts';
import { invalid, Problem } from './problem.ts';
import { instantSchema, refusals } from './schemas.ts';
import { clearSession, sessionTokens, setSession } from './session-cookie.ts';

const sessionAnswer = z
  .object({ subject: z.string(), name: z.string(), roles: z.array(z.enum(roles)), expiresAt: instantSchema })
  .meta({ id: 'Session', description: 'Who is signed in, and until when if the session is not used' });
export type Session = z.output<typeof sessionAnswer>;

const nothing = z.null().meta({ description: 'Done' });

const credentials = z.strictObject({
  name: z
    .string()
    .min(1)
    .max(500)
    .meta({ examples: ['li.wei'] }),
  password: z
    .string()
    .min(1)
    .meta({ examples: ['four words nobody guesses'] }),
});
/** Everybody with a role. */
const signedIn = { roles: ['viewer'] } as const;

/** Signing in and out, and one's own password. */
export const sessionRoutes = (app: App, context: Context): void => {
  const signingIn = signingInOn(context.people, context.now);
  signInRoute(app, context, signingIn);
  signUpRoute(app, context, signingIn);
  currentRoutes(app, context);
  passwordRoute(app, context, signingIn);
};

const signInRoute = (app: App, context: Context, signingIn: SigningIn): void => {
  app.post(
    '/api/v1/session',
    {
      config: { signsIn: true },
      schema: {
        tags: ['people'],
        summary: 'Sign in; the answer sets the session’s cookie',
        description:
          'Must come from the registry’s own page, by Sec-Fetch-Site or Origin. Failures slow down further attempts for the name and for the address: 429 with Retry-After.',
        operationId: 'session.begin',
        body: credentials,
        response: { 200: sessionAnswer },
      },
    },
    async (request, reply) => {
      const { name, password } = request.body;
      const outcome = await unlessTooMany(signingIn.signIn(name, password, fromOf(request)));
      return outcome.kind === 'signed-in' ? begun(context, request, reply, outcome) : refuse(outcome);
    },
  );
};

const signUpRoute = (app: App, context: Context, signingIn: SigningIn): void => {
  const { people } = context;
  app.post(
    '/api/v1/session/sign-up',
    {
      config: { signsIn: true },
      schema: {
        tags: ['people'],
        summary: 'Choose a password by a one-time link, and sign in',
        description:
          'The token is what follows # in the link. The first administrator also chooses a name; for an account that has one, leave it out.',
        operationId: 'session.sign-up',
        body: z.strictObject({
          token: z.string().min(1).max(200),
          name: newName.optional(),
          password: z.string().min(1),
        }),
        response: { 200: sessionAnswer, ...refusals(409, 410) },
      },
    },
    async (request, reply) => {
      const { token, name, password } = request.body;
      const link = people.links.find(token);
      const account = link === undefined ? undefined : accountOf(context, link);
      if (link === undefined || account === 'gone') throw new Problem('link-ended');
      const chosen = account?.name ?? name;
      if (chosen === undefined) throw inBody('name', '请填写用户名', 'Choose a name');
      if (account !== undefined && name !== undefined && name !== account.name)
        throw inBody('name', `该链接属于“${account.name}”`, `This link belongs to "${account.name}"`);
      const passwordHash = await hashChosen(context, '/password', password, chosen);
      if (!people.links.spend(link)) throw new Problem('link-ended');
      const made = chosenFor(context, account, chosen, passwordHash);
      people.securityLog({ event: 'link-used', subject: made.subject, ...fromOf(request) });
      return begun(context, request, reply, signingIn.admit(made, fromOf(request)));
    },
  );
};

const inBody = (member: string, zh: string, en: string) => invalid({ in: 'body', pointer: `/${member}`, zh, en });

/** The account of a link; undefined for the first administrator's. A link is gone if somebody else was first. */
const accountOf = ({ people }: Context, { subject }: Link): Account | 'gone' | undefined => {
  if (subject === null) return people.accounts.isEmpty() ? undefined : 'gone';
  const account = people.accounts.of(subject);
  return account === undefined || account.disabled ? 'gone' : account;
};

/** The account with its chosen password; the first administrator's is made. */
const chosenFor = ({ people }: Context, account: Account | undefined, name: string, passwordHash: string): Account => {
  const { accounts } = people;
  if (account === undefined) {
    const first = { name, roles: ['admin'], passwordHash } as const;
    const made = accounts.add(first, 'sign-up', 'signed-up');
    if (made === undefined) throw new Problem('name-taken');
    return made;
  }
  const changed = accounts.change(account.subject, { passwordHash }, account.subject);
  if (typeof changed === 'string') throw new Problem('link-ended');
  return changed;
};

const currentRoutes = (app: App, context: Context): void => {
  const { people } = context;
  app.get(
    '/api/v1/session',
    {
      schema: {
        tags: ['people'],
        summary: 'Who is signed in; 204 if nobody is',
        operationId: 'session',
        response: { 200: sessionAnswer, 204: z.null().meta({ description: 'Nobody is signed in' }) },
      },
    },
    async (request, reply) => {
      if (request.identity !== undefined) return shown(context, request.identity);
      if (sessionTokens(request).length > 0) clearSession(request, reply);
      return reply.code(204).send();
    },
  );

  app.delete(
    '/api/v1/session',
    {
      config: signedIn,
      schema: { tags: ['people'], summary: 'Sign out', operationId: 'session.end', response: { 204: nothing } },
    },
    async (request, reply) => {
      const { session, subject } = requireRole(request.identity, signedIn.roles);
      if (session === undefined)
        throw invalid({
          in: 'header',
          name: 'authorization',
          zh: '令牌没有会话可以退出；可用 ./registry token revoke 作废令牌',
          en: 'A token has no session to end; ./registry token revoke ends a token',
        });
      people.sessions.end(session);
      people.securityLog({ event: 'signed-out', subject, ...fromOf(request) });
      clearSession(request, reply);
      return reply.code(204).send();
    },
  );

  app.delete(
    '/api/v1/sessions',
    {
      config: signedIn,
      schema: {
        tags: ['people'],
        summary: 'Sign out everywhere: ends all of one’s sessions; tokens stay valid',
        operationId: 'sessions.end',
        response: { 204: nothing },
      },
    },
    async (request, reply) => {
      const { subject, session } = requireRole(request.identity, signedIn.roles);
      people.sessions.endAll(people.accounts.of(subject)?.subject ?? subject);
      people.securityLog({ event: 'signed-out-everywhere', subject, ...fromOf(request) });
      if (session !== undefined) clearSession(request, reply);
      return reply.code(204).send();
    },
  );
};

const passwordRoute = (app: App, context: Context, signingIn: SigningIn): void => {
  const { people } = context;
  app.post(
    '/api/v1/session/password',
    {
      config: signedIn,
      schema: {
        tags: ['people'],
        summary: 'Change one’s own password; ends one’s other sessions',
        operationId: 'session.password',
        body: z.strictObject({ old: z.string().min(1), new: z.string().min(1) }),
        response: { 204: nothing },
      },
    },
    async (request, reply) => {
      const { subject, session } = requireRole(request.identity, signedIn.roles);
      const account = people.accounts.of(subject);
      if (account === undefined) throw session === undefined ? tokenWithoutPassword() : federatedPassword();
      const { old, new: chosen } = request.body;
      await requireGood('/new', chosen, account.name);
      const outcome = await unlessTooMany(signingIn.confirm(account, old, fromOf(request)));
      if (outcome.kind !== 'confirmed') return refuse(outcome);
      const passwordHash = await unlessTooMany(people.passwords.hash(chosen));
      people.accounts.change(account.subject, { passwordHash, keptSession: session }, subject);
      people.securityLog({ event: 'password-changed', subject, by: subject, ...fromOf(request) });
      return reply.code(204).send();
    },
  );
};

const tokenWithoutPassword = () =>
  invalid({
    in: 'header',
    name: 'authorization',
    zh: '该令牌不属于任何账户，没有密码可改',
    en: 'This token belongs to no account, so there is no password to change',
  });

const federatedPassword = () =>
  invalid({
    in: 'header',
    name: 'cookie',
    zh: '您通过统一身份认证登录，本系统没有您的密码；请在统一身份认证系统中修改',
    en: 'You signed in through the identity provider, and the registry has no password of yours; change it at the provider',
  });

/** Answers who has signed in, and gives the browser the cookie; the session that it had before ends. */
const begun = (
  context: Context,
  request: FastifyRequest,
  reply: FastifyReply,
  { account, token, session }: Extract<Awaited<ReturnType<SigningIn['signIn']>>, { kind: 'signed-in' }>,
) => {
  const before = request.identity?.session;
  if (before !== undefined) context.people.sessions.end(before);
  setSession(request, reply, token);
  return sessionView(account, session.expiresMs);
};

const sessionView = ({ subject, name, roles }: Omit<Account, 'disabled'>, expiresMs: number) => ({
  subject,
  name,
  roles,
  expiresAt: new Date(expiresMs).toISOString(),
});

/** Somebody with a token and no account is named by the subject. */
const shown = ({ people }: Context, { subject, roles, expiresMs }: Identity) =>
  sessionView({ subject, name: people.nameOf(subject) ?? subject, roles: [...roles] }, expiresMs);

const refuse = (outcome: { readonly kind: 'failed' } | { readonly kind: 'wait'; readonly seconds: number }): never => {
  if (outcome.kind === 'failed') throw new Problem('sign-in-failed', {}, undefined, challenge);
  const { seconds } = outcome;
  throw new Problem(
    'too-many-requests',
    {},
    {
      zh: `多次登录失败，请在 ${seconds} 秒后重试`,
      en: `Several sign-ins have failed; try again in ${seconds} s`,
    },
    { 'retry-after': String(seconds) },
  );
};
