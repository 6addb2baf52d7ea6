import { isDeepStrictEqual } from 'node:util';
import type { Json, JsonObject } from '../../domain/json.ts';
import { withOpenAnswers } from './openapi-answers.ts';
import { withComponents } from './openapi-components.ts';
import { fieldSchemas } from './openapi-fields.ts';
import { answerHeaders, headerComponents, refusalHeaders } from './openapi-headers.ts';
import { withSharedMembers } from './openapi-members.ts';
import { mapObjects, mapOperations, without } from './openapi-operations.ts';
import { titleOfParameter } from './openapi-parameter-titles.ts';
import { anywhere, problemSchemas, refusalResponses } from './openapi-refusals.ts';
import { titleOfOperation } from './openapi-titles.ts';

/** What a document that was generated from the routes lacks: problems, headers, titles, and components for what repeats. */
export const finished = (generated: JsonObject, basePath: string): JsonObject => {
  const { components, ...rest } = withSharedMembers(
    withOpenAnswers(withComponents(mapOperations(generated, withAnswers), fieldSchemas())),
  );
  const { schemas, responses, parameters, ...others } = Object(components);
  const whole = {
    ...rest,
    components: {
      ...others,
      parameters,
      schemas: { ...problemSchemas(basePath), ...schemas },
      responses: { ...responses, ...refusalResponses(refusalHeaders) },
      headers: headerComponents(),
    },
  };
  return Object(mapObjects(whole, (object) => without(object, (name, part) => holdsAnyway(name, part, object))));
};

/**
 * What need not be said: a format says what its pattern does, what is not required is optional, names are texts, and
 * JavaScript’s whole numbers have bounds.
 */
const holdsAnyway = (name: string, part: Json, { format }: JsonObject): boolean =>
  (name === 'pattern' && format !== undefined) ||
  (name === 'required' && (part === false || isDeepStrictEqual(part, []))) ||
  (name === 'propertyNames' && isDeepStrictEqual(part, { type: 'string' })) ||
  (name === 'maximum' && part === Number.MAX_SAFE_INTEGER) ||
  (name === 'minimum' && part === Number.MIN_SAFE_INTEGER);

const withAnswers = (operation: JsonObject, method: string): JsonObject => {
  const { operationId = '', summary = '', tags = [], parameters, responses } = operation;
  const given = Array.isArray(parameters) ? parameters.map((each): JsonObject => Object(each)) : [];
  const described = { operationId: String(operationId), parameters: given.map(({ name }) => String(name)), method };
  const answers = Object.entries(Object(responses)).flatMap(([status, response]): [string, Json][] => {
    const { description, content = {} } = Object(response);
    const types = Object.keys(content);
    if (types.includes('application/problem+json'))
      return anywhere.has(Number(status)) ? [] : [[status, { $ref: `#/components/responses/${status}` }]];
    const answer = {
      description: description === 'Default Response' ? summary : description,
      headers: answerHeaders(described, status, types),
      ...(types.length === 0 ? {} : { content }),
    };
    return [[status, answer]];
  });
  const title = titleOfOperation(described.operationId);
  return {
    ...operation,
    ...(title === undefined ? {} : { 'x-title': { ...title } }),
    ...(given.length === 0 ? {} : { parameters: given.map((each) => titled(each, String([tags].flat()[0]))) }),
    responses: { ...Object.fromEntries(answers), default: { $ref: '#/components/responses/default' } },
  };
};

const titled = (parameter: JsonObject, tag: string): JsonObject => {
  const title = titleOfParameter(tag, String(parameter.name));
  return title === undefined ? parameter : { ...parameter, 'x-title': { ...title } };
};
