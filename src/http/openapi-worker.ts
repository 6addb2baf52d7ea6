import { createHash } from 'node:crypto';
import { parentPort, workerData } from 'node:worker_threads';
import type { OpenAPIV3_1 } from 'openapi-types';
import pino from 'pino';
import { readConfig } from '../config.ts';
import { buildApp } from './app.ts';
import type { Context } from './context.ts';
import { docsPage } from './docs-page.ts';
import type { Documentation, TaggedBytes } from './openapi.ts';
import { describing } from './openapi-document.ts';
import { finished } from './openapi-finish.ts';

/** The thread that makes the OpenAPI document: it adds the same routes to a server that never listens. */

const { config } = readConfig({ REGISTRY_BASE_PATH: workerData.basePath });

/** Stands for everything that routes work with; only requests would use it, and none comes. */
const absent: object = new Proxy(() => {}, { get: () => absent, apply: () => absent });
const context = new Proxy({}, { get: (_, name) => (name === 'config' ? config : absent) }) as Context;

const tagged = (text: string): TaggedBytes => ({
  bytes: Buffer.from(text),
  etag: `"${createHash('sha256').update(text).digest('base64url')}"`,
});

const app = await buildApp(context, pino({ level: 'silent' }), (server) => describing(server, config));
const document: unknown = finished(JSON.parse(JSON.stringify(app.swagger())), config.basePath);
parentPort?.postMessage({
  document: tagged(JSON.stringify(document)),
  page: tagged(docsPage(document as OpenAPIV3_1.Document)),
} satisfies Documentation);
await app.close();
