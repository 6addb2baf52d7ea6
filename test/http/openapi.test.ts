import { describe, expect } from 'vitest';
import { problems } from '../../src/commands/problems.ts';
import { test } from './office.ts';
import { resolved } from './openapi.ts';

type Parameter = {
  readonly name: string;
  readonly schema: object;
  readonly example?: unknown;
  readonly 'x-title'?: { readonly zh: string; readonly en: string };
};
type Body = {
  readonly content: Readonly<Record<string, { readonly example?: unknown; readonly schema?: object }>>;
};
type Operation = {
  readonly parameters?: readonly Parameter[];
  readonly operationId?: string;
  readonly requestBody?: Body;
  readonly responses: Readonly<Record<string, object>>;
  readonly security?: readonly object[];
  readonly 'x-title'?: { readonly zh: string; readonly en: string };
};

/** The members of an object, those that it has by `allOf` included. */
const membersOf = (document: { readonly components: object }, part: object): Readonly<Record<string, object>> => {
  type Composed = { readonly properties?: Record<string, object>; readonly allOf?: readonly object[] };
  const { properties = {}, allOf = [] } = resolved<Composed>(document, part);
  return Object.assign({}, ...allOf.map((each) => membersOf(document, each)), properties);
};

test('the document describes numbers as integers and flags as booleans, with their defaults', async ({ server }) => {
  const { json } = await server.get('/api/openapi.json');
  const parameter = ({ parameters = [] }: Operation, wanted: string) =>
    parameters.map((each) => resolved<Parameter>(json, each)).find(({ name }) => name === wanted) ?? { schema: {} };
  const { '/api/v1/factories': list, '/api/v1/events': trail, '/api/v1/imports/factories': imports } = json.paths;
  expect(parameter(list.get, 'limit')).toMatchObject({
    schema: { type: 'integer', minimum: 1, maximum: 500, default: 50 },
    example: 50,
  });
  expect(parameter(trail.get, 'after').schema).toEqual({ type: 'integer', minimum: -1, maximum: 999_999_999_999 });
  expect(parameter(imports.post, 'dryRun').schema).toEqual({ type: 'boolean', default: false });
});

test('the document says which operations need a token or a session, and they and sign-ins alone can be forbidden', async ({
  server,
}) => {
  const { json } = await server.get('/api/openapi.json');
  const operations = Object.values<Record<string, Operation>>(json.paths).flatMap((path) => Object.values(path));
  const signIns = ['session.begin', 'session.sign-up'];
  for (const { security, responses, operationId = '' } of operations) {
    const isRefused = security !== undefined || signIns.includes(operationId);
    expect('403' in responses, operationId).toBe(isRefused);
  }
  expect(json.paths['/api/v1/events'].get.security).toEqual([{ bearer: [] }, { session: [] }]);
  expect(json.security).toEqual([{ bearer: [] }, { session: [] }, {}]);
});

test('a read is refused as documented if it is compressed or names a position that does not exist', async ({
  server,
}) => {
  for (const path of ['/api/v1/targets', '/api/v1/factories', '/health/live', '/metrics', '/api/openapi.json']) {
    const compressed = await server.get(path, { headers: { 'content-encoding': 'gzip' } });
    expect(compressed.status, path).toBe(415);
    const lost = await server.get(path, { headers: { 'registry-position': 'nowhere' } });
    expect(lost.status, path).toBe(400);
  }
});

describe('a tool that reads the document', () => {
  type Named = { readonly path: string; readonly method: string; readonly operation: Operation };
  const operationsOf = (paths: Record<string, Record<string, Operation>>): readonly Named[] =>
    Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
    );

  test('gets it in less than 300 kB', async ({ server }) => {
    const { text } = await server.get('/api/openapi.json');
    expect(Buffer.byteLength(text)).toBeLessThan(300_000);
  });

  test('finds each operation by an id of its own', async ({ server }) => {
    const { json } = await server.get('/api/openapi.json');
    const ids = operationsOf(json.paths).map(({ operation }) => operation.operationId);
    expect(ids.filter((id, index) => id === undefined || ids.indexOf(id) !== index)).toEqual([]);
  });

  test('finds a title in Chinese and in English for each operation, parameter, field and option', async ({
    server,
  }) => {
    const { json } = await server.get('/api/openapi.json');
    const untitled = operationsOf(json.paths).filter(
      ({ operation }) => !/\p{Script=Han}/u.test(operation['x-title']?.zh ?? ''),
    );
    expect(untitled.map(({ operation }) => operation.operationId)).toEqual([]);
    const parameters = operationsOf(json.paths).flatMap(({ operation }) => operation.parameters ?? []);
    for (const { name, 'x-title': title } of parameters.map((each) => resolved<Parameter>(json, each))) {
      expect(title?.zh, name).toMatch(/\p{Script=Han}/u);
      expect(title?.en, name).toMatch(/^[A-Z]/);
    }
    const { schemas } = json.components;
    expect(schemas.FactoryGrade).toMatchObject({
      enum: ['demonstration', 'benchmark'],
      'x-title': { zh: '等级', en: 'Grade' },
      'x-titles': { demonstration: { zh: '示范', en: 'Demonstration' }, benchmark: { zh: '标杆', en: 'Benchmark' } },
    });
    expect(schemas.DistrictField['x-title']).toEqual({ zh: '区', en: 'District' });
    expect(schemas.FactoryStatus['x-titles'].certified).toEqual({ zh: '已认定', en: 'Certified' });
    expect(schemas.District['x-titles'].pudong).toEqual({ zh: '浦东新区', en: 'Pudong New Area' });
  });

  test('finds what each answer means: none is called the default response', async ({ server }) => {
    const { json, text } = await server.get('/api/openapi.json');
    expect(text).not.toContain('Default Response');
    const { responses } = json.paths['/api/v1/factories/{key}/certify'].post;
    const meanings = ['200', '201', '202'].map((status) => resolved<{ description: string }>(json, responses[status]));
    expect(meanings.map(({ description }) => description)).toEqual([
      'Tried, with dryRun=true: what would become of it; nothing is recorded',
      'Recorded',
      'Submitted: it waits for a second person',
    ]);
  });

  test('finds every problem with its code, its status and the members that it alone has', async ({ server }) => {
    const { json } = await server.get('/api/openapi.json');
    const { responses } = json.components;
    const found = Object.values<{ content: Record<string, { schema: { oneOf?: object[] } }> }>(responses)
      .flatMap(({ content }) => content['application/problem+json'] ?? [])
      .flatMap(({ schema }) => schema.oneOf ?? [schema])
      .map((schema) => resolved<{ properties: Record<string, { const?: unknown }> }>(json, schema).properties);
    const stated = Object.fromEntries(found.map(({ type, status }) => [type?.const, status?.const]));
    const wanted = Object.entries(problems).map(([code, { status }]) => [`/problems/${code}`, status]);
    expect(stated).toEqual(Object.fromEntries(wanted));
    const members = (code: string) => found.find(({ type }) => type?.const === `/problems/${code}`) ?? {};
    expect(Object.keys(members('transition-not-allowed'))).toEqual(['type', 'status', 'entryStatus', 'allowed']);
    expect(Object.keys(members('revision-mismatch'))).toEqual(['type', 'status', 'revision']);
  });

  test('finds what a field of an entry means, and not what another means that happens to be such a number or list', async ({
    server,
  }) => {
    const { json } = await server.get('/api/openapi.json');
    const { revision, size, pending, evidence } = membersOf(json, json.components.schemas.Factory);
    const said = [revision, size, pending, evidence].map((field = {}) =>
      resolved<{ description: string }>(json, field),
    );
    expect(said.map(({ description }) => description)).toEqual([
      'Place in the entry’s stream, from 0',
      'How many events of the ledger were known',
      'Ids of pending submissions; for those who may record',
      'For any role',
    ]);
  });

  test('finds in an entry, a list and a body all that each has: what several have in common is a schema of its own', async ({
    server,
  }) => {
    const { json } = await server.get('/api/openapi.json');
    const { Factory, FactoryList, FactoryListed } = json.components.schemas;
    const described = ['name', 'enterprise', 'operator', 'sector', 'district', 'lingang'];
    const entry = ['register', 'key', 'status', 'revision', ...described, 'grade', 'certificateNo'];
    const view = ['on', 'knownAt', 'size'];
    expect(Object.keys(membersOf(json, FactoryListed)).sort()).toEqual([...entry, 'since', 'pending'].sort());
    const forSome = ['allowed', 'pending', 'evidence', 'notes'];
    expect(Object.keys(membersOf(json, Factory)).sort()).toEqual(
      ['counts', 'since', ...entry, ...view, ...forSome].sort(),
    );
    expect(Object.keys(membersOf(json, FactoryList)).sort()).toEqual([...view, 'items', 'total', 'facets'].sort());
    const { schema = {} } = json.paths['/api/v1/factories/{key}/certify'].post.requestBody.content['application/json'];
    const fact = ['effectiveOn', 'evidence', 'note', 'grade', 'certificateNo'];
    expect(Object.keys(membersOf(json, schema)).sort()).toEqual([...described, ...fact].sort());
    expect(schema.unevaluatedProperties).toBe(false);
  });

  test('finds the form of an import: its file, and the values that the file may lack', async ({ server }) => {
    const { json } = await server.get('/api/openapi.json');
    const { requestBody } = json.paths['/api/v1/imports/factories'].post;
    const { schema } = resolved<Body>(json, requestBody).content['multipart/form-data'] ?? {};
    expect(schema).toMatchObject({
      required: ['file'],
      properties: {
        file: { format: 'binary' },
        'set.grade': { type: 'string' },
        'set.effectiveOn': { type: 'string' },
      },
    });
  });
});

describe('the documentation', () => {
  test('is an OpenAPI 3.1 document that anyone may read', async ({ server }) => {
    const { json } = await server.get('/api/openapi.json');
    expect(json.openapi).toMatch(/^3\.1\./);
    expect(Object.keys(json.paths)).toContain('/api/v1/targets/{id}/changes');
  });

  test('is sent again only if it has changed', async ({ server }) => {
    const { headers } = await server.get('/api/openapi.json');
    const etag = headers.get('etag') ?? '';
    expect(etag).toMatch(/^"[\w-]{20,}"$/);
    const again = await fetch(`${server.url}/api/openapi.json`, { headers: { 'if-none-match': etag } });
    expect([again.status, await again.text()]).toEqual([304, '']);
  });

  test('has a page that lists every operation, with its bodies and their examples', async ({ server }) => {
    const { json } = await server.get('/api/openapi.json');
    const { text } = await server.get('/api/docs');
    const shown = text
      .replaceAll('&quot;', '"')
      .replaceAll('&#39;', "'")
      .replaceAll('&lt;', '<')
      .replaceAll('&gt;', '>');
    for (const [path, methods] of Object.entries<Record<string, Operation>>(json.paths)) {
      for (const [method, { operationId, requestBody, parameters = [] }] of Object.entries(methods)) {
        expect(shown).toContain(`<details id="${operationId}">`);
        expect(shown).toContain(`<code>${method.toUpperCase()} ${path}</code>`);
        for (const each of parameters) expect(shown).toContain(`<code>${resolved<Parameter>(json, each).name} (`);
        const body = requestBody === undefined ? undefined : resolved<Body>(json, requestBody);
        const example = body?.content['application/json']?.example;
        if (example !== undefined) expect(shown).toContain(JSON.stringify(example, null, 2));
      }
    }
  });

  test('has a page without scripts or styles of its own, which loads nothing but its style sheet', async ({
    server,
  }) => {
    const { headers, text } = await server.get('/api/docs');
    expect(headers.get('content-security-policy')).toBe(
      "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    );
    expect(text).not.toMatch(/<script|<style|\sstyle=|\son\w+=|<img|<iframe|javascript:/i);
    const links = [...text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, link = '']) => link);
    expect(links).toEqual(['docs/style.css', 'openapi.json']);
    for (const link of links) {
      const { pathname } = new URL(link, `${server.url}/api/docs`);
      expect((await server.get(pathname)).status, pathname).toBe(200);
    }
    const { headers: style, text: sheet } = await server.get('/api/docs/style.css');
    expect(style.get('content-type')).toBe('text/css; charset=utf-8');
    expect(sheet).not.toMatch(/@import|url\(/);
  });
});
