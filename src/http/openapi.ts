import { Worker } from 'node:worker_threads';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { App, Context } from './context.ts';
import { hasSeen, notModified } from './entity-tag.ts';
import { answerOf } from './schemas.ts';
import { madeFor } from './stalls.ts';

/** The document and the page, as bytes, each with its entity tag. */
export type Documentation = { readonly document: TaggedBytes; readonly page: TaggedBytes };
export type TaggedBytes = { readonly bytes: Uint8Array; readonly etag: string };

/** The page has no script, and loads nothing but its style sheet. */
const pagePolicy = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** The OpenAPI 3.1 document, generated from the schemas that validate, and a page to read it. */
export const documentationRoutes = (app: App, { config }: Context): void => {
  let made: Promise<Documentation> | undefined;
  const documentation = (): Promise<Documentation> => {
    made ??= documentationInThread(config.basePath).catch((error: unknown) => {
      made = undefined;
      throw error;
    });
    return made;
  };

  app.get(
    '/api/openapi.json',
    {
      schema: {
        tags: ['operations'],
        summary: 'This document',
        operationId: 'openapi',
        response: { 200: z.looseObject({ openapi: z.string() }) },
      },
    },
    async (request, reply) =>
      sendTagged(request, reply, 'application/json', (await madeFor(request, documentation())).document),
  );
  app.get(
    '/api/docs',
    {
      config: { produces: ['text/html'] },
      schema: {
        tags: ['operations'],
        summary: 'A page that lists every operation',
        operationId: 'docs',
        response: { 200: answerOf('text/html', 'A page') },
      },
    },
    async (request, reply) => {
      reply.header('content-security-policy', pagePolicy);
      return sendTagged(request, reply, 'text/html', (await madeFor(request, documentation())).page);
    },
  );
  app.get(
    '/api/docs/style.css',
    {
      config: { produces: ['text/css'] },
      schema: {
        tags: ['operations'],
        summary: 'The style sheet of the page that lists every operation',
        operationId: 'docs.style',
        response: { 200: answerOf('text/css', 'A style sheet') },
      },
    },
    async (_request, reply) => reply.type('text/css; charset=utf-8').send(styleSheet),
  );
};

/** Makes both in a thread that ends afterwards: it takes far longer than a command may wait. */
export const documentationInThread = async (basePath = ''): Promise<Documentation> => {
  const worker = new Worker(new URL('./openapi-worker.ts', import.meta.url), { workerData: { basePath } });
  const { promise, resolve, reject } = Promise.withResolvers<Documentation>();
  worker.once('message', resolve).once('error', reject);
  worker.once('exit', () => reject(new Error('The thread that makes the OpenAPI document has ended without it')));
  return promise;
};

const sendTagged = (
  request: FastifyRequest,
  reply: FastifyReply,
  type: string,
  { bytes, etag }: TaggedBytes,
): FastifyReply => {
  reply.header('etag', etag).header('cache-control', 'no-cache');
  if (hasSeen(request, etag)) return notModified(reply);
  return reply.type(`${type}; charset=utf-8`).send(bytes);
};

const styleSheet = `
:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, "Microsoft YaHei", sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h2 { margin-top: 2rem; }
details { border: 1px solid #8884; border-radius: 4px; margin: 0.25rem 0; padding: 0.25rem 0.75rem; }
summary { cursor: pointer; }
code, pre { font-family: ui-monospace, Consolas, monospace; font-size: 13px; }
pre { background: #8881; padding: 0.75rem; overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
th, td { border-bottom: 1px solid #8884; padding: 0.25rem 0.5rem; text-align: left; vertical-align: top; }
`;
