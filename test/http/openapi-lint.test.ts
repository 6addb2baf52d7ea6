import { createConfig, lintFromString } from '@redocly/openapi-core';
import { expect } from 'vitest';
import { test } from './office.ts';

/** What Redocly’s recommended rules find in a document, their warnings included. */
const faultsOf = async (document: object): Promise<readonly string[]> => {
  const config = await createConfig({ extends: ['recommended'] });
  const found = await lintFromString({ source: JSON.stringify(document), absoluteRef: 'openapi.json', config });
  return found.map(({ ruleId, message, location }) => `${ruleId}: ${message} ${location[0]?.pointer}`);
};

test('the OpenAPI document keeps every rule that Redocly recommends', async ({ server }) => {
  const { json } = await server.get('/api/openapi.json');
  expect(await faultsOf(json)).toEqual([]);
});

test('a document that breaks a rule would be found out', async ({ server }) => {
  const { json } = await server.get('/api/openapi.json');
  json.paths['/api/v1/factories'].get.operationId = 'targets';
  json.components.schemas.Sector.enum = ['automobiles', 'automobiles'];
  delete json.components.responses['404'];
  const faults = (await faultsOf(json)).join('\n');
  expect(faults).toContain('operation-operationId-unique');
  expect(faults).toContain('no-unresolved-refs');
  expect(faults).toContain('no-duplicated-enum-values');
});
