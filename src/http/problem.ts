import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Text } from '../../domain/field.ts';
import type { Fault, Rejection } from '../../domain/rejection.ts';
import { detailOf, type ProblemCode, problemCodeOf, problems } from '../problems.ts';

/** A refusal on its way out: an exception only within the HTTP layer, where hooks and handlers have no other exit. */
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

/** The problem that a domain's rejection becomes. */
export const problemOf = (rejection: Rejection): Problem => {
  const { code: _, ...extra } = rejection;
  return new Problem(problemCodeOf(rejection), extra, detailOf(rejection));
};

export const languageOf = (request: FastifyRequest): 'zh' | 'en' => {
  const best = request.languages(['zh', 'en']);
  return best === 'en' ? 'en' : 'zh';
};

/** Answers with `application/problem+json` (RFC 9457) in the reader's language. */
export const sendProblem = (request: FastifyRequest, reply: FastifyReply, problem: Problem): FastifyReply => {
  const language = languageOf(request);
  const { status, title, advice } = problems[problem.code];
  const { errors, ...extra } = problem.extra as { errors?: readonly Fault[] };
  return reply
    .code(status)
    .headers(problem.headers)
    .header('content-language', language === 'zh' ? 'zh-CN' : 'en')
    .type('application/problem+json')
    .send(
      JSON.stringify({
        type: `/problems/${problem.code}`,
        title: title[language],
        status,
        detail: problem.detail?.[language] ?? advice[language],
        ...extra,
        ...(errors === undefined
          ? {}
          : { errors: errors.map(({ zh, en, ...where }) => ({ ...where, message: language === 'zh' ? zh : en })) }),
      }),
    );
};
