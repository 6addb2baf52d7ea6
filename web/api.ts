/** The registry's public API, under the path under which a proxy serves it. */

export const basePath = document.querySelector<HTMLMetaElement>('meta[name="base-path"]')?.content ?? '/';

export const atBase = (path: string): string => `${basePath}${path.replace(/^\//, '')}`;

export type Query = Readonly<Record<string, string | number | undefined>>;

export const urlOf = (path: string, query: Query = {}): string => {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== '');
  const search = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
  return atBase(`/api/v1${path}${search === '' ? '' : `?${search}`}`);
};

/** A refusal (RFC 9457), in the page's language. */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem';
  readonly status: number;
  readonly detail: string;
  constructor(status: number, title: string, detail: string) {
    super(title);
    this.status = status;
    this.detail = detail;
  }
}

/** The server cannot be reached. */
export class Offline extends Error {
  override readonly name = 'Offline';
}

export type Page<Answer> = {
  readonly answer: Answer;
  /** The cursor of the next page; undefined on the last one. */
  readonly next: string | undefined;
};

export type Asking = { readonly language: string; readonly signal?: AbortSignal };

/** Reads one page of an answer. Rejects with `ApiProblem` or `Offline`. */
export const getPage = async <Answer>(
  path: string,
  query: Query,
  { language, signal }: Asking,
): Promise<Page<Answer>> => {
  const response = await fetch(urlOf(path, query), {
    headers: { 'accept-language': language },
    ...(signal === undefined ? {} : { signal }),
  }).catch((error: unknown) => {
    if (signal?.aborted) throw error;
    throw new Offline();
  });
  const body: unknown = await response.json().catch(() => ({}));
  if (!response.ok) {
    const { title = response.statusText, detail = '' } = body as { title?: string; detail?: string };
    throw new ApiProblem(response.status, title, detail);
  }
  return { answer: body as Answer, next: nextCursor(response.headers.get('link')) };
};

export const get = async <Answer>(path: string, query: Query, asking: Asking): Promise<Answer> =>
  (await getPage<Answer>(path, query, asking)).answer;

const nextCursor = (link: string | null): string | undefined => {
  const address = /<([^>]*)>;\s*rel="next"/.exec(link ?? '')?.[1];
  return address === undefined ? undefined : (new URL(address, location.href).searchParams.get('cursor') ?? undefined);
};
