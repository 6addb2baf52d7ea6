import { describe, expect } from 'vitest';
import { test } from './office.ts';

type Parameter = { readonly name: string; readonly schema: object; readonly example?: unknown };
type Operation = {
  readonly parameters?: readonly Parameter[];
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

test('the document says which operations need a token, and they alone can be forbidden', async ({ server }) => {
  const { json } = await server.get('/api/openapi.json');
  const operations = Object.values<Record<string, Operation>>(json.paths).flatMap((path) => Object.values(path));
  for (const { security, responses } of operations) expect('403' in responses).toBe(security !== undefined);
  expect(json.paths['/api/v1/events'].get.security).toEqual([{ bearer: [] }]);
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

  test('is browsed in pages that load nothing from another address', async ({ server }) => {
    const { url } = server;
    const page = await fetch(`${url}/api/docs`);
    expect(page.status).toBe(200);
    const html = await page.text();
    const links = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, link = '']) => link);
    expect(links.length).toBeGreaterThan(3);
    const seen = new Set<string>();
    for (const link of links) {
      const address = new URL(link, page.url);
      expect(address.origin, link).toBe(url);
      const asset = await fetch(address);
      expect(asset.status, link).toBe(200);
      seen.add(asset.headers.get('content-type')?.split(';')[0] ?? '');
      const text = await asset.text();
      if (link.includes('initializer')) {
        expect(text).toContain('validatorUrl: null');
        expect(text.replace(/^ *\/\/.*$/gm, '')).not.toMatch(/https?:/);
      }
      if (link.endsWith('.css')) expect(text).not.toMatch(/@import|url\(["']?https?:/);
    }
    const document = await fetch(new URL('json', `${page.url.replace(/\/?$/, '/')}`));
    expect(await document.json()).toEqual((await server.get('/api/openapi.json')).json);
    expect(seen).toContain('text/css');
    expect([...seen].some((type) => type.endsWith('javascript'))).toBe(true);
  });

  test('forbids its pages to load anything from another address, and works without TLS', async ({ server }) => {
    const { headers } = await fetch(`${server.url}/api/docs`);
    const policy = headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'self'");
    expect(policy).not.toMatch(/https?:|\bvalidator\b|upgrade-insecure-requests/);
  });
});
