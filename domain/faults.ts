import { z } from 'zod';
import { isObject } from './json.ts';
import type { Fault } from './rejection.ts';

const zh = z.locales.zhCN().localeError;
const en = z.locales.en().localeError;

type Place = Fault['in'];

/**
 * Every fault that a schema found in a part of a request, worded in both languages, each unknown member on its own.
 * `base` is the JSON Pointer of what was parsed where that is a part of the body.
 */
export const faultsOf = (error: z.core.$ZodError, place: Place, input: unknown, base = ''): readonly Fault[] =>
  error.issues.flatMap((issue): readonly Fault[] => {
    const paths = issue.code === 'unrecognized_keys' ? issue.keys.map((key) => [...issue.path, key]) : [issue.path];
    return paths.map((path) => ({
      in: place,
      ...locator(place, path, base),
      ...worded(issue, valueAt(input, issue.path)),
    }));
  });

const locator = (place: Place, path: readonly PropertyKey[], base: string): Pick<Fault, 'pointer' | 'name'> =>
  place === 'body'
    ? { pointer: `${base}${path.map((part) => `/${escaped(String(part))}`).join('')}` }
    : { name: String(path[0] ?? '') };

/** RFC 6901 §3: `~` and `/` are escaped. */
const escaped = (part: string): string => part.replaceAll('~', '~0').replaceAll('/', '~1');

const worded = (issue: z.core.$ZodIssue, input: unknown): { readonly zh: string; readonly en: string } => {
  if (issue.code === 'custom' && typeof issue.params?.zh === 'string') {
    return { zh: issue.params.zh, en: issue.message };
  }
  if (issue.code === 'unrecognized_keys') return { zh: '未知的字段', en: 'Unknown member' };
  if (input === undefined) return { zh: '必填', en: 'Required' };
  const raw = { ...issue, input } as z.core.$ZodRawIssue;
  return { zh: messageOf(zh(raw)) ?? issue.message, en: messageOf(en(raw)) ?? issue.message };
};

const messageOf = (said: string | { message: string } | null | undefined): string | undefined =>
  typeof said === 'string' ? said : said?.message;

const valueAt = (input: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>((value, part) => {
    if (Array.isArray(value)) return value[Number(part)];
    return isObject(value) && Object.hasOwn(value, String(part)) ? value[String(part)] : undefined;
  }, input);
