import { randomUUID } from 'node:crypto';
import { IncomingMessage, type OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import accepts from '@fastify/accepts';
import cors, { type FastifyCorsOptions } from '@fastify/cors';
import multipart from '@fastify/multipart';
import rateLimit from '@fastify/rate-limit';
import Fastify, { type FastifyError, type FastifyRequest } from 'fastify';
import helmet from 'helmet';
import type { Logger } from 'pino';
import type { ProblemCode } from '../commands/problems.ts';
import { OutcomeUnknown, StoreDamaged, StoreUnavailable } from '../store/event-store.ts';
import { authentication, type RateLimiter } from './access.ts';
import { clerkRoutes } from './commands.ts';
import type { App, Context } from './context.ts';
import { operationsRoutes } from './health.ts';
import { importRoutes } from './imports.ts';
import { liveRoutes } from './live.ts';
import { loadShedding } from './load-shedding.ts';
import { metrics } from './metrics.ts';
import { documentation } from './openapi.ts';
import { jsonParsing, parsing } from './parsing.ts';
import { invalid, Problem, rawAnswer, sendProblem, unavailable } from './problem.ts';
import { submissionRoutes } from './submissions.ts';
import { dashboardRoutes } from './targets.ts';
import { auditorRoutes } from './trail.ts';

const bodyLimitBytes = 262_144;
const fileLimitBytes = 64 * 1_048_576;
/** Of a body that nobody wants no more than this is read. */
const drainLimitBytes = fileLimitBytes;
/** Node's own limit of a request's head, so that no key is too long for the router and each is judged as a key. */
const maxHeaderBytes = 16_384;
const requestTimeoutMs = 30_000;
const keepAliveTimeoutMs = 72_000;

/** What stands in the way of reading a request at all, by the code of the parser's error. */
const unreadable: Readonly<Record<string, ProblemCode>> = {
  HPE_HEADER_OVERFLOW: 'headers-too-large',
  ERR_HTTP_REQUEST_TIMEOUT: 'request-timeout',
};

/** Builds the server; it listens when told to. */
export const buildApp = async (context: Context, log: Logger): Promise<App> => {
  const { trustProxy, rateLimit: perSecond, stallLimitMs } = context.config;
  const app: App = Fastify({
    loggerInstance: log,
    bodyLimit: bodyLimitBytes,
    requestTimeout: requestTimeoutMs,
    connectionTimeout: stallLimitMs,
    keepAliveTimeout: keepAliveTimeoutMs,
    trustProxy: trustProxy.length > 0 ? [...trustProxy] : false,
    routerOptions: { maxParamLength: maxHeaderBytes, ignoreTrailingSlash: false },
    forceCloseConnections: 'idle',
    requestIdHeader: false,
    genReqId: ({ headers }) => {
      const given = headers['x-request-id'];
      return typeof given === 'string' && /^[\x21-\x7e]{1,128}$/.test(given) ? given : randomUUID();
    },
    return503OnClosing: true,
    rewriteUrl: ({ url = '/' }) => decodable(url),
    clientErrorHandler: (error, socket) => {
      if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable) return;
      socket.end(rawAnswer(new Problem(unreadable[error.code ?? ''] ?? 'invalid-request')));
    },
  });

  const closing = new AbortController();
  app.decorate('closing', closing.signal);
  app.addHook('preClose', async () => closing.abort());
  app.addHook('onSend', (_request, reply, _payload, done) => {
    if (closing.signal.aborted) reply.header('connection', 'close');
    done();
  });
  app.decorateRequest('identity', undefined);
  app.decorateRequest('entryKey', '');
  app.decorateRequest('sentBody', undefined);
  app.removeAllContentTypeParsers();
  jsonParsing(app);
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const problem = error instanceof Problem ? error : problemFrom(error);
    if (problem === undefined) request.log.error({ err: error }, 'unexpected');
    else if (error instanceof StoreUnavailable) request.log.warn({ err: error }, 'the store is away');
    return sendProblem(request, reply, problem ?? new Problem('internal-error'));
  });

  await app.register(accepts);
  const cautions = securityHeaders();
  app.addHook('onRequest', (_request, reply, done) => {
    reply.headers(cautions);
    done();
  });
  await app.register(
    cors,
    () => (request: FastifyRequest, callback: (error: Error | null, options: FastifyCorsOptions) => void) => {
      const anonymous = request.headers.authorization === undefined && request.headers.cookie === undefined;
      const asked = request.headers['access-control-request-method'];
      const reads = asked === undefined ? ['GET', 'HEAD'].includes(request.method) : ['GET', 'HEAD'].includes(asked);
      callback(null, anonymous && reads ? openToAll : { origin: false });
    },
  );
  await app.register(multipart, { limits: { files: 1, fileSize: fileLimitBytes, fields: 50, fieldSize: 10_000 } });
  const metricsRoute = metrics(app, context);
  app.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id);
    done();
  });
  await loadShedding(app, context.config);
  authentication(app, context, await rateLimiter(app, perSecond));
  parsing(app, context);
  drainBody(app);
  await documentation(app);
  app.after(() => {
    clerkRoutes(app, context);
    submissionRoutes(app, context);
    importRoutes(app, context);
    auditorRoutes(app, context);
    dashboardRoutes(app, context);
    liveRoutes(app, context);
    operationsRoutes(app, context);
    metricsRoute();
  });
  await app.ready();
  return app;
};

/** What pages of other origins may do: read what everybody may read. */
const openToAll: FastifyCorsOptions = {
  origin: '*',
  methods: 'GET, HEAD',
  allowedHeaders: 'Accept, Accept-Language, Registry-Position, X-Request-Id, Last-Event-ID',
  exposedHeaders: 'ETag, Link, Registry-Position',
};

/** What helmet says to browsers, asked once: it says the same of every answer. */
const securityHeaders = (): OutgoingHttpHeaders => {
  const answer = new ServerResponse(new IncomingMessage(new Socket()));
  helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { defaultSrc: ["'none'"], baseUri: ["'none'"], frameAncestors: ["'none'"] },
    },
    crossOriginResourcePolicy: { policy: 'cross-origin' },
  })(answer.req, answer, () => {});
  return answer.getHeaders();
};

/** A path that can't be decoded is read with each % as itself, so that it goes the way of all that isn't there. */
const decodable = (url: string): string => {
  if (!url.includes('%')) return url;
  const [path = ''] = url.split(/[?#]/, 1);
  try {
    decodeURIComponent(path);
    return url;
  } catch {
    return `${path.replaceAll('%', '%25')}${url.slice(path.length)}`;
  }
};

/** Refuses a subject's, or without one an address's, requests beyond so many a second; whatever they ask for. */
const rateLimiter = async (app: App, perSecond: number | undefined): Promise<RateLimiter> => {
  if (perSecond === undefined) return async () => {};
  await app.register(rateLimit, { global: false });
  const taken = app.createRateLimit({
    max: perSecond,
    timeWindow: 1_000,
    keyGenerator: ({ identity, ip }) => (identity === undefined ? `address ${ip}` : `subject ${identity.subject}`),
  });
  return async (request) => {
    const use = await taken(request);
    if (use.isAllowed || !use.isExceeded) return;
    throw new Problem('too-many-requests', {}, undefined, { 'retry-after': String(Math.max(1, use.ttlInSeconds)) });
  };
};

/**
 * Reads what is left of a body that is refused before it answers: a client that writes all before it reads would
 * otherwise find its connection broken, and no answer.
 */
const drainBody = (app: App): void => {
  app.addHook('onSend', ({ raw }, _reply, _payload, done) => {
    const hasBody = raw.headers['content-length'] !== undefined || raw.headers['transfer-encoding'] !== undefined;
    if (!hasBody || raw.complete || raw.readableEnded || raw.destroyed) return done();
    const { promise, resolve } = Promise.withResolvers<void>();
    let left = drainLimitBytes;
    raw.on('data', (bytes: Buffer) => {
      left -= bytes.length;
      if (left < 0) resolve();
    });
    raw.once('end', resolve).once('close', resolve);
    raw.resume();
    void promise.then(() => done());
  });
};

/** The problem that a failure of the server's own machinery or of the store stands for. */
const problemFrom = (error: Error & { readonly code?: string; readonly statusCode?: number }): Problem | undefined => {
  if (error instanceof OutcomeUnknown) {
    return unavailable({
      zh: '事件存储在返回结果前断开，尚不清楚是否已记录；请以同一 Idempotency-Key 重新提交以确认，不会重复记录',
      en: 'The event store disconnected before it answered and may have recorded the command; send it again with the same Idempotency-Key to find out, nothing is recorded twice',
    });
  }
  if (error instanceof StoreDamaged) {
    return unavailable({
      zh: '事件存储中该登记项的事件缺失，须由管理员修复；未作任何记录',
      en: 'The event store has lost events of this entry, which an operator must repair; nothing was recorded',
    });
  }
  if (error instanceof StoreUnavailable) {
    return unavailable({
      zh: '事件存储暂时不可用，未作任何记录',
      en: 'The event store is unavailable; nothing was recorded',
    });
  }
  switch (error.code) {
    case 'ENOSPC':
    case 'EDQUOT':
    case 'EFBIG':
      return unavailable({ zh: '磁盘已满，未作任何记录', en: 'The disk is full; nothing was recorded' });
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
    case 'FST_INVALID_MULTIPART_CONTENT_TYPE':
      return new Problem('unsupported-media-type');
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
    case 'FST_REQ_FILE_TOO_LARGE':
      return new Problem('payload-too-large');
    default:
      return error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500
        ? invalid({
            in: 'body',
            pointer: '',
            zh: '请求体不完整或长度不符',
            en: 'The body is incomplete or its length is wrong',
          })
        : undefined;
  }
};
