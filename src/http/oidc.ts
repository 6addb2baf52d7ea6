import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { refuse, type Text } from '../../domain/field.ts';
import type { FederatedPerson } from '../identity/federated.ts';
import { type Finished, type IssuerSignIn, issuerSignIn, signInSeconds } from '../identity/issuer-sign-in.ts';
import { signingInOn } from '../identity/signing-in.ts';
import { under } from './base-path.ts';
import type { App, Context } from './context.ts';
import { ownAddress } from './credentials.ts';
import { issuerAway } from './failures.ts';
import { html } from './html.ts';
import { fromOf } from './logs.ts';
import { pageIn } from './page-path.ts';
import { Problem } from './problem.ts';
import { answerOf, refusals } from './schemas.ts';
import { begunSignIn, clearSignIn, setSession, setSignIn } from './session-cookie.ts';

/** No log has the address of a request to it, which has the code. */
export const callbackPath = '/auth/oidc/callback';

const pagePath = z
  .string()
  .max(2_000)
  .refine(
    (text) => pageIn(text) !== undefined,
    refuse(
      '须为本系统页面的路径，以一个 / 开头，如 /entries',
      'Must be a path of the registry’s page that begins with one /, such as /entries',
    ),
  )
  .transform((text) => pageIn(text) ?? '/');

/** Signing in at the issuer of OpenID Connect, for people with a browser. */
export const oidcRoutes = (app: App, context: Context): void => {
  const { issuer, config, now } = context;
  const signIn = issuer && config.oidc?.client && issuerSignIn(issuer, config.oidc, now);
  startRoute(app, signIn);
  callbackRoute(app, context, signIn);
};

const startRoute = (app: App, signIn: IssuerSignIn | undefined): void => {
  app.get(
    '/auth/oidc/start',
    {
      config: { produces: ['text/html', 'application/json'], forBrowsers: true },
      schema: {
        tags: ['people'],
        summary: 'Sends the browser to the identity provider to sign in',
        description:
          'For browsers, which get refusals as pages. If OpenID Connect is not set up, 404; if the identity provider is away, 503.',
        operationId: 'oidc.start',
        querystring: z.strictObject({
          to: pagePath.optional().meta({
            description: 'Where the browser goes afterwards: a path of the registry’s page, by default /',
            examples: ['/entries?status=certified'],
          }),
        }),
        response: { 302: z.null().meta({ description: 'To the identity provider' }), ...refusals(404) },
      },
    },
    async (request, reply) => {
      const { to = '/' } = request.query;
      const callback = ownAddress(request, callbackPath); // registered at the issuer, so a wrong Host leads nowhere
      const session = request.identity?.session;
      const { address, sealed } = await required(signIn).start({ callback: callback.href, to, session });
      setSignIn(request, reply, sealed, signInSeconds);
      return reply.header('cache-control', 'no-store').redirect(address, 302);
    },
  );
};

const callbackRoute = (app: App, context: Context, signIn: IssuerSignIn | undefined): void => {
  const { people, now } = context;
  const { admit } = signingInOn(people, now);
  app.get(
    callbackPath,
    {
      config: { produces: ['text/html', 'application/json'], forBrowsers: true },
      schema: {
        tags: ['people'],
        summary: 'Where the identity provider sends the browser back; sets the session’s cookie',
        description: 'For browsers that began a sign-in in the last ten minutes. Works once.',
        operationId: 'oidc.callback',
        querystring: z.looseObject({}),
        response: { 200: answerOf('text/html', 'A page that leads on to the registry’s'), ...refusals(404) },
      },
    },
    async (request, reply) => {
      const callback = ownAddress(request, callbackPath); // registered at the issuer, so a wrong Host leads nowhere
      callback.search = new URL(request.url, callback).search;
      const outcome = await required(signIn).finish(callback, begunSignIn(request));
      reply.header('cache-control', 'no-store');
      if (outcome.kind !== 'not-begun') clearSignIn(request, reply); // another site can send anybody here
      if (outcome.kind !== 'signed-in') throw notCompleted(context, request, outcome);
      const { person, to, session: before } = outcome;
      keep(context, request, person);
      if (before !== undefined) people.sessions.end(before);
      const { token } = admit({ ...person, disabled: false }, fromOf(request));
      setSession(request, reply, token);
      return onward(reply, under(app.basePath, to));
    },
  );
};

const required = (signIn: IssuerSignIn | undefined): IssuerSignIn => {
  if (signIn !== undefined) return signIn;
  const zh = '本系统未启用统一身份认证登录；请用本地账户登录，或由管理员设置 OIDC_ISSUER';
  const en =
    'Signing in at an identity provider is not set up here; sign in with a local account, or have OIDC_ISSUER set';
  throw new Problem('not-found', {}, { zh, en });
};

/** Keeps what the issuer says of a person; what is new or other than before goes to the security log. */
const keep = ({ people, config }: Context, request: FastifyRequest, person: FederatedPerson): void => {
  const { subject, roles } = person;
  const before = people.federated.keep(person);
  if (before !== undefined && String(before.roles) === String(roles)) return;
  const event = before === undefined ? 'account-made' : 'account-changed';
  people.securityLog({ event, subject, by: config.oidc?.issuer, roles, ...fromOf(request) });
};

const texts = {
  'not-begun': {
    zh: '这次登录不是在本浏览器中开始的，或开始已超过十分钟，或已经用过；请回到本系统的页面重新登录',
    en: 'This sign-in was not begun in this browser, was begun more than ten minutes ago, or has been used; return to the registry’s page and sign in again',
  },
  refused: {
    zh: '统一身份认证系统没有确认您的登录；请回到本系统的页面重新登录，仍不成功的，请联系管理员',
    en: 'The identity provider did not confirm your sign-in; return to the registry’s page and sign in again, and ask an administrator if that fails too',
  },
} as const satisfies Record<string, Text>;

/** The problem of a sign-in that has failed, after it was written down. */
const notCompleted = (
  { people }: Context,
  request: FastifyRequest,
  outcome: Exclude<Finished, { kind: 'signed-in' }>,
): Problem => {
  const { kind } = outcome;
  const error = outcome.kind === 'refused' && /^[a-z_]{1,50}$/.test(outcome.error ?? '') ? outcome.error : undefined;
  people.securityLog({ event: 'sign-in-failed', why: kind, error, ...fromOf(request) });
  if (outcome.kind !== 'not-begun') request.log.warn({ err: outcome.cause }, 'a sign-in at the issuer has failed');
  return kind === 'away' ? issuerAway() : new Problem('sign-in-not-completed', {}, texts[kind]);
};

/**
 * Leads on to the page, by a page. After a redirect the next request would still count as one of the issuer's site, and
 * browsers would send it without the session's cookie, which is `Strict` (RFC 6265bis §5.2: a request is same-site if
 * every address of its redirects is). A refresh is a new navigation, which this page begins, so the cookie comes with it.
 */
const onward = (reply: FastifyReply, to: string): FastifyReply =>
  reply.type('text/html; charset=utf-8').send(
    html`<!doctype html>
<html lang="zh-CN">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta http-equiv="refresh" content="0; url=${to}"><title>登录成功 · Signed in</title></head>
<body>
<main>
<p><a href="${to}">登录成功，继续 · <span lang="en">Signed in, continue</span></a></p>
</main>
</body>
</html>
`.html,
  );
