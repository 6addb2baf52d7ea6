import { isJsonObject, type Json, type JsonObject } from '../../domain/json.ts';
import { mapObjects, mapOperations, operationsOf, without } from './openapi-operations.ts';

/**
 * Lets answers gain members: a client ignores those that it does not know. What is sent stays closed, since an unknown
 * member is refused.
 */
export const withOpenAnswers = (document: JsonObject): JsonObject => {
  const { components } = document;
  const { schemas = {}, responses = {}, ...others } = Object(components) as Readonly<Record<string, JsonObject>>;
  const sent = operationsOf(document).map(({ requestBody, parameters }) => [requestBody, parameters]);
  const closed = reachable([...sent, others] as Json, schemas);
  return {
    ...mapOperations(document, (operation) => ({ ...operation, responses: opened(operation.responses ?? {}) })),
    components: {
      ...others,
      responses: opened(responses),
      schemas: Object.fromEntries(
        Object.entries(schemas).map(([name, schema]) => [name, closed.has(name) ? schema : opened(schema)]),
      ),
    },
  };
};

const opened = (value: Json): Json =>
  mapObjects(value, (object) => without(object, (name, part) => name === 'additionalProperties' && part === false));

/** The names of the schemas to which something refers, directly or through others. */
const reachable = (from: Json, schemas: Readonly<Record<string, Json>>): ReadonlySet<string> => {
  const found = new Set<string>();
  const visit = (value: Json): void => {
    if (Array.isArray(value)) for (const each of value) visit(each);
    if (!isJsonObject(value)) return;
    for (const [name, part] of Object.entries(value)) {
      const [, target] = /^#\/components\/schemas\/(.+)$/.exec(name === '$ref' ? String(part) : '') ?? [];
      if (target === undefined) visit(part);
      else if (!found.has(target)) {
        found.add(target);
        visit(schemas[target] ?? {});
      }
    }
  };
  visit(from);
  return found;
};
