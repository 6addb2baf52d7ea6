import type { JsonObject } from '../../domain/json.ts';

/** The headers of answers, by name. */
const headers = {
  ETag: 'The revision of the entry, in quotes, as If-Match takes it; of a document, its digest',
  Location: 'Where what was made can be read, or where the browser goes',
  'Registry-Position': 'How far the answer’s read model had followed the ledger, or where the event was recorded',
  Link: 'The next page, with rel="next"; absent on the last',
  'Content-Disposition': 'The name of the file',
  'Idempotent-Replayed': 'true if the command had been sent before: this is its first answer again',
  Allow: 'The methods that the path supports',
  'Retry-After': 'After how many seconds to try again',
  'WWW-Authenticate': 'How to authenticate (RFC 6750)',
  'Content-Language': 'The language of the title and the detail',
  'X-Request-Id': 'The request’s own id or, if it had none, the one that it was given; in every answer and in the log',
} as const satisfies Record<string, string>;

type Name = keyof typeof headers;

export const headerComponents = (): JsonObject =>
  Object.fromEntries(
    Object.entries(headers).map(([name, description]) => [short(name), { description, schema: { type: 'string' } }]),
  );

/** A component's name, which stands wherever it is referred to. */
const short = (name: string): string => name.replace('Registry-', '');

const refs = (...names: readonly Name[]): JsonObject =>
  Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${short(name)}` }]));

/** The headers of a refusal. */
export const refusalHeaders = (status: number): JsonObject => {
  const own: Readonly<Record<number, readonly Name[]>> = {
    401: ['WWW-Authenticate'],
    405: ['Allow'],
    429: ['Retry-After'],
    503: ['Retry-After'],
  };
  return refs('Content-Language', ...(own[status] ?? []), 'X-Request-Id');
};

/** The headers of an answer that is no refusal. */
export const answerHeaders = (
  operation: { readonly operationId: string; readonly parameters: readonly string[]; readonly method: string },
  status: string,
  types: readonly string[],
): JsonObject => {
  const { operationId, parameters, method } = operation;
  const takes = (name: string) => parameters.includes(name);
  const speaksOfEntry = takes('if-match') || operationId === 'submission' || operationId.endsWith('.entry');
  const isDocument = operationId === 'openapi' || operationId === 'docs' || operationId === 'certificate';
  const isFile = types.some((type) => type.includes('csv') || type.includes('spreadsheetml') || type.includes('pdf'));
  const isTried = takes('dryRun') && status === '200';
  if (status === '302') return refs('Location');
  if (operationId.startsWith('ledger.')) return {};
  return refs(
    ...((speaksOfEntry && !isTried) || isDocument ? (['ETag'] as const) : []),
    ...(method === 'post' && !isTried ? (['Location'] as const) : []),
    ...(method === 'get' || (takes('if-match') && !isTried) ? (['Registry-Position'] as const) : []),
    ...(takes('cursor') || takes('after') ? (['Link'] as const) : []),
    ...(isFile ? (['Content-Disposition'] as const) : []),
    ...(takes('if-match') && !isTried ? (['Idempotent-Replayed'] as const) : []),
    ...(status === '503' ? (['Retry-After'] as const) : []),
  );
};
