import { randomUUID } from 'node:crypto';
import accepts from '@fastify/accepts';
import cors, { type FastifyCorsOptions } from '@fastify/cors';
import helmet from '@fastify/helmet';
import multipart from '@fastify/multipart';
import rateLimit from '@fastify/rate-limit';
import Fastify, { type FastifyError, type FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { StoreUnavailable } from '../store/event-store.ts';
import { authentication } from './access.ts';
import { auditorRoutes } from './auditor.ts';
import { clerkRoutes } from './clerk.ts';
import type { App, Context } from './context.ts';
import { dashboardRoutes } from './dashboard.ts';
import { documentation } from './documentation.ts';
import { importRoutes } from './imports.ts';
import { liveRoutes } from './live.ts';
import { metrics } from './metrics.ts';
import { operationsRoutes } from './operations.ts';
import { jsonParsing, parsing } from './parsing.ts';
import { invalid, Problem, sendProblem, unavailable } from './problem.ts';

const bodyLimitBytes = 262_144;
const requestTimeoutMs = 30_000;
const keepAliveTimeoutMs = 72_000;

/** Builds the server; it listens when told to. */
export const buildApp = async (context: Context, log: Logger): Promise<App> => {
  const { trustProxy, rateLimit: perSecond } = context.config;
  const app: App = Fastify({
    loggerInstance: log,
    bodyLimit: bodyLimitBytes,
    requestTimeout: requestTimeoutMs,
    keepAliveTimeout: keepAliveTimeoutMs,
    trustProxy: trustProxy.length > 0 ? [...trustProxy] : false,
    routerOptions: { maxParamLength: 512, ignoreTrailingSlash: false },
    forceCloseConnections: 'idle',
    requestIdHeader: false,
    genReqId: ({ headers }) => {
      const given = headers['x-request-id'];
      return typeof given === 'string' && /^[\x21-\x7e]{1,128}$/.test(given) ? given : randomUUID();
    },
    return503OnClosing: true,
    frameworkErrors: (error, request, reply) => {
      sendProblem(request, reply, problemFrom(error) ?? new Problem('internal-error'));
    },
    clientErrorHandler: (error, socket) => {
      if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable) return;
      const [line, code] =
        error.code === 'HPE_HEADER_OVERFLOW'
          ? ['431 Request Header Fields Too Large', 'headers-too-large']
          : ['400 Bad Request', 'invalid-request'];
      const body = JSON.stringify({
        type: `/problems/${code}`,
        title: line.slice(4),
        status: Number(line.slice(0, 3)),
      });
      socket.end(
        `HTTP/1.1 ${line}\r\nContent-Type: application/problem+json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
      );
    },
  });

  const closing = new AbortController();
  app.decorate('closing', closing.signal);
  app.addHook('preClose', async () => closing.abort());
  app.decorateRequest('identity', undefined);
  app.decorateRequest('entryKey', '');
  app.decorateRequest('sentBody', undefined);
  app.removeAllContentTypeParsers();
  jsonParsing(app);
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const problem = error instanceof Problem ? error : problemFrom(error);
    if (problem === undefined) request.log.error({ err: error }, 'unexpected');
    return sendProblem(request, reply, problem ?? new Problem('internal-error'));
  });

  await app.register(accepts);
  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { defaultSrc: ["'none'"], baseUri: ["'none'"], frameAncestors: ["'none'"] },
    },
    crossOriginResourcePolicy: { policy: 'cross-origin' },
  });
  await app.register(
    cors,
    () => (request: FastifyRequest, callback: (error: Error | null, options: FastifyCorsOptions) => void) => {
      const anonymous = request.headers.authorization === undefined && request.headers.cookie === undefined;
      const asked = request.headers['access-control-request-method'];
      const reads = asked === undefined ? ['GET', 'HEAD'].includes(request.method) : ['GET', 'HEAD'].includes(asked);
      callback(null, {
        origin: anonymous && reads ? '*' : false,
        methods: ['GET', 'HEAD'],
        allowedHeaders: ['Accept', 'Accept-Language', 'Registry-Position', 'X-Request-Id', 'Last-Event-ID'],
        exposedHeaders: ['ETag', 'Link', 'Registry-Position'],
      });
    },
  );
  await app.register(multipart, { limits: { files: 1, fileSize: 64 * 1_048_576, fields: 50, fieldSize: 10_000 } });
  metrics(app, context);
  authentication(app, context);
  if (perSecond !== undefined) {
    await app.register(rateLimit, {
      max: perSecond,
      timeWindow: 1_000,
      keyGenerator: (request) => request.identity?.subject ?? request.ip,
      errorResponseBuilder: () => new Problem('too-many-requests'),
    });
  }
  parsing(app, context);
  await documentation(app);
  app.after(() => {
    clerkRoutes(app, context);
    importRoutes(app, context);
    auditorRoutes(app, context);
    dashboardRoutes(app, context);
    liveRoutes(app, context);
    operationsRoutes(app, context);
  });
  await app.ready();
  return app;
};

/** The problem that a failure of the server's own machinery or of the store stands for. */
const problemFrom = (error: Error & { readonly code?: string; readonly statusCode?: number }): Problem | undefined => {
  if (error instanceof StoreUnavailable) {
    return unavailable({
      zh: '事件存储暂时不可用，什么都没有记录',
      en: `The event store is away; nothing was recorded`,
    });
  }
  switch (error.code) {
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
    case 'FST_INVALID_MULTIPART_CONTENT_TYPE':
      return new Problem('unsupported-media-type');
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
    case 'FST_REQ_FILE_TOO_LARGE':
      return new Problem('payload-too-large');
    case 'FST_ERR_BAD_URL':
    case 'FST_ERR_ASYNC_CONSTRAINT':
      return new Problem('not-found');
    default:
      return error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500
        ? invalid({ in: 'body', pointer: '', zh: '请求体不完整或长度不符', en: error.message })
        : undefined;
  }
};
