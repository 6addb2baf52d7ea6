import { z } from 'zod';
import type { App, Context } from './context.ts';

const waysAnswer = z.object({
  issuer: z.string().nullable().meta({
    description: 'The identity provider at which people can sign in, by /auth/oidc/start; null if there is none',
  }),
  hasAccounts: z.boolean().meta({
    description:
      'Whether this node has local accounts; if not, a link makes the first administrator, who chooses a name',
  }),
});
export type WaysToSignIn = z.output<typeof waysAnswer>;

/** What the page offers to those who sign in. */
export const waysToSignInRoutes = (app: App, { config, people }: Context): void => {
  app.get(
    '/api/v1/session/ways',
    {
      schema: {
        tags: ['people'],
        summary: 'The ways to sign in that this node has beside a name and a password',
        operationId: 'session.ways',
        response: { 200: waysAnswer },
      },
    },
    async () => ({
      issuer: config.oidc?.client === undefined ? null : config.oidc.issuer,
      hasAccounts: !people.accounts.isEmpty(),
    }),
  );
};
