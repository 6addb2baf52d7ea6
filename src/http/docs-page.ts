import type { OpenAPIV3_1 } from 'openapi-types';
import { isObject } from '../../domain/json.ts';
import { type Html, html } from './html.ts';

/** A page that lists every operation of an OpenAPI document with its parameters, its bodies and their examples. */
export const docsPage = ({ info, paths = {} }: OpenAPIV3_1.Document): string => {
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods ?? {}).map(([method, operation]) => ({ path, method, operation: operation as Operation })),
  );
  const byTag = Map.groupBy(operations, ({ operation }) => operation.tags?.[0] ?? '');
  return html`<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${info.title}</title><link rel="stylesheet" href="docs/style.css"></head>
<body>
<main>
<h1>${info.title} ${info.version}</h1>
<p>${info.description ?? ''}</p>
<p>The same as an OpenAPI 3.1 document: <a href="openapi.json">openapi.json</a></p>
${[...byTag].map(
  ([tag, each]) => html`<section><h2>${tag}</h2>
${each.map(operationPart)}</section>
`,
)}</main>
</body>
</html>
`.html;
};

type Operation = OpenAPIV3_1.OperationObject;
type Described = { readonly path: string; readonly method: string; readonly operation: Operation };

const nothing: Html = html``;

const operationPart = ({
  path,
  method,
  operation,
}: Described): Html => html`<details id="${operation.operationId ?? ''}">
<summary><code>${method.toUpperCase()} ${path}</code> ${operation.summary ?? ''}</summary>
${operation.description === undefined ? nothing : html`<p>${operation.description}</p>`}
${operation.security === undefined ? nothing : html`<p>Needs a token or a session.</p>`}
${parametersPart(operation)}
${bodyPart(operation)}
${answersPart(operation)}
</details>
`;

const parametersPart = ({ parameters = [] }: Operation): Html =>
  parameters.length === 0
    ? nothing
    : html`<h3>Parameters</h3>
<table>${parameters.map((parameter) => {
        if ('$ref' in parameter) return nothing;
        const { name = '', in: place, required = false, description, example, schema } = parameter;
        return fieldRow(`${name} (${place})`, required, { description, examples: [example], ...Object(schema) });
      })}</table>`;

const bodyPart = ({ requestBody }: Operation): Html => {
  if (requestBody === undefined || '$ref' in requestBody) return nothing;
  const bodies = Object.entries(requestBody.content).map(([type, { schema, example }]) => {
    const { properties, required = [] } = Object(schema);
    const fields = Object.entries(isObject(properties) ? properties : {});
    return html`<h3>Body: <code>${type}</code></h3>
<table>${fields.map(([name, field]) => fieldRow(name, required.includes(name), Object(field)))}</table>
${example === undefined ? nothing : html`<pre>${JSON.stringify(example, null, 2)}</pre>`}`;
  });
  return html`${bodies}`;
};

const answersPart = ({ responses = {} }: Operation): Html => html`<h3>Answers</h3>
<table>${Object.entries(responses).map(([status, response]) => {
  if ('$ref' in response) return nothing;
  const types = Object.keys(response.content ?? {}).join(', ');
  const meaning = response.description === 'Default Response' ? '' : response.description;
  return html`<tr><td>${status}</td><td><code>${types}</code></td><td>${meaning}</td></tr>`;
})}</table>`;

type Field = {
  readonly type?: string | readonly string[];
  readonly format?: string;
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
  readonly description?: string | undefined;
  readonly examples?: readonly unknown[];
};

const fieldRow = (name: string, isRequired: boolean, field: Field): Html => {
  const [example] = field.examples ?? [];
  const says = [
    field.description,
    field.enum && `One of: ${field.enum.join(', ')}`,
    field.default === undefined ? undefined : `Default: ${JSON.stringify(field.default)}`,
    example === undefined ? undefined : `Example: ${typeof example === 'string' ? example : JSON.stringify(example)}`,
  ].filter((each) => each !== undefined);
  const type = [field.format ?? field.type ?? ''].flat().join(' or ');
  return html`<tr><td><code>${name}</code></td><td>${type}${isRequired ? ', required' : ''}</td><td>${says.join('. ')}</td></tr>`;
};
