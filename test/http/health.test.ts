import { expect } from 'vitest';
import { nomination, test } from './office.ts';

test('the process answers', async ({ server }) => {
  expect((await server.get('/health/live')).json).toEqual({ state: 'live' });
});

test('the read model is ready once it has folded what the store holds, and says how far it is', async ({
  server,
  staff,
}) => {
  const recorded = await server.post('/api/v1/factories/kangqiao/nominate', nomination, { token: staff.clerk });
  const size = await server.registry.store.size();
  const { status, json } = await server.get('/health/ready', {
    headers: { 'registry-position': recorded.json.position },
  });
  expect([status, json]).toEqual([200, { state: 'ready', size, storeSize: size }]);
});
