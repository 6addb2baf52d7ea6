import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import type { FastifyContextConfig, FastifyRequest } from 'fastify';
import { problems } from '../commands/problems.ts';
import { kept, pathIn } from '../data-folder.ts';
import { logFiles } from '../identity/logs.ts';
import type { From } from '../identity/signing-in.ts';
import { addressOf } from './addresses.ts';
import type { App, Context } from './context.ts';
import type { Problem } from './problem.ts';
import { answerOf } from './schemas.ts';

/** Where a request comes from, as the logs say it. */
export const fromOf = (request: FastifyRequest): From => ({ address: addressOf(request.ip), requestId: request.id });

/** What was asked for, as its readers name it: under the base path. */
const addressIn = ({ url, server }: FastifyRequest): string => `${server.basePath}${url}`;

/** Writes a refusal for lack of an identity or a role to the security log; what fails at signing in is there already. */
export const logRefusal = ({ people }: Context, request: FastifyRequest, { code }: Problem): void => {
  const { status } = problems[code];
  if ((status !== 401 && status !== 403) || code === 'sign-in-failed') return;
  people.securityLog({
    event: 'refused',
    problem: code,
    subject: request.identity?.subject,
    method: request.method,
    path: addressIn(request).split('?', 1)[0],
    ...fromOf(request),
  });
};

type Reads = NonNullable<FastifyContextConfig['reads']>;

/** Writes down who reads what shows people (trails, full histories, submissions, …) and logs: what was asked, once it may be answered. */
export const recordReads = (app: App, context: Context): void => {
  app.addHook('preHandler', (request, _reply, done) => {
    const { identity, routeOptions } = request;
    const { reads } = routeOptions.config;
    if (reads === undefined || identity === undefined) return done();
    const inFull = reads !== 'history' || [...identity.roles].some((role) => role !== 'viewer');
    if (inFull) recordRead(context, request, reads);
    done();
  });
};

/** Writes down that somebody who has signed in reads what shows people. */
export const recordRead = ({ people }: Context, request: FastifyRequest, event: Reads): void =>
  people.accessLog({ event, subject: request.identity?.subject, path: addressIn(request), ...fromOf(request) });

const lines = 'application/x-ndjson';

/** This node's logs, for auditors. */
export const logRoutes = (app: App, { config }: Context): void => {
  const logs = [
    { name: 'access', part: kept.accessLog, summary: 'Who read which people, trails, histories and logs at this node' },
    { name: 'security', part: kept.securityLog, summary: 'Sign-ins, refusals, and changes of accounts at this node' },
  ] as const;
  for (const { name, part, summary } of logs)
    app.get(
      `/api/v1/logs/${name}`,
      {
        config: { roles: ['auditor'], produces: [lines], reads: 'logs' },
        schema: {
          tags: ['people'],
          summary,
          description: 'JSON lines, oldest first; docs/security.md describes them.',
          operationId: `logs.${name}`,
          response: { 200: answerOf(lines, 'The log') },
        },
      },
      async (_request, reply) => reply.type(lines).send(Readable.from(bytesOf(pathIn(config.dataFolder, part)))),
    );
};

async function* bytesOf(path: string): AsyncIterable<Buffer> {
  for (const file of logFiles(path)) yield* createReadStream(file) as AsyncIterable<Buffer>;
}
