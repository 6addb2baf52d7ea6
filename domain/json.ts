/** Plain JSON values as they travel in events, and what RFC 8785 and RFC 7396 say about them. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };
export type JsonObject = { readonly [name: string]: Json };

export const isObject = (value: unknown): value is { readonly [name: string]: unknown } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A text, or '' for any other value. */
export const textOrEmpty = (value: Json | undefined): string => (typeof value === 'string' ? value : '');

/** Members whose value is undefined are left out, as JSON.stringify does. */
export const withoutUndefined = <T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as never;

/**
 * JSON Merge Patch (RFC 7396 §2): null removes a member, an object is merged, anything else replaces. With `keepNull`, a
 * member that null would remove is null instead, so that every name of the patch is in the result.
 */
export const mergePatch = (target: Json | undefined, patch: Json, keepNull = false): Json => {
  if (!isJsonObject(patch)) return patch;
  // A map, since assigning to an object's `__proto__` would not make a member of it.
  const merged = new Map<string, Json>(isJsonObject(target) ? Object.entries(target) : []);
  for (const [name, value] of Object.entries(patch)) {
    if (value === null && !keepNull) merged.delete(name);
    else merged.set(name, mergePatch(merged.get(name), value, keepNull));
  }
  return Object.fromEntries(merged);
};

/** What no text of I-JSON has (RFC 7493 §2.1): halves of surrogate pairs, and code points that are no characters. */
const outsideIJson = /[\p{Cs}\p{Noncharacter_Code_Point}]/u;
/** Code units without which a text has none of that; most texts have none, and this is quicker to tell. */
const perhapsOutside = /[\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]/;
const isOutside = (text: string): boolean => perhapsOutside.test(text) && outsideIJson.test(text);

/**
 * The JSON Pointer of the first place at which a value is not I-JSON (RFC 7493), '' for the value itself: a text or
 * name that no other program reads in the same way, or a number that is not finite. Undefined if all of it is I-JSON.
 */
export const notIJsonAt = (value: unknown): string | undefined => {
  if (typeof value === 'string') return isOutside(value) ? '' : undefined;
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : '';
  if (typeof value !== 'object' || value === null) return undefined;
  for (const name of Object.keys(value)) {
    const at = isOutside(name) ? '' : notIJsonAt((value as { readonly [name: string]: unknown })[name]);
    if (at !== undefined) return `/${name.toWellFormed()}${at}`;
  }
  return undefined;
};

const longestNumber = 25;

/**
 * The characters of a value as JSON, for an estimate that costs little: a character that must be escaped counts once, and
 * a number as the longest one. In UTF-8, each takes at most six bytes.
 */
export const roughLength = (value: unknown): number => {
  if (typeof value === 'string') return value.length + 2;
  if (typeof value === 'number') return longestNumber;
  if (typeof value !== 'object' || value === null) return 5;
  if (Array.isArray(value)) return value.reduce<number>((sum, each) => sum + roughLength(each) + 1, 2);
  let length = 2;
  for (const name of Object.keys(value))
    length += name.length + 4 + roughLength((value as { readonly [name: string]: unknown })[name]);
  return length;
};

/**
 * JSON Canonicalization Scheme (RFC 8785): members sorted by UTF-16 code units, no white space. ECMAScript's own
 * number and string forms are the ones that the standard takes; text is well formed by the time it gets here.
 */
export const canonicalJson = (value: Json): string => {
  const sorted = inOrder(value);
  return sorted === undefined ? spelledOut(value) : JSON.stringify(sorted);
};

/** An object moves names that are indexes to its front, and `__proto__` sets none of its members. Digits lie before `:`. */
const staysInPlace = (name: string): boolean => (name < '0' || name >= ':') && name !== '__proto__';

/** A copy with sorted members, which is quick to write as a text; undefined if some name would not stay in its place. */
const inOrder = (value: Json): Json | undefined => {
  if (Array.isArray(value)) {
    const items = value.map(inOrder);
    return items.includes(undefined) ? undefined : (items as readonly Json[]);
  }
  if (!isJsonObject(value)) return value;
  const sorted: { [name: string]: Json } = {};
  for (const name of Object.keys(value).sort()) {
    const member = staysInPlace(name) ? inOrder(value[name] ?? null) : undefined;
    if (member === undefined) return undefined;
    sorted[name] = member;
  }
  return sorted;
};

const spelledOut = (value: Json): string => {
  if (Array.isArray(value)) return `[${value.map(spelledOut).join(',')}]`;
  if (!isJsonObject(value)) return JSON.stringify(value);
  const members = Object.keys(value)
    .sort()
    .map((name) => `${JSON.stringify(name)}:${spelledOut(value[name] ?? null)}`);
  return `{${members.join(',')}}`;
};

export const sameJson = (a: Json, b: Json): boolean => canonicalJson(a) === canonicalJson(b);

export const isJsonObject = (value: Json | undefined): value is JsonObject => isObject(value);
