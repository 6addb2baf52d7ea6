import { afterAll, beforeAll, expect, test } from 'vitest';
import { mainJob } from './main-job.ts';
import { startServer, type TestServer } from './server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.close());

test('a clerk and a reviewer take a factory from nomination to certification, and it counts from its effective date', async () => {
  await mainJob(server, 'kangqiao');
  const { json } = await server.get('/api/v1/targets/model-factories/entries?on=2020-12-31');
  expect(json).toMatchObject({ count: 1, entries: [{ key: 'kangqiao' }] });
});
