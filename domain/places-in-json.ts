import { isJsonObject, type Json, type JsonObject } from './json.ts';

/** Places in a JSON value, as JSON Pointers (RFC 6901). */

/** The parts of a pointer. */
export const partsOf = (place: string): readonly string[] =>
  place
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));

const memberOf = (value: Json | undefined, name: string): Json | undefined =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name) ? (value as JsonObject)[name] : undefined;

export const valueAt = (value: Json | undefined, parts: readonly string[]): Json | undefined =>
  parts.reduce(memberOf, value);

/** The value with another one at a place where it has one; without that member if the other one is undefined. */
export const withValueAt = (value: Json, [name = '', ...rest]: readonly string[], put: Json | undefined): Json => {
  const member = memberOf(value, name);
  if (member === undefined) return value;
  const after = rest.length === 0 ? put : withValueAt(member, rest, put);
  if (Array.isArray(value)) return value.with(Number(name), after ?? null);
  if (!isJsonObject(value)) return value;
  return withMember(value, name, after);
};

/** An object with another value for a member, in its place among the others; without it if the value is undefined. */
export const withMember = (value: JsonObject, name: string, put: Json | undefined): JsonObject =>
  put === undefined
    ? Object.fromEntries(Object.entries(value).filter(([each]) => each !== name))
    : { ...value, [name]: put };
