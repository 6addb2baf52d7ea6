import type { Json, JsonObject } from '../../domain/json.ts';
import { withOpenAnswers } from './openapi-answers.ts';
import { withComponents } from './openapi-components.ts';
import { fieldSchemas } from './openapi-fields.ts';
import { answerHeaders, headerComponents, refusalHeaders } from './openapi-headers.ts';
import { mapOperations } from './openapi-operations.ts';
import { anywhere, problemSchemas, refusalResponses } from './openapi-refusals.ts';
import { titleOfOperation } from './openapi-titles.ts';

/** What a document that was generated from the routes lacks: problems, headers, titles, and components for what repeats. */
export const finished = (generated: JsonObject): JsonObject => {
  const { components, ...rest } = withOpenAnswers(
    withComponents(mapOperations(generated, withAnswers), fieldSchemas()),
  );
  const { schemas, responses, parameters, ...others } = Object(components);
  return {
    ...rest,
    components: {
      ...others,
      parameters: Object.fromEntries(Object.entries(parameters).map(([name, each]) => [name, withoutDefaults(each)])),
      schemas: { ...problemSchemas(), ...schemas },
      responses: { ...responses, ...refusalResponses(refusalHeaders) },
      headers: headerComponents(),
    },
  };
};

/** A parameter without what holds anyway (OpenAPI 3.1 §4.8.12). */
const withoutDefaults = (parameter: unknown): JsonObject => {
  const { required, ...rest } = Object(parameter);
  return required === false ? rest : { required, ...rest };
};

const withAnswers = (operation: JsonObject, method: string): JsonObject => {
  const { operationId = '', summary = '', parameters, responses } = operation;
  const given = Array.isArray(parameters) ? parameters.map((parameter) => String(Object(parameter).name)) : [];
  const described = { operationId: String(operationId), parameters: given, method };
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
    responses: { ...Object.fromEntries(answers), default: { $ref: '#/components/responses/default' } },
  };
};
