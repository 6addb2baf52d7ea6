import type { JsonObject } from '../../domain/json.ts';

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
