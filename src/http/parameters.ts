import { z } from 'zod';
import { daySchema, matching, oneOf } from '../../domain/field.ts';
import { foldedName } from '../../domain/names.ts';
import { districts, sectors } from '../../domain/places.ts';

/** The parameters and headers that several routes take. Each schema turns the text sent into the value that it means. */

const rfc3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/i;

/** An instant of RFC 3339; undefined for any other text, and for a day or a time that does not exist. */
export const instantOf = (text: string): Temporal.Instant | undefined => {
  if (!rfc3339.test(text)) return undefined;
  try {
    return Temporal.Instant.from(text.toUpperCase());
  } catch {
    return undefined;
  }
};

/** What to take as known: the first N events of the ledger, or those recorded at or before an instant. */
export type KnownAt = number | Temporal.Instant;

const knownAt = matching(
  /^(0|[1-9]\d{0,14}|\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2}))$/,
  '须为时刻（RFC 3339，如 2021-06-15T04:00:00Z）或台账的事件数',
  'Must be an instant (RFC 3339, such as 2021-06-15T04:00:00Z) or a number of events of the ledger',
)
  .meta({
    description: 'As known at an instant (RFC 3339), or after the first N events; defaults to now',
    examples: ['2026-01-01T00:00:00Z'],
  })
  .transform((text, { issues }): KnownAt => {
    const known = /^\d+$/.test(text) ? Number(text) : instantOf(text);
    if (known !== undefined) return known;
    issues.push({
      code: 'custom',
      input: text,
      message: 'Is not a valid instant',
      params: { zh: '不是有效的时刻' },
    });
    return z.NEVER;
  });

export const sinceQuery = knownAt.describe('The earlier of the two: an instant (RFC 3339), or a number of events');
export const viewQuery = {
  on: daySchema.optional().meta({ description: 'A day in Shanghai; defaults to today', examples: ['2020-12-31'] }),
  knownAt: knownAt.optional(),
};

export const sectorQuery = oneOf(sectors).meta({ id: 'Sector' }).optional();
export const districtQuery = oneOf(districts).meta({ id: 'District' }).optional();
export const areaQuery = z.enum(['core', 'belt', 'other']).meta({ id: 'Area' }).optional();

type Described = {
  readonly description?: string;
  readonly default?: number;
  readonly examples?: readonly (number | string)[];
};

// zod leaves the examples and the default of a schema that transforms out of the document, so they stand before it.
const wholeNumber = (min: number, max: number, described: Described) =>
  z
    .string()
    .refine((text) => /^(0|-?[1-9]\d{0,14})$/.test(text) && Number(text) >= min && Number(text) <= max, {
      error: `Must be a whole number from ${min} to ${max}`,
      params: { zh: `须为 ${min} 到 ${max} 的整数` },
    })
    .meta({ type: 'integer', minimum: min, maximum: max, ...described })
    .transform(Number);

/**
 * Words to search for. Characters that cannot be seen and are no spaces stand in no text, and would find everything; so
 * would what has nothing to search for. An empty text, as forms send it, is as if it were not given.
 */
export const wordsQuery = (described: Described) =>
  z
    .string()
    .max(200)
    .refine((text) => !/[^\P{Cc}\t\r\n]/u.test(text), {
      error: 'Must not contain control characters',
      abort: true,
      params: { zh: '不得含有控制字符' },
    })
    .refine((text) => text === '' || foldedName(text) !== '', {
      error: 'Has nothing to search for: enter a letter, a digit or a Chinese character',
      params: { zh: '没有可供查找的内容，请输入汉字、字母或数字' },
    })
    .meta(described)
    .transform((text) => (text === '' ? undefined : text))
    .optional();

export const entryNumberQuery = wholeNumber(-1, 999_999_999_999, { description: 'An entry number, exclusive' });

const limitDefault = 50;
export const pagingQuery = {
  limit: wholeNumber(1, 500, {
    description: 'How many items a page has at most',
    default: limitDefault,
    examples: [limitDefault],
  }).default(limitDefault),
  cursor: z.string().max(4_000).optional().meta({ description: 'From the Link header of the page before' }),
};

export const languageQuery = z.enum(['zh', 'en']).optional().meta({ description: 'Defaults to Accept-Language' });

export const flagQuery = z
  .enum(['true', 'false'])
  .meta({ type: 'boolean', enum: undefined, default: false })
  .transform((flag) => flag === 'true')
  .default(false);

/** Every header that a route reads, but for those that all requests may carry. */
export const requestHeaders = z.object({
  'if-match': matching(
    /^(W\/)?"(0|[1-9]\d{0,8})"$/,
    '须为一个带引号的修订号，如 "3"；不接受 * 和多个值',
    'Must be one revision in quotes, such as "3"; neither * nor a list is accepted',
  )
    .meta({ description: 'The revision of the entry that you have seen, in quotes', examples: ['"3"'] })
    .transform((tag) => Number(/\d+/.exec(tag)?.[0]))
    .optional(),
  'idempotency-key': matching(
    /^[\x21-\x7e]{1,255}$/,
    '须为 1–255 个可见的 ASCII 字符，不含空格',
    'Must be 1–255 visible ASCII characters, without spaces',
  )
    .optional()
    .meta({
      description:
        'Makes it safe to repeat the command: 1–255 visible ASCII characters. A repeat with another note, or other free texts, is the same command',
    }),
  'last-event-id': matching(
    /^(0|[1-9]\d{0,29})$/,
    '须为收到的最后一条消息的编号（id）',
    'Must be the id of the last message received',
  )
    .meta({ description: 'The id of the last message received' })
    .optional(),
  'registry-position': z
    .string()
    .optional()
    .meta({ description: 'A position from an earlier answer; the read waits, at most 5 s, until it is reached' }),
});
export type RequestHeaders = z.output<typeof requestHeaders>;

export const commandHeaders = requestHeaders.pick({ 'if-match': true, 'idempotency-key': true });
export const decisionHeaders = requestHeaders.pick({ 'if-match': true });
export const positionHeaders = requestHeaders.pick({ 'registry-position': true });
