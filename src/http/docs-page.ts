import type { OpenAPIV3_1 } from 'openapi-types';
import type { Text } from '../../domain/field.ts';
import { isObject } from '../../domain/json.ts';
import { type Html, html } from './html.ts';

/** A page that lists every operation of an OpenAPI document with its parameters, its bodies and their examples. */
export const docsPage = ({ info, servers = [], paths = {}, components = {} }: OpenAPIV3_1.Document): string => {
  const resolve: Resolve = (value) => resolved(components, value);
  const basePath = (servers[0]?.url ?? '').replace(/^\/$/, '');
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods ?? {}).map(([method, operation]) => ({
      path: `${basePath}${path}`,
      method,
      operation: operation as Operation,
    })),
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
${each.map((operation) => operationPart(operation, resolve))}</section>
`,
)}</main>
</body>
</html>
`.html;
};

type Operation = OpenAPIV3_1.OperationObject;
type Described = { readonly path: string; readonly method: string; readonly operation: Operation };

const nothing: Html = html``;

/** What a reference to a component refers to, with what is said beside it; anything else as it is. */
type Resolve = (value: unknown) => Readonly<Record<string, unknown>>;

const resolved = (components: object, value: unknown): Readonly<Record<string, unknown>> => {
  const { $ref, ...own } = Object(value);
  const [, kind = '', name = ''] = /^#\/components\/(\w+)\/(.+)$/.exec(String($ref ?? '')) ?? [];
  return name === '' ? own : { ...resolved(components, Object(Object(components)[kind])[name]), ...own };
};

const operationPart = (
  { path, method, operation }: Described,
  resolve: Resolve,
): Html => html`<details id="${operation.operationId ?? ''}">
<summary><code>${method.toUpperCase()} ${path}</code> ${operation.summary ?? ''}</summary>
${operation.description === undefined ? nothing : html`<p>${operation.description}</p>`}
${operation.security === undefined ? nothing : html`<p>Needs a token or a session.</p>`}
${parametersPart(operation, resolve)}
${bodyPart(operation, resolve)}
${answersPart(operation, resolve)}
</details>
`;

const parametersPart = ({ parameters = [] }: Operation, resolve: Resolve): Html =>
  parameters.length === 0
    ? nothing
    : html`<h3>Parameters</h3>
<table>${parameters
        .map(resolve)
        .map(({ name, in: place, required, example, schema, ...said }) =>
          fieldRow(`${name} (${place})`, required === true, { examples: [example], ...resolve(schema), ...said }),
        )}</table>`;

const bodyPart = ({ requestBody }: Operation, resolve: Resolve): Html => {
  const bodies = Object.entries(Object(resolve(requestBody).content)).map(([type, media]) => {
    const { schema, example } = Object(media);
    const { fields, needed } = membersOf(schema, resolve);
    return html`<h3>Body: <code>${type}</code></h3>
<table>${fields.map(([name, field]) => fieldRow(name, needed.includes(name), resolve(field)))}</table>
${example === undefined ? nothing : html`<pre>${JSON.stringify(example, null, 2)}</pre>`}`;
  });
  return html`${bodies}`;
};

/** The members of an object, those that it has by `allOf` included, and the names of those that it requires. */
const membersOf = (schema: unknown, resolve: Resolve): Members => {
  const { properties, required = [], allOf = [] } = resolve(schema);
  const others = [allOf].flat().map((each) => membersOf(each, resolve));
  return {
    fields: [...others.flatMap(({ fields }) => fields), ...Object.entries(isObject(properties) ? properties : {})],
    needed: [...others.flatMap(({ needed }) => needed), ...[required].flat().map(String)],
  };
};

type Members = { readonly fields: readonly (readonly [string, unknown])[]; readonly needed: readonly string[] };

const answersPart = ({ responses = {} }: Operation, resolve: Resolve): Html => html`<h3>Answers</h3>
<table>${Object.entries(responses).map(([status, response]) => {
  const { description, content } = resolve(response);
  const types = Object.keys(Object(content)).join(', ');
  return html`<tr><td>${status}</td><td><code>${types}</code></td><td>${String(description)}</td></tr>`;
})}</table>`;

type Field = {
  readonly type?: string | readonly string[];
  readonly format?: string;
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
  readonly description?: string | undefined;
  readonly examples?: readonly unknown[];
  readonly 'x-title'?: Text;
};

const fieldRow = (name: string, isRequired: boolean, field: Field): Html => {
  const [example] = field.examples ?? [];
  const title = field['x-title'];
  const says = [
    title && `${title.zh} · ${title.en}`,
    field.description,
    field.enum && `One of: ${field.enum.join(', ')}`,
    field.default === undefined ? undefined : `Default: ${JSON.stringify(field.default)}`,
    example === undefined ? undefined : `Example: ${typeof example === 'string' ? example : JSON.stringify(example)}`,
  ].filter((each) => each !== undefined);
  const type = [field.format ?? field.type ?? ''].flat().join(' or ');
  return html`<tr><td><code>${name}</code></td><td>${type}${isRequired ? ', required' : ''}</td><td>${says.join('. ')}</td></tr>`;
};
