import { isDeepStrictEqual } from 'node:util';
import type { Json, JsonObject } from '../../domain/json.ts';
import type { Register } from '../../domain/register.ts';
import { registers } from '../../domain/registers/index.ts';
import { mapObjects } from './openapi-operations.ts';

/** Members that objects have in common: the name of their schema, and where a schema stands that has them all. */
type Members = { readonly name: string; readonly in: readonly string[]; readonly names: readonly string[] };

const schemas = ['components', 'schemas'];

const ofRegister = ({ entry, descriptive, lasting = [] }: Register): readonly Members[] => {
  const fields = Object.keys(descriptive);
  return [
    { name: `${entry}Entry`, in: [...schemas, entry], names: ['register', 'key', 'status', ...lasting, ...fields] },
    { name: `${entry}Fields`, in: [...schemas, `${entry}Entry`], names: fields },
  ];
};

const common: readonly Members[] = [
  { name: 'View', in: [...schemas, 'FactoryList'], names: ['on', 'knownAt', 'size'] },
  { name: 'Known', in: [...schemas, 'View'], names: ['knownAt', 'size'] },
  { name: 'Page', in: [...schemas, 'FactoryList'], names: ['total', 'facets'] },
  { name: 'Listed', in: [...schemas, 'FactoryListed'], names: ['revision', 'since', 'pending'] },
  { name: 'ForRoles', in: [...schemas, 'Factory'], names: ['allowed', 'pending', 'evidence', 'notes'] },
  { name: 'Commanded', in: [...schemas, 'FactoryCommanded'], names: ['revision', 'pending'] },
  { name: 'Tried', in: [...schemas, 'FactoryTried'], names: ['would', 'impact', 'contribution'] },
  { name: 'Recorded', in: [...schemas, 'FactoryRecorded'], names: ['events', 'position'] },
  {
    name: 'Fact',
    in: ['paths', '/api/v1/factories/{key}/certify', 'post', 'requestBody', 'content', 'application/json', 'schema'],
    names: ['effectiveOn', 'evidence', 'note'],
  },
  ...registers.flatMap(ofRegister),
];

/**
 * Objects that have the same members refer to one schema of them by `allOf`, so that what entries, their lists and the
 * bodies of commands have in common stands in the document once.
 */
export const withSharedMembers = (document: JsonObject): JsonObject =>
  common.reduce((before, members) => withMembers(before, members), document);

const withMembers = (document: JsonObject, { name, in: place, names }: Members): JsonObject => {
  const { properties = {}, required = [] } = Object(
    place.reduce<unknown>((part, step) => Object(part)[step], document),
  );
  const own = Object.entries<Json>(properties).filter(([each]) => names.includes(each));
  const needed = [required].flat().filter((each) => names.includes(String(each)));
  const shared = { type: 'object', properties: Object.fromEntries(own), required: needed };
  const has = (schema: JsonObject): boolean => {
    const given = Object(schema.properties);
    return (
      own.every(([each, part]) => isDeepStrictEqual(given[each], part)) &&
      needed.every((each) => [schema.required ?? []].flat().includes(each))
    );
  };
  const { components, ...rest } = Object(
    mapObjects(document, (object) => (has(object) ? referring(object, name, names, needed) : object)),
  );
  return { ...rest, components: { ...components, schemas: { ...components.schemas, [name]: shared } } };
};

/** The schema of an object of which some members are those of another schema. */
const referring = (schema: JsonObject, name: string, names: readonly string[], given: readonly Json[]): JsonObject => {
  const { type: _, allOf = [], properties, required = [], additionalProperties, ...others } = schema;
  const own = Object.entries<Json>(Object(properties)).filter(([each]) => !names.includes(each));
  const needed = [required].flat().filter((each) => !given.includes(each));
  return {
    ...others,
    allOf: [...[allOf].flat(), { $ref: `#/components/schemas/${name}` }],
    ...(own.length === 0 ? {} : { properties: Object.fromEntries(own) }),
    ...(needed.length === 0 ? {} : { required: needed }),
    ...(additionalProperties === undefined ? {} : { unevaluatedProperties: additionalProperties }),
  };
};
