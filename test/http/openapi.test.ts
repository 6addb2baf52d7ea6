import { expect } from 'vitest';
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
