import type { z } from 'zod';
import type { Text } from './field.ts';
import { isObject } from './json.ts';
import type { Fault } from './rejection.ts';

type Place = Fault['in'];
type Issue = z.core.$ZodIssue;

/**
 * Every fault that a schema found in a part of a request, worded in both languages, each unknown member on its own.
 * `base` is the JSON Pointer of what was parsed if that is a part of the body.
 */
export const faultsOf = (
  error: { readonly issues: readonly Issue[] },
  place: Place,
  input: unknown,
  base = '',
  parameters: readonly string[] = [],
): readonly Fault[] =>
  error.issues.filter(isOfItsType).flatMap((issue): readonly Fault[] => {
    const paths = issue.code === 'unrecognized_keys' ? issue.keys.map((key) => [...issue.path, key]) : [issue.path];
    const words =
      unknownMember(issue, place, parameters) ?? repeatedParameter(issue, place, input) ?? wordsOf(issue, input);
    return paths.map((path) => ({ in: place, ...locator(place, path, base), ...words }));
  });

/** A value of another type than expected has no size to find fault with, though zod measures a text in place of a list. */
const isOfItsType = (issue: Issue, _: number, issues: readonly Issue[]): boolean =>
  !(issue.code === 'too_small' || issue.code === 'too_big') ||
  !issues.some(({ code, path }) => code === 'invalid_type' && path.join('/') === issue.path.join('/'));

const locator = (place: Place, path: readonly PropertyKey[], base: string): Pick<Fault, 'pointer' | 'name'> =>
  place === 'body'
    ? { pointer: `${base}${path.map((part) => `/${escaped(String(part))}`).join('')}` }
    : { name: String(path[0] ?? '') };

/** RFC 6901 §3: `~` and `/` are escaped. */
const escaped = (part: string): string => part.toWellFormed().replaceAll('~', '~0').replaceAll('/', '~1');

const unknownMember = ({ code }: Issue, place: Place, parameters: readonly string[]): Text | undefined => {
  if (code !== 'unrecognized_keys' || place !== 'query') return undefined;
  if (parameters.length === 0)
    return { zh: '未知的查询参数；此处不用参数', en: 'Unknown parameter; none is taken here' };
  return {
    zh: `未知的查询参数；此处可用：${parameters.join('、')}`,
    en: `Unknown parameter; those taken here are ${parameters.join(', ')}`,
  };
};

/** A parameter that is there twice is a list, and of a single one nobody knows which is meant. */
const repeatedParameter = ({ code, path }: Issue, place: Place, input: unknown): Text | undefined =>
  place === 'query' && code !== 'invalid_union' && Array.isArray(valueAt(input, path))
    ? { zh: '只能出现一次', en: 'Must be given only once' }
    : undefined;

/** What is wrong, in both languages, by an issue that a schema found in `input`. */
export const wordsOf = (issue: Issue, input: unknown): Text => {
  const value = valueAt(input, issue.path);
  if (issue.code === 'custom') return ownWords(issue);
  if (issue.code === 'unrecognized_keys') return { zh: '未知的字段', en: 'Unknown field' };
  if (value === undefined) return { zh: '必填', en: 'Required' };
  switch (issue.code) {
    case 'invalid_type':
      return typeWords(issue.expected, value);
    case 'invalid_value':
      return {
        zh: `取值不在可选范围内；可选：${issue.values.map(String).join('、')}`,
        en: `Must be one of: ${issue.values.map(String).join(', ')}`,
      };
    case 'too_small':
      return tooSmall(issue);
    case 'too_big':
      return tooBig(issue);
    case 'not_multiple_of':
      return { zh: `须为 ${issue.divisor} 的倍数`, en: `Must be a multiple of ${issue.divisor}` };
    case 'invalid_format':
      return formatWords(issue.format);
    case 'invalid_union':
      return alternatives(issue.errors, value);
    case 'invalid_key':
    case 'invalid_element':
      return notValid;
  }
};

const notValid: Text = { zh: '取值不符合要求', en: 'Is not valid' };

/** The words that the schema gives itself, as `refuse` in field.ts has them. */
const ownWords = ({ params, message }: z.core.$ZodIssueCustom): Text =>
  typeof params?.zh === 'string' ? { zh: params.zh, en: message } : notValid;

const types: Readonly<Record<string, Text>> = {
  string: { zh: '文字', en: 'text' },
  number: { zh: '数字', en: 'a number' },
  int: { zh: '整数', en: 'a whole number' },
  boolean: { zh: '“是”或“否”（true 或 false）', en: 'yes or no (true or false)' },
  array: { zh: '列表', en: 'a list' },
  object: { zh: '一组字段', en: 'a set of fields' },
  record: { zh: '一组字段', en: 'a set of fields' },
};

const typeWords = (expected: string, value: unknown): Text => {
  const type = types[expected];
  if (type === undefined) return notValid;
  return value === null
    ? { zh: `此项须为${type.zh}，不能为空`, en: `Must be ${type.en} and must not be empty` }
    : { zh: `此项须为${type.zh}`, en: `Must be ${type.en}` };
};

const tooSmall = ({ origin, minimum, inclusive = true }: z.core.$ZodIssueTooSmall): Text => {
  if ((origin === 'string' || origin === 'array') && minimum === 1)
    return { zh: '此项不能为空', en: 'Must not be empty' };
  if (origin === 'string') return { zh: `至少 ${minimum} 个字符`, en: `At least ${minimum} characters` };
  if (origin === 'array') return { zh: `至少 ${minimum} 项`, en: `At least ${minimum} items` };
  return inclusive
    ? { zh: `不得小于 ${minimum}`, en: `Must be at least ${minimum}` }
    : { zh: `须大于 ${minimum}`, en: `Must be more than ${minimum}` };
};

const tooBig = ({ origin, maximum, inclusive = true }: z.core.$ZodIssueTooBig): Text => {
  if (origin === 'string') return { zh: `最多 ${maximum} 个字符`, en: `At most ${maximum} characters` };
  if (origin === 'array') return { zh: `最多 ${maximum} 项`, en: `At most ${maximum} items` };
  return inclusive
    ? { zh: `不得大于 ${maximum}`, en: `Must be at most ${maximum}` }
    : { zh: `须小于 ${maximum}`, en: `Must be less than ${maximum}` };
};

/** The only format that a schema of ours leaves to zod is an id's; others give their own words. */
const formatWords = (format: string): Text =>
  format === 'uuid'
    ? { zh: '须为事件编号（UUID）', en: 'Must be an event’s id (a UUID)' }
    : { zh: '格式不符合要求', en: 'Is not in the expected format' };

/** One of several shapes: what is wrong by the one whose type fits, else what each of them is. */
const alternatives = (branches: readonly (readonly Issue[])[], value: unknown): Text => {
  const isOfType = (issues: readonly Issue[]) =>
    !issues.some(({ code, path }) => code === 'invalid_type' && path.length === 0);
  const fitting = branches.find(isOfType);
  const firsts = (fitting === undefined ? branches : [fitting]).flatMap(([issue]) => issue ?? []);
  if (firsts.length === 0) return notValid;
  const words = firsts.map((issue) => wordsOf(issue, value));
  return {
    zh: words.map(({ zh }) => zh).join('，或'),
    en: words.map(({ en }, index) => (index === 0 ? en : lowerFirst(en))).join(', or '),
  };
};

const lowerFirst = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);

const valueAt = (input: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>((value, part) => {
    if (Array.isArray(value)) return value[Number(part)];
    return isObject(value) && Object.hasOwn(value, String(part)) ? value[String(part)] : undefined;
  }, input);
