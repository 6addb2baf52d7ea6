import { STATUS_CODES } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Text } from '../../domain/field.ts';
import type { Fault } from '../../domain/rejection.ts';
import type { Refused } from '../commands/outcomes.ts';
import { type ProblemCode, problemCodeOf, problems } from '../commands/problems.ts';
import { detailOf } from '../commands/refusal-texts.ts';
import { problemPage } from './problem-page.ts';

/** A refusal. An exception only within the HTTP layer, since hooks and handlers have no other way to refuse. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly code: ProblemCode;
  readonly detail: Text | undefined;
  readonly extra: object;
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: ProblemCode, extra: object = {}, detail?: Text, headers: Readonly<Record<string, string>> = {}) {
    super(code);
    this.code = code;
    this.extra = extra;
    this.detail = detail;
    this.headers = headers;
  }
}

export const invalid = (...errors: readonly Fault[]): Problem => new Problem('invalid-request', { errors });

export const unavailable = (detail: Text, retryAfterSeconds = 1): Problem =>
  new Problem('unavailable', {}, detail, { 'retry-after': String(retryAfterSeconds) });

/** A client refused because too many wait is asked to wait 1 to this many seconds, so that not all come back at once. */
const spreadSeconds = 5;

export const overloaded = (detail: Text): Problem =>
  new Problem('overloaded', {}, detail, { 'retry-after': String(1 + Math.floor(Math.random() * spreadSeconds)) });

/** The problem that a refused command or decision becomes. */
export const problemOf = ({ rejection, register }: Refused): Problem => {
  const { code: _code, inTheWay: _words, ...extra } = { inTheWay: undefined, ...rejection };
  return new Problem(problemCodeOf(rejection), extra, detailOf(rejection, register));
};

export const languageOf = (request: FastifyRequest): 'zh' | 'en' => {
  const best = request.languages(['zh', 'en']);
  return best === 'en' ? 'en' : 'zh';
};

/**
 * Answers with `application/problem+json` (RFC 9457) in the reader's language; where a browser comes by itself, with a
 * page in both.
 */
export const sendProblem = (request: FastifyRequest, reply: FastifyReply, problem: Problem): FastifyReply => {
  const { basePath } = request.server;
  reply.code(problems[problem.code].status).headers(problem.headers);
  if (request.routeOptions.config.forBrowsers && request.accepts().type([mediaType, 'text/html']) === 'text/html')
    return reply.type('text/html; charset=utf-8').send(problemPage(problem.code, explanationOf(problem, basePath)));
  const language = languageOf(request);
  return reply
    .header('content-language', tags[language])
    .type(mediaType)
    .send(documentOf(problem, language, basePath));
};

/** The whole answer, headers included, to what cannot be read as a request; in Chinese, since no language is known. */
export const rawAnswer = (problem: Problem, basePath: string): string => {
  const { status } = problems[problem.code];
  const body = documentOf(problem, 'zh', basePath);
  const lines = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    `Content-Type: ${mediaType}`,
    `Content-Language: ${tags.zh}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    'X-Content-Type-Options: nosniff',
    ...Object.entries(problem.headers).map(([name, value]) => `${name}: ${value}`),
    'Connection: close',
  ];
  return `${lines.join('\r\n')}\r\n\r\n${body}`;
};

const mediaType = 'application/problem+json';
const tags = { zh: 'zh-CN', en: 'en' } as const;

/** What a person who is refused can do; it names the documentation by the path under which it is served. */
export const adviceOf = (code: ProblemCode, basePath: string): Text => {
  const { zh, en } = problems[code].advice;
  const served = (text: string) => text.replace('/api/docs', `${basePath}/api/docs`);
  return { zh: served(zh), en: served(en) };
};

/** What the page of a refusal says: what is wrong, or what to do. */
const explanationOf = ({ code, detail, extra }: Problem, basePath: string): Text => {
  const { errors } = extra as { errors?: readonly Fault[] };
  const all = errors && { zh: errors.map(({ zh }) => zh).join('；'), en: errors.map(({ en }) => en).join('; ') };
  return detail ?? all ?? adviceOf(code, basePath);
};

const documentOf = (problem: Problem, language: 'zh' | 'en', basePath: string): string => {
  const { status, title } = problems[problem.code];
  const { errors, ...extra } = problem.extra as { errors?: readonly Fault[] };
  return JSON.stringify({
    ...extra,
    type: `${basePath}/problems/${problem.code}`,
    title: title[language],
    status,
    detail: problem.detail?.[language] ?? adviceOf(problem.code, basePath)[language],
    ...(errors === undefined
      ? {}
      : { errors: errors.map(({ zh, en, ...place }) => ({ ...place, message: language === 'zh' ? zh : en })) }),
  });
};
