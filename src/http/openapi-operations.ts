import { isJsonObject, type Json, type JsonObject } from '../../domain/json.ts';

type Paths = Readonly<Record<string, Readonly<Record<string, JsonObject>>>>;

/** The operations of an OpenAPI document. */
export const operationsOf = ({ paths }: JsonObject): readonly JsonObject[] =>
  Object.values(Object(paths) as Paths).flatMap((methods) => Object.values(methods));

/** The document with each of its operations changed. */
export const mapOperations = (
  document: JsonObject,
  change: (operation: JsonObject, method: string) => JsonObject,
): JsonObject => ({
  ...document,
  paths: Object.fromEntries(
    Object.entries(Object(document.paths) as Paths).map(([path, methods]) => [
      path,
      Object.fromEntries(Object.entries(methods).map(([method, operation]) => [method, change(operation, method)])),
    ]),
  ),
});

/** The value with each object in it changed, the innermost first; examples stay as they are. */
export const mapObjects = (value: Json, change: (object: JsonObject) => Json): Json => {
  if (Array.isArray(value)) return value.map((each) => mapObjects(each, change));
  if (!isJsonObject(value)) return value;
  const parts = Object.entries(value).map(([name, part]): [string, Json] => [
    name,
    name === 'example' || name === 'examples' ? part : mapObjects(part, change),
  ]);
  return change(Object.fromEntries(parts));
};

/** The object without the members that the predicate finds. */
export const without = (object: JsonObject, isLeftOut: (name: string, part: Json) => boolean): JsonObject =>
  Object.fromEntries(Object.entries(object).filter(([name, part]) => !isLeftOut(name, part)));
