/** The registry's public API, under the path under which a proxy serves it. */

export const basePath = document.querySelector<HTMLMetaElement>('meta[name="base-path"]')?.content ?? '/';

export const atBase = (path: string): string => `${basePath}${path.replace(/^\//, '')}`;

/** What is asked for; a name with several values is repeated. */
export type Query = Readonly<Record<string, string | number | readonly string[] | undefined>>;

export const urlOf = (path: string, query: Query = {}): string => {
  const given = Object.entries(query).flatMap(([name, value]) =>
    [value ?? []].flat().map((each) => [name, String(each)]),
  );
  const search = new URLSearchParams(given.filter(([, value]) => value !== '')).toString();
  return atBase(`/api/v1${path}${search === '' ? '' : `?${search}`}`);
};

/** What is wrong with one place of a request: a pointer into its body, or a parameter's name. */
export type Fault = {
  readonly in: string;
  readonly pointer?: string;
  readonly name?: string;
  readonly message: string;
};

type ProblemBody = {
  readonly type?: string;
  readonly title?: string;
  readonly detail?: string;
  readonly errors?: readonly Fault[];
  readonly [member: string]: unknown;
};

/** A refusal (RFC 9457), in the page's language. */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem';
  readonly status: number;
  /** What kind of refusal it is, such as `revision-mismatch`; empty if the answer is no problem document. */
  readonly code: string;
  readonly detail: string;
  readonly faults: readonly Fault[];
  /** What else this kind of refusal says, such as `revision` or `breaks`. */
  readonly members: Readonly<Record<string, unknown>>;
  /** How long to wait before the next attempt, if the server says so. */
  readonly retryAfterSeconds: number | undefined;
  constructor({ status, statusText, headers }: Response, body: ProblemBody) {
    super(body.title ?? statusText);
    this.status = status;
    this.code = body.type?.split('/').at(-1) ?? '';
    this.detail = body.detail ?? '';
    this.faults = body.errors ?? [];
    this.members = body;
    const seconds = headers.get('retry-after');
    this.retryAfterSeconds = seconds === null ? undefined : Number(seconds);
  }
}

/** Whether the registry says that there is no such thing. */
export const isMissing = (error: Error | null): boolean => error instanceof ApiProblem && error.status === 404;

/** The server cannot be reached. */
export class Offline extends Error {
  override readonly name = 'Offline';
}

export type Page<Answer> = {
  readonly answer: Answer;
  /** The cursor of the next page, or the entry number that the trail goes on from; undefined on the last one. */
  readonly next: string | undefined;
};

export type Asking = { readonly language: string; readonly signal?: AbortSignal };

type Sending = Asking & {
  readonly method?: 'POST' | 'PATCH' | 'DELETE';
  readonly query?: Query;
  /** Sent as JSON, or as it is if it is a form. */
  readonly body?: object | FormData;
  /** The revision of the entry that this request is based on. */
  readonly revision?: number | undefined;
  /** Makes the same request sent again the same command. */
  readonly idempotencyKey?: string;
};

export type Answered<Answer> = { readonly status: number; readonly headers: Headers; readonly answer: Answer };

/** Asks the API. An answer without a body is undefined. Rejects with `ApiProblem` or `Offline`. */
export const ask = async <Answer>(path: string, sending: Sending): Promise<Answered<Answer>> => {
  const { language, signal, method, query, body, revision, idempotencyKey } = sending;
  const isForm = body instanceof FormData;
  const response = await fetch(urlOf(path, query), {
    ...(method === undefined ? {} : { method }),
    headers: {
      'accept-language': language,
      ...(body === undefined || isForm ? {} : { 'content-type': 'application/json' }),
      ...(revision === undefined ? {} : { 'if-match': `"${revision}"` }),
      ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
    },
    ...(body === undefined ? {} : { body: isForm ? body : JSON.stringify(body) }),
    ...(signal === undefined ? {} : { signal }),
  }).catch((error: unknown) => {
    if (signal?.aborted) throw error;
    throw new Offline();
  });
  const answer: unknown = await response.json().catch(() => undefined);
  if (!response.ok) throw new ApiProblem(response, (answer ?? {}) as ProblemBody);
  return { status: response.status, headers: response.headers, answer: answer as Answer };
};

/** Reads one page of an answer. Rejects as `ask` does. */
export const getPage = async <Answer>(path: string, query: Query, asking: Asking): Promise<Page<Answer>> => {
  const { answer, headers } = await ask<Answer>(path, { ...asking, query });
  return { answer, next: nextCursor(headers.get('link')) };
};

export const get = async <Answer>(path: string, query: Query, asking: Asking): Promise<Answer> =>
  (await getPage<Answer>(path, query, asking)).answer;

const nextCursor = (link: string | null): string | undefined => {
  const address = /<([^>]*)>;\s*rel="next"/.exec(link ?? '')?.[1];
  if (address === undefined) return undefined;
  const { searchParams } = new URL(address, location.href);
  return ['cursor', 'before', 'after'].flatMap((name) => searchParams.get(name) ?? [])[0];
};
