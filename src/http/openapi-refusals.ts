import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import type { JsonObject } from '../../domain/json.ts';
import { type ProblemCode, problems } from '../commands/problems.ts';
import { columnSchema } from '../imports/view.ts';
import { problemSchema } from './schemas.ts';

/** What problems say besides what they all say. */
const members: Partial<Record<ProblemCode, z.ZodRawShape>> = {
  'invalid-request': {
    errors: z
      .array(
        z.object({
          in: z.enum(['body', 'path', 'query', 'header']),
          pointer: z.string().optional().meta({ description: 'A JSON Pointer (RFC 6901) into the body' }),
          name: z.string().optional().meta({ description: 'Of the parameter or the header' }),
          message: z.string(),
        }),
      )
      .meta({ description: 'All that is wrong' }),
    columns: z.array(columnSchema).optional().meta({
      description: 'Of a file to import: its columns as they are understood; choosing what they give may help',
    }),
    sheets: z.array(z.string()).optional().meta({ description: 'Of a file to import: the sheets to choose from' }),
  },
  'not-found': {
    startsWith: z
      .array(z.string())
      .optional()
      .meta({ description: 'For those who may record: the commands with which such an entry can begin' }),
  },
  'no-certificate': {
    entryStatus: z.string().meta({ description: 'The entry’s status now' }),
    since: z.string().meta({ format: 'date', description: 'The day from which it has had it' }),
  },
  forbidden: { role: z.string().meta({ description: 'The roles of which one is needed, with | between them' }) },
  'transition-not-allowed': {
    entryStatus: z.string().meta({ description: 'The entry’s status on the effective date' }),
    allowed: z.array(z.string()).meta({ description: 'The commands that are possible on that date' }),
  },
  'breaks-history': {
    breaks: z
      .object({ event: z.uuid(), type: z.string(), effectiveOn: z.string().meta({ format: 'date' }) })
      .meta({ description: 'The first fact that would no longer fit' }),
  },
  'not-correctable': { event: z.string().meta({ description: 'The event that cannot be corrected or annulled' }) },
  'already-decided': { submissionStatus: z.string() },
  'too-many-pending': { limit: z.int().meta({ description: 'How many submissions of one entry can wait at once' }) },
  'entry-full': { limit: z.int().meta({ description: 'How many events one entry can have' }) },
  'revision-mismatch': {
    revision: z.int().nullable().meta({ description: 'The current revision; null if the entry has no event' }),
  },
  'revision-required': { revision: z.int().meta({ description: 'The current revision' }) },
  'unknown-reference': {
    pointer: z.string().meta({ description: 'A JSON Pointer (RFC 6901) into the body' }),
    reference: z.string(),
  },
  'check-character': { key: z.string() },
  'payload-too-large': {
    limitBytes: z.int().optional().meta({ description: 'The most that an event may have as canonical JSON' }),
  },
};

const codes = Object.keys(problems) as ProblemCode[];

const pascal = (words: string): string =>
  words
    .split(/[^A-Za-z0-9]+/)
    .map((word) => `${word.charAt(0).toUpperCase()}${word.slice(1)}`)
    .join('');

const schemaName = (code: ProblemCode): string => `Problem${pascal(code)}`;

const asJson = (schema: z.ZodType): JsonObject => {
  const { $schema: _, ...json } = z.toJSONSchema(schema, { unrepresentable: 'any' });
  return json as JsonObject;
};

const schemaOf = (code: ProblemCode, basePath: string): JsonObject => {
  const { title, status } = problems[code];
  const { properties = {}, required = [] } = asJson(z.object(members[code] ?? {}));
  return {
    'x-title': title,
    allOf: [{ $ref: '#/components/schemas/Problem' }],
    properties: { type: { const: `${basePath}/problems/${code}` }, status: { const: status }, ...Object(properties) },
    ...(isDeepStrictEqual(required, []) ? {} : { required }),
  };
};

/** The schema of each problem, by its name. */
export const problemSchemas = (basePath: string): JsonObject => ({
  Problem: asJson(problemSchema),
  ...Object.fromEntries(codes.map((code) => [schemaName(code), schemaOf(code, basePath)])),
});

/** The statuses with which anything may be refused: the response `default` of every operation. */
export const anywhere: ReadonlySet<number> = new Set([401, 405, 406, 408, 413, 415, 417, 429, 431, 500, 503]);

/** The responses that refuse, named by their statuses: each is one of the problems that have this status. */
export const refusalResponses = (headersOf: (status: number) => JsonObject): JsonObject => {
  const byStatus = Map.groupBy(codes, (code) => problems[code].status);
  const own = [...byStatus].filter(([status]) => !anywhere.has(status));
  return {
    ...Object.fromEntries(
      own.map(([status, alike]) => {
        const titles = alike.map((code) => problems[code].title.en);
        return [String(status), response(titles.join(', or: '), alike, headersOf(status))];
      }),
    ),
    default: response(
      'Refused for a reason that has nothing to do with this operation',
      codes.filter((code) => anywhere.has(problems[code].status)),
      Object.assign({}, ...[...anywhere].map(headersOf)),
    ),
  };
};

const response = (description: string, alike: readonly ProblemCode[], headers: JsonObject): JsonObject => {
  const refs = alike.map((code) => ({ $ref: `#/components/schemas/${schemaName(code)}` }));
  const [only, another] = refs;
  const schema = only !== undefined && another === undefined ? only : { oneOf: refs };
  return { description, headers, content: { 'application/problem+json': { schema } } };
};
