import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import accepts from '@fastify/accepts';
import multipart from '@fastify/multipart';
import Fastify, { type FastifyError } from 'fastify';
import type { Logger } from 'pino';
import type { ProblemCode } from '../commands/problems.ts';
import type { Config } from '../config.ts';
import { IssuerAway } from '../identity/issuer.ts';
import { StoreUnavailable } from '../store/event-store.ts';
import { authentication } from './access.ts';
import { accountRoutes } from './accounts.ts';
import { basePaths, withoutBasePath } from './base-path.ts';
import { breakdownRoutes } from './breakdown.ts';
import { bundleRoutes } from './bundle.ts';
import { certificateRoutes } from './certificates.ts';
import { changeRoutes } from './changes.ts';
import { commandRoutes } from './commands.ts';
import { compression } from './compression.ts';
import { connectionLimit, hasBody } from './connection-limit.ts';
import type { App, Context } from './context.ts';
import { crossOrigin, varyByOrigin } from './cors.ts';
import { entryRoutes } from './entries.ts';
import { exportRoutes } from './exports.ts';
import { problemFrom } from './failures.ts';
import { refuseUnsettled, settleSender } from './forwarding.ts';
import { healthRoutes } from './health.ts';
import { historyRoutes } from './history.ts';
import { importDecisionRoutes } from './import-decisions.ts';
import { importFileRoutes } from './import-files.ts';
import { importReadRoutes } from './import-reads.ts';
import { importRoutes } from './imports.ts';
import { ledgerRoutes } from './ledger.ts';
import { liveRoutes } from './live.ts';
import { commandSlots, loadShedding } from './load-shedding.ts';
import { logRefusal, logRoutes, recordReads } from './logs.ts';
import { measureRoutes } from './measures.ts';
import { metrics } from './metrics.ts';
import { oidcRoutes } from './oidc.ts';
import { documentationRoutes } from './openapi.ts';
import { pageRoutes } from './page.ts';
import { jsonParsing, parsing } from './parsing.ts';
import { peopleRoutes } from './people.ts';
import { invalid, Problem, rawAnswer, sendProblem } from './problem.ts';
import { problemPageRoutes } from './problem-pages.ts';
import { rateLimiter } from './rate-limit.ts';
import { recordingDayRoutes } from './recording-days.ts';
import { registerRoutes } from './registers.ts';
import { requestHeads } from './request-heads.ts';
import { RequestLog } from './request-log.ts';
import { searchRoutes } from './search.ts';
import { securityHeaders } from './security-headers.ts';
import { seriesRoutes } from './series.ts';
import { sessionRoutes } from './session.ts';
import { statementRoutes } from './statement.ts';
import { submissionRoutes } from './submissions.ts';
import { targetEntryRoutes } from './target-entries.ts';
import { targetRoutes } from './targets.ts';
import { trailRoutes } from './trail.ts';
import { waysToSignInRoutes } from './ways-to-sign-in.ts';

const bodyLimitBytes = 262_144;
const fileLimitBytes = 64 * 1_048_576;
/** No more than this is read of the body of a refused request. */
const drainLimitBytes = fileLimitBytes;
/** Node's own limit of a request's head: no key is too long for the router, so each is checked as a key. */
const maxHeaderBytes = 16_384;
const requestTimeoutMs = 30_000;
const keepAliveTimeoutMs = 72_000;

/** Why a request could not be read at all, by the code of the parser's error. */
const unreadable: Readonly<Record<string, ProblemCode>> = {
  HPE_HEADER_OVERFLOW: 'headers-too-large',
  ERR_HTTP_REQUEST_TIMEOUT: 'request-timeout',
};

const unencoded = () =>
  invalid({
    in: 'path',
    zh: '地址中有未编码的字符；汉字与空格须按 UTF-8 作百分号编码，如 %E5%8C%97',
    en: 'The address has characters that are not encoded; percent-encode Chinese and spaces as UTF-8, such as %E5%8C%97',
  });

/** The routes, in the order in which the documentation lists them. */
const routes = [
  commandRoutes,
  submissionRoutes,
  importRoutes,
  importFileRoutes,
  importReadRoutes,
  importDecisionRoutes,
  registerRoutes,
  searchRoutes,
  historyRoutes,
  trailRoutes,
  ledgerRoutes,
  sessionRoutes,
  waysToSignInRoutes,
  oidcRoutes,
  accountRoutes,
  peopleRoutes,
  logRoutes,
  targetRoutes,
  targetEntryRoutes,
  seriesRoutes,
  recordingDayRoutes,
  changeRoutes,
  statementRoutes,
  measureRoutes,
  breakdownRoutes,
  entryRoutes,
  certificateRoutes,
  exportRoutes,
  bundleRoutes,
  liveRoutes,
  healthRoutes,
  problemPageRoutes,
  documentationRoutes,
  pageRoutes,
];

/** Builds the server; the caller makes it listen. `describe` is called before routes are added. */
export const buildApp = async (
  context: Context,
  log: Logger,
  describe: (app: App) => Promise<void> = async () => {},
): Promise<App> => {
  const { config } = context;
  const app: App = Fastify(serverOptions(config, log));
  signalClosing(app);
  basePaths(app, config);
  app.addHook('onListen', async () => context.longReads.begin());
  // Node alone would answer a header Expect other than 100-continue without a body.
  app.server.on('checkExpectation', ({ socket }: IncomingMessage) => {
    socket.end(rawAnswer(new Problem('expectation-failed'), config.basePath));
  });
  app.decorateRequest('identity', undefined);
  app.decorateRequest('entryKey', '');
  app.decorateRequest('sentBody', undefined);
  app.decorateRequest('sentHeaders');
  app.removeAllContentTypeParsers();
  jsonParsing(app);
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const problem = error instanceof Problem ? error : problemFrom(error);
    if (problem === undefined) request.log.error({ err: error }, 'unexpected');
    else if (error instanceof StoreUnavailable) request.log.warn({ err: error }, 'the store is unavailable');
    else if (error instanceof IssuerAway) request.log.warn({ err: error }, 'the issuer of OpenID Connect is away');
    else if (error !== problem && problem.code === 'unavailable') request.log.warn({ err: error }, 'out of resources');
    if (problem !== undefined) logRefusal(context, request, problem);
    return sendProblem(request, reply, problem ?? new Problem('internal-error'));
  });

  // The hooks of a request run in this order.
  await app.register(accepts);
  const headers = securityHeaders(config);
  app.addHook('onRequest', (_request, reply, done) => {
    reply.headers(headers);
    done();
  });
  await crossOrigin(app, config);
  await app.register(multipart, { limits: { files: 1, fileSize: fileLimitBytes, fields: 50, fieldSize: 10_000 } });
  const metricsRoute = metrics(app, context);
  app.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id);
    done();
  });
  refuseUnsettled(app);
  requestHeads(app, config);
  loadShedding(app, config);
  authentication(app, context, rateLimiter(config.rateLimit, config.trustProxy.length > 0));
  connectionLimit(app, config);
  parsing(app, context);
  commandSlots(app, config);
  recordReads(app, context);
  varyByOrigin(app, config);
  drainBody(app);
  await compression(app);
  await describe(app);
  app.after(() => {
    for (const add of routes) add(app, context);
    metricsRoute();
  });
  await app.ready();
  return app;
};

const serverOptions = ({ trustProxy, basePath, stallLimitMs }: Config, log: Logger) => {
  const settle = settleSender({ trustProxy });
  return {
    loggerInstance: log,
    logController: new RequestLog(),
    http: { requireHostHeader: false }, // Node's own refusal has no body; see requestHeads
    bodyLimit: bodyLimitBytes,
    requestTimeout: requestTimeoutMs,
    connectionTimeout: stallLimitMs,
    keepAliveTimeout: keepAliveTimeoutMs,
    trustProxy: trustProxy.length > 0 ? [...trustProxy] : false,
    routerOptions: { maxParamLength: maxHeaderBytes, ignoreTrailingSlash: false },
    forceCloseConnections: 'idle' as const,
    requestIdHeader: false as const,
    genReqId: ({ headers }: IncomingMessage) => {
      const given = headers['x-request-id'];
      return typeof given === 'string' && /^[\x21-\x7e]{1,128}$/.test(given) ? given : randomUUID();
    },
    return503OnClosing: true,
    rewriteUrl: (request: IncomingMessage) => {
      settle(request); // before anything asks who sends it, the log included
      return withoutBasePath(decodable(request.url ?? '/'), basePath);
    },
    clientErrorHandler: (error: Error & { readonly code?: string }, socket: Socket) => {
      if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable) return;
      const problem =
        error.code === 'HPE_INVALID_URL' ? unencoded() : new Problem(unreadable[error.code ?? ''] ?? 'invalid-request');
      socket.end(rawAnswer(problem, basePath));
    },
  };
};

/** Tells streams and kept connections to end once the server begins to close. */
const signalClosing = (app: App): void => {
  const closing = new AbortController();
  app.decorate('closing', closing.signal);
  app.addHook('preClose', async () => closing.abort());
  app.addHook('onSend', (_request, reply, _payload, done) => {
    if (closing.signal.aborted) reply.header('connection', 'close');
    done();
  });
};

/** Reads each % of a path that cannot be decoded as itself, so that the path is answered as one that does not exist. */
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

/**
 * Reads the rest of a refused request's body before it answers: a client that writes everything before it reads would
 * otherwise find its connection broken, and no answer.
 */
const drainBody = (app: App): void => {
  app.addHook('onSend', ({ raw }, _reply, _payload, done) => {
    if (!hasBody(raw) || raw.complete || raw.readableEnded || raw.destroyed) return done();
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
