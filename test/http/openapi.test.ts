import { describe, expect } from 'vitest';
import { test } from './office.ts';

type Parameter = { readonly name: string; readonly schema: object; readonly example?: unknown };
type Operation = {
  readonly parameters?: readonly Parameter[];
  readonly operationId?: string;
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly example?: unknown }>> };
  readonly responses: object;
  readonly security?: readonly object[];
};

test('the document describes numbers as integers and flags as booleans, with their defaults', async ({ server }) => {
  const { json } = await server.get('/api/openapi.json');
  const parameter = ({ parameters = [] }: Operation, wanted: string) =>
    parameters.find(({ name }) => name === wanted) ?? { schema: {} };
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
  for (const { security, responses, operationId = '' } of operations)
    expect('403' in responses, operationId).toBe(security !== undefined || signIns.includes(operationId));
  expect(json.paths['/api/v1/events'].get.security).toEqual([{ bearer: [] }, { session: [] }]);
  expect(json.paths['/api/v1/targets'].get.security).toBeUndefined();
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
        for (const { name } of parameters) expect(shown).toContain(`<code>${name} (`);
        const example = requestBody?.content['application/json']?.example;
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
