import { expect } from 'vitest';
import { test } from './office.ts';

/** The most processor time, in milliseconds, that one turn of this thread's event loop takes until the work is done. */
const longestTurnDuring = async (work: Promise<unknown>): Promise<number> => {
  let isDone = false;
  const done = () => {
    isDone = true;
  };
  work.then(done, done);
  let longest = 0;
  while (!isDone) {
    const before = process.threadCpuUsage();
    await new Promise((resolve) => setTimeout(resolve, 1));
    const { user, system } = process.threadCpuUsage(before);
    longest = Math.max(longest, (user + system) / 1_000);
  }
  await work;
  return longest;
};

test('the OpenAPI document takes the thread that records never longer than 20 ms, neither when it is made nor when it is sent', async ({
  server,
}) => {
  const read = async (path: string) => (await fetch(`${server.url}${path}`)).arrayBuffer();
  await read('/health/live');
  for (const path of ['/api/openapi.json', '/api/docs', '/api/openapi.json'])
    expect(await longestTurnDuring(read(path)), path).toBeLessThan(20);
});
