import { isDeepStrictEqual } from 'node:util';
import { isJsonObject, type Json, type JsonObject } from '../../domain/json.ts';
import { mapOperations, operationsOf } from './openapi-operations.ts';

/**
 * Makes what repeats in an OpenAPI document a component, so that it stands there once and has a name. `fields` are the
 * schemas of fields, by the names that they get.
 */
export const withComponents = (document: JsonObject, fields: Readonly<Record<string, JsonObject>>): JsonObject =>
  withSharedBodies(withSharedResponses(withSharedParameters(withSharedSchemas(document, fields))));

/** What a reference to a schema may say beside it. */
const annotations = new Set(['description', 'x-title', 'examples', 'default', 'title']);

const split = (schema: JsonObject) => {
  const entries = Object.entries(schema);
  return {
    core: Object.fromEntries(entries.filter(([name]) => !annotations.has(name))),
    beside: Object.fromEntries(entries.filter(([name]) => annotations.has(name))),
  };
};

/** Compares schemas by what they say, whatever they refer to and in whatever order they say it. */
const comparing = (schemas: Readonly<Record<string, JsonObject>>) => {
  const known = new WeakMap<object, Json>();
  const resolved = (value: Json): Json => {
    if (Array.isArray(value)) return value.map(resolved);
    if (!isJsonObject(value)) return value;
    const before = known.get(value);
    if (before !== undefined) return before;
    const { $ref, ...own } = value;
    const target = schemas[String($ref ?? '').replace('#/components/schemas/', '')] ?? {};
    const all = Object.entries({ ...target, ...own }).map(([key, part]): [string, Json] => [key, resolved(part)]);
    const made = Object.fromEntries(all.sort(([a], [b]) => (a < b ? -1 : 1)));
    known.set(value, made);
    return made;
  };
  return {
    wholeOf: (schema: JsonObject): string => JSON.stringify(resolved(schema)),
    coreOf: (schema: JsonObject): string => JSON.stringify(resolved(split(Object(resolved(schema))).core)),
  };
};

/**
 * Each schema that is the same as a named one refers to it, and says beside the reference what it says otherwise. Each
 * named schema comes twice, as what is sent (`…Input`) and what is answered: the first is kept only if it differs.
 */
const withSharedSchemas = (document: JsonObject, fields: Readonly<Record<string, JsonObject>>): JsonObject => {
  const { components, ...rest } = document;
  const { schemas: declared = {}, ...others } = Object(components);
  const schemas: Readonly<Record<string, JsonObject>> = { ...declared, ...fields };
  const { wholeOf, coreOf } = comparing(schemas);
  const byCore = new Map<string, string>();
  const byWhole = new Map<string, string>();
  for (const name of Object.keys(declared).sort())
    if (isTelling(declared[name]) && !byCore.has(coreOf(declared[name]))) byCore.set(coreOf(declared[name]), name);
  for (const [name, field] of Object.entries(fields))
    if (!byWhole.has(wholeOf(field))) byWhole.set(wholeOf(field), name);

  const nameOf = (value: JsonObject): string | undefined => {
    if (!isSchema(value)) return undefined;
    const field = byWhole.get(wholeOf(value));
    const given = refTo.exec(String(value.$ref ?? ''))?.[1];
    if (field !== undefined || given === undefined) return field ?? byCore.get(coreOf(value));
    const answered = given.replace(/Input$/, '');
    const isAlike = declared[answered] !== undefined && wholeOf(declared[answered]) === wholeOf(declared[given]);
    return isAlike ? answered : given;
  };
  const inside = (value: JsonObject): JsonObject =>
    Object.fromEntries(
      Object.entries(value).map(([key, part]): [string, Json] => [
        key,
        key.startsWith('example') ? part : shared(part),
      ]),
    );
  const shared = (value: Json): Json => {
    if (Array.isArray(value)) return value.map(shared);
    if (!isJsonObject(value)) return value;
    const name = nameOf(value);
    if (name === undefined) return inside(value);
    const said = split(schemas[name] ?? {}).beside;
    const beside = Object.entries(split(value).beside).filter(([key, part]) => !isDeepStrictEqual(said[key], part));
    return { $ref: `#/components/schemas/${name}`, ...Object.fromEntries(beside) };
  };
  // A field refers to what its values have in common with others, and not to itself.
  const ownOf = (name: string, schema: JsonObject): JsonObject => {
    const common = fields[name] === undefined ? undefined : byCore.get(coreOf(schema));
    return common === undefined ? inside(schema) : { $ref: `#/components/schemas/${common}`, ...split(schema).beside };
  };
  const named = Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, ownOf(name, schema)]));
  const body = inside(rest);
  return { ...body, components: { ...others, schemas: used(named, body) } };
};

const refTo = /^#\/components\/schemas\/(.+)$/;

/** Whether schemas that happen to say the same mean the same: two numbers that are not negative do not. */
const isTelling = (schema: JsonObject): boolean => ['properties', 'enum', 'format'].some((key) => key in schema);

const isSchema = (value: JsonObject): boolean =>
  ['string', 'object'].includes(typeof value.type) || '$ref' in value || 'anyOf' in value || 'oneOf' in value;

/** The schemas that something refers to, in the order of their names. */
const used = (schemas: Readonly<Record<string, Json>>, from: Json): JsonObject => {
  const found = new Set<string>();
  const look = (value: Json) => {
    for (const [, name = ''] of JSON.stringify(value).matchAll(/"#\/components\/schemas\/([^"]+)"/g)) {
      if (found.has(name)) continue;
      found.add(name);
      look(schemas[name] ?? {});
    }
  };
  look(from);
  return Object.fromEntries([...found].sort().map((name): [string, Json] => [name, schemas[name] ?? {}]));
};

/** The parameters that several operations take; of those with one name, the one that is taken most often has it alone. */
const withSharedParameters = (document: JsonObject): JsonObject => {
  const taken = operationsOf(document).flatMap(({ parameters = [], tags, operationId }) =>
    (Array.isArray(parameters) ? parameters : []).map((parameter: Json) => ({
      parameter,
      name: String(Object(parameter).name),
      names: [String(Array.isArray(tags) ? tags[0] : ''), String(operationId)],
    })),
  );
  return withShared(
    document,
    'parameters',
    taken.map(({ parameter, name, names }) => ({
      part: parameter,
      names: [name.replace('registry-', ''), ...names.map((each) => `${each}-${name}`)],
    })),
    (operation, referred) =>
      Array.isArray(operation.parameters)
        ? { ...operation, parameters: operation.parameters.map(referred) }
        : operation,
  );
};

/** The answers that several operations give, by the names of their schemas. */
const withSharedResponses = (document: JsonObject): JsonObject => {
  const given = operationsOf(document).flatMap(({ responses }) =>
    Object.entries(Object(responses)).map(([status, part]) => ({ status, part: part as Json })),
  );
  const named = given.flatMap(({ status, part }) => {
    const [only, another] = Object.entries(Object(Object(part).content));
    if (only === undefined || another !== undefined) return [];
    const [type, media] = only;
    const [, name] = /^#\/components\/schemas\/(\w+)$/.exec(String(Object(Object(media).schema).$ref)) ?? [];
    const file = type.includes('csv') ? 'Csv' : type.includes('spreadsheetml') ? 'Xlsx' : undefined;
    const first = name ?? file;
    return first === undefined ? [] : [{ part, names: [first, `${first}${status}`] }];
  });
  return withShared(document, 'responses', named, (operation, referred) => ({
    ...operation,
    responses: Object.fromEntries(
      Object.entries(Object(operation.responses)).map(([status, part]) => [status, referred(part as Json)]),
    ),
  }));
};

/** The bodies that several commands take, by the commands' names. */
const withSharedBodies = (document: JsonObject): JsonObject => {
  const taken = operationsOf(document).flatMap(({ requestBody, operationId }) => {
    const command = String(operationId).split('.').at(-1) ?? '';
    const name = `${command.charAt(0).toUpperCase()}${command.slice(1)}`;
    return requestBody === undefined ? [] : [{ part: requestBody, names: [name, `${name}Body`] }];
  });
  return withShared(document, 'requestBodies', taken, ({ requestBody, ...operation }, referred) =>
    requestBody === undefined ? operation : { ...operation, requestBody: referred(requestBody) },
  );
};

type Repeated = { readonly part: Json; readonly names: readonly string[] };

/** Makes the parts that stand there more than once components of a kind, each by the first of its names that is free. */
const withShared = (
  document: JsonObject,
  kind: 'parameters' | 'responses' | 'requestBodies',
  parts: readonly Repeated[],
  change: (operation: JsonObject, referred: (part: Json) => Json) => JsonObject,
): JsonObject => {
  const alike = [...Map.groupBy(parts, ({ part }) => JSON.stringify(part))].filter(([, each]) => each.length > 1);
  const components = new Map<string, Json>();
  const nameOf = new Map<string, string>();
  for (const [text, [first]] of alike.sort(([, a], [, b]) => b.length - a.length)) {
    const name = first?.names.find((each) => !components.has(each));
    if (first === undefined || name === undefined) continue;
    components.set(name, first.part);
    nameOf.set(text, name);
  }
  const referred = (part: Json): Json => {
    const name = nameOf.get(JSON.stringify(part));
    return name === undefined ? part : { $ref: `#/components/${kind}/${name}` };
  };
  const changed = mapOperations(document, (operation) => change(operation, referred));
  return { ...changed, components: { ...Object(changed.components), [kind]: Object.fromEntries(components) } };
};
