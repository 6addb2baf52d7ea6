import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';

type Response = {
  readonly headers?: Readonly<Record<string, unknown>>;
  readonly content?: Readonly<Record<string, unknown>>;
};
type Operation = { readonly responses: Readonly<Record<string, Response | { readonly $ref: string }>> };
export type OpenApi = {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly responses: Readonly<Record<string, Response>> };
};

/** Headers of which each answer that has them is documented to have them. */
const documentedHeaders = [
  ...['etag', 'location', 'registry-position', 'link', 'retry-after', 'content-disposition', 'idempotent-replayed'],
  ...['www-authenticate', 'content-language', 'allow'],
];

export type Answer = {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly type: string;
  readonly headers: Headers;
  readonly body: unknown;
};

/** A problem may have members that say more. */
const isProblem = (name: string): boolean => /^Problem|^application\/problem/.test(name);

/** The names of the schemas of which others are made by `allOf`. */
const partsOf = (value: unknown): readonly string[] => {
  const { allOf = [], ...others } = Object(value);
  const named = allOf.map(({ $ref = '' }: { $ref?: string }) => $ref.split('/').at(-1));
  return [...named, ...Object.values(others).flatMap((each) => (each instanceof Object ? partsOf(each) : []))];
};

/** Answers may gain members, but only those that the document describes: an object with properties has no others. */
const closed = (value: unknown, parts: ReadonlySet<string>): object => {
  if (Array.isArray(value)) return value.map((each) => (each instanceof Object ? closed(each, parts) : each));
  const entries = Object.entries(Object(value)).map(([name, part]) => [
    name,
    part instanceof Object && !isProblem(name) && !parts.has(name) ? closed(part, parts) : part,
  ]);
  const isClosed = ['additionalProperties', 'unevaluatedProperties'].some((name) => name in Object(value));
  const isObject = 'properties' in Object(value) || 'allOf' in Object(value);
  return { ...Object.fromEntries(entries), ...(isObject && !isClosed ? { unevaluatedProperties: false } : {}) };
};

/** Checks answers against an OpenAPI document and writes down which operations have been seen. */
export const checkerOf = (document: OpenApi): ((answer: Answer) => void) => {
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  formats.default(ajv);
  ajv.addSchema({ ...closed(document, new Set(partsOf(document))), $id: 'openapi' });
  const validators = new Map<string, ValidateFunction>();
  const seen = new Set<string>();
  const log = process.env.SEEN_OPERATIONS;
  const write = (line: string) => {
    if (log !== undefined) appendFileSync(join(log, `${process.pid}.txt`), `${line}\n`);
  };
  const templates = Object.entries(document.paths).flatMap(([template, operations]) =>
    Object.keys(operations).map((method) => ({ template, method, pattern: patternOf(template) })),
  );
  for (const { template, method } of templates) write(`documented ${method.toUpperCase()} ${template}`);

  return ({ method, path, status, type, headers, body }) => {
    const wanted = method.toLowerCase();
    const pathname = new URL(path, 'http://registry.invalid').pathname;
    const found = templates
      .filter((each) => each.method === wanted && each.pattern.test(pathname))
      .sort((a, b) => a.template.split('{').length - b.template.split('{').length)[0];
    if (found === undefined) {
      if (status === 404 || status === 405 || status === 401 || status === 403) return;
      throw new Error(`${method} ${pathname} answers ${status} and is not in the OpenAPI document`);
    }
    const operation = document.paths[found.template]?.[found.method];
    const name = `${method.toUpperCase()} ${found.template}`;
    if (!seen.has(name)) write(`seen ${name}`);
    seen.add(name);
    const code = operation?.responses[String(status)] === undefined && status >= 400 ? 'default' : String(status);
    const given = operation?.responses[code];
    const shared = given !== undefined && '$ref' in given ? given.$ref.split('/').at(-1) : undefined;
    const response = given !== undefined && '$ref' in given ? document.components.responses[shared ?? ''] : given;
    if (response === undefined) throw new Error(`${name}: ${status} is not documented`);
    const media = type.split(';')[0]?.trim() ?? '';
    if ((status === 204 || status === 302) && body === '' && response.content === undefined) return;
    if (response.content === undefined) throw new Error(`${name}: ${status} is documented without content`);
    if (response.content[media] === undefined) throw new Error(`${name}: ${status} is not documented as ${media}`);
    const documented = Object.keys(response.headers ?? {}).map((header) => header.toLowerCase());
    for (const header of documentedHeaders)
      if (headers.has(header) && !documented.includes(header))
        throw new Error(`${name}: ${status} is documented without ${header}`);
    const place =
      shared === undefined
        ? ['paths', found.template, found.method, 'responses', code]
        : ['components', 'responses', shared];
    const pointer = [...place, 'content', media, 'schema']
      .map((part) => part.replaceAll('~', '~0').replaceAll('/', '~1'))
      .map(encodeURIComponent)
      .join('/');
    const validate = validators.get(pointer) ?? ajv.compile({ $ref: `openapi#/${pointer}` });
    validators.set(pointer, validate);
    if (!validate(body)) {
      throw new Error(
        `${name}: ${status} does not fit the document: ${ajv.errorsText(validate.errors)}\n${JSON.stringify(body)}`,
      );
    }
  };
};

const patternOf = (template: string): RegExp =>
  new RegExp(
    `^${template
      .replace(/[.]/g, '\\.')
      .replace(/\{tile\}/g, '.+')
      .replace(/\{[^}]+\}/g, '[^/]+')}$`,
  );

/** What a reference of the document refers to, with what is said beside it; anything else as it is. */
export const resolved = <Part extends object>(document: { readonly components: object }, part: object): Part => {
  const { $ref, ...own } = part as { readonly $ref?: string };
  const [, kind = '', name = ''] = /^#\/components\/(\w+)\/(.+)$/.exec($ref ?? '') ?? [];
  const components = document.components as Readonly<Record<string, Readonly<Record<string, object>>>>;
  return (name === '' ? part : { ...components[kind]?.[name], ...own }) as Part;
};
