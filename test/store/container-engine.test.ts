import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { ending, newFolder, start } from '../cli/command-line.ts';

/** The suite on a real store, run by an engine that is none: it answers by the Docker API what a test asks of it. */

type Answer = readonly [status: number, body: object];
type Engine = { readonly images: Answer; readonly pull: Answer; readonly create: Answer };

const startEngine = async ({ images, pull, create }: Engine): Promise<{ url: string; asked: readonly string[] }> => {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const path = (request.url ?? '').replace(/^\/v[\d.]+/, '').replace(/\?.*/, '');
    asked.push(`${request.method} ${path}`);
    const [status, body]: Answer = path.startsWith('/images/create')
      ? pull
      : path.startsWith('/images/')
        ? images
        : path === '/containers/create'
          ? create
          : [200, path === '/info' ? { OperatingSystem: 'a test', ServerVersion: '27' } : []];
    request.resume();
    response.writeHead(status, { 'content-type': 'application/json' }).end(`${JSON.stringify(body)}\n`);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return { url: `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
};

const suiteOn = async (engine: string) => {
  const args = ['run', 'test/store/eventstoredb.container.test.ts'];
  const environment = { DOCKER_HOST: engine, NO_COLOR: '1', REGISTRY_TEST_ESDB: '' };
  return ending(start('node_modules/.bin/vitest', args, newFolder(), environment));
};

const there: Answer = [200, { Id: 'sha256:1', Config: {} }];
const missing: Answer = [404, { message: 'No such image: that one' }];
const away: Answer = [500, { message: 'dial tcp: lookup registry-1.docker.io: no such host' }];
const broken: Answer = [500, { message: 'exec format error' }];

test('the suite on a real store is skipped, with the reason, if no engine answers or the engine cannot pull the image', async () => {
  const none = await suiteOn('tcp://127.0.0.1:1');
  expect([none.code, none.stdout]).toEqual([0, expect.stringContaining('no Docker engine answers')]);
  const { url } = await startEngine({ images: missing, pull: away, create: broken });
  const offline = await suiteOn(url);
  expect([offline.code, offline.stdout]).toEqual([0, expect.stringContaining('cannot pull kurrentplatform/kurrentdb')]);
  // An engine may begin to pull, answer 200, and then fail.
  const begun = await startEngine({ images: missing, pull: [200, { error: 'unexpected EOF' }], create: broken });
  expect((await suiteOn(begun.url)).stdout).toContain('cannot pull kurrentplatform/kurrentdb');
});

test('the suite on a real store fails if the image is there and its container does not start', async () => {
  const { url, asked } = await startEngine({ images: there, pull: there, create: broken });
  const { code, stdout, stderr } = await suiteOn(url);
  expect(asked).toContain('POST /containers/create');
  expect(code).toBe(1);
  expect(stdout + stderr).toContain('exec format error');
});
